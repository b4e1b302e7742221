//! How long sealing takes in a browser, against OpenPGP.js in the same browser: `cargo xtask bench seal`. Ratios within one run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::Tab;
use sealpost_tests::browser::memory::PageProcesses;
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::site::{self, Files};
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::{Value, json};

/// Ours as it ships; OpenPGP.js with streams, as flat in memory as ours; and at its best, with the whole file in memory.
const WAYS: [&str; 3] = ["ours", "streamed", "whole"];
const MEGABYTES: [usize; 3] = [1, 10, 100];
/// Every way once in each round, so that what else the machine does hits all.
const ROUNDS: usize = 5;

/// What one sealing took.
#[derive(Debug, Clone, Copy)]
struct Took {
    seconds: f64,
    /// Above what the page held before, in bytes.
    memory: u64,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: measures, run by `cargo xtask bench seal`"]
async fn sealing_is_as_fast_as_openpgp_js() -> Result<()> {
    let stack = Stack::start_without_work().await?;
    let (files, setup) = site_files(&stack)?;
    let address = site::serve(files).await?;
    let profile = Profile::open(&stack.path("profile")).await?;
    let tab = profile.tab().await?;
    tab.open(&format!("http://{address}/page.html")).await?;
    tab.script(&setup).await?;
    println!(
        "sealing a file in Chromium: signed, encrypted to one version 4 key (SEIPDv1), read from the disk; medians of {ROUNDS}"
    );
    println!(
        "{:>6}  {:<22} {:>9} {:>9} {:>9}  {:>13}",
        "MB", "", "seconds", "MB/s", "ours is", "memory, MiB"
    );
    for megabytes in MEGABYTES {
        let path = stack.path(&format!("{megabytes}.bin"));
        fs::write(&path, noise(megabytes * 1_000_000))?;
        tab.attach("#file", &path).await?;
        // Both have compiled what they need before anything counts.
        measured(&tab, &profile.page_processes()?).await?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push(measured(&tab, &profile.page_processes()?).await?);
        }
        tell(megabytes, &rounds);
    }
    Ok(())
}

/// Seals the chosen file once in every way.
async fn measured(tab: &Tab, page: &PageProcesses) -> Result<Vec<Took>> {
    let mut round = Vec::new();
    for way in WAYS {
        let before = page.resident()?;
        page.forget_peak()?;
        let took = tab.script(&format!("seal({})", json!(way))).await?;
        let milliseconds = took["milliseconds"].as_f64().context("no time")?;
        ensure!(took["bytes"].as_u64() > Some(1_000_000), "nothing was sealed: {took}");
        round.push(Took { seconds: milliseconds / 1e3, memory: page.peak()?.saturating_sub(before) });
    }
    Ok(round)
}

#[expect(clippy::print_stdout, reason = "figures are what this test is for")]
#[expect(clippy::cast_precision_loss, reason = "megabytes are few")]
fn tell(megabytes: usize, rounds: &[Vec<Took>]) {
    let names = ["Sealpost", "OpenPGP.js, streaming", "OpenPGP.js, in memory"];
    let ours = median(rounds, 0).seconds;
    for (way, name) in names.iter().enumerate() {
        let Took { seconds, memory } = median(rounds, way);
        let (rate, ratio) = (megabytes as f64 / seconds, seconds / ours);
        println!("{megabytes:>6}  {name:<22} {seconds:>9.2} {rate:>9.1} {ratio:>8.2}x  {:>13}", memory >> 20);
    }
}

/// The middle of the times and, on its own, of the memory.
fn median(rounds: &[Vec<Took>], way: usize) -> Took {
    let mut seconds: Vec<f64> = rounds.iter().map(|round| round[way].seconds).collect();
    let mut memory: Vec<u64> = rounds.iter().map(|round| round[way].memory).collect();
    seconds.sort_by(f64::total_cmp);
    memory.sort_unstable();
    Took { seconds: seconds[rounds.len() / 2], memory: memory[rounds.len() / 2] }
}

/// The page, the vault as it ships, OpenPGP.js, and what the relay publishes; and the words that start it all.
fn site_files(stack: &Stack) -> Result<(Files, String)> {
    let dist = PathBuf::from(std::env::var_os("SEALPOST_DIST").context("run `cargo xtask bench seal`")?);
    let node =
        PathBuf::from(std::env::var_os("SEALPOST_OPENPGP_JS").context("run `cargo xtask bench seal`")?);
    let theirs = node.ancestors().nth(2).context("OpenPGP.js has a folder")?.join("openpgp.min.mjs");
    let bundle = ureq::get(format!("{}/v1/teams/{TEAM}/bundle", stack.origin())).call()?;
    let (glue, wasm) = (named(&dist, "vault-", ".js")?, named(&dist, "vault-", ".wasm")?);
    let worker = named(&dist, "worker-", ".js")?;
    let page = "<!doctype html><title>Sealing</title><input type=file id=file><script src=/page.js></script>";
    let mut files: Files = [
        ("/page.html", page.into()),
        ("/page.js", include_bytes!("bench_seal/page.js").to_vec()),
        ("/theirs.js", include_bytes!("bench_seal/theirs.js").to_vec()),
        ("/bundle.json", bundle.into_body().read_to_vec()?),
        ("/openpgp.min.mjs", fs::read(theirs)?),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .into();
    for name in [&glue, &wasm] {
        files.insert(format!("/{name}"), fs::read(dist.join(name))?);
    }
    files.insert("/worker.js".to_owned(), fs::read(dist.join(worker))?);
    Ok((files, format!("setUp({})", Value::String(format!("/{wasm}")))))
}

/// The one file of the release with such a name.
fn named(dist: &Path, start: &str, end: &str) -> Result<String> {
    let names = fs::read_dir(dist)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<std::io::Result<_>>()?;
    let name = names.into_iter().find(|name| name.starts_with(start) && name.ends_with(end));
    name.with_context(|| format!("no {start}…{end} in {}", dist.display()))
}

/// Bytes that no compressor would shorten.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}
