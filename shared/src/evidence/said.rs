//! An evidence file in lines that people read: each says on whose signature it rests, or that it is the reporter's word.

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::letter::ReplyKind;
use crate::policy::{Policy, explain};
use crate::receipt::Receipt;
use crate::time::Timestamp;
use crate::timeline::{Event, EventKind, PromiseId, PromiseState, PromiseView, Witness};

/// On what a line rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A signature of the team that anybody can check with this file.
    Team,
    /// A signature of the relay that anybody can check with this file.
    Relay,
    /// The reporter's word; a signature of the relay bears a part of it out.
    ReporterAndRelay,
    /// The reporter's word alone.
    Reporter,
}

impl Proof {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Team => "signed by the team",
            Self::Relay => "signed by the relay",
            Self::ReporterAndRelay => "the reporter's word, borne out by the relay",
            Self::Reporter => "the reporter's word",
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it happened or was due; `None` for what has no one moment.
    pub at: Option<Timestamp>,
    /// What.
    pub text: String,
    /// On what it rests.
    pub proof: Proof,
    /// What exactly is borne out, or how it could be shown to be wrong.
    pub note: String,
}

impl Facts {
    /// Everything the file says, in order of dates; what was promised first. `receipts` are those of the file, checked.
    #[must_use]
    pub fn lines(&self, policy: &Policy, receipts: &[Receipt]) -> Vec<Line> {
        let mut lines = self.promised(policy);
        let happened = self.events.events().filter(|event| event.at <= self.made_at);
        let happened = happened.map(|event| self.happened(policy, event, receipts));
        let due = self.view.promises.iter().map(|promise| self.became(promise));
        let mut dated: Vec<Line> = happened.chain(due).collect();
        dated.sort_by_key(|line| line.at);
        lines.extend(dated);
        lines
    }

    fn promised(&self, policy: &Policy) -> Vec<Line> {
        let signed = self.policy.signature.is_some();
        let (proof, note) = if signed {
            (
                Proof::Team,
                format!(
                    "by {}; compare that with what the project publishes",
                    policy.identity.signed_by.grouped()
                ),
            )
        } else {
            (
                Proof::Reporter,
                "nobody signed these rules: they may be only what the reporter measures by".to_owned(),
            )
        };
        let identity = &policy.identity;
        let begins = identity.effective;
        let late = self.view.sent.filter(|sent| *sent < begins).map_or_else(String::new, |_| {
            format!(
                "; in force only from {begins}, after the report was sent: other promises may have held then"
            )
        });
        let note = format!("{note}{late}");
        let line = |text: String| Line { at: None, text, proof, note: note.clone() };
        let first = format!("Version {} of the policy of {}.", identity.version, identity.name);
        let held = policy.clone().for_case(self.severity, self.exploited);
        let promises = explain::promises(&held.clocks).into_iter();
        let ladder = format!(
            "No word from a person for {}, or silence for {} later on, lets the reporter turn to others.",
            held.escalation.no_reply, held.escalation.silence
        );
        std::iter::once(first).chain(promises).chain([ladder]).map(line).collect()
    }

    fn happened(&self, policy: &Policy, event: &Event, receipts: &[Receipt]) -> Line {
        let line =
            |text: &str, proof, note: String| Line { at: Some(event.at), text: text.to_owned(), proof, note };
        let word = |text: &str| line(text, Proof::Reporter, String::new());
        match &event.kind {
            EventKind::Sent if self.sending_is_borne_out(receipts) => {
                line("The report was sent.", Proof::ReporterAndRelay, "the receipt names the hour".to_owned())
            }
            EventKind::Sent => {
                line("The report was sent.", Proof::Reporter, "no receipt here names this hour".to_owned())
            }
            EventKind::Received if event.by == Witness::Relay => {
                line("The relay held the sealed report in the hour from here.", Proof::Relay, String::new())
            }
            EventKind::Received => word("The relay received the report."),
            EventKind::AutoReply => word("An automatic answer came. It keeps no promise."),
            EventKind::HumanReply { kind } => self.replied(event, *kind, receipts),
            EventKind::FollowUp => word("The reporter wrote again."),
            EventKind::StepTaken { step } => {
                let name = policy.step(step).map(|step| explain::step_name(policy, step)).unwrap_or_default();
                word(&format!("The reporter took the step “{name}”."))
            }
            EventKind::StageReached { stage } => {
                let title = policy.stage(stage).map(|stage| stage.title.as_str()).unwrap_or_default();
                word(&format!("Stage reached: {title}."))
            }
            EventKind::EmbargoProposed { until } => {
                word(&format!("Proposed: nothing in public until {until}."))
            }
            EventKind::EmbargoAgreed { until } => word(&format!("Agreed: nothing in public until {until}.")),
            EventKind::EmbargoLifted => word("The embargo ended early."),
            EventKind::Published => word("The team published."),
            EventKind::Closed => word("The reporter closed the case."),
        }
    }

