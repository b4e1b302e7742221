//! The contract between the page and the vault (the worker that alone holds OpenPGP): one JSON question, one JSON answer.

use sealpost_shared::evidence::Facts;
use sealpost_shared::letter::{Matter, ReplyKind, Severity};
use sealpost_shared::policy::explain::Section;
use sealpost_shared::policy::{PolicyFile, Standing};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp, id::Slug};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod carried;
mod follow_up;

pub use carried::{HandOn, HandedOn, OpenedMail, ReadPolicy, SealToCertificate, file_name};
pub use follow_up::{SealFollowUp, SealedFollowUp};

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
    /// Checks a receipt against the relay's certificate and the entry it should speak of.
    VerifyReceipt {
        /// Cleartext-signed text.
        receipt: String,
        /// Armored certificate from the bundle.
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

/// What [`VaultRequest::SealReport`] needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealReport {
    /// The bundle as fetched; checked again before anything is sealed (promise 1).
    pub bundle: BundleResponse,
    /// The desk to seal to.
    pub desk: Slug,
    /// The twelve words of the case's secret.
    pub words: String,
    /// What the reporter wrote.
    pub report: ReportDraft,
    /// The page's clock.
    pub now: Timestamp,
}

/// What stands in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportDraft {
    /// One line.
    pub title: String,
    /// The prose, Markdown.
    pub text: String,
    /// Product or component.
    pub product: String,
    /// Affected versions.
    pub versions: String,
    /// In four words, if the reporter says.
    pub severity: Option<Severity>,
    /// Attacks are known.
    pub exploited: bool,
    /// It is public already.
    pub public: bool,
    /// How to be credited.
    pub credit: String,
    /// Small files that travel inside the letter.
    pub attachments: Vec<DraftAttachment>,
}

/// A small file of a [`ReportDraft`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftAttachment {
    /// The file's own name.
    pub name: String,
    /// Its media type, as the browser guesses it; empty for none.
    pub content_type: String,
    /// Its bytes in base64.
    pub base64: String,
}

/// An answer of the vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum VaultAnswer {
    /// To [`VaultRequest::CheckBundle`].
    Bundle(CheckedBundle),
    /// To [`VaultRequest::MakeSecret`] and [`VaultRequest::RestoreSecret`].
    Secret(Secret),
    /// To [`VaultRequest::SealBackup`] in ASCII armor, and to [`VaultRequest::OpenBackup`] in the clear.
    Backup {
        /// The backup.
        text: String,
    },
    /// To [`VaultRequest::SealReport`] and [`VaultRequest::SealToCertificate`].
    Sealed(SealedReport),
    /// To [`VaultRequest::SealFollowUp`].
    FollowUp(SealedFollowUp),
    /// To [`VaultRequest::HandOn`].
    HandedOn(HandedOn),
    /// To [`VaultRequest::JudgeCertificate`].
    Certificate(CheckedCertificate),
    /// To [`VaultRequest::ReadPolicy`].
    Policy(ReadPolicy),
    /// To [`VaultRequest::OpenMail`].
    Mail(OpenedMail),
    /// To [`VaultRequest::Armor`].
    Armored {
        /// The message.
        text: String,
    },
    /// To [`VaultRequest::VerifyReceipt`]: it is genuine and speaks of this entry.
    Receipt {
        /// What it says, without the signature.
        text: String,
        /// The arrival it states, rounded to the hour.
        received: Timestamp,
    },
    /// To [`VaultRequest::Work`]: the solution, if it was among the numbers tried.
    Work {
        /// The solution.
        nonce: Option<u64>,
    },
    /// To [`VaultRequest::OpenReply`].
    Reply(OpenedReply),
    /// To [`VaultRequest::MakeReminders`] and [`VaultRequest::MakeEvidence`].
    Document(Document),
    /// The question could not be answered; nothing was changed or sent.
    Failed(VaultFailure),
}

impl VaultAnswer {
    /// Reads an answer out of parsed JSON. Says the same as its `Deserialize`, in a third of the code: the page is weighed.
    ///
    /// # Errors
    /// When it is not an answer of this contract.
    pub fn from_value(mut value: Value) -> Result<Self, serde_json::Error> {
        let tag = value.as_object_mut().and_then(|object| object.remove("answer"));
        match tag.as_ref().and_then(Value::as_str) {
            Some("bundle") => serde_json::from_value(value).map(Self::Bundle),
            Some("secret") => serde_json::from_value(value).map(Self::Secret),
            Some("backup") => serde_json::from_value(value).map(|BackupText { text }| Self::Backup { text }),
            Some("sealed") => serde_json::from_value(value).map(Self::Sealed),
            Some("follow-up") => serde_json::from_value(value).map(Self::FollowUp),
            Some("handed-on") => serde_json::from_value(value).map(Self::HandedOn),
            Some("certificate") => serde_json::from_value(value).map(Self::Certificate),
            Some("policy") => serde_json::from_value(value).map(Self::Policy),
            Some("mail") => serde_json::from_value(value).map(Self::Mail),
            Some("armored") => serde_json::from_value(value).map(|Text { text }| Self::Armored { text }),
            Some("receipt") => serde_json::from_value(value)
                .map(|ReceiptFacts { text, received }| Self::Receipt { text, received }),
            Some("work") => Ok(Self::Work { nonce: value.get("nonce").and_then(Value::as_u64) }),
            Some("reply") => serde_json::from_value(value).map(Self::Reply),
            Some("document") => serde_json::from_value(value).map(Self::Document),
            Some("failed") => serde_json::from_value(value).map(Self::Failed),
            _ => Err(serde::de::Error::custom("no such answer")),
        }
    }
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
struct ReceiptFacts {
    text: String,
    received: Timestamp,
}

#[derive(Deserialize)]
struct BackupText {
    text: String,
}

/// A bundle after the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedBundle {
    /// The policy; `check()` it to use it. The signature was good.
    pub policy: PolicyFile,
    /// SHA-256 of the policy file in lowercase hexadecimal.
    pub policy_sha256: String,
    /// Whether it applies now.
    pub standing: Standing,
    /// What became of every desk that names certificates.
    pub desks: Vec<CheckedDesk>,
    /// Armored certificates of every desk's members, by which replies are verified: fingerprint and certificate.
    pub members: Vec<MemberCertificate>,
    /// The fingerprint of the relay's receipt key.
    pub relay_fingerprint: Fingerprint,
    /// Armored certificate of whom the policy names as its signer.
    pub signer_certificate: String,
    /// The whole policy in plain sentences.
    pub explained: Vec<Section>,
}

