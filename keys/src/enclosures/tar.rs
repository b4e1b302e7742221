//! The tar that is sealed: POSIX ustar, written as it is read. Nothing of the sender's file system goes in: no owner, no time, no
//! mode, no folder.
//!
//! Ours, because the writers on crates pull in a file system, push where we must be pulled, and record what must not be told.

use std::io::{self, Read};

use sealpost_shared::letter::EnclosedFile;

/// A tar consists of blocks.
const BLOCK: u64 = 512;

/// Two blocks of zeroes end a tar; more of them change nothing (POSIX, pax, "ustar Interchange Format").
const END_BYTES: u64 = 2 * BLOCK;

/// What fits the name field of a header.
const MAX_USTAR_NAME: usize = 100;

/// A file with the bytes to come.
pub(super) struct Packed {
    pub(super) file: EnclosedFile,
    pub(super) bytes: Box<dyn Read>,
}

/// The most a comment takes: what any reader, ours too, takes for an extended header.
const MAX_COMMENT_BYTES: u64 = 64 * 1024;

/// A piece of the tar.
enum Piece {
    /// Headers.
    Bytes(io::Cursor<Vec<u8>>),
    /// Zeroes to a length.
    Zeroes(io::Take<io::Repeat>),
    /// Comments of so many bytes.
    Comments(Comments),
    /// A file's contents.
    File { name: String, left: u64, bytes: Box<dyn Read> },
}

/// A whole tar, filled up to a length.
pub(super) struct TarReader {
    pieces: std::vec::IntoIter<Piece>,
    current: Option<Piece>,
    length: u64,
}

impl TarReader {
    /// Lays out the members in order; `fill` says to which length the whole is filled up.
    pub(super) fn new(members: Vec<Packed>, fill: impl Fn(u64) -> u64) -> Self {
        let mut pieces = Vec::with_capacity(3 * members.len() + 2);
        let mut length = 0;
        for Packed { file, bytes } in members {
            let head = headers(&file);
            let rest = file.size.next_multiple_of(BLOCK) - file.size;
            length += head.len() as u64 + file.size + rest;
            pieces.push(Piece::Bytes(io::Cursor::new(head)));
            pieces.push(Piece::File { name: file.name, left: file.size, bytes });
            pieces.push(zeroes(rest));
        }
        let whole = fill(length + END_BYTES);
        let comments = Comments::new(whole - length - END_BYTES);
        let end = zeroes(whole - length - comments.left);
        pieces.extend([Piece::Comments(comments), end]);
        Self { pieces: pieces.into_iter(), current: None, length: whole }
    }

    /// Bytes in all.
    pub(super) const fn len(&self) -> u64 {
        self.length
    }
}

fn zeroes(length: u64) -> Piece {
    Piece::Zeroes(io::repeat(0).take(length))
}

impl Read for TarReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let read = match &mut self.current {
                None => 0,
                Some(Piece::Bytes(bytes)) => bytes.read(buffer)?,
                Some(Piece::Zeroes(zeroes)) => zeroes.read(buffer)?,
                Some(Piece::Comments(comments)) => comments.read(buffer)?,
                Some(Piece::File { name, left, bytes }) => read_file(name, left, bytes, buffer)?,
            };
            if read > 0 {
                return Ok(read);
            }
            match self.pieces.next() {
                None => return Ok(0),
                next => self.current = next,
            }
        }
    }
}

/// Padding that stands before the end of the tar: comments, which every tar reads over. After the end, `tar x` would hang up on a gpg that
/// still writes, and gpg would not come to the check of the message. **Rule:** POSIX.1-2017, pax, "pax Extended Header" (`g`, `comment`).
struct Comments {
    /// Bytes of comments that are not begun.
    left: u64,
    comment: io::Cursor<Vec<u8>>,
}

impl Comments {
    /// As many bytes of comments as fit into `room`: a comment takes two blocks at least.
    const fn new(room: u64) -> Self {
        let blocks = room / BLOCK;
        let left = if blocks < 2 { 0 } else { blocks * BLOCK };
        Self { left, comment: io::Cursor::new(Vec::new()) }
    }

    fn begin(&mut self) {
        let most = BLOCK + MAX_COMMENT_BYTES;
        // One block alone would hold no comment.
        let whole = if self.left == most + BLOCK { most - BLOCK } else { self.left.min(most) };
        self.left -= whole;
        let size = whole - BLOCK;
        let mut comment = header("padding", size, b'g').to_vec();
        comment.extend_from_slice(format!("{size} comment=").as_bytes());
        comment.resize(usize::try_from(whole).unwrap_or(usize::MAX) - 1, b' ');
        comment.push(b'\n');
        self.comment = io::Cursor::new(comment);
    }
}

