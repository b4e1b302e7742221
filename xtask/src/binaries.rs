//! Builds the two programs. One cargo call each: built together they would share features, and the relay would link
//! the decryption code that only the team's program may have.

use anyhow::Result;

use crate::place::Place;
use crate::setup::Setup;
use crate::{client, sh};

const PROGRAMS: [(&str, &str); 2] = [("sealpost-relay", "sealpost-relay"), ("sealpost-team", "sealpost")];

/// Builds the browser app and, with it inside, the release binaries.
pub(crate) fn build_release(place: &Place, setup: &Setup) -> Result<()> {
    client::build(place, setup)?;
    build(place, &["--release"])
}

/// Builds the unoptimised binaries that the whole-system tests run.
pub(crate) fn build_debug(place: &Place) -> Result<()> {
    build(place, &[])
}

/// Builds both programs.
pub(crate) fn build(place: &Place, options: &[&str]) -> Result<()> {
    for (package, binary) in PROGRAMS {
        let what = format!("building {binary} {}", options.join(" "));
        sh::run(
            what.trim_end(),
            place.cargo(&["build", "--package", package, "--bin", binary]).args(options),
        )?;
    }
    Ok(())
}
