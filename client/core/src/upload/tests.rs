//! Uploads over a relay that forgets, lines that break, and pages that close in the middle.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use sealpost_shared::Timestamp;
use sealpost_shared::letter::Enclosures;
use sealpost_shared::problem::ProblemCode;

use super::*;
use crate::case_record::StoredReceipt;
use crate::outbox::{Outcome, PortsError, Verdict, WaitReason};

/// Runs a future that never really waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_435_200);

/// A relay, a line that breaks after so many requests, and a disk.
#[derive(Default)]
struct World {
    there: RefCell<BTreeSet<u32>>,
    sent: RefCell<Vec<u32>>,
    sealed: Cell<bool>,
    breaks_after: Cell<Option<u32>>,
    refuses: Cell<Option<ProblemCode>>,
    stopped: Cell<bool>,
    saved: RefCell<Option<Upload>>,
    settled: Cell<u32>,
    progress: RefCell<Vec<u64>>,
    bad_receipt: Cell<bool>,
}

impl World {
    fn line(&self) -> bool {
        match self.breaks_after.get() {
            Some(0) => false,
            Some(left) => {
                self.breaks_after.set(Some(left - 1));
                true
            }
            None => true,
        }
    }

    fn carry(&self) {
        let upload = self.saved.borrow().clone().unwrap();
        run(carry(self, upload)).unwrap();
    }

    fn state(&self) -> State {
        self.saved.borrow().as_ref().unwrap().state.clone()
    }
}

impl UploadPorts for World {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn dice(&self) -> u32 {
        4
    }

    fn is_stopped(&self, _: &Upload) -> bool {
        self.stopped.get()
    }

    fn progress(&self, upload: &Upload) {
        self.progress.borrow_mut().push(upload.done);
    }

    async fn there(&self, _: &Upload) -> There {
        if !self.line() {
            return There::Failed(Outcome::Unreachable);
        }
        There::Chunks(self.there.borrow().iter().copied().collect())
    }

    async fn put(&self, _: &Upload, n: u32) -> Result<Outcome, PortsError> {
        if !self.line() {
            return Ok(Outcome::Unreachable);
        }
        if let Some(code) = self.refuses.get() {
            return Ok(Outcome::Problem(code));
        }
        self.sent.borrow_mut().push(n);
        self.there.borrow_mut().insert(n);
        Ok(Outcome::Receipt(String::new()))
    }

    async fn seal(&self, upload: &Upload) -> Outcome {
        if !self.line() {
            return Outcome::Unreachable;
        }
        if self.there.borrow().len() as u32 != upload.chunks() {
            return Outcome::Problem(ProblemCode::Incomplete);
        }
        self.sealed.set(true);
        Outcome::Receipt("receipt".to_owned())
    }

    async fn verify(&self, _: &Upload, receipt: &str) -> Verdict {
        if self.bad_receipt.get() {
            return Verdict::Bad("forged".to_owned());
        }
        Verdict::Genuine(StoredReceipt { signed: receipt.to_owned(), text: String::new(), received: NOW })
    }

    async fn save(&self, upload: &Upload) -> Result<(), PortsError> {
        *self.saved.borrow_mut() = Some(upload.clone());
        Ok(())
    }

    async fn settle(&self, _: &Upload, _: StoredReceipt) -> Result<(), PortsError> {
        self.settled.set(self.settled.get() + 1);
        Ok(())
    }
}

fn world(chunks: usize) -> World {
    let size = ((chunks - 1) * CHUNK_BYTES + 5) as u64;
    let enclosures =
        Enclosures { blob: BlobId::from_bytes([7; 16]), size, sha256: "ab".repeat(32), files: Vec::new() };
    let upload = Upload::queued(CaseId::from_bytes([1; 16]), NOW, enclosures, vec![String::new(); chunks]);
    World { saved: RefCell::new(Some(upload)), ..World::default() }
}

