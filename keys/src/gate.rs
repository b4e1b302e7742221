//! The gate: whether bytes are one encrypted OpenPGP message to the right keys, told without any key. Promise 2.
//!
//! It reads packet headers and nothing else, and every byte of the input is accounted for.

use sealpost_shared::limits;
use sealpost_shared::problem::ProblemCode;

use crate::key_id::KeyId;

/// Says why bytes are not a sealed letter for this recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.code().sentence())]
pub struct GateError(Fault);

/// What is wrong, finer than the wire tells: a reader can say more than a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It ends before a declared length does.
    CutOff,
    /// More session keys than [`MAX_SESSION_KEYS`].
    TooManyKeys,
    /// Anything else.
    Other(ProblemCode),
}

impl Fault {
    const fn code(self) -> ProblemCode {
        match self {
            Self::CutOff | Self::TooManyKeys => ProblemCode::Malformed,
            Self::Other(code) => code,
        }
    }
}

impl GateError {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> ProblemCode {
        self.0.code()
    }

    #[cfg(feature = "open")]
    pub(crate) const fn fault(self) -> Fault {
        self.0
    }
}

const CUT_OFF: GateError = GateError(Fault::CutOff);

/// Packet tags (RFC 9580, 5).
mod tag {
    pub(super) const PKESK: u8 = 1;
    pub(super) const SIGNATURE: u8 = 2;
    pub(super) const SKESK: u8 = 3;
    pub(super) const ONE_PASS: u8 = 4;
    pub(super) const COMPRESSED: u8 = 8;
    pub(super) const UNPROTECTED: u8 = 9;
    pub(super) const MARKER: u8 = 10;
    pub(super) const LITERAL: u8 = 11;
    pub(super) const SEIPD: u8 = 18;
    pub(super) const PADDING: u8 = 21;
}

/// Version, a block and two octets of prefix, one octet of plaintext packet, 22 octets of hash packet.
const MIN_SEIPD_V1: u64 = 1 + 18 + 1 + 22;
/// Version, three parameters, salt, and two authentication tags.
const MIN_SEIPD_V2: u64 = 4 + 32 + 2 * 16;
/// A desk has at most 16 certificates, and a reply goes to the reporter as well; twice that many is nobody's desk. Every key of
/// an unnamed recipient costs each reader an attempt with each of its own keys.
const MAX_SESSION_KEYS: usize = 2 * limits::MAX_DESK_CERTS;
/// A first partial chunk has at least this many bytes (RFC 9580, 4.2.1.4).
const MIN_FIRST_CHUNK: usize = 512;

/// Checks that `bytes` are exactly one encrypted OpenPGP message: session keys for `allowed` keys only (or for a recipient that
/// is not told), then one integrity-protected packet, then nothing. `None` allows any recipient.
///
/// # Errors
/// The code that PROTOCOL.md, "Problems", gives for it.
pub fn check_sealed(bytes: &[u8], allowed: Option<&[KeyId]>) -> Result<(), GateError> {
    let (mut walk, rest) = read_head(bytes, allowed)?;
    walk.feed(rest);
    walk.finish()
}

/// The gate for messages that are too large to be held in memory: fed piece by piece, in order. **Rule:** PROTOCOL.md, "The gate".
#[derive(Debug, Clone)]
pub struct BlobGate(Walk);

impl BlobGate {
    /// How much of the beginning [`BlobGate::begin`] needs at most: sixteen session keys of the largest kind.
    pub const HEAD_BYTES: usize = 64 * 1024;

    /// Judges the beginning of a message: its session keys and the start of its data packet. `head` is its first
    /// [`BlobGate::HEAD_BYTES`], or more, or all of it.
    ///
    /// # Errors
    /// The code that PROTOCOL.md, "Problems", gives for it.
    pub fn begin(head: &[u8], allowed: Option<&[KeyId]>) -> Result<Self, GateError> {
        let (mut walk, rest) = read_head(head, allowed)?;
        walk.feed(rest);
        walk.check_versions()?;
        Ok(Self(walk))
    }

    /// Follows the message through its next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    /// Says whether what was fed is exactly one message.
    ///
    /// # Errors
    /// `malformed` when it is cut off, `trailing-data` when something stands behind it.
    pub fn finish(self) -> Result<(), GateError> {
        self.0.finish()
    }
}