    /// A reply's signature lies inside the encryption to the reporter, over prose that stays out of here.
    fn replied(&self, event: &Event, kind: ReplyKind, receipts: &[Receipt]) -> Line {
        let what = match kind {
            ReplyKind::Acknowledgement => "A person of the team confirmed the report.",
            ReplyKind::Answer => "A person of the team answered.",
            ReplyKind::Update => "A person of the team sent news.",
            ReplyKind::Closing => "A person of the team would close the case.",
            ReplyKind::Stage => "A person of the team told how far it is.",
            ReplyKind::Embargo => "A person of the team wrote about the embargo.",
        };
        let here = |reply: &&super::ReplyFact| (reply.at, reply.kind) == (event.at, kind);
        let reply = self.replies.iter().find(here).filter(|_| event.by == Witness::Team);
        let receipt = reply.and_then(|reply| receipts.iter().find(|receipt| receipt.entry == reply.entry));
        let (proof, note) = match (reply, receipt) {
            (None, _) => (Proof::Reporter, "it came another way and was recorded by hand".to_owned()),
            (Some(reply), Some(receipt)) => {
                // It favours the team, and no reporter would invent it.
                let early = if reply.at < receipt.received {
                    "; the record counts it earlier than that, by a clock that was behind"
                } else {
                    ""
                };
                let note = format!(
                    "the relay received entry {} in the hour from {}{early}; that the team signed it lies inside the encryption",
                    reply.entry, receipt.received
                );
                (Proof::ReporterAndRelay, note)
            }
            (Some(reply), None) => (
                Proof::Reporter,
                format!("entry {}; that the team signed it lies inside the encryption", reply.entry),
            ),
        };
        Line { at: Some(event.at), text: what.to_owned(), proof, note }
    }

    fn became(&self, promise: &PromiseView) -> Line {
        let name = match promise.id {
            PromiseId::Acknowledge => "Confirmation by a person",
            PromiseId::Answer => "Detailed answer",
            PromiseId::Update => "News",
        };
        let silent = "silence cannot be signed: a receipt of an earlier reply would show that this is wrong"
            .to_owned();
        let (outcome, note) = match (promise.state, promise.met_at) {
            (PromiseState::Kept, Some(met)) => (format!("KEPT: it came {met}"), String::new()),
            (PromiseState::Kept, None) => ("KEPT".to_owned(), String::new()),
            (PromiseState::Pending, _) => ("Not late yet".to_owned(), String::new()),
            (PromiseState::Late, Some(met)) => (format!("MISSED: it came late, {met}"), silent),
            (PromiseState::Late, None) => (format!("MISSED: nothing came until {}", self.made_at), silent),
        };
        let due = if promise.state == PromiseState::Pending { "is due" } else { "was due" };
        let text = format!("{name} {due}. {outcome}.");
        Line { at: Some(promise.due), text, proof: Proof::Reporter, note }
    }
}

/// The whole as a text to read or print; it proves nothing by itself.
#[must_use]
pub fn readable(facts: &Facts, lines: &[Line]) -> String {
    let mut text = format!(
        "What was promised, and what became of it\n\nCase {} of the team “{}”, as of {}.\nThe report itself is not in here.\n\n",
        facts.case, facts.team, facts.made_at
    );
    for line in lines {
        let at = line.at.map_or_else(String::new, |at| format!("{at}  "));
        let note = if line.note.is_empty() { String::new() } else { format!("; {}", line.note) };
        text.push_str(&format!("{at}{}\n    ({}{note})\n", line.text, line.proof.words()));
    }
    text.push_str(
        "\nThis text is for reading. Whoever doubts it checks the file beside it:\n    sealpost verify-evidence FILE.json\n",
    );
    text
}
