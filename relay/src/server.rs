//! The relay on a socket: start, limits on connections, and an orderly stop.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use sealpost_keys::UncheckedCert;
use sealpost_shared::wire::v1::RelayIdentity;
use tokio::task::JoinHandle;

use crate::blobs::{BlobFiles, BlobsAddress};
use crate::changes::Change;
use crate::client_files::ClientFiles;
use crate::clock::Clock;
use crate::config::{Config, Listen, TlsFiles};
use crate::listener::{self, Listener, Serving};
use crate::notify::{self, MailError, MailServer};
use crate::place::Place;
use crate::relay_key::{self, RelayKeyError};
use crate::routes::{metrics_router, router};
use crate::signals::{Signals, Told};
use crate::state::Relay;
use crate::store::{DatabaseAddress, SqlStore, Store as _, StoreError};
use crate::sweeper;
use crate::teams::{self, Reading, TeamError, Teams};
use crate::tls::{self, TlsError};

/// The database, in the data folder.
pub(crate) const DATABASE: &str = "relay.sqlite";

/// The folder of chunks, in the data folder.
pub(crate) const BLOBS: &str = "blobs";

/// The folder of chunks on their way to a bucket, in the data folder. Their files have no names.
const WAITING: &str = "waiting";

/// How long requests that have begun may go on after the relay was told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// How many may read the metrics at once: a few watchers of one operator.
const MAX_WATCHERS: u32 = 16;

/// Says why the relay does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}. Is another program using it? Choose another with --listen."
    )]
    Listen {
        /// The address.
        address: Listen,
        /// What the system says.
        source: io::Error,
    },
    /// The key or the data folder.
    #[error(transparent)]
    Key(#[from] RelayKeyError),
    /// A team.
    #[error(transparent)]
    Team(#[from] TeamError),
    /// The database.
    #[error("{database}: {source}. {advice}", advice = advice(.database))]
    Store {
        /// Which.
        database: DatabaseAddress,
        /// What is wrong.
        source: StoreError,
    },
    /// The files for TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The folder of files beside letters.
    #[error("{place}: {source}. {advice}", advice = blobs_advice(.place))]
    Blobs {
        /// The folder or bucket.
        place: BlobsAddress,
        /// What the system or the server says.
        source: io::Error,
    },
    /// Relays that share a database share a key.
    #[error(
        "{database}: belongs to a relay with another key. Relays that share a database share their key: stop this one, put relay-key.asc of \
         the first one's data folder in the place of the one in {data}, and start it again.", data = .data.display()
    )]
    OtherKey {
        /// The database.
        database: DatabaseAddress,
        /// This relay's data folder.
        data: PathBuf,
    },
    /// The mail server's settings.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The folder of the browser app.
    #[error("{path}: {source}. --client names the folder that a build of the browser app was written to.")]
    Client {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

const fn advice(database: &DatabaseAddress) -> &'static str {
    match database {
        DatabaseAddress::File(_) => "The data folder must be writable by the relay's user.",
        DatabaseAddress::Server(_) => {
            "The server must run, and let this user in and make tables (docs/DEPLOY.md, \"More than one machine\")."
        }
    }
}

const fn blobs_advice(place: &BlobsAddress) -> &'static str {
    match place {
        BlobsAddress::Folder(_) => "The data folder must be writable by the relay's user.",
        BlobsAddress::Bucket(_) => {
            "AWS_ENDPOINT_URL names the server, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY a key that may read, write, delete and list there."
        }
    }
}

/// A relay that listens. Dropping it does not stop it; [`Running::stop`] does.
pub struct Running {
    address: Listen,
    metrics_address: Option<Listen>,
    relay: Arc<Relay>,
    tls: Option<(RustlsConfig, TlsFiles)>,
    serving: Serving,
    metrics: Option<Serving>,
    sweeping: JoinHandle<()>,
    telling: Option<JoinHandle<()>>,
}

/// Checks everything, opens the store and listens.
///
/// # Errors
/// The first thing that keeps the relay from serving what it was told to serve.
pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Running, StartError> {
    let tls = config.tls.as_ref().map(|files| Ok::<_, TlsError>((tls::load(files)?, files.clone())));
    let tls = tls.transpose()?;
    let mail = config.smtp.as_ref().map(MailServer::open).transpose()?;
    let (listener, address) = bind(&config.listen)?;
    let metrics = config.metrics_listen.as_ref().map(bind).transpose()?;
    let origin = config.origin.clone().unwrap_or_else(|| format!("http://{address}"));
    let relay = Arc::new(assemble(config, origin, clock).await?);
    let (metrics, metrics_address) = match metrics {
        Some((listener, address)) => {
            let app = metrics_router(Arc::clone(&relay));
            (Some(listener.serve(app, MAX_WATCHERS, None).map_err(failed(&address))?), Some(address))
        }
        None => (None, None),
    };
    let served = listener.serve(
        router(Arc::clone(&relay)),
        config.max_connections,
        tls.as_ref().map(|(tls, _)| tls.clone()),
    );
    let serving = served.map_err(failed(&address))?;
    let sweeping = sweeper::start(Arc::clone(&relay));
    let telling = mail.map(|server| notify::start(Arc::clone(&relay), server));
    tracing::info!(listening = %address, origin = relay.identity.origin, "the relay is up");
    Ok(Running { address, metrics_address, relay, tls, serving, metrics, sweeping, telling })
}

fn failed(address: &Listen) -> impl FnOnce(io::Error) -> StartError {
    let address = address.clone();
    move |source| StartError::Listen { address, source }
}

