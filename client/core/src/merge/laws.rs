//! The laws of joining: whoever joins whose record first, and however often, the clock is the same.

use proptest::prelude::*;
use sealpost_shared::letter::EmbargoWord;
use sealpost_shared::timeline::EventKind;
use sealpost_shared::{Duration, EntryId};

use super::*;
use crate::case_record::StoredReceipt;
use crate::case_record::tests::{at, entry, record, reply};

/// How a device came to know when the report was sent.
#[derive(Debug, Clone, Copy)]
enum Sent {
    Never,
    /// It sent it itself, so many seconds after the hour of the receipt.
    Itself(i64),
    /// The same, and its person then counted from the receipt.
    Counted,
}

/// What one device has on record.
#[derive(Debug, Clone)]
struct Device {
    sent: Sent,
    /// Minutes after the receipt's hour at which it last looked, before it saw the answer.
    saw_answer: Option<i64>,
    /// Minutes after the receipt's hour at which it sent the later letter; from elsewhere where there are none.
    letter: Option<Option<i64>>,
    closed: Option<i64>,
    automatic: Option<i64>,
}

fn received() -> Timestamp {
    at("2026-11-23T12:00:00Z")
}

fn minutes(n: i64) -> Timestamp {
    received() + Duration::from_seconds(60 * n)
}

fn receipt() -> StoredReceipt {
    StoredReceipt { signed: "s".to_owned(), text: "t".to_owned(), received: received() }
}

impl Device {
    fn record(&self, restored: bool) -> CaseRecord {
        let mut record = CaseRecord { restored, ..record() };
        match self.sent {
            Sent::Never => return record,
            Sent::Itself(seconds) => {
                let at = received() + Duration::from_seconds(seconds);
                record.received(receipt(), at).unwrap();
            }
            Sent::Counted => {
                record.received(receipt(), received()).unwrap();
                record.count_from_receipt().unwrap();
            }
        }
        if let Some(looked) = self.saw_answer {
            record.looked_at = Some(minutes(looked));
            let (entry, reply) = (entry(2, "2026-11-23T13:00:00Z"), reply("2026-11-23T13:10:00Z"));
            record.replied(entry, reply, at("2026-11-25T00:00:00Z")).unwrap();
        }
        self.write(&mut record);
        record
    }

    fn write(&self, record: &mut CaseRecord) {
        let (id, until) = (EntryId::from_bytes([9; 16]), at("2026-12-10T14:00:00Z"));
        match self.letter {
            Some(Some(sent)) => {
                let word = EmbargoWord::Proposed { until };
                record.wrote(id, Some(word), receipt(), minutes(sent)).unwrap();
            }
            Some(None) => record.wrote_elsewhere(id, receipt()).unwrap(),
            None => {}
        }
        let mut by_hand = |kind, at: Option<i64>| {
            if let Some(at) = at {
                record.by_hand(kind, minutes(at)).unwrap();
            }
        };
        by_hand(EventKind::AutoReply, self.automatic);
        by_hand(EventKind::Closed, self.closed);
    }
}

fn any_device() -> impl Strategy<Value = Device> {
    let sent = prop_oneof![
        1 => Just(Sent::Never),
        // Days later too: the relay gives whoever sends the same bytes again the first receipt.
        4 => prop_oneof![0_i64..3599, 3600_i64..400_000].prop_map(Sent::Itself),
        1 => Just(Sent::Counted),
    ];
    let maybe = || proptest::option::of(0_i64..1000);
    let letter = proptest::option::of(maybe());
    (sent, maybe(), letter, maybe(), maybe()).prop_map(|(sent, saw_answer, letter, closed, automatic)| {
        Device { sent, saw_answer, letter, closed, automatic }
    })
}

fn joined(one: &CaseRecord, other: &CaseRecord) -> CaseRecord {
    one.merged(other).unwrap()
}

proptest! {
    #[test]
    fn both_ways_round_and_once_more_give_the_same_clock(
        one in (any_device(), any::<bool>()),
        other in (any_device(), any::<bool>()),
    ) {
        let [one, other] = [one, other].map(|(device, restored)| device.record(restored));
        let there = joined(&one, &other);
        prop_assert_eq!(&there.events, &joined(&other, &one).events);
        prop_assert_eq!(&joined(&one, &one).events, &one.events);
        prop_assert_eq!(&joined(&there, &one).events, &there.events);
        prop_assert_eq!(&joined(&other, &there).events, &there.events);
    }

    #[test]
    fn three_devices_agree_whichever_two_join_first(
        devices in [any_device(), any_device(), any_device()],
        restored in any::<bool>(),
    ) {
        let [one, two, three] = devices.map(|device| device.record(restored));
        let left = joined(&joined(&one, &two), &three);
        prop_assert_eq!(&left.events, &joined(&one, &joined(&two, &three)).events);
        prop_assert_eq!(&left.events, &joined(&two, &joined(&three, &one)).events);
    }
}

#[test]
fn a_letter_from_elsewhere_does_not_stand_before_the_report_of_its_hour() {
    let mut heard = record();
    heard.received(receipt(), minutes(46)).unwrap();
    heard.wrote_elsewhere(EntryId::from_bytes([9; 16]), receipt()).unwrap();
    assert_eq!(heard.letters[0].at, minutes(46));
}

#[test]
fn of_two_devices_that_both_sent_the_first_counts() {
    let device = |seconds| Device {
        sent: Sent::Itself(seconds),
        saw_answer: None,
        letter: None,
        closed: None,
        automatic: None,
    };
    let (first, days_later) = (device(48).record(false), device(259_252).record(false));
    for joined in [joined(&first, &days_later), joined(&days_later, &first)] {
        assert_eq!(joined.events.sent(), first.events.sent());
    }
}
