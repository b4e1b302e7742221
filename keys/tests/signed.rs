//! Login statements, receipts and key files.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use sealpost_keys::{
    KeyError, LoginError, LoginStatement, ReceiptVerifyError, SignatureError, SigningKey, Unusable,
    sign_receipt, verify_login, verify_receipt,
};
use sealpost_shared::receipt::Receipt;
use sealpost_shared::{Duration, Timestamp};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn later(hours: i64) -> Timestamp {
    now() + Duration::from_hours(hours)
}

fn member() -> SigningKey {
    SigningKey::generate_team("Member <m@example.org>", now()).unwrap()
}

fn statement() -> LoginStatement {
    LoginStatement {
        relay: "https://relay.example".to_owned(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        nonce: "0123456789abcdef".repeat(2),
        expires: "2026-11-23T12:05:00Z".parse().unwrap(),
    }
}

const TEXT: &str = "Sealpost login 1
I ask the relay below for a session at this desk.
relay: https://relay.example
team: demo
desk: team
nonce: 0123456789abcdef0123456789abcdef
expires: 2026-11-23T12:05:00Z
";

#[test]
fn a_login_statements_text_is_frozen() {
    assert_eq!(statement().to_string(), TEXT);
    assert_eq!(TEXT.parse::<LoginStatement>().unwrap(), statement());
    for n in 0..TEXT.lines().count() {
        let without: Vec<&str> = TEXT.lines().enumerate().filter(|(i, _)| *i != n).map(|(_, l)| l).collect();
        assert!(without.join("\n").parse::<LoginStatement>().is_err(), "without line {n}");
    }
    assert!(format!("{TEXT}admin: yes\n").parse::<LoginStatement>().is_err());
    assert!(TEXT.replace("nonce: 01", "nonce: 0").parse::<LoginStatement>().is_err());
}

#[test]
fn only_a_members_fresh_statement_logs_in() {
    let (member, stranger) = (member(), member());
    let signed = member.sign_cleartext(TEXT, now()).unwrap();
    let certs = [stranger.certificate(), member.certificate()];
    assert_eq!(verify_login(&signed, &certs, now()).unwrap(), (statement(), member.fingerprint()));
    let refused = |text: &str, at: Timestamp| verify_login(text, &certs, at).unwrap_err();
    assert_eq!(
        verify_login(&signed, &certs[..1], now()).unwrap_err(),
        LoginError::Signature(SignatureError::NotBySigner)
    );
    assert!(matches!(refused(&signed, later(1)), LoginError::Expired { .. }));
    assert_eq!(refused(&signed, later(-1)), LoginError::TooLong);
    let changed = signed.replace("desk: team", "desk: backup");
    assert_eq!(refused(&changed, now()), LoginError::Signature(SignatureError::NotBySigner));
    assert_eq!(refused(TEXT, now()), LoginError::Signature(SignatureError::Unreadable));
    let around = format!("hello\n{signed}");
    assert_eq!(refused(&around, now()), LoginError::Signature(SignatureError::Unreadable));
    let behind = format!("{signed}hello\n");
    assert_eq!(refused(&behind, now()), LoginError::Signature(SignatureError::Unreadable));
    let other = member.sign_cleartext("0123", now()).unwrap();
    assert!(matches!(refused(&other, now()), LoginError::Statement(_)));
    assert_eq!(refused(&" ".repeat(9000), now()), LoginError::TooLarge);
}

#[test]
fn an_expired_member_cannot_backdate_a_login() {
    let member = member();
    let after = later(3 * 365 * 24);
    let text = TEXT.replace("2026-11-23T12:05:00Z", &(after + Duration::from_seconds(60)).to_string());
    let backdated = member.sign_cleartext(&text, now()).unwrap();
    let refused = verify_login(&backdated, &[member.certificate()], after).unwrap_err();
    assert!(matches!(refused, LoginError::Signature(SignatureError::KeyExpired { .. })), "{refused:?}");
    // The same signature on a document that is kept stays good: it was made while the key lived.
    assert!(member.certificate().verify_cleartext(&backdated, after).is_ok());
}

#[test]
fn a_receipt_verifies_with_the_relays_key_and_no_other() {
    let relay = SigningKey::generate_relay("Relay <relay@example.org>", now()).unwrap();
    let receipt = Receipt {
        relay: "https://relay.example".to_owned(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        case: "00112233445566778899aabbccddeeff".parse().unwrap(),
        entry: "00112233445566778899aabbccddeeff".parse().unwrap(),
        sha256: "ab".repeat(32),
        received: now(),
    };
    let signed = sign_receipt(&receipt, &relay, now()).unwrap();
    assert_eq!(verify_receipt(&signed, &relay.certificate(), later(10 * 365 * 24)).unwrap(), receipt);
    assert_eq!(verify_receipt(&signed.replace('\n', "\r\n"), &relay.certificate(), now()).unwrap(), receipt);
    let refused = verify_receipt(&signed, &member().certificate(), now()).unwrap_err();
    assert_eq!(refused, ReceiptVerifyError::Signature(SignatureError::NotBySigner));
    let changed = signed.replace("abab", "acab");
    assert!(verify_receipt(&changed, &relay.certificate(), now()).is_err());
    let other = relay.sign_cleartext("hello", now()).unwrap();
    assert!(matches!(verify_receipt(&other, &relay.certificate(), now()), Err(ReceiptVerifyError::Text(_))));
}

#[test]
fn a_key_file_comes_back_and_says_what_it_can() {
    let key = member();
    let again = SigningKey::from_armored(key.to_armored().unwrap().as_bytes(), None).unwrap();
    assert_eq!(again.fingerprint(), key.fingerprint());
    assert_eq!(again.certificate(), key.certificate());
    let signature = again.sign_detached_armored(b"policy", now()).unwrap();
    assert!(key.certificate().verify_detached(b"policy", signature.as_bytes(), now()).is_ok());
    let changed = key.certificate().verify_detached(b"Policy", signature.as_bytes(), now());
    assert_eq!(changed, Err(SignatureError::NotBySigner));
    let public = key.certificate().to_armored();
    assert_eq!(SigningKey::from_armored(public.as_bytes(), None).unwrap_err(), KeyError::Unreadable);
    let relay = SigningKey::generate_relay("Relay <relay@example.org>", now()).unwrap();
    assert_eq!(relay.certificate().judge(now()), Err(Unusable::NoEncryptionKey));
}

#[test]
fn a_team_key_lives_two_years_and_warns_in_the_last_month() {
    let cert = member().certificate();
    assert!(cert.judge(now()).unwrap().warnings().is_empty());
    assert_eq!(cert.judge(later(705 * 24)).unwrap().warnings().len(), 1);
    assert!(matches!(cert.judge(later(731 * 24)), Err(Unusable::Expired { .. })));
    assert!(matches!(cert.judge(later(-1)), Err(Unusable::NotYetValid { .. })));
}
