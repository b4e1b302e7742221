//! `cargo xtask bench`: measures the release build, as ratios within one run.

use anyhow::Result;

use crate::place::Place;
use crate::sh;

/// What can be measured.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub(crate) enum What {
    /// Durable reports a second against the bare commit rate, waits, memory, pages of a long feed (some two minutes).
    Relay,
}

/// Measures.
pub(crate) fn bench(place: &Place, what: What) -> Result<()> {
    match what {
        What::Relay => {
            let mut command = place.cargo(&["bench", "--package", "sealpost-relay", "--bench", "relay"]);
            sh::run_last("the relay under load", &mut command)
        }
    }
}
