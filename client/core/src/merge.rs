//! How two devices' records of one case become one. **Rule:** PROTOCOL.md, "Two devices".

use sealpost_shared::Timestamp;
use sealpost_shared::timeline::{Case, Event, EventKind, Witness};

use crate::case_record::{CaseRecord, RecordError, ReplyContent, SeenReply, SentLetter};

impl CaseRecord {
    /// Puts two devices' records of one case together. Nothing is lost, and both ways round give the same clock.
    ///
    /// The one that was restored from words knows less of the report, so the other leads. What a person took off the record on one device
    /// comes back if the other still has it.
    ///
    /// # Errors
    /// Only when a record was changed from outside.
    pub fn merged(&self, other: &Self) -> Result<Self, RecordError> {
        let (lead, rest) = if self.restored && !other.restored { (other, self) } else { (self, other) };
        let mut merged = Self { replies: replies(lead, rest), letters: letters(lead, rest), ..lead.clone() };
        merged.events = events(lead, rest, &merged)?;
        merged.receipt = merged.receipt.or_else(|| rest.receipt.clone());
        merged.enclosures_receipt = merged.enclosures_receipt.or_else(|| rest.enclosures_receipt.clone());
        merged.words_kept |= rest.words_kept;
        merged.next = merged.next.max(rest.next);
        merged.own_copy |= rest.own_copy;
        merged.handed = merged.handed.max(rest.handed);
        merged.step_of = merged.step_of.or_else(|| rest.step_of.clone());
        merged.deleted = merged.deleted.or(rest.deleted);
        Ok(merged)
    }
}

/// A verified answer wins over an unverified one. Of two dates the later one counts: it is the device that looked last and found nothing.
fn replies(lead: &CaseRecord, rest: &CaseRecord) -> Vec<SeenReply> {
    let mut replies = lead.replies.clone();
    for seen in &rest.replies {
        match replies.iter_mut().find(|known| known.entry.entry == seen.entry.entry) {
            None => replies.push(seen.clone()),
            Some(known) => {
                let rank = |seen: &SeenReply| (seen.content.is_verified(), seen.counts_from);
                if rank(seen) > rank(known) {
                    *known = seen.clone();
                }
            }
        }
    }
    replies.sort_by_key(|seen| seen.entry.seq);
    replies
}

/// Of two accounts of one letter, that of the device which wrote it is the better; where both sent it, the earlier.
fn letters(lead: &CaseRecord, rest: &CaseRecord) -> Vec<SentLetter> {
    let mut letters = lead.letters.clone();
    for letter in &rest.letters {
        match letters.iter_mut().find(|known| known.entry == letter.entry) {
            None => letters.push(letter.clone()),
            Some(known) => {
                let rank = |letter: &SentLetter| (letter.elsewhere, letter.at);
                if rank(letter) < rank(known) {
                    *known = letter.clone();
                }
            }
        }
    }
    letters.sort_by_key(|letter| (letter.at, letter.entry));
    letters
}

/// What both have on record, without what one of them knew worse.
fn events(lead: &CaseRecord, rest: &CaseRecord, merged: &CaseRecord) -> Result<Case, RecordError> {
    let policy = lead.policy()?;
    let (kept, stale) = (explained(merged), [explained(lead), explained(rest)].concat());
    let sent = sending(lead, rest);
    let is_kept = |event: &&Event| match event.kind {
        EventKind::Sent => Some(event.at) == sent,
        _ if stale.contains(event) && !kept.contains(event) => false,
        _ if is_once(event) => is_told_by(event, lead, rest),
        _ => true,
    };
    let all = lead.events.events().chain(rest.events.events()).filter(is_kept);
    Ok(all.cloned().try_fold(Case::default(), |case, event| case.apply(event, &policy))?)
}

/// The events that follow from the record's answers and letters, as they are dated there.
fn explained(record: &CaseRecord) -> Vec<Event> {
    let by_team = |at: Timestamp| move |kind: EventKind| Event { at, kind, by: Witness::Team };
    let mut events = Vec::new();
    for seen in &record.replies {
        let (ReplyContent::Verified(reply), Some(at)) = (&seen.content, seen.counts_from) else { continue };
        let stages = reply.matter.stages().map(|mark| EventKind::StageReached { stage: mark.stage.clone() });
        let embargo = reply.matter.embargo.map(EventKind::from);
        let kinds = [EventKind::HumanReply { kind: reply.kind }].into_iter().chain(stages).chain(embargo);
        events.extend(kinds.map(by_team(at)));
    }
    events.extend(record.letters.iter().map(SentLetter::event));
    events
}

