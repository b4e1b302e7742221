//! The gate: whether bytes are one encrypted OpenPGP message to the right keys, told without any key. Promise 2.
//!
//! It reads packet headers and nothing else. No byte is allocated, and every byte of the input is accounted for.

use sealpost_shared::problem::ProblemCode;

use crate::key_id::KeyId;

/// Says why bytes are not a sealed letter for this recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.sentence())]
pub struct GateError(ProblemCode);

impl GateError {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> ProblemCode {
        self.0
    }
}

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
const MIN_SEIPD_V1: usize = 1 + 18 + 1 + 22;
/// Version, three parameters, salt, and two authentication tags.
const MIN_SEIPD_V2: usize = 4 + 32 + 2 * 16;
/// A first partial chunk has at least this many bytes (RFC 9580, 4.2.1.4).
const MIN_FIRST_CHUNK: usize = 512;

/// Checks that `bytes` are exactly one encrypted OpenPGP message: session keys for `allowed` keys only (or for a recipient that
/// is not told), then one integrity-protected packet, then nothing. `None` allows any recipient.
///
/// # Errors
/// The code that PROTOCOL.md, "Problems", gives for it.
pub fn check_sealed(bytes: &[u8], allowed: Option<&[KeyId]>) -> Result<(), GateError> {
    let mut rest = bytes;
    let mut session_keys: Option<u8> = None;
    loop {
        if rest.is_empty() {
            return refuse(if bytes.is_empty() { ProblemCode::NotOpenpgp } else { ProblemCode::Malformed });
        }
        let (tag, after_tag) = read_tag(rest).ok_or_else(|| GateError(not_a_packet(bytes, rest)))?;
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
            tag::SEIPD => return check_protected(rest, after_tag, session_keys),
            other => return refuse(unwanted(other, session_keys.is_some())),
        }
    }
}

const fn refuse<T>(code: ProblemCode) -> Result<T, GateError> {
    Err(GateError(code))
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
    read.ok_or(GateError(ProblemCode::Malformed))
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
        (Length::Whole(length), rest) => {
            rest.split_at_checked(length).ok_or(GateError(ProblemCode::Malformed))
        }
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

/// Follows the encrypted packet to its end, chunk by chunk, so that anything behind it is seen.
fn check_protected(packet: &[u8], after_tag: &[u8], session_keys: Option<u8>) -> Result<(), GateError> {
    let (mut length, mut rest) = read_length(packet, after_tag)?;
    let version = rest.first().copied();
    let mut total = 0_usize;
    loop {
        let (Length::Whole(size) | Length::Chunk(size)) = length;
        if matches!(length, Length::Chunk(_)) && total == 0 && size < MIN_FIRST_CHUNK {
            return refuse(ProblemCode::Malformed);
        }
        total += size;
        rest = rest.get(size..).ok_or(GateError(ProblemCode::Malformed))?;
        if matches!(length, Length::Whole(_)) {
            break;
        }
        (length, rest) = new_length(rest).ok_or(GateError(ProblemCode::Malformed))?;
    }
    let fits = match version {
        Some(1) => total >= MIN_SEIPD_V1,
        Some(2) => total >= MIN_SEIPD_V2,
        _ => false,
    };
    match session_keys {
        _ if !fits => refuse(ProblemCode::Malformed),
        _ if !rest.is_empty() => refuse(ProblemCode::TrailingData),
        None => refuse(ProblemCode::WrongRecipient),
        other if other != version => refuse(ProblemCode::Malformed),
        _ => Ok(()),
    }
}
