//! What must hold before anybody is told: the embargo is over by this machine's clock and the relay's, and nobody published already.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_advisory::Advisory;
use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;

use crate::config::Context;
use crate::dossier::Dossier;
use crate::relay_api::{ApiError, RelayApi};
use crate::times;

/// The clocks that an embargo is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    here: Timestamp,
    relay: Option<Timestamp>,
}

impl Clocks {
    /// Asks the relay for its time. A relay that is away stops nobody from telling a list; that it was not asked is said.
    pub(super) fn read(context: &Context, api: &RelayApi) -> Self {
        let relay = api.probe("livez").ok().and_then(|answer| answer.date);
        let here = context.now();
        if relay.is_none() {
            context.ui.warn("the relay does not say what time it is, so this machine's clock alone counts");
        }
        Self { here, relay }
    }

    /// The earlier of both: only what is over by it is over.
    fn now(self) -> Timestamp {
        self.relay.map_or(self.here, |relay| relay.min(self.here))
    }

    /// Says by whose clock a moment is not over, where this machine's says that it is.
    fn whose(self, moment: Timestamp) -> String {
        match self.relay.filter(|_| self.here >= moment) {
            Some(relay) => format!(
                " by the relay's clock ({}): this machine's is {} ahead, set it right (timedatectl set-ntp true) or tell who runs the relay",
                times::utc(relay),
                times::length((self.here - relay).seconds())
            ),
            None => String::new(),
        }
    }

    /// **Rule:** nobody is told before the embargo that a document names lifts.
    ///
    /// # Errors
    /// When it does not yet.
    pub(super) fn check_document(self, advisory: &Advisory) -> Result<()> {
        let (published, now) = (advisory.published, self.now());
        ensure!(
            published <= now,
            "the embargo lifts {} ({}){}; nothing was published. `--dry-run` shows what will be done",
            times::utc(published),
            times::relative(published, now),
            self.whose(published)
        );
        Ok(())
    }

    /// **Rule:** nor before the embargo of the case it comes from is over.
    ///
    /// # Errors
    /// When it is not, or cannot be told.
    pub(super) fn check_case(self, advisory: &Advisory, dossier: &Dossier, case: &str) -> Result<()> {
        let now = self.now();
        let view = dossier.view(now).with_context(|| {
            format!("the embargo of case {case} cannot be told because not every letter could be opened; `sealpost show` says why")
        })?;
        let holds = view.embargo.filter(|embargo| embargo.ended_at.is_none_or(|at| at > now));
        match holds.and_then(|embargo| embargo.lifts_at) {
            Some(lifts) if lifts > now => bail!(
                "the document says {}, but the embargo of case {case} lifts {} ({}){}; nothing was published",
                times::utc(advisory.published),
                times::utc(lifts),
                times::relative(lifts, now),
                self.whose(lifts)
            ),
            _ => Ok(()),
        }
    }
}

/// Refuses what somebody else published already: what was signed here differs from it, and a list is not told twice. A relay that is
/// away is asked again by the step that needs it.
///
/// # Errors
/// Since when it is public, and who signed it.
pub(super) fn check_unpublished(
    api: &RelayApi,
    team: &Slug,
    advisory: &Advisory,
    signed_sha256: Option<&str>,
) -> Result<()> {
    let list = match api.advisories(team) {
        Ok(list) => list,
        Err(error) if ApiError::is_outage(&error) => return Ok(()),
        Err(error) => {
            return Err(error.context("cannot ask the relay whether the advisory is public already"));
        }
    };
    let Some(public) = list.advisories.iter().find(|each| each.id == advisory.id.as_str()) else {
        return Ok(());
    };
    let ours = signed_sha256 == Some(public.sha256.as_str());
    let correction = public.modified < advisory.modified && public.published == advisory.published;
    ensure!(
        ours || correction,
        "{} is published already, since {}, signed by {}; nothing was sent. Whoever began goes on with the journal beside that \
         document. To correct it set `modified` to now in a copy; for another problem take another id",
        public.id,
        times::utc(public.modified),
        public.signer
    );
    Ok(())
}
