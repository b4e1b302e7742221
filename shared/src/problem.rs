//! Stable codes of everything a relay can refuse. Client and command line match on codes, never on prose.

use serde::{Deserialize, Serialize};

/// A problem's stable code, its HTTP status and its sentence. **Rule:** RFC 9457; PROTOCOL.md, "Problems".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ProblemCode {
    /// No such team, desk, case or entry for this caller: unknown case, wrong capability, wrong or stale token alike.
    NotFound,
    /// The case was deleted; only its reporter and its desk hear that.
    Deleted,
    /// The path or a parameter is malformed.
    BadRequest,
    /// The body is larger than its limit.
    TooLarge,
    /// The body is not an OpenPGP message at all.
    NotOpenpgp,
    /// The body is ASCII-armored; binary is wanted.
    Armored,
    /// The body is an OpenPGP message that is not encrypted.
    Plaintext,
    /// The body is a signed message that is not encrypted.
    SignedOnly,
    /// The body is encrypted with a password.
    PasswordEncrypted,
    /// The body is encrypted without integrity protection.
    NoIntegrity,
    /// The body is encrypted, but to no key of the desk, or to a foreign key as well.
    WrongRecipient,
    /// Something stands before or behind the encrypted message.
    TrailingData,
    /// The message is cut off or malformed inside.
    Malformed,
    /// The id is taken by other bytes.
    Conflict,
    /// A chunk or blob is not the bytes it was announced to be.
    DigestMismatch,
    /// The first chunk, or some chunk, of a blob is missing.
    Incomplete,
    /// The case or desk holds as much as it may.
    Full,
    /// The relay's disk is nearly full.
    StorageFull,
    /// No member of the team signed exactly this.
    BadSignature,
    /// The document has errors, or is another than the address says.
    BadAdvisory,
    /// The document says itself that it is too early.
    UnderEmbargo,
    /// The proof of work is missing, stale or too easy by now.
    ProofNeeded,
    /// A login statement that cannot be accepted; the body never says which part.
    LoginRefused,
    /// The relay cannot write just now.
    Unavailable,
    /// Something failed inside the relay; its log says what.
    Internal,
}

impl ProblemCode {
    /// The code as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::BadRequest => "bad-request",
            Self::TooLarge => "too-large",
            Self::NotOpenpgp => "not-openpgp",
            Self::Armored => "armored",
            Self::Plaintext => "plaintext",
            Self::SignedOnly => "signed-only",
            Self::PasswordEncrypted => "password-encrypted",
            Self::NoIntegrity => "no-integrity",
            Self::WrongRecipient => "wrong-recipient",
            Self::TrailingData => "trailing-data",
            Self::Malformed => "malformed",
            Self::Conflict => "conflict",
            Self::DigestMismatch => "digest-mismatch",
            Self::Incomplete => "incomplete",
            Self::Full => "full",
            Self::StorageFull => "storage-full",
            Self::BadSignature => "bad-signature",
            Self::BadAdvisory => "bad-advisory",
            Self::UnderEmbargo => "under-embargo",
            Self::ProofNeeded => "proof-needed",
            Self::LoginRefused => "login-refused",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status it is sent with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Deleted => 410,
            Self::BadRequest => 400,
            Self::TooLarge => 413,
            Self::Conflict | Self::Incomplete => 409,
            Self::StorageFull => 507,
            Self::LoginRefused | Self::UnderEmbargo => 403,
            Self::Full | Self::ProofNeeded => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
            Self::NotOpenpgp
            | Self::Armored
            | Self::Plaintext
            | Self::SignedOnly
            | Self::PasswordEncrypted
            | Self::NoIntegrity
            | Self::WrongRecipient
            | Self::TrailingData
            | Self::DigestMismatch
            | Self::Malformed
            | Self::BadSignature
            | Self::BadAdvisory => 422,
        }
    }

    /// One sentence that says what happened and what to do next.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotFound => {
                "There is nothing here for this caller: the address is wrong, or what shows the right to it is wrong or has run out."
            }
            Self::Deleted => {
                "This case was deleted at the relay, by the team or because the time that the policy keeps it is over. What you have stays with you; to go on, write a new report."
            }
            Self::BadRequest => "The request is malformed. PROTOCOL.md says how it is spelled.",
            Self::TooLarge => {
                "This is larger than the relay or the policy takes. Shorten it or leave files out."
            }
            Self::NotOpenpgp => {
                "This is not an OpenPGP message. Encrypt it to the desk's certificates first."
            }
            Self::Armored => "This is an armored message. Send the binary form (gpg --dearmor).",
            Self::Plaintext => {
                "This is plaintext, and nothing of it was kept. Encrypt it to the desk's certificates first."
            }
            Self::SignedOnly => {
                "This is signed but not encrypted, and nothing of it was kept. Encrypt it as well."
            }
            Self::PasswordEncrypted => {
                "This is encrypted with a password that the team does not have. Encrypt it to the desk's certificates."
            }
            Self::NoIntegrity => {
                "This encryption has no integrity protection. Encrypt it again with a current OpenPGP program."
            }
            Self::WrongRecipient => {
                "This is not encrypted to the desk it is addressed to, or to a foreign key as well. Encrypt it to the desk's certificates and no other."
            }
            Self::TrailingData => {
                "Something stands before or behind the encrypted message. Send the message alone."
            }
            Self::Malformed => "The message is cut off or malformed. Send it again, whole.",
            Self::Conflict => "This id is taken by other bytes; what is stored stays. Use a new id.",
            Self::DigestMismatch => {
                "What arrived is not what was announced: it was changed or cut on the way. Send it again."
            }
            Self::Incomplete => {
                "Chunks are missing; the first one has to come before all others. Ask which are there and send the rest."
            }
            Self::StorageFull => {
                "The relay's disk is nearly full, so it takes no files just now. Keep them and try again later; letters still arrive."
            }
            Self::Full => {
                "This case or desk holds as much as it may. Reach the team through the other contacts of its policy."
            }
            Self::BadSignature => {
                "This is not signed by a member of the team, or it was changed afterwards. Nothing of it was kept."
            }
            Self::BadAdvisory => {
                "This is no advisory without errors of this id and team. `sealpost advisory check` names them."
            }
            Self::UnderEmbargo => {
                "By its own date this is not to be public yet, and nothing of it was kept. Come again when the embargo is over."
            }
            Self::ProofNeeded => {
                "The relay asks for some computing before it takes a new report. Solve the challenge and send the same again."
            }
            Self::LoginRefused => {
                "The login was refused. Sign a fresh statement for this relay and desk with a member's key."
            }
            Self::Unavailable => {
                "The relay cannot store anything just now. Keep your copy and try again later."
            }
            Self::Internal => "Something failed inside the relay. Keep your copy and try again later.",
        }
    }

    /// Whether trying the same bytes again later can help.
    #[must_use]
    pub const fn may_pass_later(self) -> bool {
        matches!(
            self,
            Self::Full | Self::ProofNeeded | Self::StorageFull | Self::Unavailable | Self::Internal
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_spelled_alike_in_json_and_in_text() {
        for code in [
            ProblemCode::NotFound,
            ProblemCode::NotOpenpgp,
            ProblemCode::SignedOnly,
            ProblemCode::UnderEmbargo,
            ProblemCode::Internal,
        ] {
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{}\"", code.as_str()));
        }
    }
}
