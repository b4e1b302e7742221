//! Looks for planted sentences where only ciphertext may be: database, logs, captured traffic.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A place where a planted sentence was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// The file, or a name for captured bytes.
    pub place: String,
    /// The sentence.
    pub sentence: String,
    /// The spelling it was found in.
    pub spelling: &'static str,
}

/// Looks through `bytes` for every sentence in every spelling.
#[must_use]
pub fn in_bytes(place: &str, bytes: &[u8], sentences: &[&str]) -> Vec<Leak> {
    let lower = bytes.to_ascii_lowercase();
    let mut leaks = Vec::new();
    for sentence in sentences {
        for (spelling, needle) in spellings(sentence) {
            let hay: &[u8] = if spelling == "base64" { bytes } else { &lower };
            if contains(hay, &needle) {
                leaks.push(Leak { place: place.to_owned(), sentence: (*sentence).to_owned(), spelling });
            }
        }
    }
    leaks
}

/// Looks through every file below `folder`.
///
/// # Errors
/// When a file cannot be read.
pub fn in_folder(folder: &Path, sentences: &[&str]) -> Result<Vec<Leak>> {
    let mut leaks = Vec::new();
    for file in files(folder)? {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        leaks.extend(in_bytes(&file.display().to_string(), &bytes, sentences));
    }
    Ok(leaks)
}

/// Every file below `folder`, sockets and the like left out.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(files(&entry.path())?);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// The sentence as itself, in UTF-16, in hexadecimal, percent-encoded and at the three alignments of base64.
fn spellings(sentence: &str) -> Vec<(&'static str, Vec<u8>)> {
    let lower = sentence.to_ascii_lowercase();
    let utf16 = lower.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = lower_hex(sentence.as_bytes());
    let percent = lower.replace(' ', "%20").into_bytes();
    let mut all = vec![("plain", lower.into_bytes()), ("utf-16", utf16), ("hex", hex), ("percent", percent)];
    all.extend((0..3).map(|shift| ("base64", base64_core(sentence.as_bytes(), shift))));
    all
}

fn lower_hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// The characters of base64 that depend on `bytes` alone when they start `shift` bytes into a group of three.
fn base64_core(bytes: &[u8], shift: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = bytes.get((3 - shift) % 3..).unwrap_or_default();
    let digit = |group: u32, place: u32| DIGITS[(group >> (18 - 6 * place) & 63) as usize];
    let groups =
        whole.chunks_exact(3).map(|c| u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]));
    groups.flat_map(|group| (0..4).map(move |place| digit(group, place))).collect()
}

/// Horspool's search: it steps by the needle's length where it can, so that tens of megabytes take a test no longer than a blink.
fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let Some((_, front)) = needle.split_last() else { return false };
    let mut step = [needle.len(); 256];
    for (n, byte) in front.iter().enumerate() {
        step[usize::from(*byte)] = front.len() - n;
    }
    let mut end = needle.len();
    while let Some([.., last]) = hay.get(end - needle.len()..end) {
        if hay[end - needle.len()..end] == *needle {
            return true;
        }
        end += step[usize::from(*last)];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTENCE: &str = "The parser trusts the length field";

    #[test]
    fn the_scan_finds_every_spelling_it_promises() {
        let base64 = |text: &str| base64_core(text.as_bytes(), 0);
        let planted = [
            SENTENCE.as_bytes().to_vec(),
            SENTENCE.to_uppercase().into_bytes(),
            SENTENCE.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            lower_hex(SENTENCE.as_bytes()),
            SENTENCE.replace(' ', "%20").into_bytes(),
            base64(&format!("{SENTENCE}..")),
            base64(&format!("a{SENTENCE}...")),
            base64(&format!("ab{SENTENCE}...")),
        ];
        for (n, bytes) in planted.iter().enumerate() {
            let around = [b"noise".as_slice(), bytes, b"noise".as_slice()].concat();
            assert!(!in_bytes("control", &around, &[SENTENCE]).is_empty(), "spelling {n}");
        }
        assert!(in_bytes("control", b"nothing of the kind", &[SENTENCE]).is_empty());
    }
}
