//! What every request shares: the teams, the store, the relay's key, the clock and the browser app.

use std::sync::Arc;
use std::time::Duration;

use sealpost_keys::{KeyError, SigningKey};
use sealpost_shared::wire::v1::RelayIdentity;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

use crate::blobs::BlobFiles;
use crate::changes::Changes;
use crate::client_files::ClientFiles;
use crate::clock::Clock;
use crate::metrics::Metrics;
use crate::store::{DeskAddress, Store, StoreError};
use crate::teams::{Reading, Serving};
use crate::work::{Gatekeeper, Price};

/// The most bytes of letters that are being received at one time: 128 of the largest, or tens of thousands of ordinary ones.
pub(crate) const RECEIVING_BYTES: usize = 128 << 20;

/// How long an answer about readiness is remembered: it costs a commit, and anybody may ask.
const READINESS_AGE: Duration = Duration::from_secs(1);

/// One running relay.
pub struct Relay {
    /// Its address for people and its certificate.
    pub identity: RelayIdentity,
    /// Whom it serves.
    pub teams: Serving,
    /// What it remembers.
    pub store: Arc<dyn Store>,
    /// The files beside letters.
    pub blobs: BlobFiles,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The browser app.
    pub client: ClientFiles,
    /// News for those who wait.
    pub changes: Changes,
    pub(crate) metrics: Metrics,
    pub(crate) work: Gatekeeper,
    /// Whether a proxy is trusted to name those who ask it.
    pub(crate) behind_proxy: bool,
    /// Whether there is a mail server to tell desks through.
    pub(crate) sends_mail: bool,
    pub(crate) key: SigningKey,
    /// One permit for each KiB of letters being received.
    pub(crate) receiving: Arc<Semaphore>,
    ready: Mutex<Option<(Instant, bool)>>,
}

impl Relay {
    /// Puts a relay together.
    ///
    /// # Errors
    /// When the relay's key cannot be spelled.
    pub fn new(
        identity: RelayIdentity,
        teams: Serving,
        store: Arc<dyn Store>,
        blobs: BlobFiles,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        client: ClientFiles,
    ) -> Result<Self, KeyError> {
        let work = Gatekeeper::new(&key, Price::default())?;
        Ok(Self {
            identity,
            teams,
            store,
            blobs,
            clock,
            client,
            changes: Changes::default(),
            metrics: Metrics::default(),
            work,
            behind_proxy: false,
            sends_mail: false,
            key,
            receiving: Arc::new(Semaphore::new(RECEIVING_BYTES / 1024)),
            ready: Mutex::new(None),
        })
    }

    /// With other prices than the defaults, and whether a proxy in front names those who ask.
    ///
    /// # Errors
    /// When the relay's key cannot be spelled.
    pub fn with_price(self, price: Price, behind_proxy: bool) -> Result<Self, KeyError> {
        Ok(Self { work: Gatekeeper::new(&self.key, price)?, behind_proxy, ..self })
    }

    /// With a mail server to tell desks through, or without.
    #[must_use]
    pub fn with_mail(self, sends_mail: bool) -> Self {
        Self { sends_mail, ..self }
    }

    /// Among other relays over the same database.
    #[must_use]
    pub fn among_others(self) -> Self {
        Self { changes: Changes::among_others(), ..self }
    }

    /// Whether a desk is to be told by mail what comes in.
    #[must_use]
    pub fn notifies(&self, desk: &DeskAddress) -> bool {
        self.sends_mail && self.teams.notice(desk).is_some()
    }

    /// Reads the folder of teams again, as of now. No request waits for it.
    ///
    /// # Errors
    /// The store's, when it cannot be asked or told which versions were in service; then nothing has changed.
    pub async fn read_teams_again(self: &Arc<Self>) -> Result<(), StoreError> {
        let mut seen = self.store.policy_versions().await?;
        let relay = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let current = relay.teams.current();
            for (team, version) in current.versions() {
                seen.entry(team).and_modify(|seen| *seen = version.max(*seen)).or_insert(version);
            }
            let now = relay.clock.now();
            relay.teams.read_again(Reading { relay: &relay.identity, now, seen: &seen });
        });
        read.await.map_err(|_| StoreError::Broken("reading the teams panicked".to_owned()))?;
        self.store.note_policy_versions(&self.teams.current().versions()).await
    }

    /// Whether a letter could be stored now, found out by writing; at most a second old.
    pub async fn is_ready(&self) -> bool {
        let mut last = self.ready.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < READINESS_AGE
        {
            return ready;
        }
        let written = self.store.check_writable().await;
        if let Err(error @ (StoreError::Unavailable(_) | StoreError::Broken(_))) = &written {
            tracing::error!(cause = %error, "the relay is not ready");
        }
        *last = Some((Instant::now(), written.is_ok()));
        written.is_ok()
    }

    /// Whether people reach this relay through TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.identity.origin.starts_with("https://")
    }
}
