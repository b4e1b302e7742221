//! The teams in service just now. A reading of the folder replaces them as a whole: a request sees those of before or those of
//! after, never half of each.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use sealpost_keys::KeyId;
use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;

use super::notice::Notice;
use super::{Reading, Team, TeamDesk, Teams};
use crate::store::DeskAddress;

/// Whom the relay serves at this moment.
#[derive(Debug)]
pub struct Serving {
    folder: PathBuf,
    teams: RwLock<Arc<Teams>>,
}

impl Serving {
    /// Serves these, which were read from `folder`.
    #[must_use]
    pub fn new(folder: PathBuf, teams: Teams) -> Self {
        Self { folder, teams: RwLock::new(Arc::new(teams)) }
    }

    /// Reads the folder again and serves what can be taken of it from then on; requests under way keep what they have begun with.
    /// A folder that cannot be read as a whole changes nothing but [`Teams::faults`].
    pub fn read_again(&self, reading: Reading<'_>) {
        let before = self.current();
        let after = Teams::load(&self.folder, reading, Some(&before)).unwrap_or_else(|error| {
            tracing::error!(code = error.code(), "the teams stay as they were: {error}");
            before.with_fault(error)
        });
        *self.teams.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(after);
    }

    /// All of them, as of one reading.
    #[must_use]
    pub fn current(&self) -> Arc<Teams> {
        Arc::clone(&self.teams.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The team of that name.
    #[must_use]
    pub fn team(&self, slug: &Slug) -> Option<Arc<Team>> {
        self.current().team(slug)
    }

    /// A desk that can receive through the relay: one with certificates.
    #[must_use]
    pub fn desk(&self, address: &DeskAddress) -> Option<Arc<TeamDesk>> {
        self.current().desk(address)
    }

    /// Who at a desk is told by mail that something came in.
    #[must_use]
    pub(crate) fn notice(&self, address: &DeskAddress) -> Option<Notice> {
        self.current().notice(address)
    }

    /// The keys that letters to a desk may be sealed to at `now`; `None` where there is no such desk.
    #[must_use]
    pub fn keys(&self, address: &DeskAddress, now: Timestamp) -> Option<Vec<KeyId>> {
        let teams = self.current();
        teams.desk(address)?;
        Some(teams.team(&address.team)?.judged(now).keys(&address.desk).to_vec())
    }
}
