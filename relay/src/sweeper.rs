//! Forgets what nobody finished (blobs that were not sealed within a day, and files that no row names), and cases whose time is over.

use std::sync::Arc;
use std::time::Duration;

use sealpost_shared::Timestamp;
use tokio::task::JoinHandle;

use crate::state::Relay;

/// How long an upload may rest before it is forgotten. **Rule:** PROTOCOL.md, "Blobs".
const REST: sealpost_shared::Duration = sealpost_shared::Duration::from_hours(24);

/// How often the sweeper looks: what it forgets is a day old, so an hour more is nothing.
const EVERY: Duration = Duration::from_secs(3600);

/// Sweeps now and every hour, until it is aborted.
pub(crate) fn start(relay: Arc<Relay>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut hours = tokio::time::interval(EVERY);
        loop {
            hours.tick().await;
            if let Err(cause) = sweep(&relay).await {
                tracing::error!(cause, "what nobody finished could not be swept away");
            }
        }
    })
}

/// Sweeps once; says how many files of unfinished uploads went. Rows go first: a file without a row does no harm, a row without a file would.
///
/// # Errors
/// What could not be read or removed, for the log.
pub async fn sweep(relay: &Relay) -> Result<usize, String> {
    let retired = crate::retention::retire(relay).await.map_err(|error| error.to_string())?;
    if retired > 0 {
        tracing::info!(cases = retired, "cases were deleted because their policy keeps them no longer");
    }
    // The hour of the last chunk is stored rounded down; one more keeps what arrived at its end.
    let now = relay.clock.now();
    let before = Timestamp::from_seconds(now.seconds() - REST.seconds() - 3600);
    let mut objects = relay.store.forget_unsealed(before).await.map_err(|error| error.to_string())?;
    for object in relay.blobs.older_than(before).await.map_err(|error| error.to_string())? {
        if !relay.store.names_object(&object).await.map_err(|error| error.to_string())? {
            objects.push(object);
        }
    }
    objects.sort_unstable();
    objects.dedup();
    for object in &objects {
        relay.blobs.remove(object).await.map_err(|error| error.to_string())?;
    }
    relay.store.purge().await.map_err(|error| error.to_string())?;
    Ok(objects.len())
}
