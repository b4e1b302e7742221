//! The contract between the page and the vault (the worker that alone holds OpenPGP): one JSON question, one JSON answer.

use sealpost_shared::evidence::Facts;
use sealpost_shared::letter::{Matter, ReplyKind, Severity};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

mod answer;
mod bundle;
mod carried;
mod enclosures;
mod follow_up;
mod report;

pub use answer::VaultAnswer;
pub use bundle::{CertificateProblem, CheckedBundle, CheckedCertificate, CheckedDesk, MemberCertificate};
pub use carried::{HandOn, HandedOn, OpenedMail, ReadPolicy, SealToCertificate, file_name};
pub use enclosures::{Enclosing, SealEnclosures};
pub use follow_up::{SealFollowUp, SealedFollowUp};
pub use report::{DraftAttachment, ReportDraft, SealReport, SealedReport};

/// A question of the page. `now` is the page's clock: the vault reads none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum VaultRequest {
    /// Checks a bundle: the policy's signature and rules, every certificate.
    CheckBundle {
        /// As fetched.
        bundle: BundleResponse,
        /// The page's clock.
        now: Timestamp,
    },
    /// Makes a new secret for one case.
    MakeSecret,
    /// Turns the twelve words back into the secret's names.
    RestoreSecret {
        /// As typed.
        words: String,
        /// Which of the secret's cases: 0 for the first, more for those that steps of the ladder opened.
        #[serde(default)]
        index: u32,
    },
    /// Seals a backup of all cases so that the words of each of them open it.
    SealBackup {
        /// What is sealed.
        text: String,
        /// The twelve words of each case.
        words: Vec<String>,
    },
    /// Opens a backup with the words of one of its cases.
    OpenBackup {
        /// The file, in ASCII armor.
        sealed: String,
        /// As typed.
        words: String,
    },
    /// Seals a report.
    SealReport(SealReport),
    /// Seals a later letter of the reporter.
    SealFollowUp(Box<SealFollowUp>),
    /// Does a portion of the work that a relay asks for before it opens a case.
    Work {
        /// The relay's challenge, as it came.
        challenge: String,
        /// Zero bits wanted.
        bits: u8,
        /// The case to be opened.
        case: CaseId,
        /// SHA-256 of the sealed bytes, in lowercase hexadecimal.
        sha256: String,
        /// The first number to try.
        first: u64,
        /// How many to try.
        count: u64,
    },
    /// Seals a cover note, and the report again if it may go along, to a desk of the ladder.
    HandOn(Box<HandOn>),
    /// Seals a report to a certificate that the reporter found.
    SealToCertificate(SealToCertificate),
    /// Judges a certificate that the reporter found.
    JudgeCertificate {
        /// The file in base64, armored or binary.
        file: String,
        /// The page's clock.
        now: Timestamp,
    },
    /// Reads a policy file that no relay vouches for: its rules are checked, nobody's signature is.
    ReadPolicy {
        /// As it stands in the file.
        toml: String,
    },
    /// Opens an answer that came by mail, sealed to the case key.
    OpenMail {
        /// What was pasted: an armored message, with a mail around it or not.
        message: String,
        /// The twelve words.
        words: String,
        /// The team's certificates, armored.
        members: Vec<String>,
        /// The page's clock.
        now: Timestamp,
    },
    /// Writes sealed bytes in ASCII armor, for files and mail.
    Armor {
        /// Sealed bytes in base64.
        sealed: String,
    },
    /// Begins to seal enclosures; the files' bytes do not travel as JSON. The chunks are then asked for one by one.
    SealEnclosures(SealEnclosures),
    /// Asks whether a relay that is known by some certificates goes on with others: whether a key that it had vouched for the next.
    FollowRelay {
        /// As the case's record has them, armored.
        known: String,
        /// As the bundle has them now, armored.
        served: String,
    },
    /// Checks a receipt against the relay's certificates and the entry it should speak of.
    VerifyReceipt {
        /// Cleartext-signed text.
        receipt: String,
        /// Armored certificates from the bundle: of the key of now, and of those before it.
        relay_certificate: String,
        /// The entry it must name.
        entry: EntryId,
        /// The digest it must name, in lowercase hexadecimal.
        sha256: String,
        /// The page's clock.
        now: Timestamp,
    },
    /// Opens and verifies an entry of the team.
    OpenReply {
        /// Sealed bytes in base64.
        sealed: String,
        /// The twelve words.
        words: String,
        /// Which of the secret's cases it was found in.
        #[serde(default)]
        index: u32,
        /// The case it was found in.
        case: CaseId,
        /// The entry it was found as.
        entry: EntryId,
        /// Armored certificates of the desk's members.
        members: Vec<String>,
        /// The page's clock.
        now: Timestamp,
    },
    /// Makes a calendar file with an entry and an alarm for each date.
    MakeReminders {
        /// A secret of the case, so that nobody else can tell whose entries they are.
        seed: String,
        /// Higher at every later time, so that a calendar takes the newer entries.
        sequence: u32,
        /// The page's clock.
        now: Timestamp,
        /// The dates.
        reminders: Vec<Reminder>,
    },
    /// Makes the calendar file of a report that was not sent yet, as if it were sent now.
    PlanReminders(PlanReminders),
    /// Makes evidence of a case: checks what others signed, and signs the whole with the case's key.
    MakeEvidence {
        /// What is stated. Receipts that are not genuine are left out.
        facts: Box<Facts>,
        /// The twelve words; `None` for a case without a key.
        words: Option<String>,
        /// Which of the words' cases it is.
        #[serde(default)]
        index: u32,
        /// The page's clock.
        now: Timestamp,
    },
}

