//! A second opinion on certificates: rpgpie, which judges them by its own rules over the same parser.

use pgp::types::{KeyDetails as _, Timestamp as PgpTime};
use rpgpie::certificate::{Certificate, Checked};
use sealpost_keys::UncheckedCert;
use sealpost_shared::Timestamp;

/// The fingerprints of the keys that rpgpie regards as valid parts of a valid certificate at that moment.
fn valid_keys(cert: &UncheckedCert, at: Timestamp) -> Vec<String> {
    let at = PgpTime::from_secs(u32::try_from(at.seconds()).unwrap());
    let loaded = Certificate::load(&mut cert.to_binary().as_slice()).unwrap().remove(0);
    let checked = Checked::from(loaded);
    if !matches!(checked.primary_valid_at(at), Ok(true)) || checked.revoked_at(at) {
        return vec![];
    }
    let primary = checked.fingerprint().to_string();
    let subkeys = checked.valid_subkeys_at(at).into_iter().map(|key| key.fingerprint().to_string());
    [primary].into_iter().chain(subkeys).map(|fingerprint| fingerprint.to_uppercase()).collect()
}

/// Panics unless both agree: the key we chose is valid there, and where we found none, there is no subkey either.
pub(crate) fn agrees(name: &str, cert: &UncheckedCert, at: Timestamp) {
    let theirs = valid_keys(cert, at);
    match cert.judge(at) {
        Ok(ours) => {
            let chosen = &ours.encryption_key().fingerprint;
            assert!(theirs.iter().any(|key| key == chosen.as_str()), "{name}: only we accept it: {theirs:?}");
        }
        Err(why) => assert!(theirs.len() <= 1, "{name}: only we refuse it ({why}): {theirs:?}"),
    }
}
