//! A case brought back by its twelve words: what the relay's receipt names, the team's policy of today, and nothing of the report.

use sealpost_shared::policy::Desk;
use sealpost_shared::receipt::Receipt;

use crate::case_record::{CaseRecord, RecordError, StoredReceipt};
use crate::team::Team;
use crate::vault::Secret;

/// How many numbers in a row may name no case before the search ends: a step of the ladder that was taken back leaves a gap.
pub const MAX_GAP: u32 = 3;

/// What a cleartext-signed receipt says, before anybody has checked the signature: enough to know which team to ask.
#[must_use]
pub fn claims(signed: &str) -> Option<Receipt> {
    let signed = signed.replace("\r\n", "\n");
    let (_, text) = signed.split_once("\n\n")?;
    let (text, _) = text.split_once("\n-----BEGIN PGP SIGNATURE-----")?;
    text.parse().ok()
}

/// The record of a case that was found at the relay. Its report was sent in the hour that the receipt states; the clock runs from there.
///
/// # Errors
/// Only when the team's policy breaks a rule; the vault refuses such a bundle before.
pub fn restored(
    team: &Team,
    desk: &Desk,
    secret: Secret,
    receipt: (&Receipt, StoredReceipt),
    title: String,
) -> Result<CaseRecord, RecordError> {
    let (says, stored) = receipt;
    let mut record = CaseRecord {
        title,
        sha256: says.sha256.clone(),
        restored: true,
        ..CaseRecord::at_desk(team, desk, secret, says.received)
    };
    record.received(stored, says.received)?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{record, team};

    const TEXT: &str = "Sealpost receipt 1\nrelay: https://relay.example\nteam: demo\ndesk: team\n\
        case: 00112233445566778899aabbccddeeff\nentry: 00112233445566778899aabbccddeeff\n\
        sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\nreceived: 2026-11-23T12:00:00Z\n";

    fn signed(text: &str) -> String {
        format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}-----BEGIN PGP SIGNATURE-----\n\nAA==\n"
        )
    }

    #[test]
    fn a_receipt_names_the_team_to_ask() {
        for text in [signed(TEXT), signed(TEXT).replace('\n', "\r\n")] {
            assert_eq!(claims(&text).map(|says| says.team.to_string()), Some("demo".to_owned()));
        }
        for other in ["", TEXT, &signed("another text\n"), "-----BEGIN PGP SIGNED MESSAGE-----\n\n"] {
            assert_eq!(claims(other), None, "{other}");
        }
    }

    #[test]
    fn the_clock_of_a_restored_case_runs_from_the_hour_of_its_arrival() {
        let says = claims(&signed(TEXT)).unwrap();
        let stored = StoredReceipt { signed: signed(TEXT), text: TEXT.to_owned(), received: says.received };
        let (team, secret) = (team(), record().secret);
        let record = restored(&team, team.desk(), secret, (&says, stored), "Case 0011".to_owned()).unwrap();
        assert_eq!(record.events.sent(), Some(says.received));
        assert!(record.restored && record.receipt.is_some() && record.report_words.is_none());
    }
}
