//! Evidence of a case. **Rule:** PROTOCOL.md, "Evidence": what others signed is checked before it is shown, and the whole is signed.

use sealpost_client_core::vault::{Document, VaultFailure};
use sealpost_keys::{CaseKey, RelayKeys};
use sealpost_shared::Timestamp;
use sealpost_shared::evidence::{self, Evidence, Facts, readable};
use sealpost_shared::policy::Policy;
use sealpost_shared::receipt::Receipt;

use crate::failure::{Fails, failure};

pub(crate) fn make(mut facts: Facts, key: Option<&CaseKey>, now: Timestamp) -> Fails<Document> {
    let policy = Policy::from_toml(&facts.policy.text).map_err(|e| failure("policy-rule", e))?;
    let (texts, receipts): (Vec<_>, Vec<_>) = genuine(&facts, now).into_iter().unzip();
    facts.receipts = texts;
    facts.keep_gravity_only_where_it_counts(&policy);
    if let Some(fault) = facts.check(&policy, &receipts).first() {
        return Err(failure("evidence", format!("The record does not agree with itself: {fault}.")));
    }
    let readable = readable(&facts, &facts.lines(&policy, &receipts));
    let (certificate, signature) = sign(&facts, key, now)?.unzip();
    let file = Evidence { evidence: evidence::VERSION, facts, certificate, signature };
    let file = serde_json::to_string(&file).map_err(failed)?;
    Ok(Document { file, readable })
}

/// The receipts that the relay signed for entries of this file, one for each, with their texts. What else it gives out is no reason to
/// make no evidence.
fn genuine(facts: &Facts, now: Timestamp) -> Vec<(String, Receipt)> {
    let certificate = facts.relay_certificate.as_deref().unwrap_or_default();
    let Ok(keys) = RelayKeys::parse(certificate.as_bytes()) else { return Vec::new() };
    let check = |text: &String| Some((text.clone(), keys.verify_receipt(text, now).ok()?.0));
    let mut good: Vec<(String, Receipt)> = Vec::new();
    for (text, receipt) in facts.receipts.iter().filter_map(check) {
        let is_wanted = facts.knows(receipt.entry) && receipt.case == facts.case;
        if is_wanted && !good.iter().any(|(_, other)| other.entry == receipt.entry) {
            good.push((text, receipt));
        }
    }
    good
}

fn sign(facts: &Facts, key: Option<&CaseKey>, now: Timestamp) -> Fails<Option<(String, String)>> {
    let Some(key) = key else { return Ok(None) };
    let signed = facts.canonical().map_err(failed)?;
    let signature = key.sign_detached_armored(signed.as_bytes(), now).map_err(failed)?;
    Ok(Some((key.certificate().to_armored(), signature)))
}

fn failed(error: impl std::fmt::Display) -> VaultFailure {
    failure("evidence", format!("The evidence could not be made. {error}"))
}