/// Reads the session key packets and the header of what follows them.
fn read_head<'a>(bytes: &'a [u8], allowed: Option<&[KeyId]>) -> Result<(Walk, &'a [u8]), GateError> {
    let mut rest = bytes;
    let mut session_keys: Option<u8> = None;
    for _ in 0..=MAX_SESSION_KEYS {
        if rest.is_empty() {
            return if bytes.is_empty() { refuse(ProblemCode::NotOpenpgp) } else { Err(CUT_OFF) };
        }
        let (tag, after_tag) =
            read_tag(rest).ok_or_else(|| GateError(Fault::Other(not_a_packet(bytes, rest))))?;
        match tag {
            tag::PKESK => {
                let (body, after) = whole_body(rest, after_tag)?;
                let version = check_recipient(body, allowed)?;
                if session_keys.is_some_and(|other| other != version) {
                    return refuse(ProblemCode::Malformed);
                }
                session_keys = Some(version);
                rest = after;
            }
            tag::SEIPD => {
                let (length, body) = read_length(rest, after_tag)?;
                return Ok((Walk::new(&length, session_keys)?, body));
            }
            other => return refuse(unwanted(other, session_keys.is_some())),
        }
    }
    Err(GateError(Fault::TooManyKeys))
}

const fn refuse<T>(code: ProblemCode) -> Result<T, GateError> {
    Err(GateError(Fault::Other(code)))
}

/// What a packet is that should not be there.
const fn unwanted(tag: u8, after_session_key: bool) -> ProblemCode {
    match tag {
        tag::SKESK => ProblemCode::PasswordEncrypted,
        tag::UNPROTECTED => ProblemCode::NoIntegrity,
        tag::MARKER | tag::PADDING => ProblemCode::TrailingData,
        _ if after_session_key => ProblemCode::Malformed,
        tag::SIGNATURE | tag::ONE_PASS => ProblemCode::SignedOnly,
        tag::COMPRESSED | tag::LITERAL => ProblemCode::Plaintext,
        _ => ProblemCode::NotOpenpgp,
    }
}

fn not_a_packet(bytes: &[u8], rest: &[u8]) -> ProblemCode {
    if rest.len() != bytes.len() {
        return ProblemCode::Malformed;
    }
    let text = bytes.trim_ascii_start();
    if text.starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----") {
        ProblemCode::SignedOnly
    } else if text.starts_with(b"-----BEGIN PGP ") {
        ProblemCode::Armored
    } else {
        ProblemCode::NotOpenpgp
    }
}

/// The tag, and what follows the tag octet.
fn read_tag(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first & 0xC0 {
        0xC0 => Some((first & 0x3F, rest)),
        0x80 => Some(((first >> 2) & 0x0F, rest)),
        _ => None,
    }
}

/// A length field.
enum Length {
    /// That many bytes and no more.
    Whole(usize),
    /// That many bytes, and then another length field.
    Chunk(usize),
}

/// Reads the length field after the tag octet. An old-format packet of indeterminate length is refused: nobody could tell whether
/// it was cut off.
fn read_length<'a>(packet: &[u8], after_tag: &'a [u8]) -> Result<(Length, &'a [u8]), GateError> {
    let first = packet.first().copied().unwrap_or_default();
    let read = if first & 0x40 != 0 {
        new_length(after_tag)
    } else {
        match first & 0x03 {
            0 => big_endian::<1>(after_tag),
            1 => big_endian::<2>(after_tag),
            2 => big_endian::<4>(after_tag),
            _ => None,
        }
    };
    // Four of the five forms lack octets here; the fifth, without a length, is refused by the same name.
    read.ok_or(CUT_OFF)
}

/// **Rule:** RFC 9580, 4.2.1.
fn new_length(bytes: &[u8]) -> Option<(Length, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..=191 => Some((Length::Whole(usize::from(*first)), rest)),
        192..=223 => {
            let (second, rest) = rest.split_first()?;
            let length = (usize::from(first - 192) << 8) + usize::from(*second) + 192;
            Some((Length::Whole(length), rest))
        }
        224..=254 => Some((Length::Chunk(1 << (first & 0x1F)), rest)),
        255 => big_endian::<4>(rest),
    }
}

fn big_endian<const N: usize>(bytes: &[u8]) -> Option<(Length, &[u8])> {
    let (field, rest) = bytes.split_first_chunk::<N>()?;
    let length = field.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    Some((Length::Whole(length), rest))
}

/// The body of a packet that must come in one piece, and what follows it.
fn whole_body<'a>(packet: &'a [u8], after_tag: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), GateError> {
    match read_length(packet, after_tag)? {
        (Length::Whole(length), rest) => rest.split_at_checked(length).ok_or(CUT_OFF),
        (Length::Chunk(_), _) => refuse(ProblemCode::Malformed),
    }
}

