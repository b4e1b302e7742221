//! A certificate that the reporter found where the team publishes it: judged, sealed to, and the result written for mail.

use data_encoding::BASE64;
use sealpost_client_core::vault::{CheckedCertificate, SealToCertificate, SealedReport, VaultAnswer};
use sealpost_keys::{SealedLetter, UncheckedCert};
use sealpost_shared::id::Slug;
use sealpost_shared::{Timestamp, limits};

use crate::bundle::check_certificate;
use crate::failure::{Fails, bad_request, failure};
use crate::report::{self, Keep, Place};
use crate::secret;

/// The desk's name in letters to a team without a relay.
const DESK: &str = "team";

/// Armor adds a third and line ends.
const MAX_ARMORED_BYTES: usize = limits::MAX_CERT_BYTES / 2 * 3;

pub(crate) fn judge(file: &str, now: Timestamp) -> Fails<CheckedCertificate> {
    let bytes = BASE64.decode(file.as_bytes());
    let bytes = bytes.map_err(|_| bad_request("The file reached the vault damaged. Choose it again."))?;
    parse(&bytes).map(|cert| check_certificate(&cert, now))
}

fn parse(bytes: &[u8]) -> Fails<UncheckedCert> {
    if bytes.len() > MAX_ARMORED_BYTES {
        return Err(failure(
            "certificate",
            "This file is too large for one certificate. Choose the file with the team's key alone.",
        ));
    }
    UncheckedCert::parse_one(bytes).map_err(|e| failure("certificate", e))
}

pub(crate) fn seal(request: &SealToCertificate) -> Fails<SealedReport> {
    let cert = parse(request.certificate.as_bytes())?;
    let cert =
        cert.judge(request.now).map_err(|e| failure("certificate", format!("Nothing is sealed. {e}")))?;
    let key = secret::case_key(&request.words, 0)?;
    let desk: Slug = DESK.parse().expect("letters only");
    let place = Place { team: &request.team, desk: &desk, policy_sha256: &request.policy_sha256 };
    let letter = report::letter(&request.report, place, &key, request.now)?;
    report::finish(&letter, &[cert], &key, Keep::OwnCopy, request.now)
}

pub(crate) fn armor(sealed: &str) -> Fails<VaultAnswer> {
    let bytes = BASE64.decode(sealed.as_bytes());
    let bytes = bytes.map_err(|_| bad_request("The sealed letter reached the vault damaged. Try again."))?;
    Ok(VaultAnswer::Armored { text: SealedLetter::from_bytes_unchecked(bytes).to_armored() })
}
