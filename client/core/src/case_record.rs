//! A case as this device keeps it: the reporter's own record, from which every clock is computed (promise 4).

use sealpost_shared::evidence::PolicyProof;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::{Matter, ReplyKind, Severity};
use sealpost_shared::policy::{Desk, Policy, PolicyError, PolicyFile};
use sealpost_shared::timeline::{Case, Event, EventKind, TransitionError, Witness};
use sealpost_shared::wire::v1::{Deletion, EntryInfo};
use sealpost_shared::{CaseId, EntryId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::public_note::ReportWords;
use crate::team::Team;
use crate::vault::{
    DESK_ONLY, MemberCertificate, OpenedReply, ReportDraft, SealedReport, Secret, VaultFailure,
};

mod letters;
mod route;

pub use letters::SentLetter;
pub use route::{How, Route, StepOf};

/// The stored form's version; another one is left alone and told to the person.
pub const VERSION: u32 = 1;

/// Everything this device knows about one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// [`VERSION`].
    pub v: u32,
    /// Which case.
    pub case: CaseId,
    /// The team.
    pub team: Slug,
    /// The desk it was sealed to.
    pub desk: Slug,
    /// The report's title.
    pub title: String,
    /// The report's words, against which a public note is checked; `None` in records from before they were kept.
    #[serde(default)]
    pub report_words: Option<ReportWords>,
    /// How grave the reporter called it: graver cases may have shorter clocks.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Whether the reporter knew of attacks.
    #[serde(default)]
    pub exploited: bool,
    /// When it was sealed and queued. No clock runs from it.
    pub queued_at: Timestamp,
    /// The policy in force when the case was opened; a later one never rewrites it.
    pub policy: PolicyFile,
    /// SHA-256 of the policy file.
    pub policy_sha256: String,
    /// The policy as the team signed it, for evidence; `None` in records from before it was kept.
    #[serde(default)]
    pub proof: Option<PolicyProof>,
    /// By whose certificates replies are verified.
    pub members: Vec<MemberCertificate>,
    /// Armored certificate of the relay's receipt key.
    pub relay_certificate: String,
    /// Opens replies and shows the relay whose case it is.
    pub secret: Secret,
    /// The person has shown to have kept the words, so they are not shown again.
    #[serde(default)]
    pub words_kept: bool,
    /// SHA-256 of the sealed report.
    pub sha256: String,
    /// What happened.
    pub events: Case,
    /// The relay's receipt, once verified.
    #[serde(default)]
    pub receipt: Option<StoredReceipt>,
    /// The relay's receipt for the files beside the report, once verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enclosures_receipt: Option<StoredReceipt>,
    /// What came from the team, in order of arrival.
    #[serde(default)]
    pub replies: Vec<SeenReply>,
    /// Later letters of the reporter that the relay signed for, in the order of sending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<SentLetter>,
    /// The last entry looked at.
    #[serde(default)]
    pub next: u64,
    /// When the relay was last asked and everything it had was read: what comes later arrived after that.
    #[serde(default)]
    pub looked_at: Option<Timestamp>,
    /// Brought back by its twelve words: this device has seen neither title nor text of the report.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
    /// How the report goes to the team.
    #[serde(default)]
    pub route: Route,
    /// A sealed copy of the report that only the case key opens lies beside the record.
    #[serde(default)]
    pub own_copy: bool,
    /// How many further cases of the same words were begun; their numbers are never used again.
    #[serde(default)]
    pub handed: u32,
    /// The step of the ladder that opened this case at another desk.
    #[serde(default)]
    pub step_of: Option<StepOf>,
    /// The rules are a preset by which the reporter measures: the team promised nothing, so no text for others may say that it did.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_measure: bool,
    /// By whom and when the relay says that the case was deleted there; nothing comes any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Deletion>,
}

/// A verified receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceipt {
    /// As the relay signed it.
    pub signed: String,
    /// What it says.
    pub text: String,
    /// The arrival it states, rounded to the hour.
    pub received: Timestamp,
}

/// Something that came from the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenReply {
    /// The relay's account of it.
    pub entry: EntryInfo,
    /// What the vault made of it.
    pub content: ReplyContent,
    /// From when it counts on the record; `None` for what satisfies nothing, and in records from before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts_from: Option<Timestamp>,
}