/// When the report was sent. One who was restored knows only the hour; a sending that a person had counted from the receipt is their last
/// word; where both devices sent it, the first brought it there.
fn sending(lead: &CaseRecord, rest: &CaseRecord) -> Option<Timestamp> {
    let (here, there) = (lead.events.sent(), rest.events.sent());
    if lead.restored != rest.restored {
        return here.or(there);
    }
    let counted = |record: &CaseRecord| {
        let by_receipt = record.events.clone().sent_by_receipt().ok()?.sent();
        by_receipt.filter(|at| record.events.sent() == Some(*at))
    };
    let earlier = || [here, there].into_iter().flatten().min();
    counted(lead).or_else(|| counted(rest)).or_else(earlier)
}

/// What the reporter does once in a case, though two devices may date it differently.
const fn is_once(event: &Event) -> bool {
    matches!(event.by, Witness::Reporter)
        && matches!(event.kind, EventKind::StepTaken { .. } | EventKind::Closed)
}

/// Whether this is the date of what is done once that counts: the earlier one, but that of a device which was restored only without another.
fn is_told_by(event: &Event, lead: &CaseRecord, rest: &CaseRecord) -> bool {
    let first = |record: &CaseRecord| {
        let mut same =
            record.events.events().filter(|other| other.kind == event.kind && other.by == event.by);
        same.next().map(|event| event.at)
    };
    let (here, there) = (first(lead), first(rest));
    let counts = if lead.restored == rest.restored {
        [here, there].into_iter().flatten().min()
    } else {
        here.or(there)
    };
    counts == Some(event.at)
}

#[cfg(test)]
mod laws;

#[cfg(test)]
mod tests {
    use sealpost_shared::EntryId;
    use sealpost_shared::timeline::{PromiseState, view};
    use sealpost_shared::wire::v1::{Deleter, Deletion};

    use super::*;
    use crate::case_record::StoredReceipt;
    use crate::case_record::tests::{at, entry, reply, sent};

    #[test]
    fn that_a_case_was_deleted_at_the_relay_is_kept_and_older_records_do_not_say_it() {
        let deletion = Deletion { by: Deleter::Team, at: at("2026-11-24T13:00:00Z") };
        let (knows, other) = (CaseRecord { deleted: Some(deletion), ..sent() }, sent());
        assert!(!serde_json::to_string(&other).unwrap().contains("deleted"));
        let stored: CaseRecord = serde_json::from_str(&serde_json::to_string(&knows).unwrap()).unwrap();
        assert_eq!(stored.deleted, Some(deletion));
        for joined in [knows.merged(&other).unwrap(), other.merged(&knows).unwrap()] {
            assert_eq!(joined.deleted, Some(deletion));
        }
    }