/// A member's certificate in a [`CheckedBundle`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCertificate {
    /// The desk.
    pub desk: Slug,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Armored.
    pub certificate: String,
}

/// A desk's certificates after judging. Sealing to the desk is possible only if every one is usable (promise 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedDesk {
    /// Which desk.
    pub desk: Slug,
    /// Its certificates, in the policy's order.
    pub certificates: Vec<CheckedCertificate>,
}

impl CheckedDesk {
    /// Whether a report can be sealed to this desk.
    #[must_use]
    pub fn usable(&self) -> bool {
        !self.certificates.is_empty() && self.certificates.iter().all(|cert| cert.problem.is_none())
    }

    /// Whether a report to this desk withstands quantum computers: it is as strong as its weakest recipient.
    #[must_use]
    pub fn post_quantum(&self) -> bool {
        self.usable() && self.certificates.iter().all(|cert| cert.post_quantum)
    }
}

/// One certificate after judging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedCertificate {
    /// The fingerprint the policy names.
    pub fingerprint: Fingerprint,
    /// User ids as they stand in the certificate; nobody vouches for them.
    pub user_ids: Vec<String>,
    /// The algorithm of the chosen encryption subkey, for people.
    pub algorithm: String,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// Armored, for download.
    pub certificate: String,
    /// Why it cannot be used.
    pub problem: Option<CertificateProblem>,
    /// It expires within 30 days.
    pub expires_soon: bool,
    /// What is sealed to it also withstands quantum computers.
    #[serde(default)]
    pub post_quantum: bool,
}

/// Why a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateProblem {
    /// Stable code, such as `expired`.
    pub code: String,
    /// A sentence for the reporter.
    pub sentence: String,
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

/// A sealed report, ready for the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedReport {
    /// The case it opens.
    pub case: CaseId,
    /// The sealed bytes in base64.
    pub sealed: String,
    /// Their SHA-256 in lowercase hexadecimal.
    pub sha256: String,
    /// Their number.
    pub size: u64,
    /// The certificates it was sealed to.
    pub recipients: Vec<Fingerprint>,
    /// The same letter sealed to the case key alone, in base64, for the reporter's own keeping: with it the report can be sealed
    /// again to another desk. It never leaves the device. `None` where nothing is to be kept.
    #[serde(default)]
    pub own_copy: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_reading_an_answer_agree() {
        let fingerprint: Fingerprint = "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap();
        let (case, now) = (CaseId::from_bytes([1; 16]), Timestamp::from_seconds(1_000));
        let answers = [
            VaultAnswer::Bundle(crate::case_record::tests::team().checked),
            VaultAnswer::Secret(Secret {
                words: "w".to_owned(),
                index: 1,
                case,
                capability: "c".to_owned(),
                fingerprint: fingerprint.clone(),
            }),
            VaultAnswer::Backup { text: "t".to_owned() },
            VaultAnswer::Sealed(SealedReport {
                case,
                sealed: "AA==".to_owned(),
                sha256: "00".repeat(32),
                size: 1,
                recipients: vec![fingerprint.clone()],
                own_copy: Some("AA==".to_owned()),
            }),
            VaultAnswer::FollowUp(SealedFollowUp {
                entry: EntryId::from_bytes([2; 16]),
                sealed: "AA==".to_owned(),
                sha256: "00".repeat(32),
            }),
            VaultAnswer::Armored { text: "t".to_owned() },
            VaultAnswer::Receipt { text: "t".to_owned(), received: now },
            VaultAnswer::Reply(OpenedReply {
                kind: ReplyKind::Answer,
                written_at: now,
                matter: Matter { handler: Some("Alice".to_owned()), ..Matter::default() },
                text: "t".to_owned(),
                signed_by: fingerprint,
            }),
            VaultAnswer::Document(Document { file: "f".to_owned(), readable: "r".to_owned() }),
            VaultAnswer::Work { nonce: Some(u64::MAX) },
            VaultAnswer::Work { nonce: None },
            VaultAnswer::Failed(VaultFailure { code: "words".to_owned(), sentence: "s".to_owned() }),
        ];
        for answer in answers {
            let json = serde_json::to_string(&answer).unwrap();
            let read = VaultAnswer::from_value(serde_json::from_str(&json).unwrap()).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
        assert!(VaultAnswer::from_value(serde_json::json!({"answer": "other"})).is_err());
    }
}
