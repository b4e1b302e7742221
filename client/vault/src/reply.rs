//! A reply counts only if a member of the desk signed it for this reporter, case and entry. **Rule:** PROTOCOL.md, "Inside a
//! letter"; promise 5.

use data_encoding::BASE64;
use sealpost_client_core::vault::{DESK_ONLY, OpenedMail, OpenedReply};
use sealpost_keys::{CaseKey, OpenError, SealedLetter, UncheckedCert, open_letter};
use sealpost_shared::letter::{LetterData, Reply};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp, limits};

use crate::failure::{Fails, bad_request, failure};

/// Where the reply was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) case: CaseId,
    pub(crate) entry: EntryId,
}

pub(crate) fn open(
    sealed: &str,
    key: &CaseKey,
    place: Place,
    members: &[String],
    now: Timestamp,
) -> Fails<OpenedReply> {
    let bytes = BASE64.decode(sealed.as_bytes());
    let bytes = bytes.map_err(|_| bad_request("The reply reached the vault damaged. Fetch it again."))?;
    let opened =
        open_letter(&SealedLetter::from_bytes_unchecked(bytes), key).map_err(|error| match error {
            OpenError::NotForThisKey => failure(DESK_ONLY, error),
            other => failure("reply-malformed", other),
        })?;
    let verified =
        opened.verify_team(&certificates(members), now).map_err(|e| failure("reply-signature", e))?;
    let signed_by = verified.signer().clone();
    let contents = verified.into_contents();
    let Some(LetterData::Reply(reply)) = contents.data else {
        let sentence = "A member of the team signed this, but it is not a reply that Sealpost understands.";
        return Err(failure("reply-malformed", sentence));
    };
    check_place(&reply, place, &key.fingerprint())?;
    // A clock that runs ahead must not keep a promise before its time.
    let written_at = reply.written_at.min(now);
    Ok(OpenedReply { kind: reply.kind, written_at, matter: reply.matter, text: contents.text, signed_by })
}

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";

/// Opens an answer that came by mail. Whoever knows the reporter's certificate can have written it, unless the team signed it.
pub(crate) fn open_mail(
    message: &str,
    key: &CaseKey,
    members: &[String],
    now: Timestamp,
) -> Fails<OpenedMail> {
    let armored = message.find(BEGIN).and_then(|begin| {
        let rest = message.get(begin..)?;
        rest.get(..rest.find(END)? + END.len())
    });
    let Some(armored) = armored else {
        let sentence = "There is no whole encrypted message in this. Paste everything from BEGIN PGP MESSAGE to END PGP MESSAGE.";
        return Err(failure("reply-malformed", sentence));
    };
    let sealed = SealedLetter::from_bytes_unchecked(armored.as_bytes().to_vec());
    let opened = open_letter(&sealed, key).map_err(|error| match error {
        OpenError::NotForThisKey => failure("reply-elsewhere", error),
        other => failure("reply-malformed", other),
    })?;
    let signed_by =
        opened.verify_team(&certificates(members), now).ok().map(|letter| letter.signer().clone());
    Ok(OpenedMail { text: opened.unverified().text.clone(), signed_by })
}

/// What cannot be read verifies nothing, so leaving it out is safe.
fn certificates(members: &[String]) -> Vec<UncheckedCert> {
    let members = members.iter().take(limits::MAX_DESK_CERTS);
    members.filter_map(|cert| UncheckedCert::parse_one(cert.as_bytes()).ok()).collect()
}

fn check_place(reply: &Reply, place: Place, to: &Fingerprint) -> Fails<()> {
    if reply.case == place.case && reply.entry == place.entry && reply.to == *to {
        return Ok(());
    }
    let sentence = "The team wrote this for another place: somebody copied it here. It does not count.";
    Err(failure("reply-elsewhere", sentence))
}