/// What the vault made of an entry of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum ReplyContent {
    /// Opened, and signed by a member of the desk.
    Verified(OpenedReply),
    /// It could not be opened or verified, and satisfies nothing (promise 5).
    Unverified(VaultFailure),
}

impl ReplyContent {
    /// Whether it is sealed to others than the reporter: a note of the desk to itself, which is nothing to show.
    #[must_use]
    pub fn is_for_the_desk_alone(&self) -> bool {
        matches!(self, Self::Unverified(failure) if failure.code == DESK_ONLY)
    }

    /// Whether the vault opened it and found it signed by a member of the desk.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::Verified(_))
    }
}

impl CaseRecord {
    /// The record of a report that was just sealed.
    #[must_use]
    pub fn open(
        team: &Team,
        report: &ReportDraft,
        secret: Secret,
        sealed: &SealedReport,
        now: Timestamp,
    ) -> Self {
        Self {
            title: report.title.trim().to_owned(),
            report_words: Some(ReportWords::of(report, &team.policy)),
            severity: report.severity,
            exploited: report.exploited,
            words_kept: false,
            sha256: sealed.sha256.clone(),
            own_copy: sealed.own_copy.is_some(),
            ..Self::at_desk(team, team.desk(), secret, now)
        }
    }

    /// A record of which nothing is known yet but the desk of a relay's team that it lies at.
    #[must_use]
    pub(crate) fn at_desk(team: &Team, desk: &Desk, secret: Secret, queued_at: Timestamp) -> Self {
        let of_desk = team.checked.members.iter().filter(|member| member.desk == desk.id);
        Self {
            proof: Some(team.policy_proof()),
            members: of_desk.cloned().collect(),
            relay_certificate: team.relay().certificate.clone(),
            ..Self::blank(
                team.checked.policy.clone(),
                team.checked.policy_sha256.clone(),
                desk.id.clone(),
                secret,
                queued_at,
            )
        }
    }

    /// A record of which nothing is known yet but its policy.
    #[must_use]
    pub(crate) fn blank(
        policy: PolicyFile,
        policy_sha256: String,
        desk: Slug,
        secret: Secret,
        queued_at: Timestamp,
    ) -> Self {
        Self {
            v: VERSION,
            case: secret.case,
            team: policy.identity.slug.clone(),
            desk,
            title: String::new(),
            report_words: None,
            severity: None,
            exploited: false,
            queued_at,
            policy,
            policy_sha256,
            proof: None,
            members: Vec::new(),
            relay_certificate: String::new(),
            secret,
            words_kept: true,
            sha256: String::new(),
            events: Case::default(),
            receipt: None,
            enclosures_receipt: None,
            replies: Vec::new(),
            letters: Vec::new(),
            next: 0,
            looked_at: None,
            restored: false,
            route: Route::Relay,
            own_copy: false,
            handed: 0,
            step_of: None,
            is_measure: false,
            deleted: None,
        }
    }

