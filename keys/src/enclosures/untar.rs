//! Reading a tar that a stranger wrote: only files come out, each under a harmless name of its own. It touches no file system.
//!
//! It knows ustar, pax and what GNU tar writes, because teams' peers pack by hand: `tar c … | gpg --encrypt`.

use std::collections::HashSet;
use std::io::{self, Read};

use sealpost_shared::letter::EnclosedFile;
use sealpost_shared::limits;

use crate::names::take_name;

const BLOCK: usize = 512;

/// The most bytes of a pax header or a GNU long name: paths have at most 4 KiB, with some attributes beside.
const MAX_EXTENSION_BYTES: u64 = 64 * 1024;

/// Says why a tar was not read to its end. Nothing of it should be kept.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// It ends in the middle.
    #[error("the archive ends in the middle: it is cut off or damaged")]
    CutOff,
    /// A header that cannot be.
    #[error("the archive is damaged, or no tar at all")]
    Malformed,
    /// More than [`limits::MAX_ENCLOSED_FILES`] members.
    #[error("the archive has more than {} members", limits::MAX_ENCLOSED_FILES)]
    TooMany,
    /// More bytes than were asked for.
    #[error("the archive unpacks to more than {0} bytes")]
    TooLarge(u64),
    /// What lies under the tar could not be read.
    #[error("the archive cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// A file; its bytes come from reading the [`TarFiles`].
    File(EnclosedFile),
    /// Something that is never unpacked, such as a link or a device.
    LeftOut {
        /// The name it wanted, as it stands there: not harmless.
        name: String,
        /// What it is.
        what: &'static str,
    },
}

/// The members of a tar in order. Reading it reads the file that [`TarFiles::next_member`] named last.
#[derive(Debug)]
pub struct TarFiles<R> {
    source: R,
    /// Bytes left of the present file, and of the rest of its last block.
    left: u64,
    rest: u64,
    taken: HashSet<String>,
    members: usize,
    bytes: u64,
    max_bytes: u64,
}

/// A header that was understood.
struct Header {
    name: String,
    size: u64,
    kind: u8,
}

impl<R: Read> TarFiles<R> {
    /// Takes a tar that may unpack to at most `max_bytes`.
    pub fn new(source: R, max_bytes: u64) -> Self {
        Self { source, left: 0, rest: 0, taken: HashSet::new(), members: 0, bytes: 0, max_bytes }
    }

    /// Goes on to the next member, past what was not read of the last one. `None` at the end.
    ///
    /// # Errors
    /// See [`TarError`].
    pub fn next_member(&mut self) -> Result<Option<Member>, TarError> {
        let (mut path, mut size) = (None, None);
        loop {
            self.skip()?;
            let Some(header) = self.header()? else { return Ok(None) };
            match header.kind {
                b'x' => (path, size) = pax(&self.extension(header.size)?, path, size),
                b'L' => path = Some(text(&self.extension(header.size)?)),
                b'g' | b'K' | b'V' => drop(self.extension(header.size)?),
                _ => return self.member(header, path, size).map(Some),
            }
        }
    }

    fn member(
        &mut self,
        header: Header,
        path: Option<String>,
        size: Option<u64>,
    ) -> Result<Member, TarError> {
        self.members += 1;
        if self.members > limits::MAX_ENCLOSED_FILES {
            return Err(TarError::TooMany);
        }
        let (name, size) = (path.unwrap_or(header.name), size.unwrap_or(header.size));
        self.bytes = self.bytes.saturating_add(size);
        if self.bytes > self.max_bytes {
            return Err(TarError::TooLarge(self.max_bytes));
        }
        self.left = size;
        self.rest = size.next_multiple_of(BLOCK as u64) - size;
        let what = match header.kind {
            0 | b'0' | b'7' => {
                return Ok(Member::File(EnclosedFile { name: take_name(&mut self.taken, &name), size }));
            }
            b'1' => "a link to another member",
            b'2' => "a symbolic link",
            b'3' | b'4' => "a device",
            b'5' => "a folder",
            b'6' => "a pipe",
            b'S' => "a file with holes",
            _ => "of an unknown kind",
        };
        Ok(Member::LeftOut { name, what })
    }

