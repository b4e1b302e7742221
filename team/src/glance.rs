//! What a list shows of a case: small enough to be kept, sealed, so that a list of many cases need not ask the key for each letter.
//!
//! Kept is only what was whole: every letter opened and verified, nothing unsent, nothing odd. Everything else is opened anew each time.

mod memory;
mod sealed;

use std::collections::BTreeMap;

use sealpost_shared::letter::Severity;
use sealpost_shared::timeline::Case;
use sealpost_shared::wire::v1::Deletion;
use sealpost_shared::{CaseId, Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use crate::dossier::{Dossier, Item, Letter};

pub(crate) use memory::{Alone, Memory};
use sealed::Glances;
pub(crate) use sealed::make_key;

/// A case as it was when it was opened last. What time makes of it is computed anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Glance {
    /// The report's title.
    pub(crate) title: Option<String>,
    /// Arrival of the report, to the hour.
    pub(crate) received: Option<Timestamp>,
    /// How many entries there are.
    pub(crate) entries: usize,
    /// The member it is assigned to.
    pub(crate) handler: Option<Fingerprint>,
    /// By whom and when it was deleted at the relay.
    #[serde(default)]
    pub(crate) deletion: Option<Deletion>,
    /// The team said that it regards the case as closed.
    pub(crate) is_closed: bool,
    /// The policy it is measured by.
    pub(crate) policy_sha256: String,
    /// Graver cases may have shorter clocks.
    pub(crate) severity: Option<Severity>,
    /// And so may exploited ones.
    pub(crate) exploited: bool,
    /// What happened.
    pub(crate) record: Case,
}

/// What changes when anything in a case's folder comes, goes or is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// The folder's inode.
    pub(crate) inode: u64,
    /// When it changed last, in seconds and nanoseconds.
    pub(crate) changed: (i64, i64),
}

impl Stamp {
    /// Whether a change after `clock` would be seen. A file system's clock goes in steps, so within one step of it a folder may change
    /// twice and look as if it had once.
    pub(crate) fn is_resting(self, clock: FileClock) -> bool {
        self.changed < clock.0
    }
}

/// What a file system would write beside a change that happens now, in seconds and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileClock(pub(crate) (i64, i64));

/// Cases as they are kept.
pub(crate) type Kept = BTreeMap<CaseId, (Stamp, Glance)>;

impl Glance {
    /// What is worth keeping of a case; nothing of one that is not whole.
    pub(crate) fn of(dossier: &Dossier) -> Option<Self> {
        let is_whole = |item: &Item| {
            let is_good = !matches!(item.letter, Ok(Letter::Unverified { .. }) | Err(_));
            is_good && !item.is_unsent && item.received.is_some()
        };
        let data = dossier.data.as_ref()?;
        let whole =
            dossier.is_verified() && dossier.warnings.is_empty() && dossier.items.iter().all(is_whole);
        whole.then(|| Self {
            title: dossier.title(),
            received: dossier.received(),
            entries: dossier.items.len(),
            handler: dossier.desk.handler().cloned(),
            deletion: dossier.deletion,
            is_closed: dossier.is_closed(),
            policy_sha256: data.policy_sha256.clone(),
            severity: data.severity,
            exploited: data.exploited,
            record: dossier.record().clone(),
        })
    }
}
