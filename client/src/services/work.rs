//! Does the work that the relay asks for before it opens a case or takes a chunk: in the vault's worker, a portion at a time, so that the page stays
//! free and the person can stop it.

use std::cell::RefCell;

use data_encoding::{BASE64, HEXLOWER};
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::outbox::{Item, Outcome};
use sealpost_client_core::upload::Upload;
use sealpost_client_core::vault::{VaultAnswer, VaultRequest};
use sealpost_client_core::work::{PORTION, TRIES, is_reasonable, percent};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::ChallengeResponse;
use sealpost_shared::{CaseId, EntryId};
use wasm_bindgen::JsValue;

use super::relay::RelayError;
use super::{relay, vault};

/// Whoever looks on.
pub(crate) trait Watch {
    /// Hears how far it is, in percent; nothing when there is nothing to see.
    fn show(&self, percent: Option<u8>);
    /// Says whether the person has had enough.
    fn is_stopped(&self) -> bool;
}

/// What a letter meets that is not paid for.
const UNPAID: Outcome = Outcome::Problem(ProblemCode::ProofNeeded);

/// What the work is for: worth nothing for other bytes, or in another case.
#[derive(Debug, Clone, Copy)]
struct Goods<'a> {
    case: CaseId,
    sha256: &'a str,
}

/// Does the work and sends the letter; again, if the relay asks for more by then.
pub(crate) async fn open_case(item: &Item, capability: &str, sealed: &[u8], watch: &impl Watch) -> Outcome {
    pay(
        Goods { case: item.case, sha256: &item.sha256 },
        watch,
        &RefCell::new(None),
        || relay::challenge((&item.team, &item.desk), sealed.len(), ""),
        async |proof| relay::open_case(item, capability, &proof, sealed).await,
    )
    .await
}

/// Sends a later letter; does the work only if the relay asks for it, which it does when there are many.
pub(crate) async fn add_entry(
    (item, entry): (&Item, EntryId),
    capability: &str,
    sealed: &[u8],
    watch: &impl Watch,
) -> Outcome {
    let send = async |proof: String| relay::add_entry((item.case, entry), capability, &proof, sealed).await;
    let outcome = send(String::new()).await;
    if outcome != UNPAID {
        return outcome;
    }
    let goods = Goods { case: item.case, sha256: &item.sha256 };
    let ask = || relay::challenge((&item.team, &item.desk), sealed.len(), "");
    pay(goods, watch, &RefCell::new(None), ask, send).await
}

/// Does the work for a chunk and sends it. A challenge serves for many chunks, until the relay asks for more.
pub(crate) async fn put_chunk(
    (upload, n): (&Upload, u32),
    record: &CaseRecord,
    chunk: &JsValue,
    known: &RefCell<Option<ChallengeResponse>>,
    watch: &impl Watch,
) -> Outcome {
    let digest = upload.digests.get(n as usize).and_then(|digest| BASE64.decode(digest.as_bytes()).ok());
    let sha256 = HEXLOWER.encode(&digest.unwrap_or_default());
    let size = usize::try_from(upload.chunk_bytes(n)).unwrap_or(usize::MAX);
    pay(
        Goods { case: upload.case, sha256: &sha256 },
        watch,
        known,
        || relay::challenge((&record.team, &record.desk), size, "&of=chunk"),
        async |proof| relay::put_chunk(upload, n, (&record.secret.capability, &proof), chunk).await,
    )
    .await
}

/// Asks for a challenge unless one is `known`, does the work and sends; again, if the relay asks for more by then.
async fn pay<A: Future<Output = Result<ChallengeResponse, RelayError>>>(
    goods: Goods<'_>,
    watch: &impl Watch,
    known: &RefCell<Option<ChallengeResponse>>,
    ask: impl Fn() -> A,
    send: impl AsyncFn(String) -> Outcome,
) -> Outcome {
    for _ in 0..TRIES {
        let last = known.take();
        let challenge = match last {
            Some(challenge) => challenge,
            None => match ask().await {
                Ok(challenge) => challenge,
                Err(RelayError::Unreachable) => return Outcome::NotSent,
                Err(error) => return error.into(),
            },
        };
        let proof = solve(&challenge, goods, watch).await;
        watch.show(None);
        let Some(proof) = proof else { return UNPAID };
        let outcome = send(proof).await;
        if outcome != UNPAID {
            known.replace(Some(challenge));
            return outcome;
        }
    }
    UNPAID
}

/// Nothing when the person stops it, the vault dies, or the relay asks for what no relay should.
async fn solve(challenge: &ChallengeResponse, goods: Goods<'_>, watch: &impl Watch) -> Option<String> {
    let mut first = 0;
    while is_reasonable(challenge) && !watch.is_stopped() {
        let question = VaultRequest::Work {
            challenge: challenge.challenge.clone(),
            bits: challenge.bits,
            case: goods.case,
            sha256: goods.sha256.to_owned(),
            first,
            count: PORTION,
        };
        let Ok(VaultAnswer::Work { nonce }) = vault::ask(&question).await else { return None };
        if let Some(nonce) = nonce {
            return Some(format!("{} {nonce}", challenge.challenge));
        }
        first += PORTION;
        watch.show(percent(challenge.bits, first));
    }
    None
}
