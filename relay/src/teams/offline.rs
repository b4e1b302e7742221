//! A team's offline page: one file in its folder, signed by the key that signs its policy. It is offered only while the signature is good and
//! the page holds what the relay publishes of the team now; an old page would seal to keys that are not the team's any more.

use std::fs;
use std::path::Path;

use axum::body::Bytes;
use data_encoding::HEXLOWER;
use sealpost_keys::UncheckedCert;
use sealpost_shared::Timestamp;
use sealpost_shared::wire::v1::{BundleResponse, OFFLINE_PAGE, OfflinePage};
use sha2::{Digest as _, Sha256};

/// The most bytes of a page: three times what one has.
const MAX_PAGE_BYTES: u64 = 6 << 20;

/// The most bytes of its signature, of which a hardware key's has one thousand.
const MAX_SIGNATURE_BYTES: u64 = 64 * 1024;

/// What stands around the team's bundle in a page.
const BUNDLE: (&str, &str) = ("<script type=\"application/json\" id=\"bundle\">", "</script>");

/// What became of the page in a team's folder.
#[derive(Debug, Default)]
pub enum Offering {
    /// There is none.
    #[default]
    Nothing,
    /// It is offered.
    Page(Offline),
    /// It is not offered; why, as part of a sentence.
    Refused(&'static str),
}

/// A page that is offered.
#[derive(Debug)]
pub struct Offline {
    /// The file.
    pub page: Bytes,
    /// Its detached signature in ASCII armor.
    pub signature: Bytes,
    /// What the bundle says of it.
    pub described: OfflinePage,
}

impl Offering {
    /// The page, if it is offered.
    #[must_use]
    pub const fn page(&self) -> Option<&Offline> {
        match self {
            Self::Page(offline) => Some(offline),
            Self::Nothing | Self::Refused(_) => None,
        }
    }
}

/// Reads and checks the page of the team whose bundle that is.
pub(super) fn read(
    folder: &Path,
    bundle: &BundleResponse,
    signer: &UncheckedCert,
    now: Timestamp,
) -> Offering {
    let path = folder.join(OFFLINE_PAGE);
    if !path.exists() {
        return Offering::Nothing;
    }
    let signature = folder.join(format!("{OFFLINE_PAGE}.asc"));
    let Some(page) = read_bounded(&path, MAX_PAGE_BYTES) else {
        return Offering::Refused("it cannot be read, or is larger than any such page");
    };
    let Some(signature) = read_bounded(&signature, MAX_SIGNATURE_BYTES) else {
        return Offering::Refused("its signature is not beside it");
    };
    if signer.verify_detached(&page, &signature, now).is_err() {
        return Offering::Refused("its signature is not by the key that signs the policy");
    }
    match baked_in(&page) {
        None => Offering::Refused("it is no offline page"),
        Some(baked) if baked != *bundle => {
            Offering::Refused("it holds another policy, other keys or another relay than are published now")
        }
        Some(_) => {
            let described =
                OfflinePage { sha256: HEXLOWER.encode(&Sha256::digest(&page)), bytes: page.len() as u64 };
            Offering::Page(Offline { page: page.into(), signature: signature.into(), described })
        }
    }
}

fn read_bounded(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let size = fs::metadata(path).ok()?.len();
    if size == 0 || size > limit { None } else { fs::read(path).ok() }
}

fn baked_in(page: &[u8]) -> Option<BundleResponse> {
    let text = std::str::from_utf8(page).ok()?;
    let (_, after) = text.split_once(BUNDLE.0)?;
    let (json, _) = after.split_once(BUNDLE.1)?;
    serde_json::from_str(json).ok()
}