fn bind(listen: &Listen) -> Result<(Listener, Listen), StartError> {
    let listener = Listener::bind(listen).map_err(failed(listen))?;
    let address = listener.address().map_err(failed(listen))?;
    Ok((listener, address))
}

/// Everything of a relay but the socket: key, teams, store and app, each checked.
///
/// # Errors
/// The first thing that is wrong.
pub async fn assemble(config: &Config, origin: String, clock: Arc<dyn Clock>) -> Result<Relay, StartError> {
    let now = clock.now();
    relay_key::make_data_folder(&config.data)?;
    let key = relay_key::load_or_make(&config.data, &origin, now)?;
    let identity = RelayIdentity { origin, certificate: key.keys.to_armored() };
    let Place { database, blobs: address, .. } = config.place();
    let failed = |source| StartError::Store { database: database.clone(), source };
    let store = SqlStore::open(&database, config.desk_quota_mib.saturating_mul(1 << 20)).await;
    let store = store.map_err(failed)?;
    let fingerprints: Vec<_> = key.keys.all().map(UncheckedCert::fingerprint).collect();
    if config.database.is_some() && !store.note_relay_keys(&fingerprints).await.map_err(failed)? {
        return Err(StartError::OtherKey { database, data: config.data.clone() });
    }
    let seen = store.policy_versions().await.map_err(failed)?;
    let teams = Teams::load(&config.teams, Reading { relay: &identity, now, seen: &seen }, None)?;
    store.note_policy_versions(&teams.versions()).await.map_err(failed)?;
    let (waiting, floor) = (config.data.join(WAITING), config.disk_floor_mib.saturating_mul(1 << 20));
    let blobs = BlobFiles::open(&address, &waiting, floor).await;
    let blobs = blobs.map_err(|source| StartError::Blobs { place: address, source })?;
    let client = load_client(config)?;
    let serving = teams::Serving::new(config.teams.clone(), teams);
    let spelled = |source| StartError::Key(RelayKeyError::Key { path: config.data.clone(), source });
    let relay =
        Relay::new(identity, serving, Arc::new(store), blobs, key.signing, clock, client).map_err(spelled)?;
    let relay = relay.with_price(config.price, config.behind_proxy).map_err(spelled)?;
    let relay = relay.with_mail(config.smtp.is_some());
    Ok(if config.database.is_some() { relay.among_others() } else { relay })
}

fn load_client(config: &Config) -> Result<ClientFiles, StartError> {
    let files = match &config.client {
        Some(path) => ClientFiles::from_folder(path)
            .map_err(|source| StartError::Client { path: path.clone(), source })?,
        None => ClientFiles::built_in(),
    };
    if files.is_empty() {
        tracing::warn!(
            "there is no browser app in this build: reports come in through the command line only"
        );
    }
    Ok(files)
}

impl Running {
    /// Where it listens; with port 0 asked for, the port that was free.
    #[must_use]
    pub const fn address(&self) -> &Listen {
        &self.address
    }

    /// Where metrics are served, if anywhere.
    #[must_use]
    pub const fn metrics_address(&self) -> Option<&Listen> {
        self.metrics_address.as_ref()
    }

    /// What it is made of.
    #[must_use]
    pub const fn relay(&self) -> &Arc<Relay> {
        &self.relay
    }

    /// Waits until serving ends by itself, which it only does by failing.
    ///
    /// # Errors
    /// What the listener failed of.
    pub async fn ended(&mut self) -> io::Result<()> {
        self.serving.ended().await
    }

    /// Reads the teams and the files for TLS again. What cannot be taken stays as it was and is said in the log, and of teams by
    /// `/readyz`.
    pub async fn reload(&self) {
        if let Some((tls, files)) = &self.tls {
            match tls::load_again(tls, files) {
                Ok(()) => tracing::info!("the files for TLS were read again"),
                Err(error) => tracing::error!("the files for TLS are refused, the old ones stay: {error}"),
            }
        }
        match self.relay.read_teams_again().await {
            Ok(()) => tracing::info!("the teams were read again"),
            Err(error) => tracing::error!(cause = %error, "the teams were not read again"),
        }
    }

    /// Stops: no new connections, waiting requests are answered now, others may take up to 30 s; then the store is closed.
    pub async fn stop(mut self) {
        self.serving.begin_to_stop(STOP_TIMEOUT);
        self.relay.changes.announce(Change::Closing);
        if !self.serving.is_over() {
            let _result_of_a_server_that_was_told_to_stop = self.serving.ended().await;
        }
        listener::tidy(&self.address);
        if let Some(metrics) = &self.metrics {
            metrics.begin_to_stop(Duration::ZERO);
        }
        if let Some(address) = &self.metrics_address {
            listener::tidy(address);
        }
        self.sweeping.abort();
        self.telling.iter().for_each(JoinHandle::abort);
        self.relay.store.close().await;
        tracing::info!("the relay has stopped");
    }
}

/// Serves until the process is told to stop (SIGTERM or SIGINT), then stops in order. SIGHUP reads the teams and the files for TLS again.
///
/// # Errors
/// Why it does not start, or why it cannot go on.
pub async fn run(config: &Config, clock: Arc<dyn Clock>) -> Result<(), RunError> {
    let mut signals = Signals::listen().map_err(RunError::Signals)?;
    let mut running = start(config, clock).await?;
    loop {
        let told = tokio::select! {
            told = signals.next() => told,
            ended = running.ended() => return ended.map_err(RunError::Serving),
        };
        match told {
            Told::Reload => running.reload().await,
            Told::Stop => break,
        }
    }
    running.stop().await;
    Ok(())
}

/// Says why a relay did not run to an orderly end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system does not tell us when to stop.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
    /// It could not go on.
    #[error("serving failed: {0}")]
    Serving(io::Error),
}
