//! The work that a relay asks for before it opens a case or takes a chunk: done here, shown while it lasts, ended by Ctrl-C without losing anything.
//! **Rule:** PROTOCOL.md, "Proof of work".

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::proof::{ALG, Work};
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::limits::MAX_PROOF_BITS;
use sealpost_shared::wire::v1::ChallengeResponse;

use super::CaseFile;
use crate::bundle::sha256;
use crate::relay_api::{ApiError, Of, RelayApi, Taken};
use crate::ui::Ui;

/// How often a relay may ask for more, before that is said instead of done: its challenges get harder while many cases come.
const TRIES: u32 = 5;

/// Numbers tried between two looks at the progress: a tenth of a second.
const PORTION: u64 = 1 << 20;

/// What the work is for: worth nothing for other bytes, or in another case.
#[derive(Debug, Clone, Copy)]
pub(in crate::cmd) struct Goods<'a> {
    /// The desk that it is sent to.
    pub(in crate::cmd) desk: (&'a Slug, &'a Slug),
    /// The case.
    pub(in crate::cmd) case: CaseId,
    /// The bytes.
    pub(in crate::cmd) bytes: &'a [u8],
    /// What they are, if they are no letter.
    pub(in crate::cmd) of: Of,
}

/// Opens a case, with the work that it costs.
///
/// # Errors
/// See [`ApiError`]; also when the relay asks for work that is not known or too much.
pub(super) fn put_case(
    ui: Ui,
    relay: &RelayApi,
    file: &CaseFile,
    capability: &str,
    letter: &[u8],
) -> Result<Taken> {
    let goods = Goods { desk: (&file.team, &file.desk), case: file.case, bytes: letter, of: Of::Letter };
    pay(ui, relay, goods, &mut None, |proof| {
        relay.put_case(&file.team, &file.desk, file.case, capability, letter, proof)
    })
}

/// Does the work and sends; again, if the relay asks for more by then. What is `known` of its challenges serves for many.
///
/// # Errors
/// See [`ApiError`]; also when the relay asks for work that is not known or too much.
pub(in crate::cmd) fn pay<T>(
    ui: Ui,
    relay: &RelayApi,
    goods: Goods<'_>,
    known: &mut Option<ChallengeResponse>,
    send: impl Fn(Option<&str>) -> Result<T>,
) -> Result<T> {
    let sha256 = sha256(goods.bytes);
    for _ in 0..TRIES {
        let challenge = match known.take() {
            Some(challenge) => Some(challenge),
            None => relay.challenge(goods.desk, goods.bytes.len(), goods.of)?,
        };
        let proof =
            challenge.as_ref().map(|challenge| solve(ui, challenge, goods.case, &sha256)).transpose()?;
        match send(proof.as_deref()) {
            Err(error) if ApiError::is_proof_needed(&error) => {}
            answer => {
                *known = challenge;
                return answer;
            }
        }
    }
    bail!(
        "the relay asked for more computing {TRIES} times: many reports are coming in. Nothing is lost; try again in a few minutes"
    )
}

fn solve(ui: Ui, challenge: &ChallengeResponse, case: CaseId, sha256: &str) -> Result<String> {
    let ChallengeResponse { alg, challenge, bits, .. } = challenge;
    ensure!(
        alg == ALG,
        "the relay asks for work of the kind “{alg}”, which this program does not know; get a newer one"
    );
    ensure!(
        *bits <= MAX_PROOF_BITS,
        "the relay asks for {bits} bits of work, more than any should ({MAX_PROOF_BITS}); reach the team another way"
    );
    let work = Work::new(challenge, *bits, case, sha256);
    // Twice in three it is found within the expected number; the rest of the bar is for the others.
    let portions = ((1_u64 << bits) * 2).div_ceil(PORTION);
    for portion in 0..u64::MAX / PORTION {
        if portions > 4 {
            ui.working((portion * 100 / portions).min(99));
        }
        if let Some(nonce) = work.search(portion * PORTION, PORTION) {
            return Ok(format!("{challenge} {nonce}"));
        }
    }
    None.context("there is no solution")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn asked(alg: &str, bits: u8) -> Result<String> {
        let expires = sealpost_shared::Timestamp::from_seconds(1_795_435_200);
        let challenge = ChallengeResponse { alg: alg.to_owned(), challenge: "c".to_owned(), bits, expires };
        solve(Ui::new(true), &challenge, CaseId::from_bytes([7; 16]), SHA256)
    }

    #[test]
    fn what_is_asked_for_is_done_and_what_nobody_should_ask_for_is_not() {
        let solved = asked(ALG, 10).unwrap();
        let nonce = solved.strip_prefix("c ").unwrap().parse().unwrap();
        assert!(Work::new("c", 10, CaseId::from_bytes([7; 16]), SHA256).is_solved_by(nonce));
        assert!(asked(ALG, 29).unwrap_err().to_string().contains("another way"));
        assert!(asked("equix-1", 1).unwrap_err().to_string().contains("equix-1"));
    }
}
