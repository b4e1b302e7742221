//! A case brought back by its twelve words: what the relay's receipt names, the team's policy of today, and nothing of the report.

use sealpost_shared::policy::Desk;
use sealpost_shared::receipt::Receipt;
use sealpost_shared::{Duration, Timestamp};

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

/// A receipt is rounded down to the hour: from there to the last second in which the relay may have got the report.
pub(crate) const LAST_OF_THE_HOUR: Duration = Duration::from_seconds(3599);

/// The record of a case that was found at the relay at `now`. Its report was sent in the hour that the receipt states; the clock runs from
/// the latest moment of it that can be, so that no step opens too early.
///
/// # Errors
/// Only when the team's policy breaks a rule; the vault refuses such a bundle before.
pub fn restored(
    team: &Team,
    desk: &Desk,
    secret: Secret,
    receipt: (&Receipt, StoredReceipt),
    title: String,
    now: Timestamp,
) -> Result<CaseRecord, RecordError> {
    let (says, stored) = receipt;
    let mut record = CaseRecord {
        title,
        sha256: says.sha256.clone(),
        restored: true,
        ..CaseRecord::at_desk(team, desk, secret, says.received)
    };
    let latest = (says.received + LAST_OF_THE_HOUR).min(now.max(says.received));
    record.received(stored, latest)?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{at, record, team};

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
    fn the_clock_of_a_restored_case_runs_from_the_end_of_the_hour_of_its_arrival() {
        let says = claims(&signed(TEXT)).unwrap();
        let stored = StoredReceipt { signed: signed(TEXT), text: TEXT.to_owned(), received: says.received };
        let team = team();
        let restored_at = |now| {
            let (secret, title) = (record().secret, "Case 0011".to_owned());
            restored(&team, team.desk(), secret, (&says, stored.clone()), title, at(now)).unwrap()
        };
        let later = restored_at("2026-11-24T09:00:00Z");
        assert_eq!(later.events.sent(), Some(at("2026-11-23T12:59:59Z")));
        assert!(later.restored && later.receipt.is_some() && later.report_words.is_none());
        let mut counted = later.clone();
        counted.count_from_receipt().unwrap();
        assert_eq!(counted.events, later.events, "the same as one that a person counts from the receipt");
        let same_hour = restored_at("2026-11-23T12:20:00Z");
        assert_eq!(
            same_hour.events.sent(),
            Some(at("2026-11-23T12:20:00Z")),
            "it was sent before it was found"
        );
        let slow_clock = restored_at("2026-11-23T11:00:00Z");
        assert_eq!(slow_clock.events.sent(), Some(says.received));
    }
}
