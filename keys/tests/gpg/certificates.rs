//! Certificates as real people have them, made with gpg's own commands at moments of our choice.

use sealpost_keys::{CertWarning, TeamCert, UncheckedCert, Unusable};
use sealpost_shared::Timestamp;

use crate::home::Gpg;
use crate::oracle;
use crate::{ECC, MADE, now};

/// Judges a certificate, and asks the second opinion as well.
fn judge(gpg: &Gpg, name: &str) -> Result<TeamCert, Unusable> {
    let cert = gpg.cert(name);
    oracle::agrees(name, &cert, now());
    cert.judge(now())
}

fn code(gpg: &Gpg, name: &str) -> &'static str {
    judge(gpg, name).map_or_else(|why| why.code(), |_| "usable")
}

#[test]
fn every_usual_kind_of_key_can_be_sealed_to_and_the_others_are_named() {
    let gpg = Gpg::new();
    for (kind, subkey, verdict) in [
        ("ed25519", "cv25519", Ok("ECDH Curve25519")),
        ("rsa2048", "rsa2048", Ok("RSA 2048")),
        ("rsa3072", "rsa4096", Ok("RSA 4096")),
        ("nistp256", "nistp256", Ok("ECDH NIST P-256")),
        ("nistp384", "nistp384", Ok("ECDH NIST P-384")),
        ("nistp521", "nistp521", Ok("ECDH NIST P-521")),
        ("ed25519", "brainpoolP256r1", Err("unsupported")),
        ("brainpoolP384r1", "brainpoolP384r1", Err("unsupported")),
        ("rsa1024", "rsa1024", Err("weak-key")),
        ("ed25519", "rsa1024", Err("weak-key")),
    ] {
        let name = format!("{kind}-{subkey}@example.org");
        gpg.make(&name, (kind, Some(subkey)), "2y", MADE);
        let judged = gpg.cert(&name).judge(now());
        let found = judged.as_ref().map(|cert| cert.encryption_key().algorithm.as_str());
        assert_eq!(found.map_err(Unusable::code), verdict, "{name}");
        // rpgpie reads Brainpool subkeys as valid; that the library cannot encrypt to them is not its question.
        if verdict != Err("unsupported") {
            oracle::agrees(&name, &gpg.cert(&name), now());
        }
    }
}

#[test]
fn what_is_over_or_not_begun_is_refused() {
    let gpg = Gpg::new();
    gpg.make("good@example.org", ECC, "2y", MADE);
    assert_eq!(code(&gpg, "good@example.org"), "usable");
    gpg.make("expired@example.org", ECC, "10d", MADE);
    let at = "2026-01-11T00:00:00Z".parse().unwrap();
    assert_eq!(judge(&gpg, "expired@example.org"), Err(Unusable::Expired { at }));
    let extended = gpg.fingerprint("expired@example.org");
    let clock = "--faked-system-time=20260301T000000!";
    gpg.ok(&[clock, "--quick-set-expire", extended.as_str(), "1y"], b"");
    assert_eq!(judge(&gpg, "expired@example.org"), Err(Unusable::SubkeyExpired { at }));
    let subkey = gpg.subkey("expired@example.org");
    gpg.ok(&[clock, "--quick-set-expire", extended.as_str(), "1y", subkey.as_str()], b"");
    assert_eq!(code(&gpg, "expired@example.org"), "usable");
    // gpg replaces the signatures that it renews. A clock that stands before them is told so; rpgpie lets that pass.
    let before = gpg.cert("expired@example.org").judge("2026-02-01T00:00:00Z".parse().unwrap());
    assert_eq!(before.unwrap_err().code(), "not-yet-valid");
    gpg.make("future@example.org", ECC, "2y", "20270101T000000");
    assert_eq!(code(&gpg, "future@example.org"), "not-yet-valid");
    gpg.make("soon@example.org", ECC, "340d", MADE);
    let soon = judge(&gpg, "soon@example.org").unwrap();
    assert!(soon.expires_soon());
    assert_eq!(soon.warnings(), [CertWarning::ExpiresSoon { at: soon.expires().unwrap() }]);
}