    fn skip(&mut self) -> Result<(), TarError> {
        let rest = self.left + self.rest;
        (self.left, self.rest) = (0, 0);
        let skipped = io::copy(&mut (&mut self.source).take(rest), &mut io::sink())?;
        if skipped == rest { Ok(()) } else { Err(TarError::CutOff) }
    }

    /// The next header; `None` at the zeroes that end a tar.
    fn header(&mut self) -> Result<Option<Header>, TarError> {
        let mut block = [0; BLOCK];
        self.source.read_exact(&mut block).map_err(cut_off)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        parse(&block).map(Some).ok_or(TarError::Malformed)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>, TarError> {
        if size > MAX_EXTENSION_BYTES {
            return Err(TarError::Malformed);
        }
        let mut bytes = Vec::new();
        (&mut self.source).take(size).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size {
            return Err(TarError::CutOff);
        }
        self.rest = size.next_multiple_of(BLOCK as u64) - size;
        Ok(bytes)
    }
}

impl<R: Read> Read for TarFiles<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let read = self.source.read(buffer.get_mut(..wanted).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn cut_off(error: io::Error) -> TarError {
    if error.kind() == io::ErrorKind::UnexpectedEof { TarError::CutOff } else { error.into() }
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// **Rule:** POSIX.1-2017, pax, "ustar Interchange Format".
fn parse(block: &[u8; BLOCK]) -> Option<Header> {
    let field = |from: usize, to: usize| block.get(from..to).unwrap_or_default();
    let sum: u64 =
        (0..).zip(block).map(|(n, byte)| if (148..156).contains(&n) { 32 } else { u64::from(*byte) }).sum();
    if octal(field(148, 156))? != sum {
        return None;
    }
    let (name, prefix) = (text(field(0, 100)), text(field(345, 500)));
    // GNU tar keeps times in the place of the prefix.
    let is_posix = field(257, 263) == b"ustar\0";
    let name = if is_posix && !prefix.is_empty() { format!("{prefix}/{name}") } else { name };
    Some(Header { name, size: octal(field(124, 136))?, kind: block.get(156).copied()? })
}

/// Digits between blanks. GNU's binary numbers, for files above 8 GiB, are not read: no enclosure is so large.
fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, 8).ok() }
}

/// The path and size that a pax header gives, where it gives any. What cannot be read is as if it was not there.
fn pax(bytes: &[u8], mut path: Option<String>, mut size: Option<u64>) -> (Option<String>, Option<u64>) {
    let mut rest = bytes;
    while let Some((record, after)) = pax_record(rest) {
        if let Some(value) = record.strip_prefix(b"path=") {
            path = Some(text(value));
        } else if let Some(value) = record.strip_prefix(b"size=") {
            size = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()).or(size);
        }
        rest = after;
    }
    (path, size)
}

