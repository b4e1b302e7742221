//! `cargo xtask bench`: measures the release build, as ratios within one run.

use anyhow::Result;

use crate::place::Place;
use crate::setup::Setup;
use crate::{binaries, client, debian, sh, test};

/// What can be measured.
#[derive(Debug, Clone, Copy, clap::Subcommand)]
pub(crate) enum What {
    /// Durable reports a second against the bare commit rate, waits, memory, pages of a long feed (some two minutes).
    Relay,
    /// Pulling and opening 1,000 reports against a loop of gpg, listing 10,000 cases (some three minutes).
    Team,
    /// Sealing 1, 10 and 100 MB in Chromium against OpenPGP.js in the same browser (some two minutes).
    Seal,
}

/// Measures.
pub(crate) fn bench(place: &Place, setup: &Setup, what: What) -> Result<()> {
    match what {
        What::Relay => {
            let mut command = place.cargo(&["bench", "--package", "sealpost-relay", "--bench", "relay"]);
            sh::run_last("the relay under load", &mut command)
        }
        What::Team => team(place),
        What::Seal => seal(place, setup),
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

/// The browser app is what is measured, as it ships; nothing of the relay or the command line counts.
fn seal(place: &Place, setup: &Setup) -> Result<()> {
    debian::ensure(debian::FOR_BUILDING)?;
    debian::ensure(debian::FOR_TESTING)?;
    client::build(place, setup)?;
    binaries::build_debug(place)?;
    let mut command = place.cargo(&["test", "--package", "sealpost-tests", "--test", "bench_seal"]);
    command.args(["--", "--ignored", "--nocapture", "--test-threads", "1"]);
    test::with_tools(place, setup, &mut command)?;
    sh::run_last("sealing in the browser", &mut command)
}
