//! Messages that only an attacker makes, put together packet by packet.

use pgp::composed::MessageBuilder;
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use pgp::types::{CompressionAlgorithm, Password};
use rand::rngs::OsRng;
use sealpost_shared::Timestamp;

use super::{OpenError, open_letter};
use crate::verify::SignatureError;
use crate::{CaseKey, CaseSecret, SealedLetter, SigningKey, TeamCert, seal, self_sign};

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn team() -> (SigningKey, TeamCert) {
    let key = SigningKey::generate_team("Team <t@example.org>", now()).unwrap();
    let cert = key.certificate().judge(now()).unwrap();
    (key, cert)
}

/// Encrypts packets as they are.
fn encrypt_packets(packets: &[u8], to: &TeamCert) -> SealedLetter {
    let cipher = SymmetricKeyAlgorithm::AES256;
    let session = cipher.new_session_key(OsRng);
    let subkey = &to.subkey().unwrap().key;
    let mut out = Vec::new();
    PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session, cipher, subkey)
        .unwrap()
        .to_writer_with_header(&mut out)
        .unwrap();
    let protected =
        SymEncryptedProtectedData::encrypt_seipdv1(OsRng, cipher, session.as_ref(), packets).unwrap();
    protected.to_writer_with_header(&mut out).unwrap();
    SealedLetter::from_bytes_unchecked(out)
}

fn signed_packets(to: &[TeamCert], key: &CaseKey) -> Vec<u8> {
    let signer = key.signer();
    let mut builder = MessageBuilder::from_bytes("", &b"we agreed on this"[..]);
    let subpackets = seal::subpackets(to, signer, now()).unwrap();
    builder.sign_with_subpackets(signer, Password::empty(), self_sign::HASH, subpackets);
    builder.to_vec(OsRng).unwrap()
}

#[test]
fn a_letter_that_its_recipient_passed_on_is_not_believed() {
    let key = CaseKey::derive(&CaseSecret::from_bytes([1; 16]), 0);
    let ((first, first_cert), (second, second_cert)) = (team(), team());
    let packets = signed_packets(std::slice::from_ref(&first_cert), &key);
    let direct = open_letter(&encrypt_packets(&packets, &first_cert), &first).unwrap();
    assert!(direct.verify_by(&[key.certificate()], now()).is_ok());
    let passed_on = open_letter(&encrypt_packets(&packets, &second_cert), &second).unwrap();
    assert_eq!(passed_on.verify_by(&[key.certificate()], now()), Err(SignatureError::ForSomebodyElse));
}

#[test]
fn a_reporters_letter_that_names_nobody_is_not_believed() {
    let key = CaseKey::derive(&CaseSecret::from_bytes([1; 16]), 0);
    let (team, cert) = team();
    let opened = open_letter(&encrypt_packets(&signed_packets(&[], &key), &cert), &team).unwrap();
    assert_eq!(opened.verify_by(&[key.certificate()], now()), Err(SignatureError::ForNobody));
    // gpg 2.2 cannot name recipients, so a team's reply may go without; what stands inside says for whom it is.
    assert!(opened.verify_team(&[key.certificate()], now()).is_ok());
}

#[test]
fn a_pile_of_compressed_packets_is_refused() {
    let (key, cert) = team();
    let literal = MessageBuilder::from_bytes("", &b"text"[..]).to_vec(OsRng).unwrap();
    let mut packets = literal;
    for depth in 1..=4 {
        packets = compressed(&packets);
        let opened = open_letter(&encrypt_packets(&packets, &cert), &key);
        assert_eq!(opened.err(), (depth > 2).then_some(OpenError::TooDeep), "{depth}");
    }
}

/// A compressed packet around packets: ZLIB with one stored block.
fn compressed(packets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(packets.len()).unwrap();
    let mut body = vec![u8::from(CompressionAlgorithm::ZIP), 1];
    body.extend(length.to_le_bytes());
    body.extend((!length).to_le_bytes());
    body.extend(packets);
    [&[0xC8, u8::try_from(body.len()).unwrap()][..], &body].concat()
}

#[test]
fn encryption_inside_encryption_and_packets_behind_are_refused() {
    let (key, cert) = team();
    let literal = MessageBuilder::from_bytes("", &b"text"[..]).to_vec(OsRng).unwrap();
    assert!(open_letter(&encrypt_packets(&literal, &cert), &key).is_ok());
    let inner = encrypt_packets(&literal, &cert).into_bytes();
    assert_eq!(open_letter(&encrypt_packets(&inner, &cert), &key).unwrap_err(), OpenError::TooDeep);
    let twice = [&literal[..], &literal].concat();
    assert_eq!(open_letter(&encrypt_packets(&twice, &cert), &key).unwrap_err(), OpenError::Malformed);
    assert_eq!(open_letter(&encrypt_packets(b"", &cert), &key).unwrap_err(), OpenError::Malformed);
}

#[test]
fn a_deep_pile_of_forwarded_messages_is_shown_as_text() {
    let (key, cert) = team();
    let pile = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let literal = MessageBuilder::from_bytes("", pile.clone().into_bytes()).to_vec(OsRng).unwrap();
    let opened = open_letter(&encrypt_packets(&literal, &cert), &key).unwrap();
    assert_eq!(opened.unverified().text, pile);
}
