//! Signatures and secret keys in both directions.

use sealpost_keys::{
    LoginStatement, RelayKeys, SealedLetter, SignatureError, SigningKey, UncheckedCert, open_letter,
    verify_login,
};
use sealpost_shared::Duration;

use crate::home::Gpg;
use crate::{MADE, NOW, now, system_now};

#[test]
fn gpgs_login_and_policy_signatures_verify() {
    let gpg = Gpg::new();
    let fingerprint = gpg.make("m@example.org", ("rsa3072", None), "2y", MADE);
    let with_subkey = gpg.make("s@example.org", ("ed25519", None), "2y", MADE);
    gpg.ok(&["--quick-add-key", with_subkey.as_str(), "ed25519", "sign", "2y"], b"");
    let at = system_now();
    let statement = LoginStatement {
        relay: "https://relay.example".to_owned(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        nonce: "00".repeat(16),
        expires: at + Duration::from_seconds(300),
    };
    for (signer, name) in [(&fingerprint, "m@example.org"), (&with_subkey, "s@example.org")] {
        let text = statement.to_string();
        let signed = gpg.ok(&["-u", signer.as_str(), "--clearsign"], text.as_bytes());
        let signed = String::from_utf8(signed).unwrap();
        let cert = gpg.cert(name);
        let (read, by) = verify_login(&signed, std::slice::from_ref(&cert), at).unwrap();
        assert_eq!((read, &by), (statement.clone(), signer));
        let detached = gpg.ok(&["-u", signer.as_str(), "--detach-sign"], b"policy");
        assert!(cert.verify_detached(b"policy", &detached, at).is_ok());
        let detached = gpg.ok(&["-u", signer.as_str(), "--armor", "--detach-sign"], b"policy");
        assert!(cert.verify_detached(b"policy", &detached, at).is_ok());
        assert_eq!(cert.verify_detached(b"other", &detached, at), Err(SignatureError::NotBySigner));
        let weak = gpg.ok(&["-u", signer.as_str(), "--digest-algo", "SHA1", "--detach-sign"], b"policy");
        let verified = cert.verify_detached(b"policy", &weak, at);
        assert_eq!(verified, Err(SignatureError::Unacceptable));
        let notation = gpg
            .ok(&["-u", signer.as_str(), "--set-notation", "!x@example.org=1", "--detach-sign"], b"policy");
        assert_eq!(cert.verify_detached(b"policy", &notation, at), Err(SignatureError::Unacceptable));
    }
}

#[test]
fn our_keys_and_signatures_are_good_to_gpg() {
    let gpg = Gpg::new();
    let key =
        SigningKey::generate_team("Team <t@example.org>", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    gpg.ok(&["--import"], key.to_armored().unwrap().as_bytes());
    assert_eq!(gpg.fingerprint("t@example.org"), key.fingerprint());
    let signed = key.sign_cleartext("Sealpost receipt 1\n- dash\n", now()).unwrap();
    let output = gpg.run(&["--faked-system-time", NOW, "--verify"], signed.as_bytes());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("Good signature"), "{said}");
    let signature = gpg.path().join("policy.sig");
    std::fs::write(&signature, key.sign_detached_armored(b"policy", now()).unwrap()).unwrap();
    let output =
        gpg.run(&["--faked-system-time", NOW, "--verify", signature.to_str().unwrap(), "-"], b"policy");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // gpg unlocks it for encryption to itself, and its own locked export opens here with the passphrase only.
    let sealed = gpg.ok(&["--faked-system-time", NOW, "-r", "t@example.org", "--encrypt"], b"note\n");
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(sealed), &key).unwrap();
    assert_eq!(opened.unverified().text, "note\n");
}

#[test]
fn receipts_of_a_relay_that_changed_its_key_are_good_to_gpg() {
    let gpg = Gpg::new();
    let (made, changed) = ("2026-01-01T00:00:00Z".parse().unwrap(), now() + Duration::from_hours(-2));
    let first = SigningKey::generate_relay("Relay <r@example.org>", made).unwrap();
    let second = first.generate_next_relay("Relay <r@example.org>", changed, changed).unwrap();
    let retired = first.retired(changed, now() + Duration::from_hours(1)).unwrap();
    let keys = RelayKeys::new(second.certificate(), vec![retired]).unwrap();
    gpg.ok(&["--import"], keys.to_armored().as_bytes());
    for key in [&first, &second] {
        let signed = key.sign_cleartext("Sealpost receipt 1\n", now()).unwrap();
        let output = gpg.run(&["--faked-system-time", NOW, "--verify"], signed.as_bytes());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("Good signature"), "{said}");
        assert!(said.contains(key.fingerprint().as_str()), "{said}");
    }
    let checked = gpg.ok(&["--faked-system-time", NOW, "--check-sigs", second.fingerprint().as_str()], b"");
    let checked = String::from_utf8_lossy(&checked).into_owned();
    let id = first.fingerprint().as_str().get(24..).unwrap().to_owned();
    assert!(checked.lines().any(|line| line.starts_with("sig!") && line.contains(&id)), "{checked}");
}

#[test]
fn a_key_exported_from_gpg_needs_its_passphrase() {
    let gpg = Gpg::new();
    let mut args = vec!["--quick-generate-key", "p@example.org", "ed25519", "sign,cert", "2y"];
    args.splice(0..0, ["--passphrase", "open sesame"]);
    gpg.ok(&args, b"");
    let exported =
        gpg.ok(&["--passphrase", "open sesame", "--armor", "--export-secret-keys", "p@example.org"], b"");
    assert!(SigningKey::from_armored(&exported, Some("open sesame")).is_ok());
    assert_eq!(
        SigningKey::from_armored(&exported, None).unwrap_err().to_string(),
        "This key is locked. Give its passphrase."
    );
    let wrong = SigningKey::from_armored(&exported, Some("wrong")).unwrap_err().to_string();
    assert_eq!(wrong, "The passphrase does not open this key.");
    assert!(UncheckedCert::parse_one(&exported).unwrap_err().to_string().contains("SECRET"));
}

#[test]
fn what_a_revoked_or_expired_key_signed_is_judged_by_its_time() {
    let gpg = Gpg::new();
    for (name, reason, then) in [("lost@example.org", "1", false), ("retired@example.org", "3", true)] {
        let key = gpg.make(name, ("ed25519", None), "2y", MADE);
        let sign = |at: &str| {
            let clock = format!("--faked-system-time={at}!");
            gpg.ok(&[&clock, "-u", name, "--detach-sign"], b"policy")
        };
        let (before, after) = (sign("20260115T000000"), sign("20260301T000000"));
        gpg.revoke(&key, reason);
        let cert = gpg.cert(name);
        assert_eq!(cert.verify_detached(b"policy", &before, now()).is_ok(), then, "{name}");
        assert_eq!(cert.verify_detached(b"policy", &after, now()), Err(SignatureError::KeyRevoked), "{name}");
    }
    gpg.make("short@example.org", ("ed25519", None), "30d", MADE);
    let made = gpg
        .ok(&["--faked-system-time=20260115T000000!", "-u", "short@example.org", "--detach-sign"], b"policy");
    let cert = gpg.cert("short@example.org");
    assert!(cert.verify_detached(b"policy", &made, now()).is_ok());
}
