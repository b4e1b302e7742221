//! `notice.toml` in a team's folder: who is told by mail that something came in. A matter between a team and its operator, so it is neither
//! signed nor published.

use std::collections::HashMap;
use std::path::Path;

use lettre::Address;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::Policy;
use serde::Deserialize;

use super::TeamError;
use super::load::read_optional;

/// The file, in the team's folder.
const FILE: &str = "notice.toml";

/// The most addresses of one desk: as many as it may have certificates.
const MAX_ADDRESSES: usize = 16;

/// What a mail to a desk holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Content {
    /// The sealed letter itself: a mail program with the desk's key opens it.
    Letter,
    /// Only that something is waiting.
    Word,
}

/// Who is told at one desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whom.
    pub(crate) to: Vec<Address>,
    /// What.
    pub(crate) content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    notice: Vec<NoticeTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeTable {
    desk: Slug,
    to: Vec<Address>,
    send: Content,
}

/// Reads the file, if there is one.
pub(super) fn read(folder: &Path, policy: &Policy) -> Result<HashMap<Slug, Notice>, TeamError> {
    let path = folder.join(FILE);
    let Some(bytes) = read_optional(&path)? else { return Ok(HashMap::new()) };
    let text = String::from_utf8_lossy(&bytes);
    check(&text, policy).map_err(|why| TeamError::Notice { path, why })
}

fn check(text: &str, policy: &Policy) -> Result<HashMap<Slug, Notice>, String> {
    let file: NoticeFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut notices = HashMap::new();
    for NoticeTable { desk, to, send } in file.notice {
        if policy.desk(&desk).is_none_or(|known| known.fingerprints.is_empty()) {
            return Err(format!("notice: the policy has no desk “{desk}” with a certificate"));
        }
        if to.is_empty() || to.len() > MAX_ADDRESSES {
            return Err(format!("notice: “{desk}” needs 1 to {MAX_ADDRESSES} addresses in `to`"));
        }
        if notices.insert(desk.clone(), Notice { to, content: send }).is_some() {
            return Err(format!("notice: “{desk}” is there twice; put all its addresses into one"));
        }
    }
    Ok(notices)
}
