//! What a record has to show for itself: the facts of an evidence file. The vault checks and signs them.

use sealpost_shared::evidence::{Facts, PolicyProof, ReplyFact};
use sealpost_shared::timeline::{Event, EventKind, TimelineView, Witness};
use sealpost_shared::{EntryId, Timestamp};

use crate::case_record::{CaseRecord, ReplyContent, SeenReply};
use crate::vault::OpenedReply;

/// The facts of a case at `made_at`, with the relay's receipts for replies as far as they were fetched.
#[must_use]
pub fn facts(record: &CaseRecord, view: TimelineView, receipts: Vec<String>, made_at: Timestamp) -> Facts {
    let own = record.receipt.as_ref().map(|receipt| receipt.signed.clone());
    let known = |text: &String| (!text.is_empty()).then(|| text.clone());
    Facts {
        made_at,
        case: record.case,
        team: record.team.clone(),
        desk: record.desk.clone(),
        severity: record.severity,
        exploited: record.exploited,
        policy: record.proof.clone().unwrap_or_else(|| unsigned(record)),
        letter_sha256: known(&record.sha256),
        relay_certificate: known(&record.relay_certificate),
        receipts: own.into_iter().chain(receipts).collect(),
        replies: record.replies.iter().filter_map(|seen| reply(record, seen)).collect(),
        events: record.events.clone(),
        view,
    }
}

/// The policy of a case that no relay holds: a preset or a file, with what the reporter wrote into it.
fn unsigned(record: &CaseRecord) -> PolicyProof {
    PolicyProof { text: record.policy.to_toml(), signature: None, certificate: None }
}

/// The entries of verified replies, of which the relay has receipts.
pub fn replied(record: &CaseRecord) -> impl Iterator<Item = EntryId> {
    record.replies.iter().filter(|seen| verified(seen).is_some()).map(|seen| seen.entry.entry)
}

fn verified(seen: &SeenReply) -> Option<&OpenedReply> {
    match &seen.content {
        ReplyContent::Verified(reply) => Some(reply),
        ReplyContent::Unverified(_) => None,
    }
}

fn reply(record: &CaseRecord, seen: &SeenReply) -> Option<ReplyFact> {
    let reply = verified(seen)?;
    let at = seen.counts_from.or_else(|| counted(record, reply, seen.entry.received))?;
    Some(ReplyFact {
        entry: seen.entry.entry,
        kind: reply.kind,
        at,
        signed_by: Some(reply.signed_by.clone()),
    })
}

/// From when the reply of an older record counts: no later than its date and arrival, and earlier only where the clock was behind.
fn counted(record: &CaseRecord, reply: &OpenedReply, received: Timestamp) -> Option<Timestamp> {
    let latest = reply.written_at.max(received);
    let by_team = |event: &&Event| {
        event.by == Witness::Team
            && event.kind == EventKind::HumanReply { kind: reply.kind }
            && event.at <= latest
    };
    record.events.events().rfind(by_team).map(|event| event.at)
}

#[cfg(test)]
mod tests {
    use sealpost_shared::letter::ReplyKind;
    use sealpost_shared::policy::Policy;
    use sealpost_shared::timeline::view;
    use sealpost_shared::wire::v1::{Author, EntryInfo};

    use super::*;
    use crate::case_record::tests::sent;
    use crate::vault::VaultFailure;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn entry(n: u8, received: &str) -> EntryInfo {
        let entry = EntryId::from_bytes([n; 16]);
        let sha256 = "cc".repeat(32);
        EntryInfo { seq: u64::from(n), entry, author: Author::Team, size: 1, sha256, received: at(received) }
    }

    fn replied_record() -> CaseRecord {
        let mut record = sent();
        let reply = |written_at: &str| {
            ReplyContent::Verified(OpenedReply {
                kind: ReplyKind::Update,
                written_at: at(written_at),
                matter: sealpost_shared::letter::Matter::default(),
                text: "Thank you".to_owned(),
                signed_by: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
            })
        };
        let strange = VaultFailure { code: "reply-signature".to_owned(), sentence: "s".to_owned() };
        let now = at("2026-11-30T00:00:00Z");
        record.replied(entry(1, "2026-11-23T14:00:00Z"), reply("2026-11-23T14:20:00Z"), now).unwrap();
        record.replied(entry(2, "2026-11-24T14:00:00Z"), reply("2026-11-24T10:00:00Z"), now).unwrap();
        record.replied(entry(3, "2026-11-25T14:00:00Z"), ReplyContent::Unverified(strange), now).unwrap();
        record
    }

    #[test]
    fn every_verified_reply_is_named_from_when_it_counts_and_nothing_it_says() {
        let record = replied_record();
        let now = at("2026-11-26T00:00:00Z");
        let view = view(&record.events, &record.policy().unwrap(), now);
        let facts = facts(&record, view, vec!["r".to_owned()], now);
        let times: Vec<String> = facts.replies.iter().map(|reply| reply.at.to_string()).collect();
        assert_eq!(times, ["2026-11-23T14:20:00Z", "2026-11-24T14:00:00Z"]);
        assert_eq!(facts.receipts, ["s", "r"]);
        assert_eq!(replied(&record).count(), 2);
        let json = serde_json::to_string(&facts).unwrap();
        for secret in [record.title.as_str(), "Thank you", record.secret.words.as_str()] {
            assert!(secret.len() < 2 || !json.contains(secret), "{secret} stands in {json}");
        }
    }

    #[test]
    fn a_case_without_a_relay_shows_the_policy_it_is_counted_by_and_that_nobody_signed_it() {
        let mut record = sent();
        (record.proof, record.receipt) = (None, None);
        (record.sha256, record.relay_certificate) = (String::new(), String::new());
        let now = at("2026-11-26T00:00:00Z");
        let policy = record.policy().unwrap();
        let facts = facts(&record, view(&record.events, &policy, now), Vec::new(), now);
        assert_eq!(
            (&facts.policy.signature, &facts.relay_certificate, &facts.letter_sha256),
            (&None, &None, &None)
        );
        assert_eq!(Policy::from_toml(&facts.policy.text).unwrap(), policy);
    }
}
