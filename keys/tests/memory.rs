//! Declared lengths and compressed emptiness do not become memory. One test, alone in its process, because it looks at that
//! process's memory.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use sealpost_keys::{OpenError, SealedLetter, SigningKey, UncheckedCert, check_sealed, open_letter};

#[path = "hostile/make.rs"]
mod make;

use make::{encrypt_packets, packet, sealed, teams};

const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

/// The most address space this process ever had, in bytes. Memory that is reserved and never touched counts: a browser takes it
/// for good.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// Fails if the process grew by more than a few letters' worth.
fn small(what: &str, run: impl FnOnce()) {
    let before = peak();
    run();
    let grown = peak() - before;
    assert!(grown < 64 * MIB, "{what}: {} MiB", grown / MIB);
}

#[test]
fn nothing_that_is_declared_or_packed_becomes_memory() {
    let [team, six] = teams();
    declared_letters(&team);
    declared_packets_inside(&team);
    declared_certificates(&six);
    bomb(&team);
    // The measure itself works.
    let before = peak();
    let taken = vec![1_u8; 256 * MIB];
    assert!(peak() - before > 128 * MIB && taken.last() == Some(&1));
}

fn declared_letters(team: &SigningKey) {
    let letter = sealed(team);
    let session_key = &letter[..2 + usize::from(letter[1])];
    let huge = [session_key, &packet(18, GIB, &[1; 100])].concat();
    let chunk = [session_key, &[0xD2, 0xFE], &[1; 600]].concat();
    for bytes in [huge, chunk, packet(1, GIB, &[3; 100])] {
        small("a letter", || {
            assert!(check_sealed(&bytes, None).is_err());
            let sealed = SealedLetter::from_bytes_unchecked(bytes.clone());
            assert_eq!(open_letter(&sealed, team).unwrap_err(), OpenError::CutOff);
        });
    }
}

fn declared_packets_inside(team: &SigningKey) {
    for tag in [2, 4, 8, 11, 13, 17, 21] {
        let inside = encrypt_packets(&packet(tag, GIB, &[4; 60]), team);
        small("inside a letter", || assert!(open_letter(&inside, team).is_err(), "{tag}"));
    }
}

fn declared_certificates(key: &SigningKey) {
    let cert = key.certificate().to_binary();
    for tag in [2, 6, 13, 14, 17] {
        let alone = packet(tag, GIB, &[4; 60]);
        let behind = [&cert[..], &alone].concat();
        for bytes in [alone, behind] {
            small("a certificate", || drop(UncheckedCert::parse_many(&bytes)));
        }
    }
}

/// A literal of a gibibyte, deflated to a few mebibytes, deflated again to less than a quarter.
fn bomb(team: &SigningKey) {
    let once = compressed(&deflated_zeros(&packet(11, GIB + 6, b"b\0\0\0\0\0"), GIB / MIB));
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&once).unwrap();
    let twice = compressed(&encoder.finish().unwrap());
    assert!(once.len() > MIB / 2 && twice.len() < MIB / 4, "{} and {} bytes", once.len(), twice.len());
    let sealed = encrypt_packets(&twice, team);
    small("a bomb", || assert_eq!(open_letter(&sealed, team).unwrap_err(), OpenError::TooLarge));
}

/// Deflates `head` and so many mebibytes of zeros; after a flush the same mebibyte is the same bytes each time.
fn deflated_zeros(head: &[u8], mebibytes: usize) -> Vec<u8> {
    let zeros = vec![0; MIB];
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    for piece in [head, &zeros, &zeros] {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    let start = encoder.get_ref().len();
    encoder.write_all(&zeros).unwrap();
    encoder.flush().unwrap();
    let block = encoder.get_ref()[start..].to_vec();
    // An empty last block ends it.
    [encoder.get_ref(), &block.repeat(mebibytes - 3)[..], &[3, 0]].concat()
}

fn compressed(deflated: &[u8]) -> Vec<u8> {
    packet(8, deflated.len() + 1, &[&[1], deflated].concat())
}
