//! A model of a hostile world: lost requests, lost answers, refusals, false receipts, and a device that dies at any step.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;

use super::*;
use crate::case_record::StoredReceipt;

/// Runs a future whose every port is ready at once.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a port of the model was not ready"),
    }
}

/// What the line does to one attempt.
#[derive(Debug, Clone, Copy)]
enum Line {
    Good,
    RequestLost,
    AnswerLost,
    Problem(ProblemCode),
    Portal,
    FalseReceipt,
    VaultGone,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Queue,
    /// Another letter of the last case.
    Write,
    Flush(Trigger),
    Wait(u16),
    /// The device dies after so many writes of the next flush.
    FlushAndDie(u8),
}

#[derive(Default)]
struct World {
    now: Cell<i64>,
    line: RefCell<Vec<Line>>,
    /// Writes left before the device dies.
    writes: Cell<Option<u8>>,
    items: RefCell<BTreeMap<EntryId, Item>>,
    copies: RefCell<BTreeMap<EntryId, Vec<u8>>>,
    receipts: RefCell<BTreeMap<EntryId, (StoredReceipt, Timestamp)>>,
    /// What the case's record says of the moment of sending.
    sent: RefCell<BTreeMap<CaseId, Timestamp>>,
    relay: RefCell<BTreeMap<EntryId, Vec<u8>>>,
    sent_after_receipt: Cell<bool>,
}

impl World {
    fn write(&self) -> Result<(), PortsError> {
        match self.writes.get() {
            Some(0) => Err(PortsError("the device died".to_owned())),
            Some(left) => {
                self.writes.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn queue(&self, n: u8) -> EntryId {
        let case = CaseId::from_bytes([n; 16]);
        let sealed = SealedReport {
            case,
            sealed: String::new(),
            sha256: format!("{n:064}"),
            size: 1,
            recipients: Vec::new(),
            own_copy: None,
        };
        let item = Item::queued(&sealed, "demo".parse().unwrap(), "team".parse().unwrap());
        self.put(item, n)
    }

    /// A later letter of the case that has this number.
    fn write_again(&self, case: u8, n: u8) -> EntryId {
        let record =
            CaseRecord { case: CaseId::from_bytes([case; 16]), ..crate::case_record::tests::record() };
        let entry = EntryId::from_bytes([n, !n, n, n, n, n, n, n, n, n, n, n, n, n, n, n]);
        let sealed = SealedFollowUp { entry, sealed: String::new(), sha256: format!("{n:064}") };
        self.put(Item::follow_up(&sealed, &record, None), n)
    }

    fn put(&self, item: Item, n: u8) -> EntryId {
        let entry = item.entry();
        self.copies.borrow_mut().insert(entry, vec![n; 3]);
        self.items.borrow_mut().insert(entry, item);
        entry
    }

    /// Promise 3, from both ends.
    fn check(&self, queued: &[EntryId]) {
        for case in queued {
            let kept = self.copies.borrow().contains_key(case) && self.items.borrow().contains_key(case);
            let receipt = self.receipts.borrow().contains_key(case);
            assert!(kept || receipt, "{case} is lost");
            assert!(!receipt || self.relay.borrow().contains_key(case), "{case}: a receipt for nothing");
            assert!(!(kept && receipt), "{case} has a receipt and is still in the outbox");
        }
        assert!(!self.sent_after_receipt.get(), "sent again after its receipt");
    }
}

impl Ports for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.now.get())
    }

    fn dice(&self) -> u32 {
        self.now.get().unsigned_abs() as u32
    }

    async fn items(&self) -> Result<Vec<Item>, PortsError> {
        Ok(self.items.borrow().values().cloned().collect())
    }

    async fn sealed(&self, item: &Item) -> Result<Option<Vec<u8>>, PortsError> {
        Ok(self.copies.borrow().get(&item.entry()).cloned())
    }