impl Read for Comments {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.comment.read(buffer)?;
        if read > 0 || self.left == 0 {
            return Ok(read);
        }
        self.begin();
        self.comment.read(buffer)
    }
}

/// Reads a file that must have exactly the size it was announced with: a log that grows meanwhile would break the tar.
fn read_file(name: &str, left: &mut u64, bytes: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let changed = || io::Error::other(format!("“{name}” changed while it was read. Attach it again."));
    if *left == 0 {
        return if bytes.read(&mut [0])? == 0 { Ok(0) } else { Err(changed()) };
    }
    let wanted = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
    let read = bytes.read(buffer.get_mut(..wanted).unwrap_or_default())?;
    *left -= read as u64;
    if read == 0 { Err(changed()) } else { Ok(read) }
}

/// A file's header, after a pax header where ustar cannot spell the name.
fn headers(file: &EnclosedFile) -> Vec<u8> {
    let mut out = Vec::new();
    let plain = file.name.is_ascii() && file.name.len() <= MAX_USTAR_NAME;
    if !plain {
        let record = pax_path(&file.name);
        out.extend(header("pax", record.len() as u64, b'x'));
        out.extend_from_slice(&record);
        out.resize(out.len().next_multiple_of(BLOCK as usize), 0);
    }
    // Readers that know no pax get an ASCII name that is different for every file only by chance; tar since 2001 knows pax.
    let ascii: String = file.name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    out.extend(header(&ascii, file.size, b'0'));
    out
}

/// `LENGTH path=NAME\n`, where the length counts its own digits.
fn pax_path(name: &str) -> Vec<u8> {
    let rest = format!(" path={name}\n");
    let mut length = rest.len() + 1;
    while length != rest.len() + length.to_string().len() {
        length += 1;
    }
    format!("{length}{rest}").into_bytes()
}

/// One ustar header block. **Rule:** POSIX.1-2017, pax, "ustar Interchange Format".
fn header(name: &str, size: u64, kind: u8) -> [u8; BLOCK as usize] {
    let mut block = [0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in block.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, name.as_bytes().get(..name.len().min(MAX_USTAR_NAME)).unwrap_or_default());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    for (to, from) in block.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").as_bytes()) {
        *to = *from;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, bytes: &'static [u8], size: u64) -> Packed {
        Packed { file: EnclosedFile { name: name.to_owned(), size }, bytes: Box::new(bytes) }
    }

    fn read(members: Vec<Packed>) -> io::Result<Vec<u8>> {
        let mut tar = TarReader::new(members, |length| length);
        let mut bytes = Vec::new();
        let length = tar.len();
        tar.read_to_end(&mut bytes)?;
        assert_eq!(bytes.len() as u64, length);
        Ok(bytes)
    }

    #[test]
    fn a_header_is_frozen() {
        let tar = read(vec![member("a.txt", b"hello", 5)]).unwrap();
        assert_eq!(tar.len(), 512 + 512 + 1024);
        assert!(tar.starts_with(b"a.txt\0"));
        assert_eq!(
            &tar[100..156],
            b"0000644\x000000000\x000000000\x0000000000005\x0000000000000\x00006721\0 "
        );
        assert_eq!(&tar[257..265], b"ustar\x0000");
        assert_eq!(&tar[512..518], b"hello\0");
    }

    #[cfg(feature = "open")]
    #[test]
    fn padding_is_comments_that_another_reader_passes_before_the_end() {
        // Nothing, one block, two, one comment and a block, and several.
        for room in [0, 512, 1024, 66_560, 67_072, 300_032] {
            let mut tar = TarReader::new(vec![member("a.txt", b"hello", 5)], |length| length + room);
            let mut bytes = Vec::new();
            tar.read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes.len() as u64, 2048 + room);
            let zeroes = bytes.iter().rev().take_while(|byte| **byte == 0).count();
            assert!(room < 1024 || zeroes == 1024, "{zeroes} zeroes after {room}");
            let mut files = super::super::TarFiles::new(&bytes[..], 100);
            assert!(files.next_member().unwrap().is_some());
            assert_eq!(files.next_member().unwrap(), None);
        }
    }

    #[test]
    fn a_long_or_foreign_name_stands_in_a_pax_header() {
        let name = "ü".repeat(59);
        let tar = read(vec![member(&name, b"", 0)]).unwrap();
        assert_eq!(tar[156], b'x');
        let record = format!("128 path={name}\n");
        assert_eq!(String::from_utf8_lossy(&tar[512..512 + 128]), record);
    }

    #[test]
    fn a_file_of_another_size_than_announced_is_refused() {
        for size in [4, 6] {
            let error = read(vec![member("a.log", b"hello", size)]).unwrap_err();
            assert!(error.to_string().contains("a.log"), "{error}");
        }
    }
}
