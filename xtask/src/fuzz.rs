//! `cargo xtask fuzz`: libFuzzer over every target and its corpus, with the ordinary compiler.
//!
//! cargo-fuzz asks for a nightly compiler because of its address sanitizer. There is no unsafe code here for that to find; the compiler's own
//! counters of edges, which a stable compiler has too, are all that libFuzzer needs to search.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::place::Place;
use crate::sh;

/// What `fuzz/` has, as its Cargo.toml names them.
const TARGETS: [&str; 5] = ["certificate", "letter", "inside", "gate", "tar"];

/// Counters for every edge of the code, and where they are. **Source:** LLVM's SanitizerCoverage; what cargo-fuzz passes.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";

/// So many inputs of each target with every test run: seconds. With one seed they are the same in every run, so that a red run is the change's doing.
const SHORT: [&str; 2] = ["-runs=10000", "-seed=4880"];

/// An input that takes more is a finding: the largest of the corpus takes milliseconds and some megabytes.
const BOUNDS: [&str; 2] = ["-timeout=60", "-rss_limit_mb=1024"];

/// Where to search, and how long.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Only this target.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(TARGETS))]
    target: Option<String>,
    /// Seconds for each target; such a search differs from run to run.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Searches for a while, and keeps what it found for the next time.
pub(crate) fn fuzz(place: &Place, options: &Options) -> Result<()> {
    let fuzzers = Fuzzers::build(place)?;
    let seconds = format!("-max_total_time={}", options.seconds);
    for target in
        TARGETS.iter().filter(|target| options.target.as_deref().is_none_or(|only| only == **target))
    {
        sh::run(&format!("fuzzing {target}"), &mut fuzzers.search(target, &[&seconds])?)?;
    }
    Ok(())
}

/// The same few inputs in every run.
pub(crate) fn briefly(place: &Place) -> Result<()> {
    let fuzzers = Fuzzers::build(place)?;
    fuzzers.forget()?;
    for target in TARGETS {
        sh::run_quietly(&format!("fuzzing {target}"), &mut fuzzers.search(target, &SHORT)?)?;
    }
    Ok(())
}

struct Fuzzers<'a> {
    place: &'a Place,
    folder: PathBuf,
}

impl<'a> Fuzzers<'a> {
    fn build(place: &'a Place) -> Result<Self> {
        let folder = place.target.join("fuzz");
        // Named, so that build scripts and macros are built without counters.
        let machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let mut command =
            place.cargo(&["build", "--release", "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
        command.args(["--target", &machine, "--target-dir"]).arg(&folder).env("RUSTFLAGS", COVERAGE);
        sh::run_quietly("building the fuzz targets", &mut command)?;
        Ok(Self { place, folder: folder.join(machine).join("release") })
    }

    /// What earlier searches kept.
    fn forget(&self) -> Result<()> {
        match fs::remove_dir_all(self.kept()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn kept(&self) -> PathBuf {
        self.place.target.join("fuzz").join("kept")
    }

    fn search(&self, target: &str, limits: &[&str]) -> Result<Command> {
        let kept = self.kept().join(target);
        fs::create_dir_all(&kept)?;
        let mut command = self.place.command(self.folder.join(target));
        command.arg(&kept).arg(format!("fuzz/corpus/{target}")).args(limits).args(BOUNDS);
        command.arg(format!("-artifact_prefix={}/failed-{target}-", kept.display()));
        Ok(command)
    }
}