    /// The checked policy the case is measured by, with the clocks of a case this grave.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        Ok(self.policy.clone().check()?.for_case(self.severity, self.exploited))
    }

    /// Records that the relay took the report, with a good receipt or without: every clock runs from `at`, and starts once.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn sent(&mut self, at: Timestamp) -> Result<(), RecordError> {
        if self.events.sent().is_some() {
            return Ok(());
        }
        self.record(at, EventKind::Sent, Witness::Reporter)
    }

    /// Whether the clocks run although there is no receipt to show.
    #[must_use]
    pub fn lacks_receipt(&self) -> bool {
        self.events.sent().is_some() && self.receipt.is_none()
    }

    /// Records a verified receipt: the case was sent at `sent`, unless it is on record that it was sent before.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn received(&mut self, receipt: StoredReceipt, sent: Timestamp) -> Result<(), RecordError> {
        if self.receipt.is_some() {
            return Ok(());
        }
        self.sent(sent)?;
        self.record(receipt.received, EventKind::Received, Witness::Relay)?;
        self.receipt = Some(receipt);
        Ok(())
    }

    /// Records something from the team. Repeated entries change nothing.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn replied(
        &mut self,
        entry: EntryInfo,
        content: ReplyContent,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let next = entry.seq;
        if self.knows(entry.entry) {
            self.next = self.next.max(next);
            return Ok(());
        }
        let counts = match &content {
            ReplyContent::Verified(reply) => Some(self.counted(reply, entry.received, now)?),
            ReplyContent::Unverified(_) => None,
        };
        self.replies.push(SeenReply { entry, content, counts_from: counts });
        self.next = self.next.max(next);
        Ok(())
    }

    /// Puts in the place of an entry that could not be verified what the vault made of it now, and counts it as if it had been so at once.
    ///
    /// # Errors
    /// Only when the record was changed from outside.
    pub fn verified_later(
        &mut self,
        entry: EntryId,
        reply: OpenedReply,
        now: Timestamp,
    ) -> Result<(), RecordError> {
        let waits = |seen: &&SeenReply| seen.entry.entry == entry && !seen.content.is_verified();
        let Some(received) = self.replies.iter().find(waits).map(|seen| seen.entry.received) else {
            return Ok(());
        };
        // It was here before the last look, so that look says nothing of it.
        let looked_at = self.looked_at.take();
        let counts = self.counted(&reply, received, now);
        self.looked_at = looked_at;
        let counts_from = Some(counts?);
        let content = ReplyContent::Verified(reply);
        for seen in self.replies.iter_mut().filter(|seen| seen.entry.entry == entry) {
            (seen.content, seen.counts_from) = (content.clone(), counts_from);
        }
        Ok(())
    }

    /// Puts a verified reply on record; gives from when it counts.
    fn counted(
        &mut self,
        reply: &OpenedReply,
        received: Timestamp,
        now: Timestamp,
    ) -> Result<Timestamp, RecordError> {
        let at = counts_from(reply, received, self.looked_at, now);
        self.record(at, EventKind::HumanReply { kind: reply.kind }, Witness::Team)?;
        self.told(&reply.matter, at)?;
        Ok(at)
    }

    /// Records what a verified reply, which counts from `at`, says of the disclosure. A stage that the policy does not have says nothing.
    fn told(&mut self, matter: &Matter, at: Timestamp) -> Result<(), RecordError> {
        for mark in matter.stages() {
            let kind = EventKind::StageReached { stage: mark.stage.clone() };
            // A stage counts from when the reporter was told: a date of the team's own could move the reporter's deadline afterwards.
            match self.record(at, kind, Witness::Team) {
                Err(RecordError::Transition(TransitionError::UnknownStage(_))) => {}
                other => other?,
            }
        }
        matter.embargo.map_or(Ok(()), |word| self.record(at, word.into(), Witness::Team))
    }

    /// The primary handler's name, as the team said it last.
    #[must_use]
    pub fn handler(&self) -> Option<String> {
        self.replies.iter().rev().find_map(|seen| match &seen.content {
            ReplyContent::Verified(reply) => reply.matter.handler_line(),
            ReplyContent::Unverified(_) => None,
        })
    }

    /// Whether an entry is on record.
    #[must_use]
    pub fn knows(&self, entry: EntryId) -> bool {
        self.replies.iter().any(|seen| seen.entry.entry == entry)
    }

    /// Records an event of the reporter's own hand.
    ///
    /// # Errors
    /// The event cannot have happened.
    pub fn by_hand(&mut self, kind: EventKind, now: Timestamp) -> Result<(), RecordError> {
        self.record(now, kind, Witness::Reporter)
    }

    /// When the team's last human word counts from.
    #[must_use]
    pub fn last_word(&self) -> Option<(Timestamp, ReplyKind)> {
        self.events.events().rev().find_map(|event| match event.kind {
            EventKind::HumanReply { kind } => Some((event.at, kind)),
            _ => None,
        })
    }

    fn record(&mut self, at: Timestamp, kind: EventKind, by: Witness) -> Result<(), RecordError> {
        let policy = self.policy()?;
        self.events = self.events.clone().apply(Event { at, kind, by }, &policy)?;
        Ok(())
    }
}

/// When a reply counts from: the team's own date, but not before the hour in which the relay got it, nor before this device last looked
/// and did not find it, and never the future.
///
/// Nobody can meet a promise by dating a letter back, not even team and relay together.
fn counts_from(
    reply: &OpenedReply,
    received: Timestamp,
    looked_at: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    // A look that lies ahead was dated by a clock that has been set back since.
    let looked_at = looked_at.filter(|at| *at <= now).unwrap_or(received);
    reply.written_at.max(received).max(looked_at).min(now)
}

/// Says why something cannot be put on record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The stored policy breaks a rule.
    #[error("the stored policy was changed: {0}")]
    Policy(#[from] PolicyError),
    /// The event cannot have happened.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

#[cfg(test)]
pub(crate) mod tests;