/// A date for the reporter's own calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminder {
    /// Names the date within its case; the same at every export.
    pub key: String,
    /// What the entry is called: nothing that names product, relay, project or what it is about.
    pub title: String,
    /// When.
    pub at: Timestamp,
}

/// What [`VaultRequest::PlanReminders`] needs: the offline page has no case and computes no times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanReminders {
    /// The policy file.
    pub policy: String,
    /// As reported: some policies answer graver cases sooner.
    pub severity: Option<Severity>,
    /// As reported.
    pub exploited: bool,
    /// The twelve words: entries made later of the same case take the place of these.
    pub words: String,
    /// What an entry is called.
    pub titles: ReminderTitles,
    /// The page's clock.
    pub now: Timestamp,
}

/// What entries of a calendar are called; see [`Reminder::title`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderTitles {
    /// Something that was promised falls due.
    pub due: String,
    /// A step of the ladder opens.
    pub step: String,
}

/// A case's secret and what follows from it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The twelve words, one space between them.
    pub words: String,
    /// Which of the words' cases this is: 0 for the first.
    #[serde(default)]
    pub index: u32,
    /// The case they name.
    pub case: CaseId,
    /// The token that shows the relay whose case it is.
    pub capability: String,
    /// The fingerprint of the case key.
    pub fingerprint: Fingerprint,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("case", &self.case).finish_non_exhaustive()
    }
}

/// A verified statement of the team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedReply {
    /// What it says in the timeline's terms.
    pub kind: ReplyKind,
    /// When it was written, by the team's clock; never later than `now`.
    pub written_at: Timestamp,
    /// What it says of the disclosure.
    #[serde(flatten)]
    pub matter: Matter,
    /// The prose.
    pub text: String,
    /// The member's certificate that signed it.
    pub signed_by: Fingerprint,
}

/// A file for the reporter to save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The file.
    pub file: String,
    /// The same as a text for people; empty where the file is one.
    pub readable: String,
}

/// The code for a signature that was made in the future by this device's clock, so that one of two clocks is wrong.
pub const CLOCK: &str = "clock";

/// The code for an entry that is sealed to others: a note of the desk to itself, which says nothing to the reporter.
pub const DESK_ONLY: &str = "desk-only";

/// Why the vault could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultFailure {
    /// Stable code: `bad-request`, [`CLOCK`], [`DESK_ONLY`], `policy-signature`, `policy-rule`, `certificate`, `relay-certificate`, `words`,
    /// `backup`, `field`, `seal`, `own-copy`, `receipt`, `evidence`, `reply-signature`, `reply-malformed`, `reply-elsewhere`.
    pub code: String,
    /// What happened and what to do next.
    pub sentence: String,
}