/// Reads whom a session key packet is for and returns the version of encryption it goes with (RFC 9580, 5.1).
fn check_recipient(body: &[u8], allowed: Option<&[KeyId]>) -> Result<u8, GateError> {
    let (id, encryption) = match body {
        [3, rest @ ..] => (rest.first_chunk::<8>().map(|id| (KeyId::from_bytes(*id), rest.len())), 1),
        [6, 0, rest @ ..] => (Some((KeyId::from_bytes([0; 8]), rest.len() + 8)), 2),
        [6, 21, 4, rest @ ..] => (id_of_v4(rest), 2),
        [6, 33, 6, rest @ ..] => (id_of_v6(rest), 2),
        _ => (None, 0),
    };
    // An algorithm octet and at least one byte of encrypted session key follow.
    let Some((id, _)) = id.filter(|(_, length)| *length > 8 + 1) else {
        return refuse(ProblemCode::Malformed);
    };
    if id.is_anonymous() || allowed.is_none_or(|keys| keys.contains(&id)) {
        Ok(encryption)
    } else {
        refuse(ProblemCode::WrongRecipient)
    }
}

/// A version 4 key id is the end of its fingerprint.
fn id_of_v4(rest: &[u8]) -> Option<(KeyId, usize)> {
    let (fingerprint, after) = rest.split_first_chunk::<20>()?;
    Some((KeyId::from_bytes(*fingerprint.last_chunk::<8>()?), after.len() + 8))
}

/// A version 6 key id is the beginning of its fingerprint.
fn id_of_v6(rest: &[u8]) -> Option<(KeyId, usize)> {
    let (fingerprint, after) = rest.split_first_chunk::<32>()?;
    Some((KeyId::from_bytes(*fingerprint.first_chunk::<8>()?), after.len() + 8))
}

/// Follows the encrypted packet to its end, piece by piece, so that anything behind it is seen.
#[derive(Debug, Clone)]
struct Walk {
    session_keys: Option<u8>,
    version: Option<u8>,
    /// Bytes left of the present piece.
    left: usize,
    /// Whether the present piece is the last.
    last: bool,
    /// The octets of the next piece's length that have come so far.
    header: Vec<u8>,
    total: u64,
    trailing: bool,
}

/// A length field has at most five octets (RFC 9580, 4.2.1).
const MAX_LENGTH_OCTETS: usize = 5;

impl Walk {
    fn new(length: &Length, session_keys: Option<u8>) -> Result<Self, GateError> {
        let (left, last) = match length {
            Length::Whole(size) => (*size, true),
            Length::Chunk(size) if *size < MIN_FIRST_CHUNK => return refuse(ProblemCode::Malformed),
            Length::Chunk(size) => (*size, false),
        };
        let header = Vec::with_capacity(MAX_LENGTH_OCTETS);
        Ok(Self { session_keys, version: None, left, last, header, total: 0, trailing: false })
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                if self.total == 0 {
                    self.version = Some(*first);
                }
                let step = self.left.min(bytes.len());
                self.left -= step;
                self.total += step as u64;
                bytes = bytes.get(step..).unwrap_or_default();
            } else if self.last {
                self.trailing = true;
                return;
            } else {
                self.header.push(*first);
                bytes = rest;
                self.next_piece();
            }
        }
    }

    fn next_piece(&mut self) {
        let Some((length, _)) = new_length(&self.header) else { return };
        (self.left, self.last) = match length {
            Length::Whole(size) => (size, true),
            Length::Chunk(size) => (size, false),
        };
        self.header.clear();
    }

    /// That there are session keys, of the kind that goes with the packet.
    fn check_versions(&self) -> Result<(), GateError> {
        match (self.version, self.session_keys) {
            (Some(1 | 2), None) => refuse(ProblemCode::WrongRecipient),
            (Some(1 | 2), keys) if keys == self.version => Ok(()),
            _ => refuse(ProblemCode::Malformed),
        }
    }

    fn finish(self) -> Result<(), GateError> {
        let fits = match self.version {
            Some(1) => self.total >= MIN_SEIPD_V1,
            Some(2) => self.total >= MIN_SEIPD_V2,
            _ => false,
        };
        if self.left > 0 || !self.last {
            return Err(CUT_OFF);
        }
        if !fits {
            return refuse(ProblemCode::Malformed);
        }
        if self.trailing {
            return refuse(ProblemCode::TrailingData);
        }
        self.check_versions()
    }
}
