//! What the vault answers.

use sealpost_shared::Timestamp;
use sealpost_shared::letter::Enclosures;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    CheckedBundle, CheckedCertificate, Document, Enclosing, HandedOn, OpenedMail, OpenedReply, ReadPolicy,
    SealedFollowUp, SealedReport, Secret, VaultFailure,
};

/// An answer of the vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum VaultAnswer {
    /// To [`super::VaultRequest::CheckBundle`].
    Bundle(CheckedBundle),
    /// To [`super::VaultRequest::MakeSecret`] and [`super::VaultRequest::RestoreSecret`].
    Secret(Secret),
    /// To [`super::VaultRequest::SealBackup`] in ASCII armor, and to [`super::VaultRequest::OpenBackup`] in the clear.
    Backup {
        /// The backup.
        text: String,
    },
    /// To [`super::VaultRequest::SealReport`] and [`super::VaultRequest::SealToCertificate`].
    Sealed(SealedReport),
    /// To [`super::VaultRequest::SealFollowUp`].
    FollowUp(SealedFollowUp),
    /// To [`super::VaultRequest::HandOn`].
    HandedOn(HandedOn),
    /// To [`super::VaultRequest::JudgeCertificate`].
    Certificate(CheckedCertificate),
    /// To [`super::VaultRequest::ReadPolicy`].
    Policy(ReadPolicy),
    /// To [`super::VaultRequest::OpenMail`].
    Mail(OpenedMail),
    /// To [`super::VaultRequest::Armor`].
    Armored {
        /// The message.
        text: String,
    },
    /// To [`super::VaultRequest::SealEnclosures`].
    Enclosing(Enclosing),
    /// To asking for another chunk when there is none: as the letter is to name them.
    Enclosed(Enclosures),
    /// To [`super::VaultRequest::VerifyReceipt`]: it is genuine and speaks of this entry.
    Receipt {
        /// What it says, without the signature.
        text: String,
        /// The arrival it states, rounded to the hour.
        received: Timestamp,
    },
    /// To [`super::VaultRequest::Work`]: the solution, if it was among the numbers tried.
    Work {
        /// The solution.
        nonce: Option<u64>,
    },
    /// To [`super::VaultRequest::FollowRelay`].
    Follows {
        /// Whether it is the same relay.
        follows: bool,
    },
    /// To [`super::VaultRequest::OpenReply`].
    Reply(OpenedReply),
    /// To [`super::VaultRequest::MakeReminders`] and [`super::VaultRequest::MakeEvidence`].
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
            Some("enclosing") => serde_json::from_value(value).map(Self::Enclosing),
            Some("enclosed") => serde_json::from_value(value).map(Self::Enclosed),
            Some("receipt") => serde_json::from_value(value)
                .map(|ReceiptFacts { text, received }| Self::Receipt { text, received }),
            Some("work") => Ok(Self::Work { nonce: value.get("nonce").and_then(Value::as_u64) }),
            Some("follows") => {
                Ok(Self::Follows { follows: value.get("follows") == Some(&Value::Bool(true)) })
            }
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

#[cfg(test)]
mod tests {
    use sealpost_shared::letter::{EnclosedFile, Matter, ReplyKind};
    use sealpost_shared::{BlobId, CaseId, EntryId, Fingerprint};

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
            VaultAnswer::Enclosing(Enclosing { expected: 65_536 }),
            VaultAnswer::Enclosed(Enclosures {
                blob: BlobId::from_bytes([2; 16]),
                size: 1,
                sha256: "00".repeat(32),
                files: vec![EnclosedFile { name: "n".to_owned(), size: 1 }],
            }),
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
            VaultAnswer::Follows { follows: true },
            VaultAnswer::Follows { follows: false },
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
