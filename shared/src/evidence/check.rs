//! Whether an evidence file agrees with itself, once its signatures were checked: everything is computed again.

use super::Facts;
use crate::id::EntryId;
use crate::letter::ReplyKind;
use crate::policy::Policy;
use crate::receipt::Receipt;
use crate::time::{Duration, Timestamp};
use crate::timeline::{Case, Event, EventKind, Witness, view};

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The policy is another team's, or has no such desk.
    #[error("the policy is of the team “{0}”, or has no such desk: it is not the one of this case")]
    Policy(String),
    /// A receipt speaks of another case, team or desk.
    #[error("receipt {0}: it is genuine but speaks of another case, team or desk")]
    Receipt(usize),
    /// Two receipts for one entry.
    #[error("receipt {0}: there is another receipt for the same entry")]
    ReceiptTwice(usize),
    /// The receipt of the report names other bytes.
    #[error("the receipt of the report names another SHA-256 than letter_sha256")]
    Letter,
    /// The record says that the relay signed for the report, and no receipt here does.
    #[error("events: no receipt here shows that the relay received the report at {0}")]
    NotReceived(Timestamp),
    /// There is a receipt for the report, and the record does not know it.
    #[error("events: the receipt of the report is not on record")]
    ReceiptNotOnRecord,
    /// A reply by the team that the list of replies does not have.
    #[error("events: a reply of the team at {0} is not among the replies")]
    NoSuchReply(Timestamp),
    /// A reply that the record does not have.
    #[error("replies: entry {0} is not on record")]
    ReplyNotOnRecord(EntryId),
    /// A receipt for an entry that is neither the report nor a reply.
    #[error("receipt {0}: it is for an entry that is not in this file")]
    StrayReceipt(usize),
    /// An event that only the relay or the team can vouch for is signed by neither.
    #[error("events: what happened at {0} cannot be on record by that witness")]
    Witness(Timestamp),
    /// The record contradicts itself or the policy.
    #[error("events: {0}")]
    Events(String),
    /// The view is not what follows.
    #[error("view: {0} is not what follows from the policy and the events")]
    View(&'static str),
    /// Gravity is stated though nothing hangs on it.
    #[error("severity and exploited are stated, but change no promise of this policy")]
    Gravity,
}

impl Facts {
    /// Computes everything again. `receipts` are those of the file, in order, their signatures checked.
    #[must_use]
    pub fn check(&self, policy: &Policy, receipts: &[Receipt]) -> Vec<Fault> {
        let mut faults = Vec::new();
        if policy.identity.slug != self.team || policy.desk(&self.desk).is_none() {
            faults.push(Fault::Policy(policy.identity.slug.to_string()));
        }
        self.check_receipts(receipts, &mut faults);
        self.check_replies(&mut faults);
        self.check_witnesses(receipts, &mut faults);
        let mut lean = self.clone();
        lean.keep_gravity_only_where_it_counts(policy);
        if lean != *self {
            faults.push(Fault::Gravity);
        }
        self.check_view(&policy.clone().for_case(self.severity, self.exploited), &mut faults);
        faults
    }

    fn check_receipts(&self, receipts: &[Receipt], faults: &mut Vec<Fault>) {
        for (n, receipt) in receipts.iter().enumerate() {
            let place = (receipt.case, &receipt.team, &receipt.desk);
            if place != (self.case, &self.team, &self.desk) {
                faults.push(Fault::Receipt(n + 1));
            } else if receipts.iter().take(n).any(|other| other.entry == receipt.entry) {
                faults.push(Fault::ReceiptTwice(n + 1));
            } else if !self.knows(receipt.entry) {
                faults.push(Fault::StrayReceipt(n + 1));
            }
        }
        let named = self
            .of_report(receipts)
            .is_none_or(|receipt| Some(&receipt.sha256) == self.letter_sha256.as_ref());
        if !named {
            faults.push(Fault::Letter);
        }
    }

    /// Whether an entry is the report or one of the replies.
    #[must_use]
    pub fn knows(&self, entry: EntryId) -> bool {
        entry == self.case.into() || self.replies.iter().any(|reply| reply.entry == entry)
    }

    /// The receipt of the report itself.
    pub(super) fn of_report<'a>(&self, receipts: &'a [Receipt]) -> Option<&'a Receipt> {
        receipts.iter().find(|receipt| receipt.entry == self.case.into())
    }

    fn check_replies(&self, faults: &mut Vec<Fault>) {
        let mut unmatched: Vec<(Timestamp, ReplyKind)> = self.events.events().filter_map(by_team).collect();
        for reply in &self.replies {
            // Two replies of one kind in one second are one event of the record.
            let of_this = |(at, kind): &(Timestamp, ReplyKind)| (*at, *kind) == (reply.at, reply.kind);
            if !self.events.events().filter_map(by_team).any(|event| of_this(&event)) {
                faults.push(Fault::ReplyNotOnRecord(reply.entry));
            }
            unmatched.retain(|event| !of_this(event));
        }
        faults.extend(unmatched.into_iter().map(|(at, _)| Fault::NoSuchReply(at)));
    }

    /// Relay and team vouch for what they signed, and for nothing else.
    fn check_witnesses(&self, receipts: &[Receipt], faults: &mut Vec<Fault>) {
        let received = self.of_report(receipts).map(|receipt| receipt.received);
        for event in self.events.events() {
            match (&event.kind, event.by) {
                (EventKind::Received, Witness::Relay) if received != Some(event.at) => {
                    faults.push(Fault::NotReceived(event.at));
                }
                (EventKind::Received, Witness::Relay) | (_, Witness::Reporter) => {}
                (EventKind::Received | EventKind::Sent | EventKind::Closed, Witness::Team)
                | (_, Witness::Relay) => {
                    faults.push(Fault::Witness(event.at));
                }
                (_, Witness::Team) => {}
            }
        }
        let on_record = self.events.events().any(|event| event.kind == EventKind::Received);
        if received.is_some() && !on_record {
            faults.push(Fault::ReceiptNotOnRecord);
        }
    }

    fn check_view(&self, policy: &Policy, faults: &mut Vec<Fault>) {
        let apply = |case: Case, event: &Event| case.apply(event.clone(), policy);
        let replayed = match self.events.events().try_fold(Case::default(), apply) {
            Ok(replayed) => replayed,
            Err(why) => return faults.push(Fault::Events(why.to_string())),
        };
        let (now, then) = (view(&replayed, policy, self.made_at), &self.view);
        let parts = [
            ("sent", now.sent == then.sent),
            ("promises", now.promises == then.promises),
            ("next", now.next == then.next),
            ("ladder", now.ladder == then.ladder),
            ("stages", now.stages == then.stages),
            ("embargo", now.embargo == then.embargo),
            ("warnings", now.warnings == then.warnings),
            ("closed", now.closed == then.closed),
        ];
        faults.extend(parts.into_iter().filter(|(_, same)| !same).map(|(part, _)| Fault::View(part)));
    }

    /// Whether the relay's receipt bears out when the report was sent: it names the hour.
    pub(super) fn sending_is_borne_out(&self, receipts: &[Receipt]) -> bool {
        let hour = Duration::from_hours(1);
        let (sent, receipt) = (self.view.sent, self.of_report(receipts));
        sent.zip(receipt)
            .is_some_and(|(sent, receipt)| receipt.received <= sent && sent < receipt.received + hour)
    }
}

fn by_team(event: &Event) -> Option<(Timestamp, ReplyKind)> {
    match (&event.kind, event.by) {
        (EventKind::HumanReply { kind }, Witness::Team) => Some((event.at, *kind)),
        _ => None,
    }
}