    #[test]
    fn two_devices_that_learnt_different_things_agree_afterwards() {
        let (mut one, mut other) = (sent(), sent());
        let now = at("2026-11-24T00:00:00Z");
        one.replied(entry(2, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:30:00Z"), now).unwrap();
        other.replied(entry(3, "2026-11-23T14:00:00Z"), reply("2026-11-23T14:30:00Z"), now).unwrap();
        other.by_hand(EventKind::AutoReply, now).unwrap();
        let (there, back) = (one.merged(&other).unwrap(), other.merged(&one).unwrap());
        assert_eq!(there, back);
        assert_eq!(there.replies.len(), 2);
        assert_eq!(there.merged(&one).unwrap(), there, "once more changes nothing");
        let policy = there.policy().unwrap();
        assert_eq!(view(&there.events, &policy, now).promises[0].state, PromiseState::Kept);
    }

    #[test]
    fn the_device_that_wrote_the_report_leads() {
        let mut restored = sent();
        restored.restored = true;
        restored.title = "Case 1".to_owned();
        restored.report_words = None;
        let full = sent();
        for merged in [restored.merged(&full).unwrap(), full.merged(&restored).unwrap()] {
            assert_eq!((&merged.title, merged.restored), (&full.title, false));
        }
    }

    /// Both ways round, and once more with either.
    fn joined(one: &CaseRecord, other: &CaseRecord) -> CaseRecord {
        let merged = one.merged(other).unwrap();
        for again in [other.merged(one), merged.merged(one), merged.merged(other), one.merged(&merged)] {
            assert_eq!(again.unwrap().events, merged.events);
        }
        merged
    }

    fn count(record: &CaseRecord, kind: &EventKind) -> usize {
        record.events.events().filter(|event| event.kind == *kind).count()
    }

    #[test]
    fn one_answer_that_two_devices_date_differently_counts_once_and_from_the_later_date() {
        let now = at("2026-11-24T00:00:00Z");
        let seen = |looked_at: Option<&str>| {
            let mut record = sent();
            record.looked_at = looked_at.map(at);
            record.replied(entry(2, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:10:00Z"), now).unwrap();
            record
        };
        let (away, looking) = (seen(None), seen(Some("2026-11-23T20:00:00Z")));
        let merged = joined(&away, &looking);
        assert_eq!(merged.last_word().unwrap().0, at("2026-11-23T20:00:00Z"));
        assert_eq!(merged.replies[0].counts_from, Some(at("2026-11-23T20:00:00Z")));
        assert_eq!(count(&merged, &EventKind::HumanReply { kind: merged.last_word().unwrap().1 }), 1);
    }

    #[test]
    fn a_letter_that_the_relay_told_of_is_the_one_that_the_other_device_wrote() {
        let received = at("2026-11-23T14:00:00Z");
        let receipt = StoredReceipt { signed: "s".to_owned(), text: String::new(), received };
        let until = at("2026-12-10T14:00:00Z");
        let (mut wrote, mut heard, id) = (sent(), sent(), EntryId::from_bytes([9; 16]));
        let word = sealpost_shared::letter::EmbargoWord::Proposed { until };
        wrote.wrote(id, Some(word), receipt.clone(), at("2026-11-23T14:20:00Z")).unwrap();
        heard.wrote_elsewhere(id, receipt.clone()).unwrap();
        heard.wrote_elsewhere(id, receipt.clone()).unwrap();
        assert_eq!((heard.letters.len(), count(&heard, &EventKind::FollowUp)), (1, 1));
        let merged = joined(&heard, &wrote);
        assert_eq!(merged.letters, wrote.letters);
        assert_eq!(count(&merged, &EventKind::FollowUp), 1);
        assert_eq!(count(&merged, &EventKind::EmbargoProposed { until }), 1);
        // Heard of before its own receipt was settled here: the word about the embargo is not lost by that.
        heard.wrote(id, Some(word), receipt, at("2026-11-23T14:20:00Z")).unwrap();
        assert_eq!((&heard.letters, &heard.events), (&wrote.letters, &wrote.events));
    }

    #[test]
    fn what_is_done_once_stands_once_and_a_restored_device_knows_its_date_less() {
        let mut there = sent();
        there.by_hand(EventKind::Closed, at("2026-11-25T12:40:00Z")).unwrap();
        let mut restored = CaseRecord { restored: true, ..sent() };
        restored.by_hand(EventKind::Closed, at("2026-11-25T12:00:00Z")).unwrap();
        assert_eq!(joined(&restored, &there).events.closed(), Some(at("2026-11-25T12:40:00Z")));
        restored.restored = false;
        let merged = joined(&restored, &there);
        assert_eq!(count(&merged, &EventKind::Closed), 1);
        assert_eq!(merged.events.closed(), Some(at("2026-11-25T12:00:00Z")));
    }

    #[test]
    fn a_sending_that_was_counted_from_the_receipt_stays_so() {
        let mut counted = sent();
        counted.count_from_receipt().unwrap();
        assert_ne!(counted.events.sent(), sent().events.sent());
        assert_eq!(joined(&sent(), &counted).events.sent(), counted.events.sent());
        let restored = CaseRecord { restored: true, ..counted };
        assert_eq!(joined(&restored, &sent()).events.sent(), sent().events.sent());
    }
}