#[test]
fn every_chunk_is_sent_once_and_then_it_is_sealed() {
    let world = world(4);
    world.carry();
    assert_eq!(*world.sent.borrow(), [0, 1, 2, 3]);
    assert_eq!((world.sealed.get(), world.settled.get()), (true, 1));
    let mib = CHUNK_BYTES as u64;
    assert_eq!(*world.progress.borrow(), [0, mib, 2 * mib, 3 * mib, 3 * mib + 5]);
}

#[test]
fn wherever_the_line_breaks_the_next_try_goes_on_there() {
    for breaks_after in 0..7 {
        let world = world(4);
        world.breaks_after.set(Some(breaks_after));
        world.carry();
        if breaks_after < 6 {
            assert!(
                matches!(world.state(), State::Waiting { why: WaitReason::Unreachable, .. }),
                "{breaks_after}"
            );
            world.breaks_after.set(None);
            world.carry();
        }
        assert_eq!(*world.sent.borrow(), [0, 1, 2, 3], "{breaks_after}");
        assert_eq!(world.settled.get(), 1);
    }
}

#[test]
fn a_page_that_closed_in_the_middle_goes_on_at_once() {
    let upload = world(2).saved.into_inner().unwrap().started(NOW);
    assert!(upload.is_due(NOW, Trigger::Timer));
    let stored: Upload = serde_json::from_str(&serde_json::to_string(&upload).unwrap()).unwrap();
    assert_eq!(stored, upload);
}

#[test]
fn a_relay_that_forgot_gets_everything_again() {
    let world = world(3);
    world.carry();
    world.there.borrow_mut().clear();
    world.carry();
    assert_eq!(*world.sent.borrow(), [0, 1, 2, 0, 1, 2]);
}

#[test]
fn who_stops_it_stops_it_and_the_button_goes_on() {
    let world = world(3);
    world.stopped.set(true);
    world.carry();
    let stopped = world.saved.borrow().clone().unwrap();
    assert!(world.sent.borrow().is_empty() && stopped.stopped);
    assert!(!stopped.is_due(NOW, Trigger::Online) && stopped.is_due(NOW, Trigger::Button));
}

#[test]
fn a_refusal_stays_and_a_full_disk_or_a_bent_chunk_is_tried_again() {
    for (code, passes) in [
        (ProblemCode::WrongRecipient, false),
        (ProblemCode::TooLarge, false),
        (ProblemCode::Conflict, false),
        (ProblemCode::StorageFull, true),
        (ProblemCode::Full, true),
        (ProblemCode::DigestMismatch, true),
        (ProblemCode::Incomplete, true),
    ] {
        let world = world(2);
        world.refuses.set(Some(code));
        world.carry();
        match world.state() {
            State::Refused { code: refused } => assert!(!passes && refused == code),
            State::Waiting { why: WaitReason::Busy { code: busy }, .. } => assert!(passes && busy == code),
            other => panic!("{code:?}: {other:?}"),
        }
        assert_eq!(world.settled.get(), 0);
    }
}

#[test]
fn without_a_good_receipt_nothing_is_forgotten() {
    let world = world(2);
    world.bad_receipt.set(true);
    world.carry();
    assert!(matches!(world.state(), State::Waiting { why: WaitReason::BadReceipt { .. }, .. }));
    assert_eq!(world.settled.get(), 0);
}

proptest! {
    #[test]
    fn whatever_happens_on_the_way_all_of_it_arrives_and_is_settled_once(
        rounds in prop::collection::vec((prop::option::of(0_u32..8), any::<bool>(), any::<bool>()), 0..12),
    ) {
        let world = world(4);
        for (breaks_after, forgets, dies) in rounds {
            if world.settled.get() > 0 {
                break;
            }
            if forgets {
                world.there.borrow_mut().clear();
            }
            if dies {
                // The page was closed right after an attempt began.
                let begun = world.saved.borrow().clone().unwrap().started(NOW);
                *world.saved.borrow_mut() = Some(begun);
            }
            world.breaks_after.set(breaks_after);
            world.carry();
        }
        world.breaks_after.set(None);
        if world.settled.get() == 0 {
            world.carry();
        }
        prop_assert_eq!(world.settled.get(), 1);
        prop_assert!(world.sealed.get() && world.there.borrow().len() == 4);
    }
}
