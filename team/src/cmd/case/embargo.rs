//! What the team said about the embargo, and so to what its reporter can agree.

use std::collections::BTreeSet;

use anyhow::Result;
use sealpost_shared::Timestamp;

use super::{CaseArgs, Followed};
use crate::cmd::report::CaseFile;
use crate::config::usage;
use crate::dossier::events;
use crate::times::utc;

/// The moments that the team named, now or as the folder remembers.
pub(super) fn by_team(followed: Option<&Followed>, file: Option<&CaseFile>) -> BTreeSet<Timestamp> {
    let replies = followed.iter().flat_map(|followed| &followed.replies).map(|reply| &reply.reply.matter);
    let heard = file.iter().flat_map(|file| &file.heard).map(|heard| &heard.matter);
    replies.chain(heard).filter_map(events::named).collect()
}

/// Checks before anything is sealed that the reporter agrees to something.
///
/// # Errors
/// A usage error that lists what the team proposed.
pub(super) fn check(args: &CaseArgs, by_team: &BTreeSet<Timestamp>) -> Result<()> {
    let Some(until) = args.agree.filter(|until| !by_team.contains(until)) else { return Ok(()) };
    if by_team.is_empty() {
        return usage(
            "the team has proposed nothing to agree to, so nothing was sent; name a moment with --propose, and the team can agree",
        );
    }
    let known: Vec<String> = by_team.iter().map(|until| utc(*until)).collect();
    usage(format!(
        "the team did not propose {}, so nothing was sent; it proposed {}. Agree to one of these, or name another moment with --propose",
        utc(until),
        known.join(", ")
    ))
}
