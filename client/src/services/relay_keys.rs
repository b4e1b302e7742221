//! Following a relay to its next key. **Rule:** PROTOCOL.md, "A relay's next key": only where the key that the record knows vouched for it.

use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::vault::{VaultAnswer, VaultRequest};

use super::{records, relay, vault};

/// The certificates that the relay publishes now, kept on the case's record as well; `None` when they are those it has, cannot be had, or
/// are of another relay.
pub(crate) async fn follow(record: &CaseRecord) -> Option<String> {
    let served = relay::bundle(&record.team).await.ok()?.relay.certificate;
    if record.relay_certificate.is_empty() || served == record.relay_certificate {
        return None;
    }
    let known = record.relay_certificate.clone();
    let question = VaultRequest::FollowRelay { known, served: served.clone() };
    let Ok(VaultAnswer::Follows { follows: true }) = vault::ask(&question).await else { return None };
    let keep = |record: &mut CaseRecord| {
        record.relay_certificate.clone_from(&served);
        Ok(())
    };
    // Kept or not, what was asked can be answered now; the next time asks again.
    let _asked_again_the_next_time = records::edit_case(record.case, Box::new(keep)).await;
    Some(served)
}
