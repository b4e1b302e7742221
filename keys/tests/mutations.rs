//! The fuzz targets' entry points over their corpus, each file as it is and in some thousand fixed mutations.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::path::Path;
use std::sync::Mutex;

#[path = "../../fuzz/src/lib.rs"]
pub mod entries;

/// Mutations of each file: the corpus takes seconds in an unoptimised build.
const MUTATIONS: u64 = 300;

/// A small generator of numbers that are the same on every machine (xorshift; Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Changes one to four things, near the beginning more often than elsewhere: that is where the structure is.
fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut numbers = Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut out = bytes.to_vec();
    for _ in 0..=numbers.below(4) {
        let reach = if numbers.below(2) == 0 { out.len().min(200) } else { out.len() };
        let at = numbers.below(reach);
        let upto = (at + 1 + numbers.below(64)).min(out.len());
        match numbers.below(7) {
            0 => out[at] ^= 1 << numbers.below(8),
            1 => out[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF][numbers.below(6)],
            2 => out.truncate(at.max(1)),
            3 => drop(out.drain(at..upto)),
            4 => out.extend_from_within(at..upto),
            5 => drop(out.splice(at..at, [0xFF, 0x40, 0, 0, 0])),
            _ => out[at..upto].reverse(),
        }
        if out.is_empty() {
            out.push(0);
        }
    }
    out
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 5, "a corpus of {} files proves little", files.len());
    files.iter().map(|file| (file.display().to_string(), std::fs::read(file).unwrap())).collect()
}

/// Panics that were caught on the way: a native program goes on after one, but a browser would lose its worker.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn run(name: &str, entry: fn(&[u8])) {
    std::panic::set_hook(Box::new(|what| {
        PANICS.lock().unwrap().push(what.to_string());
    }));
    for (file, bytes) in corpus(name) {
        entry(&bytes);
        for seed in 0..MUTATIONS {
            entry(&mutate(&bytes, seed));
            let panics = PANICS.lock().unwrap().clone();
            assert!(panics.is_empty(), "mutation {seed} of {file}, or another test: {panics:?}");
        }
    }
}

#[test]
fn mutated_certificates_do_no_harm() {
    run("certificate", entries::certificate);
}

#[test]
fn mutated_letters_do_no_harm() {
    run("letter", entries::letter);
}

#[test]
fn mutated_bodies_do_no_harm_at_the_gate() {
    run("gate", entries::gate);
}

#[test]
fn mutated_packets_inside_a_letter_do_no_harm() {
    run("inside", entries::inside);
}

#[test]
fn mutated_tars_do_no_harm() {
    run("tar", entries::tar);
}

#[test]
fn the_corpus_is_what_it_says() {
    let cert = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/case.asc")).unwrap();
    assert_eq!(cert, entries::case_key().certificate().to_armored(), "what the letters are sealed to");
    for (file, bytes) in corpus("letter") {
        let sealed = sealpost_keys::SealedLetter::from_bytes_unchecked(bytes);
        assert!(sealpost_keys::open_letter(&sealed, &entries::case_key()).is_ok(), "{file} does not open");
    }
    for (file, bytes) in corpus("inside") {
        let opened = sealpost_keys::open_letter(&entries::sealed_as_it_is(&bytes), &entries::case_key());
        assert!(opened.is_ok(), "{file}: {:?}", opened.err());
    }
    for (file, bytes) in corpus("certificate") {
        let parsed = sealpost_keys::UncheckedCert::parse_many(&bytes);
        assert!(parsed.is_ok(), "{file}: {parsed:?}");
    }
    for (file, bytes) in corpus("tar") {
        let first = sealpost_keys::enclosures::TarFiles::new(&bytes[..], 1 << 20).next_member();
        assert!(matches!(first, Ok(Some(_))), "{file}: {first:?}");
    }
}