#[test]
fn the_last_second_of_a_certificate_is_the_one_before_its_end() {
    let gpg = Gpg::new();
    gpg.make("edge@example.org", ECC, "10d", MADE);
    let judge = |at: &str| gpg.cert("edge@example.org").judge(at.parse().unwrap()).is_ok();
    assert!(judge("2026-01-10T23:59:59Z") && !judge("2026-01-11T00:00:00Z"));
    assert!(judge("2026-01-01T00:00:00Z") && !judge("2025-12-31T23:59:59Z"));
}

#[test]
fn of_several_subkeys_the_newest_that_lives_is_chosen() {
    let gpg = Gpg::new();
    let half = gpg.make("half@example.org", ("ed25519", None), "2y", MADE);
    assert_eq!(code(&gpg, "half@example.org"), "no-encryption-key");
    let add = |at: &str, kind: &str, expire: &str| {
        let clock = format!("--faked-system-time={at}!");
        gpg.ok(&[&clock, "--quick-add-key", half.as_str(), kind, "encr", expire], b"");
    };
    add(MADE, "cv25519", "10d");
    assert_eq!(code(&gpg, "half@example.org"), "subkey-expired");
    add("20260601T000000", "cv25519", "1y");
    let judged = judge(&gpg, "half@example.org").unwrap();
    assert_eq!(judged.encryption_key().created.to_string(), "2026-06-01T00:00:00Z");
    assert_eq!(judged.encryption_key_ids().len(), 1);
    add("20260701T000000", "nistp256", "1y");
    let judged = judge(&gpg, "half@example.org").unwrap();
    assert_eq!(judged.encryption_key().algorithm, "ECDH NIST P-256");
    assert_eq!((judged.encryption_key_ids().len(), judged.warnings()), (2, &[][..]));
    // One that we cannot use does not hide the others, but its owner is told.
    add("20260801T000000", "rsa1024", "1y");
    let judged = judge(&gpg, "half@example.org").unwrap();
    assert_eq!(judged.encryption_key().algorithm, "ECDH NIST P-256");
    assert_eq!(judged.warnings(), [CertWarning::SubkeyPassedOver { why: Unusable::WeakKey }]);
}

#[test]
fn a_revocation_counts_whatever_its_reason() {
    let gpg = Gpg::new();
    for (name, reason) in
        [("lost@example.org", "1"), ("superseded@example.org", "2"), ("retired@example.org", "3")]
    {
        let key = gpg.make(name, ECC, "2y", MADE);
        gpg.revoke(&key, reason);
        assert_eq!(code(&gpg, name), "revoked", "{name}");
    }
    // Without a reason it is a hard one, which reaches back to before it was made; so do ours of any kind.
    let before: Timestamp = "2026-01-15T00:00:00Z".parse().unwrap();
    assert_eq!(gpg.cert("retired@example.org").judge(before), Err(Unusable::Revoked));
    let key = gpg.make("nosub@example.org", ECC, "2y", MADE);
    gpg.edit("20260201T000000", &key, "key 1\nrevkey\ny\n0\n\ny\nsave\n");
    assert_eq!(code(&gpg, "nosub@example.org"), "subkey-revoked");
    gpg.ok(
        &["--faked-system-time=20260301T000000!", "--quick-add-key", key.as_str(), "cv25519", "encr", "1y"],
        b"",
    );
    let renewed = judge(&gpg, "nosub@example.org").unwrap();
    assert_eq!(renewed.encryption_key().created.to_string(), "2026-03-01T00:00:00Z");
    assert!(renewed.warnings().is_empty());
}

#[test]
fn a_revoked_name_does_not_take_the_certificate_with_it() {
    let gpg = Gpg::new();
    let key = gpg.make("old@example.org", ECC, "2y", MADE);
    gpg.ok(
        &["--faked-system-time=20260201T000000!", "--quick-add-uid", key.as_str(), "new@example.org"],
        b"",
    );
    let clock = "--faked-system-time=20260301T000000!";
    gpg.ok(&[clock, "--quick-revoke-uid", key.as_str(), "old@example.org"], b"");
    assert_eq!(code(&gpg, "new@example.org"), "usable");
    gpg.ok(&["--faked-system-time=20260401T000000!", "--quick-set-expire", key.as_str(), "1d"], b"");
    assert_eq!(code(&gpg, "new@example.org"), "expired");
}

