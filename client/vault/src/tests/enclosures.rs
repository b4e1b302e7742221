//! Files beside a report, piece by piece as the page asks for them.

use std::io::{self, Read};

use data_encoding::HEXLOWER;
use futures_util::FutureExt as _;
use sealpost_client_core::upload::CHUNK_BYTES;
use sealpost_client_core::vault::{Enclosing, SealEnclosures};
use sealpost_keys::enclosures::FileSource;
use sealpost_shared::letter::Enclosures;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::enclosures::{self, Next, stop};
use crate::failure::Fails;

fn request(team: &Team, secret: &Secret) -> SealEnclosures {
    let SealReport { bundle, desk, words, now, .. } = report(team, secret);
    SealEnclosures { bundle, desk, words, now }
}

/// Outside a browser, nothing is waited for.
fn begin(request: &SealEnclosures, files: Vec<FileSource>) -> Fails<Enclosing> {
    enclosures::begin(request, files).now_or_never().unwrap()
}

fn next() -> Fails<Next> {
    enclosures::next().now_or_never().unwrap()
}

fn file(name: &str, bytes: Vec<u8>) -> FileSource {
    FileSource { name: name.to_owned(), size: bytes.len() as u64, bytes: Box::new(io::Cursor::new(bytes)) }
}

/// Every chunk with its digest, and what the letter is to say.
fn to_the_end() -> (Vec<(Vec<u8>, String)>, Enclosures) {
    let mut chunks = Vec::new();
    loop {
        match next().unwrap() {
            Next::Chunk(chunk, digest) => chunks.push((chunk, digest)),
            Next::End(whole) => return (chunks, whole),
        }
    }
}

#[test]
fn chunks_are_full_but_the_last_and_the_letter_names_the_whole() {
    let (team, secret) = (Team::new(), secret());
    let files = vec![file("../../etc/cron.d/a\u{7}b", vec![7; 2 << 20]), file("log.txt", b"short".to_vec())];
    let begun = begin(&request(&team, &secret), files).unwrap();
    let (chunks, whole) = to_the_end();
    let (last, full) = chunks.split_last().unwrap();
    assert!(full.iter().all(|(chunk, _)| chunk.len() == CHUNK_BYTES) && last.0.len() <= CHUNK_BYTES);
    assert!(chunks.iter().all(|(chunk, digest)| *digest == BASE64.encode(&Sha256::digest(chunk))));
    let bytes: Vec<u8> = chunks.iter().flat_map(|(chunk, _)| chunk.clone()).collect();
    assert_eq!((whole.size, &whole.sha256), (bytes.len() as u64, &HEXLOWER.encode(&Sha256::digest(&bytes))));
    assert!(begun.expected.abs_diff(whole.size) < 64 * 1024, "{} of {}", whole.size, begun.expected);
    let harmless = |name: &str| {
        !name.contains(['/', '\\']) && !name.contains(char::is_control) && !name.starts_with('.')
    };
    assert!(whole.files.iter().all(|file| harmless(&file.name)), "{:?}", whole.files);

    let sealed = sealed(SealReport { enclosures: Some(whole.clone()), ..report(&team, &secret) });
    let letter = SealedLetter::from_bytes_unchecked(BASE64.decode(sealed.sealed.as_bytes()).unwrap());
    let opened = open_letter(&letter, &team.key).unwrap();
    let contents = opened.verify_reporter(now()).unwrap().into_contents();
    let Some(LetterData::Report(data)) = contents.data else { panic!("no report") };
    assert_eq!(data.enclosures, Some(whole));
}

/// A file that can be read up to some place only.
struct Torn(u64);

impl Read for Torn {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("“torn” was changed or removed"));
        }
        let read = io::repeat(1).take(self.0).read(buffer)?;
        self.0 -= read as u64;
        Ok(read)
    }
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_ends_the_sealing_with_its_reason() {
    let (team, secret) = (Team::new(), secret());
    let torn = FileSource { name: "torn".to_owned(), size: 3 << 20, bytes: Box::new(Torn(1 << 20)) };
    begin(&request(&team, &secret), vec![torn]).unwrap();
    let failure = loop {
        match next() {
            Ok(Next::Chunk(..)) => {}
            Ok(Next::End(_)) => panic!("it was sealed"),
            Err(failure) => break failure,
        }
    };
    assert_eq!((failure.code.as_str(), failure.sentence.contains("changed or removed")), ("file", true));
    assert_eq!(next().unwrap_err().code, "bad-request");
}

#[test]
fn a_sealing_that_was_given_up_gives_nothing_more() {
    let (team, secret) = (Team::new(), secret());
    begin(&request(&team, &secret), vec![file("a", vec![0; 4 << 20])]).unwrap();
    assert!(matches!(next(), Ok(Next::Chunk(..))));
    stop();
    assert_eq!(next().unwrap_err().code, "bad-request");
}