    async fn save(&self, item: &Item) -> Result<(), PortsError> {
        self.write()?;
        self.items.borrow_mut().entry(item.entry()).and_modify(|old| *old = item.clone());
        if let (Some(at), None) = (item.answered, item.entry) {
            assert!(
                self.relay.borrow().contains_key(&item.entry()),
                "the clocks run for what was never sent"
            );
            assert_eq!(
                *self.sent.borrow_mut().entry(item.case).or_insert(at),
                at,
                "the clocks started twice"
            );
        }
        Ok(())
    }

    async fn send(&self, item: &Item, sealed: &[u8]) -> Outcome {
        self.now.set(self.now.get() + 1);
        if self.receipts.borrow().contains_key(&item.entry()) {
            self.sent_after_receipt.set(true);
        }
        let line = self.line.borrow_mut().pop().unwrap_or(Line::Good);
        match line {
            Line::RequestLost => return Outcome::Unreachable,
            Line::Problem(code) => return Outcome::Problem(code),
            Line::Portal => return Outcome::Strange(511),
            Line::Good | Line::AnswerLost | Line::FalseReceipt | Line::VaultGone => {}
        }
        let mut relay = self.relay.borrow_mut();
        assert!(item.entry.is_none() || relay.contains_key(&item.case.into()), "a letter before its case");
        let stored = relay.entry(item.entry()).or_insert_with(|| sealed.to_owned());
        assert_eq!(stored, sealed, "other bytes under a taken id");
        match line {
            Line::AnswerLost => Outcome::Unreachable,
            Line::FalseReceipt => Outcome::Receipt("false".to_owned()),
            Line::VaultGone => Outcome::Receipt("unchecked".to_owned()),
            _ => Outcome::Receipt("genuine".to_owned()),
        }
    }

    async fn verify(&self, _: &Item, receipt: &str) -> Verdict {
        match receipt {
            "genuine" => Verdict::Genuine(StoredReceipt {
                signed: receipt.to_owned(),
                text: receipt.to_owned(),
                received: self.now().rounded_to_hour(),
            }),
            "unchecked" => Verdict::Unknown("the vault is gone".to_owned()),
            other => Verdict::Bad(other.to_owned()),
        }
    }

    async fn settle(&self, item: &Item, receipt: StoredReceipt, sent: Timestamp) -> Result<(), PortsError> {
        self.write()?;
        if item.entry.is_none() {
            let started = *self.sent.borrow_mut().entry(item.case).or_insert(sent);
            assert_eq!(started, sent, "the receipt moved the start of the clocks");
        }
        let before = self.receipts.borrow_mut().insert(item.entry(), (receipt, sent));
        assert!(before.is_none(), "two receipts for one letter");
        self.items.borrow_mut().remove(&item.entry());
        self.copies.borrow_mut().remove(&item.entry());
        Ok(())
    }
}

fn any_line() -> impl Strategy<Value = Line> {
    prop_oneof![
        3 => Just(Line::Good),
        2 => Just(Line::RequestLost),
        2 => Just(Line::AnswerLost),
        1 => Just(Line::Problem(ProblemCode::Unavailable)),
        1 => Just(Line::Problem(ProblemCode::WrongRecipient)),
        1 => Just(Line::Portal),
        1 => Just(Line::FalseReceipt),
        1 => Just(Line::VaultGone),
    ]
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => Just(Deed::Queue),
        1 => Just(Deed::Write),
        2 => prop_oneof![Just(Trigger::Timer), Just(Trigger::Online), Just(Trigger::Button)].prop_map(Deed::Flush),
        2 => any::<u16>().prop_map(Deed::Wait),
        2 => (0_u8..5).prop_map(Deed::FlushAndDie),
    ]
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_is_sent_twice(
        deeds in proptest::collection::vec(any_deed(), 1..40),
        line in proptest::collection::vec(any_line(), 0..60),
    ) {
        let world = World { line: RefCell::new(line), ..World::default() };
        let (mut queued, mut opened) = (Vec::new(), None);
        for deed in deeds {
            match deed {
                Deed::Queue => {
                    opened = Some(u8::try_from(queued.len()).unwrap());
                    queued.extend(opened.map(|n| world.queue(n)));
                }
                Deed::Write => {
                    let n = u8::try_from(queued.len()).unwrap();
                    queued.extend(opened.map(|case| world.write_again(case, n)));
                }
                Deed::Flush(trigger) => run(flush(&world, trigger)).unwrap(),
                Deed::Wait(seconds) => world.now.set(world.now.get() + i64::from(seconds)),
                Deed::FlushAndDie(writes) => {
                    world.writes.set(Some(writes));
                    let _ = run(flush(&world, Trigger::Timer));
                    world.writes.set(None);
                }
            }
            world.check(&queued);
        }
        world.line.borrow_mut().clear();
        run(flush(&world, Trigger::Button)).unwrap();
        prop_assert!(world.items.borrow().is_empty(), "something stays behind on a good line");
        prop_assert_eq!(world.receipts.borrow().len(), world.relay.borrow().len());
        world.check(&queued);
    }
}

