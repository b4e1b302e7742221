//! What is fuzzed: every way in which bytes of a stranger reach the OpenPGP library, and the tar inside. Used by the targets of libFuzzer and by
//! keys/tests/mutations.rs, which runs the same over the corpus with every test run.

use std::io::{copy, sink};

use pgp::composed::{Deserializable as _, SignedPublicKey};
use pgp::crypto::sym::SymmetricKeyAlgorithm;
use pgp::packet::{PacketTrait as _, PublicKeyEncryptedSessionKey, SymEncryptedProtectedData};
use rand::rngs::OsRng;
use sealpost_keys::enclosures::{Member, TarFiles};
use sealpost_keys::{CaseKey, CaseSecret, SealedLetter, UncheckedCert, check_sealed, open_letter};
use sealpost_shared::Timestamp;

/// The moment of the corpus.
pub fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_435_200)
}

/// The case key that the letters of the corpus are sealed to.
pub fn case_key() -> CaseKey {
    CaseKey::derive(&CaseSecret::from_bytes(*b"sealpost-corpus1"), 0)
}

/// A certificate from a bundle, a file or a letter.
pub fn certificate(bytes: &[u8]) {
    let Ok(certs) = UncheckedCert::parse_many(bytes) else { return };
    for cert in certs {
        // What is read can be written and read again.
        let again = UncheckedCert::parse_one(&cert.to_binary()).map(|cert| cert.fingerprint());
        assert!(again.is_ok_and(|again| again == cert.fingerprint()));
        drop(cert.judge(now()));
        drop(cert.verify_detached(b"policy", bytes, now()));
        drop(cert.verify_cleartext(&String::from_utf8_lossy(bytes), now()));
    }
}

/// A reply as the browser opens it.
pub fn letter(bytes: &[u8]) {
    let Ok(opened) = open_letter(&SealedLetter::from_bytes_unchecked(bytes.to_vec()), &case_key()) else {
        return;
    };
    // Whatever opens has passed the gate as well, unless it was armored.
    assert!(bytes.first().is_some_and(|first| first & 0x80 == 0) || check_sealed(bytes, None).is_ok());
    drop(opened.verify_reporter(now()));
    drop(opened.verify_team(&[case_key().certificate()], now()));
}

/// What stands inside the encryption: anybody can seal anything to a public key.
pub fn inside(packets: &[u8]) {
    letter(sealed_as_it_is(packets).as_bytes());
}

/// Packets encrypted to the case key as they are.
pub fn sealed_as_it_is(packets: &[u8]) -> SealedLetter {
    let cert =
        SignedPublicKey::from_bytes(&*case_key().certificate().to_binary()).expect("our own certificate");
    let (cipher, mut out) = (SymmetricKeyAlgorithm::AES128, Vec::new());
    let session = cipher.new_session_key(OsRng);
    let subkey = &cert.public_subkeys.first().expect("our own certificate has a subkey").key;
    let key = PublicKeyEncryptedSessionKey::from_session_key_v3(OsRng, &session, cipher, subkey);
    key.and_then(|key| key.to_writer_with_header(&mut out)).expect("writing to memory does not fail");
    let body = SymEncryptedProtectedData::encrypt_seipdv1(OsRng, cipher, session.as_ref(), packets);
    body.and_then(|body| body.to_writer_with_header(&mut out)).expect("writing to memory does not fail");
    SealedLetter::from_bytes_unchecked(out)
}

/// A body as the relay takes it in.
pub fn gate(bytes: &[u8]) {
    if check_sealed(bytes, None).is_ok() {
        let one_more = [bytes, &[0]].concat();
        let one_less = bytes.split_last().map(|(_, rest)| rest).unwrap_or_default();
        assert!(check_sealed(&one_more, None).is_err() && check_sealed(one_less, None).is_err());
    }
}

/// The most bytes that a tar of the corpus may unpack to.
const MAX_UNPACKED_BYTES: u64 = 1 << 20;

/// A tar from inside enclosures: whatever it says, names are harmless and nothing gives more bytes than it announced.
pub fn tar(bytes: &[u8]) {
    let mut files = TarFiles::new(bytes, MAX_UNPACKED_BYTES);
    while let Ok(Some(member)) = files.next_member() {
        let Member::File(file) = member else { continue };
        assert!(
            !file.name.is_empty()
                && !file.name.starts_with('.')
                && !file.name.contains(['/', '\\', '\0', '\n'])
        );
        assert!(file.size <= MAX_UNPACKED_BYTES);
        assert!(copy(&mut files, &mut sink()).map_or(true, |read| read == file.size));
    }
}
