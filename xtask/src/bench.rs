//! `cargo xtask bench`: measures the release build, as ratios within one run.

use anyhow::Result;

use crate::place::Place;
use crate::{binaries, debian, sh};

/// What can be measured.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub(crate) enum What {
    /// Durable reports a second against the bare commit rate, waits, memory, pages of a long feed (some two minutes).
    Relay,
    /// Pulling and opening 1,000 reports against a loop of gpg, listing 10,000 cases (some three minutes).
    Team,
}

/// Measures.
pub(crate) fn bench(place: &Place, what: What) -> Result<()> {
    match what {
        What::Relay => {
            let mut command = place.cargo(&["bench", "--package", "sealpost-relay", "--bench", "relay"]);
            sh::run_last("the relay under load", &mut command)
        }
        What::Team => team(place),
    }
}

/// The programs are what is measured, so they are built as they ship; the tests that drive them follow.
fn team(place: &Place) -> Result<()> {
    debian::ensure(debian::FOR_BUILDING)?;
    debian::ensure(debian::FOR_TESTING)?;
    binaries::build(place, &["--release"])?;
    let mut command =
        place.cargo(&["test", "--release", "--package", "sealpost-tests", "--test", "bench_team"]);
    command.args(["--", "--ignored", "--nocapture", "--test-threads", "1"]);
    sh::run_last("the team's command line", command.env("SEALPOST_BIN_DIR", place.target.join("release")))
}
