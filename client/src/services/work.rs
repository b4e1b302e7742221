//! Does the work that the relay asks for before it opens a case: in the vault's worker, a portion at a time, so that the page stays
//! free and the person can stop it.

use sealpost_client_core::outbox::{Item, Outcome};
use sealpost_client_core::vault::{VaultAnswer, VaultRequest};
use sealpost_client_core::work::{PORTION, TRIES, is_reasonable, percent};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::wire::v1::ChallengeResponse;

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

/// Does the work and sends the letter; again, if the relay asks for more by then.
pub(crate) async fn open_case(item: &Item, capability: &str, sealed: &[u8], watch: &impl Watch) -> Outcome {
    for _ in 0..TRIES {
        let challenge = match relay::challenge(item, sealed.len()).await {
            Ok(challenge) => challenge,
            Err(RelayError::Unreachable) => return Outcome::NotSent,
            Err(error) => return error.into(),
        };
        let proof = solve(&challenge, item, watch).await;
        watch.show(None);
        let Some(proof) = proof else { return UNPAID };
        let outcome = relay::open_case(item, capability, &proof, sealed).await;
        if outcome != UNPAID {
            return outcome;
        }
    }
    UNPAID
}

/// Nothing when the person stops it, the vault dies, or the relay asks for what no relay should.
async fn solve(challenge: &ChallengeResponse, item: &Item, watch: &impl Watch) -> Option<String> {
    let mut first = 0;
    while is_reasonable(challenge) && !watch.is_stopped() {
        let question = VaultRequest::Work {
            challenge: challenge.challenge.clone(),
            bits: challenge.bits,
            case: item.case,
            sha256: item.sha256.clone(),
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