#[test]
fn signatures_of_others_change_nothing() {
    let gpg = Gpg::new();
    gpg.make("friend@example.org", ECC, "2y", MADE);
    let clock = format!("--faked-system-time={MADE}!");
    let signed = gpg.make("signed@example.org", ECC, "2y", MADE);
    let before = gpg.cert("signed@example.org").to_binary().len();
    gpg.ok(&[&clock, "-u", "friend@example.org", "--quick-sign-key", signed.as_str()], b"");
    assert!(gpg.cert("signed@example.org").to_binary().len() > before);
    assert_eq!(code(&gpg, "signed@example.org"), "usable");
}

#[test]
fn self_signatures_by_a_broken_hash_hold_nothing_together() {
    let gpg = Gpg::new();
    let clock = format!("--faked-system-time={MADE}!");
    let old = ["--cert-digest-algo", "SHA1", &clock];
    gpg.ok(
        &[&old[..], &["--quick-generate-key", "sha1@example.org", "rsa2048", "sign,cert", "2y"]].concat(),
        b"",
    );
    let key = gpg.fingerprint("sha1@example.org");
    let add = ["--quick-add-key", key.as_str(), "rsa2048", "encr", "2y"];
    gpg.ok(&[&old[..], &add].concat(), b"");
    assert_eq!(code(&gpg, "sha1@example.org"), "weak-signature");
    // A modern key's signature by it does not even verify, and is named all the same.
    gpg.ok(
        &[&old[..], &["--quick-generate-key", "ed@example.org", "ed25519", "sign,cert", "2y"]].concat(),
        b"",
    );
    assert_eq!(code(&gpg, "ed@example.org"), "weak-signature");
    // Only the subkey is bound by it.
    let key = gpg.make("mixed@example.org", ("ed25519", None), "2y", MADE);
    let add = ["--quick-add-key", key.as_str(), "cv25519", "encr", "2y"];
    gpg.ok(&[&old[..], &add].concat(), b"");
    assert_eq!(code(&gpg, "mixed@example.org"), "weak-signature");
}

#[test]
fn a_primary_key_that_may_encrypt_is_used_where_no_subkey_can() {
    let gpg = Gpg::new();
    let clock = format!("--faked-system-time={MADE}!");
    gpg.ok(&[&clock, "--quick-generate-key", "all@example.org", "rsa2048", "sign,cert,encr", "2y"], b"");
    let alone = judge(&gpg, "all@example.org").unwrap();
    assert_eq!(alone.encryption_key().fingerprint, alone.fingerprint());
    let key = alone.fingerprint();
    gpg.ok(&[&clock, "--quick-add-key", key.as_str(), "cv25519", "encr", "2y"], b"");
    let both = judge(&gpg, "all@example.org").unwrap();
    assert_eq!(both.encryption_key().algorithm, "ECDH Curve25519");
    assert_eq!(both.encryption_key_ids().len(), 2);
}

#[test]
fn several_certificates_in_one_file_are_told_apart() {
    let gpg = Gpg::new();
    let one = gpg.make("one@example.org", ECC, "2y", MADE);
    let two = gpg.make("two@example.org", ECC, "2y", MADE);
    let binary = gpg.ok(&["--export"], b"");
    let armored =
        [gpg.cert("one@example.org").to_armored(), gpg.cert("two@example.org").to_armored()].concat();
    for bytes in [&binary[..], armored.as_bytes()] {
        let found: Vec<_> =
            UncheckedCert::parse_many(bytes).unwrap().iter().map(UncheckedCert::fingerprint).collect();
        assert_eq!(found, [one.clone(), two.clone()]);
        assert!(UncheckedCert::parse_one(bytes).is_err());
    }
    assert_eq!(gpg.cert("one@example.org").user_ids(), ["one@example.org"]);
}
