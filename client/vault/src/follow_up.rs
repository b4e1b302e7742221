//! Sealing a later letter of the reporter: to the same desk, signed by the same case key, as a new entry of the same case.
//! **Rule:** PROTOCOL.md, "Inside a letter".

use sealpost_client_core::vault::{SealFollowUp, SealedFollowUp};
use sealpost_keys::{CaseSecret, Letter};
use sealpost_shared::EntryId;
use sealpost_shared::letter::{FollowUp, LetterData};

use crate::bundle;
use crate::failure::Fails;
use crate::report::{self, Keep};
use crate::secret;

pub(crate) fn seal(request: &SealFollowUp) -> Fails<SealedFollowUp> {
    let bundle = bundle::check(&request.bundle, request.now)?;
    let recipients = bundle.recipients(bundle.desk(&request.desk)?, request.now)?;
    let key = secret::case_key(&request.words, request.index)?;
    // 128 fresh random bits; the secret made of them is used for nothing else.
    let entry = EntryId::from_bytes(*CaseSecret::make_random().as_bytes());
    let data = FollowUp {
        case: key.case_id(),
        entry,
        written_at: request.now,
        embargo: request.embargo,
        missed: request.missed.clone(),
        enclosures: None,
    };
    let letter = Letter {
        text: request.text.clone(),
        data: LetterData::FollowUp(data),
        reporter_certificate: None,
        attachments: Vec::new(),
    };
    let sealed = report::finish(&letter, &recipients, &key, Keep::Nothing, request.now)?;
    Ok(SealedFollowUp { entry, sealed: sealed.sealed, sha256: sealed.sha256 })
}
