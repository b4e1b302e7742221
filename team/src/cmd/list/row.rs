//! One case as the list shows it.

use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{PromiseState, TimelineView, view};
use sealpost_shared::wire::v1::{Deleter, Deletion};
use sealpost_shared::{CaseId, Fingerprint, Timestamp};
use serde_json::{Value, json};

use crate::dossier::Dossier;
use crate::glance::Glance;
use crate::members::Members;
use crate::times::{due, promise, relative, utc};
use crate::ui::causes;

/// One case as the list shows it.
pub(super) struct CaseRow {
    case: CaseId,
    title: Option<String>,
    /// Arrival, to the hour.
    pub(super) received: Option<Timestamp>,
    /// What is promised, until when, and whether that is over.
    pub(super) due: Option<(&'static str, Timestamp, bool)>,
    /// How many entries there are.
    pub(super) entries: usize,
    /// The member it is assigned to.
    pub(super) handler: Option<Fingerprint>,
    handler_name: Option<String>,
    /// The furthest stage that was reached.
    stage: Option<String>,
    /// Until when, and whether that was agreed.
    embargo: Option<(Timestamp, bool)>,
    /// Letters to the reporter that the relay has not taken yet.
    unsent: usize,
    is_verified: bool,
    /// Its first letter was opened, whoever wrote it.
    is_opened: bool,
    /// By whom and when it was deleted at the relay.
    deletion: Option<Deletion>,
    /// Why the case or its clock is not known.
    pub(super) problem: Option<String>,
    /// Nothing of it could be opened.
    pub(super) is_unread: bool,
    /// The team said that it regards the case as closed.
    pub(super) is_over: bool,
}

impl CaseRow {
    /// A case that nothing is known of but its id.
    pub(super) fn unreadable(case: CaseId, why: Option<&anyhow::Error>) -> Self {
        Self {
            case,
            title: None,
            received: None,
            due: None,
            entries: 0,
            handler: None,
            handler_name: None,
            stage: None,
            embargo: None,
            unsent: 0,
            is_verified: false,
            is_opened: false,
            deletion: None,
            problem: why.map(causes),
            is_unread: why.is_some(),
            is_over: false,
        }
    }

    /// A case as it was opened.
    pub(super) fn of(dossier: &Dossier, members: &Members, now: Timestamp) -> Self {
        let first = dossier.items.first().and_then(|item| item.letter.as_ref().err());
        let view =
            dossier.view(now).or_else(|| dossier.unanswered_view(now)).filter(|_| dossier.deletion.is_none());
        let handler = dossier.desk.handler().cloned();
        Self {
            case: dossier.case,
            title: dossier.title(),
            received: dossier.received(),
            due: view.as_ref().and_then(due_of),
            entries: dossier.items.len(),
            handler_name: handler.as_ref().map(|handler| members.name(handler)),
            handler,
            stage: view.as_ref().and_then(stage),
            embargo: view.as_ref().and_then(embargo),
            unsent: dossier.unsent().count(),
            is_verified: dossier.is_verified(),
            is_opened: first.is_none() && !dossier.items.is_empty(),
            deletion: dossier.deletion,
            problem: dossier.why_unknown().or(first).map(causes),
            is_unread: dossier.why_closed().is_some(),
            is_over: dossier.is_closed() || dossier.deletion.is_some(),
        }
    }

    /// A case as it was when it was opened last, at `now`.
    pub(super) fn remembered(
        case: CaseId,
        glance: &Glance,
        policy: &Policy,
        members: &Members,
        now: Timestamp,
    ) -> Self {
        let view = view(&glance.record, policy, now);
        Self {
            title: glance.title.clone(),
            received: glance.received,
            due: due_of(&view).filter(|_| glance.deletion.is_none()),
            entries: glance.entries,
            handler: glance.handler.clone(),
            handler_name: glance.handler.as_ref().map(|handler| members.name(handler)),
            stage: stage(&view),
            embargo: embargo(&view),
            is_verified: true,
            is_opened: true,
            deletion: glance.deletion,
            is_over: glance.is_closed || glance.deletion.is_some(),
            ..Self::unreadable(case, None)
        }
    }

    /// The case's id in its short form.
    pub(super) fn short(&self) -> String {
        self.case.short()
    }

    /// The row as cells of the table.
    pub(super) fn cells(&self, now: Timestamp) -> Vec<String> {
        let mut due = match self.due {
            Some((what, at, true)) => format!("LATE: {what} ({})", relative(at, now)),
            Some((what, at, false)) => format!("{what} {} ({})", utc(at), relative(at, now)),
            None if self.problem.is_some() => "unknown".to_owned(),
            None => String::new(),
        };
        if self.unsent > 0 {
            let answers = if self.unsent == 1 { "answer" } else { "answers" };
            due =
                format!("{due} [{} {answers} not sent: sealpost pull]", self.unsent).trim_start().to_owned();
        }
        if self.is_over {
            "closed".clone_into(&mut due);
        }
        if let Some(deletion) = self.deletion {
            let by = match deletion.by {
                Deleter::Team => "by the team",
                Deleter::Policy => "as the policy says",
            };
            due = format!("deleted {by}, {}", utc(deletion.at));
        }
        let embargo = self.embargo.map(|(until, agreed)| {
            let how = if agreed { "until" } else { "proposed" };
            format!("{how} {}", utc(until))
        });
        vec![
            self.case.short(),
            due,
            self.handler_name.clone().unwrap_or_default(),
            self.stage.clone().unwrap_or_default(),
            embargo.unwrap_or_default(),
            self.titled(),
        ]
    }

    fn titled(&self) -> String {
        match (&self.title, &self.problem) {
            (None, None) if self.is_opened && !self.is_verified => "[NOT VERIFIED]".to_owned(),
            (None, None) => String::new(),
            (title, Some(_)) => {
                format!("[not opened] {}", title.as_deref().unwrap_or_default()).trim_end().to_owned()
            }
            (Some(title), None) if self.is_verified => title.clone(),
            (Some(title), None) => format!("[NOT VERIFIED] {title}"),
        }
    }

    /// The row as JSON; `closed` if nothing was to be opened.
    pub(super) fn json(&self, closed: bool) -> Value {
        json!({
            "case": self.case, "short": self.case.short(), "opened": !closed && self.problem.is_none(), "title": self.title,
            "verified": self.is_verified, "received": self.received, "entries": self.entries, "problem": self.problem,
            "due": self.due.map(|(what, at, late)| json!({ "what": what, "at": at, "late": late })),
            "handler": self.handler, "handler_name": self.handler_name, "stage": self.stage,
            "embargo": self.embargo.map(|(until, agreed)| json!({ "until": until, "agreed": agreed })),
            "unsent": self.unsent, "closed": self.is_over, "deleted": self.deletion,
        })
    }
}

fn due_of(view: &TimelineView) -> Option<(&'static str, Timestamp, bool)> {
    due(view).map(|next| (promise(next.id), next.due, next.state == PromiseState::Late))
}

/// The furthest stage in the policy's order.
fn stage(view: &TimelineView) -> Option<String> {
    view.stages.iter().rfind(|stage| stage.reached_at.is_some()).map(|stage| stage.id.to_string())
}

fn embargo(view: &TimelineView) -> Option<(Timestamp, bool)> {
    let embargo = view.embargo.as_ref().filter(|embargo| embargo.ended_at.is_none())?;
    embargo.lifts_at.map(|until| (until, embargo.agreed.is_some()))
}
