//! ASCII armor off, once and in one place: everything behind it parses plain bytes.
//!
//! The library could read armor itself, but it builds all its parsers anew for every kind of reader, which doubles what a
//! browser has to load.

use std::borrow::Cow;
use std::io::Read as _;

use pgp::armor::{BlockType, Dearmor, DearmorOptions};

/// Hands out binary as it is and dearmors the first block of a text, if it is of the wanted kind. `None` for anything else.
pub(crate) fn to_binary(bytes: &[u8], wanted: fn(&BlockType) -> bool) -> Option<Cow<'_, [u8]>> {
    if bytes.first()? & 0x80 != 0 {
        return Some(Cow::Borrowed(bytes));
    }
    let mut dearmor = Dearmor::with_options(bytes, DearmorOptions::new().set_limit(bytes.len()));
    dearmor.read_header().ok()?;
    if !dearmor.typ.as_ref().is_some_and(wanted) {
        return None;
    }
    let mut binary = Vec::new();
    dearmor.read_to_end(&mut binary).ok()?;
    Some(Cow::Owned(binary))
}