/// `LENGTH KEY=VALUE\n`
fn pax_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(bytes.get(..blank)?).ok()?.parse().ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    Some((record.get(blank + 1..)?.strip_suffix(b"\n")?, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tar::TarReader;
    use super::*;

    fn packed(files: &[(&str, &'static [u8])]) -> Vec<u8> {
        let member = |(name, bytes): &(&str, &'static [u8])| super::super::tar::Packed {
            file: EnclosedFile { name: (*name).to_owned(), size: bytes.len() as u64 },
            bytes: Box::new(*bytes),
        };
        let mut tar = Vec::new();
        TarReader::new(files.iter().map(member).collect(), |length| length).read_to_end(&mut tar).unwrap();
        tar
    }

    fn unpacked(tar: &[u8]) -> Result<Vec<(Member, Vec<u8>)>, TarError> {
        let mut files = TarFiles::new(tar, 10_000);
        let mut found = Vec::new();
        while let Some(member) = files.next_member()? {
            let mut bytes = Vec::new();
            files.read_to_end(&mut bytes)?;
            found.push((member, bytes));
        }
        Ok(found)
    }

    #[test]
    fn what_was_packed_comes_out() {
        let long = "ü".repeat(55);
        let tar = packed(&[("a.txt", b"hello"), (&long, &[7; 1025]), ("empty", b"")]);
        let found = unpacked(&tar).unwrap();
        let names: Vec<_> = found.iter().map(|(member, bytes)| (member.clone(), bytes.len())).collect();
        let file = |name: &str, size| {
            (Member::File(EnclosedFile { name: name.to_owned(), size }), usize::try_from(size).unwrap())
        };
        assert_eq!(names, [file("a.txt", 5), file(&long, 1025), file("empty", 0)]);
        assert_eq!(found[0].1, b"hello");
    }

    /// Changes a member's header and mends its checksum.
    fn forged(tar: &mut [u8], change: impl FnOnce(&mut [u8])) {
        change(tar);
        tar[148..156].fill(b' ');
        let sum: u32 = tar[..BLOCK].iter().map(|byte| u32::from(*byte)).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }

    #[test]
    fn nothing_but_files_comes_out_and_no_name_leaves_the_folder() {
        for (kind, what) in [
            (b'1', "a link to another member"),
            (b'2', "a symbolic link"),
            (b'4', "a device"),
            (b'Z', "of an unknown kind"),
        ] {
            let mut tar = packed(&[("a", b"")]);
            forged(&mut tar, |header| header[156] = kind);
            assert_eq!(unpacked(&tar).unwrap()[0].0, Member::LeftOut { name: "a".to_owned(), what });
        }
        for (hostile, safe) in [
            ("../../etc/cron.d/x", "x"),
            ("/etc/passwd", "passwd"),
            ("..", "unnamed"),
            ("a\\..\\nul", "_nul"),
        ] {
            let mut tar = packed(&[("a", b"x")]);
            forged(&mut tar, |header| {
                header[..100].fill(0);
                header[..hostile.len()].copy_from_slice(hostile.as_bytes());
            });
            assert_eq!(
                unpacked(&tar).unwrap()[0].0,
                Member::File(EnclosedFile { name: safe.to_owned(), size: 1 })
            );
        }
        let twice = unpacked(&packed(&[("a.txt", b"1"), ("A.txt", b"2")])).unwrap();
        assert!(matches!(&twice[1].0, Member::File(file) if file.name == "A (2).txt"));
    }

    #[test]
    fn a_tar_that_is_cut_bent_or_a_bomb_is_an_error() {
        let tar = packed(&[("a.txt", &[7; 1000]), ("b.txt", b"x")]);
        for cut in [1, 511, 700, 1600, 2048] {
            assert!(matches!(unpacked(&tar[..cut]), Err(TarError::CutOff | TarError::Io(_))), "{cut}");
        }
        let mut bent = tar.clone();
        bent[3] ^= 1;
        assert!(matches!(unpacked(&bent), Err(TarError::Malformed)));
        let mut bomb = tar.clone();
        forged(&mut bomb, |header| header[124..136].copy_from_slice(b"77777777777\0"));
        assert!(matches!(unpacked(&bomb), Err(TarError::TooLarge(10_000))));
        let mut long = tar;
        forged(&mut long, |header| {
            header[156] = b'L';
            header[124..136].copy_from_slice(b"00000400001\0");
        });
        assert!(matches!(unpacked(&long), Err(TarError::Malformed)));
        let many = vec![("f", &b""[..]); limits::MAX_ENCLOSED_FILES + 1];
        assert!(matches!(unpacked(&packed(&many)), Err(TarError::TooMany)));
    }

    proptest! {
        #[test]
        fn no_tar_panics_and_no_name_is_hostile(at in 0_usize..2560, byte in any::<u8>(), cut in 0_usize..3072) {
            let mut tar = packed(&[("über.txt", &[7; 600]), ("b.txt", b"x")]);
            let length = tar.len();
            tar[at.min(length - 1)] = byte;
            if let Ok(found) = unpacked(&tar[..cut.min(length)]) {
                for (member, _) in found {
                    if let Member::File(file) = member {
                        prop_assert!(!file.name.contains(['/', '\\', '\0']) && !file.name.starts_with('.'));
                    }
                }
            }
        }

        #[test]
        fn noise_is_no_tar(noise in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let _no_panic = unpacked(&noise);
        }
    }
}
