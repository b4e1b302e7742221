//! A relay's key and the one after it: who knows the one can follow to the other.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use sealpost_keys::{
    CertError, ReceiptVerifyError, RelayKeys, RelayKeysError, SignatureError, SigningKey, sign_receipt,
};
use sealpost_shared::receipt::Receipt;
use sealpost_shared::{Duration, Timestamp};

const NAME: &str = "Sealpost relay https://relay.example";

fn hour(n: i64) -> Timestamp {
    "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap() + Duration::from_hours(n)
}

fn receipt(key: &SigningKey, at: Timestamp) -> String {
    let receipt = Receipt {
        relay: "https://relay.example".to_owned(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        case: "00112233445566778899aabbccddeeff".parse().unwrap(),
        entry: "00112233445566778899aabbccddeeff".parse().unwrap(),
        sha256: "ab".repeat(32),
        received: at,
    };
    sign_receipt(&receipt, key, at).unwrap()
}

/// A key, its successor since the tenth hour, and both as they are published, the first until the hundredth.
fn rotated() -> (SigningKey, SigningKey, RelayKeys) {
    let first = SigningKey::generate_relay(NAME, hour(0)).unwrap();
    let second = first.generate_next_relay(NAME, hour(10), hour(10)).unwrap();
    let retired = first.retired(hour(10), hour(100)).unwrap();
    let keys = RelayKeys::new(second.certificate(), vec![retired]).unwrap();
    (first, second, keys)
}

#[test]
fn receipts_of_both_count_while_the_former_key_lives_and_old_ones_for_ever() {
    let (first, second, keys) = rotated();
    let by = |text: &str| keys.verify_receipt(text, hour(5000)).map(|(_, by)| by);
    assert_eq!(by(&receipt(&second, hour(11))).unwrap(), second.fingerprint());
    assert_eq!(by(&receipt(&first, hour(1))).unwrap(), first.fingerprint());
    assert_eq!(by(&receipt(&first, hour(99))).unwrap(), first.fingerprint());
    let late = first.certificate().verify_cleartext(&receipt(&first, hour(100)), hour(5000));
    assert!(late.is_ok(), "who does not know of its end believes it");
    let refused = by(&receipt(&first, hour(100))).unwrap_err();
    assert_eq!(refused, ReceiptVerifyError::Signature(SignatureError::NotBySigner));
    let stranger = SigningKey::generate_relay(NAME, hour(0)).unwrap();
    assert!(by(&receipt(&stranger, hour(11))).is_err());
}

#[test]
fn who_knows_a_former_key_follows_and_who_knows_another_does_not() {
    let (first, second, keys) = rotated();
    let known = |key: &SigningKey| RelayKeys::new(key.certificate(), vec![]).unwrap();
    assert!(keys.continues(&known(&first)) && keys.continues(&known(&second)) && keys.continues(&keys));
    assert!(!known(&first).continues(&keys), "there is no way back");
    assert!(!keys.continues(&known(&SigningKey::generate_relay(NAME, hour(0)).unwrap())));
    let third = second.generate_next_relay(NAME, hour(20), hour(20)).unwrap();
    let retired = second.retired(hour(20), hour(30)).unwrap();
    let former = std::iter::once(retired).chain(keys.all().skip(1).cloned()).collect();
    let longer = RelayKeys::new(third.certificate(), former).unwrap();
    assert!(longer.continues(&known(&first)) && longer.continues(&keys));
    let read = RelayKeys::parse(longer.to_armored().as_bytes()).unwrap();
    assert_eq!(read, longer);
    assert_eq!(read.verify_receipt(&receipt(&first, hour(1)), hour(50)).unwrap().1, first.fingerprint());
}

#[test]
fn a_key_that_did_not_vouch_is_no_former_one() {
    let (first, second, _) = rotated();
    let stranger = SigningKey::generate_relay(NAME, hour(0)).unwrap();
    for (now, former) in [(&second, &stranger), (&first, &second), (&first, &first)] {
        let put_together = RelayKeys::new(now.certificate(), vec![former.certificate()]);
        assert_eq!(put_together, Err(RelayKeysError::Unlinked(former.fingerprint())));
        let armored = now.certificate().to_armored() + &former.certificate().to_armored();
        assert!(matches!(RelayKeys::parse(armored.as_bytes()), Err(RelayKeysError::Unlinked(_))));
    }
    assert_eq!(RelayKeys::parse(b""), Err(RelayKeysError::Cert(CertError::Empty)));
}