#[test]
fn the_clocks_start_with_the_attempt_that_brought_the_receipt() {
    let world = World { line: RefCell::new(vec![Line::AnswerLost]), ..World::default() };
    world.now.set(1_000);
    let case = world.queue(1);
    run(flush(&world, Trigger::Timer)).unwrap();
    assert!(matches!(world.items.borrow()[&case].state, State::Waiting { why: WaitReason::Unreachable, .. }));
    world.now.set(5_000);
    run(flush(&world, Trigger::Timer)).unwrap();
    assert_eq!(world.receipts.borrow()[&case].1, Timestamp::from_seconds(5_000));
}

#[test]
fn a_relay_without_a_good_receipt_does_not_hold_the_clocks() {
    let line = vec![Line::RequestLost, Line::VaultGone, Line::FalseReceipt, Line::RequestLost];
    let world = World { line: RefCell::new(line), ..World::default() };
    let case = world.queue(1);
    let sent_after = |now| {
        world.now.set(now);
        run(flush(&world, Trigger::Button)).unwrap();
        world.sent.borrow().get(&CaseId::from_bytes([1; 16])).map(|at| at.seconds())
    };
    assert_eq!(sent_after(1_000), None, "nothing was answered, so nothing was sent");
    assert_eq!(sent_after(5_000), Some(5_000));
    assert_eq!(sent_after(9_000), Some(5_000));
    assert_eq!(sent_after(9_500), Some(5_000));
    assert!(world.copies.borrow().contains_key(&case), "the sealed copy stays until there is a receipt");
    assert_eq!(sent_after(10_000), Some(5_000));
    assert!(world.items.borrow().is_empty() && world.receipts.borrow().contains_key(&case));
}

#[test]
fn a_letter_without_its_bytes_fails_alone_and_goes_once_they_are_back() {
    let world = World::default();
    let (first, its_letter, other) = (world.queue(1), world.write_again(1, 7), world.queue(2));
    let letter = world.write_again(2, 3);
    let bytes = world.copies.borrow_mut().remove(&first).unwrap();
    run(flush(&world, Trigger::Timer)).unwrap();
    let item = world.items.borrow()[&first].clone();
    assert!(item.is_missing() && !item.may_have_left && item.attempts == 1, "{item:?}");
    for gone in [other, letter] {
        assert!(world.receipts.borrow().contains_key(&gone), "it was held up by another");
    }
    assert_eq!(world.items.borrow()[&its_letter].attempts, 0, "it waits for the one that opens its case");
    assert!(!item.is_due(world.now(), Trigger::Timer), "it is not looked for without end");
    world.copies.borrow_mut().insert(first, bytes);
    run(flush(&world, Trigger::Online)).unwrap();
    assert!(world.items.borrow().is_empty());
}

#[test]
fn a_later_letter_waits_for_the_one_that_opens_its_case() {
    let world = World { line: RefCell::new(vec![Line::RequestLost]), ..World::default() };
    let (opening, later) = (world.queue(200), world.write_again(200, 1));
    run(flush(&world, Trigger::Online)).unwrap();
    assert!(world.relay.borrow().is_empty(), "the model panics on a letter before its case");
    assert_eq!(world.items.borrow()[&later].attempts, 0);
    run(flush(&world, Trigger::Online)).unwrap();
    assert!(world.receipts.borrow().contains_key(&opening) && world.receipts.borrow().contains_key(&later));
}

