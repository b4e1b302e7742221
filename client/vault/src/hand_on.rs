//! A step of the ladder: the reporter's own copy is opened with the case key and sealed again, to another desk, under a cover note.
//! **Rule:** PROTOCOL.md, "Handing a case on".

use data_encoding::BASE64;
use sealpost_client_core::vault::{HandOn, HandedOn, ReportDraft};
use sealpost_keys::{Attachment, CaseKey, Contents, Letter, SealedLetter, open_letter};
use sealpost_shared::letter::{CaseData, LetterData};
use sealpost_shared::limits;

use crate::bundle;
use crate::failure::{Fails, bad_request, failure};
use crate::report::{self, Keep, Place};
use crate::secret;

/// Stands between the cover note and the report.
const RULE: &str = "\n\n---\n\n";

pub(crate) fn seal(request: &HandOn) -> Fails<HandedOn> {
    if request.index == request.from {
        return Err(bad_request("A case cannot be handed on to itself."));
    }
    let bundle = bundle::check(&request.bundle, request.now)?;
    let desk = bundle.desk(&request.desk)?;
    let recipients = bundle.recipients(desk, request.now)?;
    let place = Place {
        team: &bundle.policy.identity.slug,
        desk: &request.desk,
        policy_sha256: &bundle.checked.policy_sha256,
    };
    let key = secret::case_key(&request.words, request.index)?;
    let note = ReportDraft {
        title: request.title.clone(),
        text: request.note.trim().to_owned(),
        ..ReportDraft::default()
    };
    let mut letter = report::letter(&note, place, &key, request.now)?;
    if let Some(copy) = &request.own_copy {
        add_report(&mut letter, open_copy(copy, &secret::case_key(&request.words, request.from)?, request)?);
    }
    add_receipts(&mut letter, &request.receipts);
    let sealed = report::finish(&letter, &recipients, &key, Keep::Nothing, request.now)?;
    Ok(HandedOn { secret: secret::restore(&request.words, request.index)?, sealed })
}

/// Only what this case's own key signed is handed on as the reporter's words.
fn open_copy(copy: &str, key: &CaseKey, request: &HandOn) -> Fails<Contents> {
    let bytes = BASE64.decode(copy.as_bytes());
    let bytes =
        bytes.map_err(|_| bad_request("Your copy of the report reached the vault damaged. Try again."))?;
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(bytes), key);
    let opened =
        opened.map_err(|e| failure("own-copy", format!("Your copy of the report cannot be opened. {e}")))?;
    let verified = opened.verify_by(&[key.certificate()], request.now);
    let verified = verified
        .map_err(|e| failure("own-copy", format!("Your copy of the report is not what you wrote. {e}")))?;
    Ok(verified.into_contents())
}

fn add_report(letter: &mut Letter, report: Contents) {
    letter.text = [letter.text.as_str(), report.text.as_str()].join(RULE);
    letter.attachments = report.attachments;
    if let (LetterData::Report(new), Some(LetterData::Report(old))) = (&mut letter.data, report.data) {
        *new = CaseData {
            case: new.case,
            team: new.team.clone(),
            desk: new.desk.clone(),
            written_at: new.written_at,
            policy_sha256: new.policy_sha256.clone(),
            // They lie at the team's desk, where this one cannot fetch them.
            enclosures: None,
            ..old
        };
    }
}

/// As files beside the report; where there is no room for files, as text below it.
fn add_receipts(letter: &mut Letter, receipts: &[(String, String)]) {
    for (name, signed) in receipts {
        if letter.attachments.len() < limits::MAX_ATTACHMENTS {
            letter.attachments.push(Attachment::new(name, "text/plain", signed.as_bytes().to_vec()));
        } else {
            letter.text = [letter.text.as_str(), signed.as_str()].join(RULE);
        }
    }
}