#[test]
fn a_later_letters_stored_form_is_frozen() {
    let world = World::default();
    let entry = world.write_again(2, 1);
    let item = world.items.borrow()[&entry].clone();
    let json = concat!(
        r#"{"v":1,"case":"02020202020202020202020202020202","entry":"01fe0101010101010101010101010101","team":"demo","desk":"team","#,
        r#""sha256":"0000000000000000000000000000000000000000000000000000000000000001","attempts":0,"state":{"state":"queued"}}"#
    );
    assert_eq!(serde_json::to_string(&item).unwrap(), json);
    assert_eq!(serde_json::from_str::<Item>(json).unwrap(), item);
    assert_eq!(item.key(), "01fe0101010101010101010101010101-02020202020202020202020202020202");
}

#[test]
fn a_refusal_stays_until_the_person_presses_the_button() {
    let refusal = Line::Problem(ProblemCode::WrongRecipient);
    let world = World { line: RefCell::new(vec![refusal]), ..World::default() };
    let case = world.queue(1);
    run(flush(&world, Trigger::Timer)).unwrap();
    world.now.set(1_000_000);
    run(flush(&world, Trigger::Online)).unwrap();
    assert_eq!(world.items.borrow()[&case].state, State::Refused { code: ProblemCode::WrongRecipient });
    assert!(world.relay.borrow().is_empty());
    run(flush(&world, Trigger::Button)).unwrap();
    assert!(world.items.borrow().is_empty());
}

#[test]
fn who_waits_for_the_network_goes_out_when_it_is_back_and_others_wait_their_time() {
    let item = {
        let world = World::default();
        let case = world.queue(1);
        let item = world.items.borrow()[&case].clone();
        item.started(Timestamp::from_seconds(0))
    };
    let now = Timestamp::from_seconds(10);
    let unreachable = item.clone().failed(Failure::Wait(WaitReason::Unreachable), now, 0);
    let busy = item.failed(ProblemCode::Unavailable.into(), now, 0);
    assert!(!unreachable.is_due(now, Trigger::Timer) && unreachable.is_due(now, Trigger::Online));
    assert!(!busy.is_due(now, Trigger::Online) && busy.is_due(now, Trigger::Button));
    assert!(busy.is_due(Timestamp::from_seconds(15), Trigger::Timer));
}

#[test]
fn a_clock_that_was_set_back_does_not_hold_a_letter_for_years() {
    let world = World::default();
    let case = world.queue(1);
    let item = world.items.borrow()[&case].clone().started(Timestamp::from_seconds(0));
    let item = item.failed(
        Failure::Wait(WaitReason::Strange { status: 502 }),
        Timestamp::from_seconds(90_000_000),
        0,
    );
    assert!(item.is_due(Timestamp::from_seconds(1_000), Trigger::Timer));
}

#[test]
fn the_stored_form_is_frozen() {
    let world = World::default();
    let case = world.queue(0);
    let item = world.items.borrow()[&case].clone().started(Timestamp::from_seconds(0));
    let json = concat!(
        r#"{"v":1,"case":"00000000000000000000000000000000","team":"demo","desk":"team","sha256":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""attempts":1,"may_have_left":true,"state":{"state":"waiting","until":"1970-01-01T00:00:05Z","why":{"why":"busy","code":"full"}}}"#
    );
    let waiting = item.clone().failed(ProblemCode::Full.into(), Timestamp::from_seconds(0), 0);
    let missing = item.without_bytes(Timestamp::from_seconds(0), 0).state;
    let state = r#"{"state":"waiting","until":"1970-01-01T00:00:10Z","why":{"why":"missing"}}"#;
    assert_eq!(serde_json::to_string(&missing).unwrap(), state);
    assert_eq!(serde_json::to_string(&waiting).unwrap(), json);
    assert_eq!(serde_json::from_str::<Item>(json).unwrap(), waiting);
}
