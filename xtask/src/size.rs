//! The size gate: what a first visit and the vault cost over the wire.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::parts::files_below;
use crate::seal::compress::gzip_bytes;
use crate::sh;

/// What is aimed at, and the best reached so far. The gate holds the second: raising it needs a reason in the commit that does.
struct Budget {
    goal: usize,
    most: usize,
}

/// Page, module, stylesheet and app wasm. The goal is half a second on a slow phone connection (1.5 Mbit/s). Records sealed at rest,
/// coming back by words or file, and erasing took it from 338 to 361; handing on, tracking and letters in files cost 52, their pages and
/// words most of it; reminders, evidence and the work for the relay the rest. Writing again (its box, outbox and stored draft), the five stages
/// and the embargo cost 15. Files beside a report (their upload and its words, bars of progress, what is to be chosen again) cost 25.
/// Contradictions of policies, each with its sentence, time zones held against the browser's own, what hangs on gravity, and taking back steps, closing and
/// the date of sending cost 9; what was made beside them (deletion told, letters that may have left, steps asked for twice, attempts with names) 24.
/// The offline page's offer, and taking over what it saved, cost 3; what is said where a browser gives less, 1.
/// Storing one sealed chunk while the next is made cost a quarter of one. Two devices that agree (records joined without doubles, letters heard of that
/// another device wrote, their words) and being woken by the browser cost 4.
/// Following a relay to its next key, and work for chunks and long correspondences, cost 3.
/// Letters without their bytes told and taken back, the way to an unfinished report, and what is not kept or not saved, each with its words, cost 1.2.
/// A worker that is named and checked like the rest, and erasing that waits for no line, cost a fifth of one.
const FIRST_LOAD_BROTLI_BYTES: Budget = Budget { goal: 90_000, most: 528_400 };
/// The OpenPGP library dominates; it loads after the first paint, and once per release. The library's own calls alone, built like
/// this, take 476 kB. Post-quantum recipients (RFC 9980) cost 35 kB, and a case key that signs and opens in one way only saved as much.
/// Backups took 9, handing on 8; the calendar's crate with its dates, evidence, and a policy's sentences and rules 100.
/// Sealing files as they are read (tar, framing, signature, gate) cost 11; the dates of a report that was not sent yet, 1. Letters and backups that do
/// not go through the library's builder saved 42, and the browser's own cipher with faster hashes cost 5 of them.
/// What came from others while that was measured took 4; padding that tar reads over, and chunks as blobs, 1.5. Checking that a
/// relay's key vouched for its next one took 3.
const VAULT_BROTLI_BYTES: Budget = Budget { goal: 380_000, most: 785_800 };

/// One thing the person waits for.
struct Load {
    what: &'static str,
    /// Name of the file without its hash: start and ending.
    files: &'static [(&'static str, &'static str)],
    budget: Budget,
}

const LOADS: [Load; 2] = [
    Load {
        what: "first load",
        files: &[("index", ".html"), ("app-", ".js"), ("app-", ".css"), ("app-", ".wasm")],
        budget: FIRST_LOAD_BROTLI_BYTES,
    },
    Load { what: "vault", files: &[("vault-", ".js"), ("vault-", ".wasm")], budget: VAULT_BROTLI_BYTES },
];

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// Prints the sizes of a sealed release and fails above a budget.
pub(crate) fn gate(dist: &Path) -> Result<()> {
    let files = files_below(dist)?;
    sh::say("  kB              raw    gzip -9     brotli   at most       goal");
    let mut too_big = Vec::new();
    for load in &LOADS {
        let Load { what, budget, .. } = load;
        let sizes = measure(dist, &files, load)?;
        let [raw, gzip, brotli] = [sizes.raw, sizes.gzip, sizes.brotli].map(kb);
        let [most, goal] = [budget.most, budget.goal].map(kb);
        sh::say(format_args!("  {what:<10} {raw:>8} {gzip:>10} {brotli:>10} {most:>9} {goal:>10}"));
        if sizes.brotli > budget.most {
            too_big.push(format!("{what} is {brotli} kB brotli, at most {most} kB"));
        }
    }
    if !too_big.is_empty() {
        bail!(
            "too big: {}\n  find what grew (twiggy, cargo tree -e features): raising the limit needs a reason",
            too_big.join("; ")
        );
    }
    Ok(())
}

fn measure(dist: &Path, files: &[String], load: &Load) -> Result<Sizes> {
    let mut sum = Sizes::default();
    for (start, end) in load.files {
        let mut found = files.iter().filter(|path| path.starts_with(start) && path.ends_with(end));
        let path = found.next().with_context(|| format!("no {start}…{end} in {}", dist.display()))?;
        ensure!(found.next().is_none(), "more than one {start}…{end} in {}", dist.display());
        let bytes = std::fs::read(dist.join(path))?;
        sum.raw += bytes.len();
        sum.gzip += gzip_bytes(&bytes)?;
        sum.brotli += sent_bytes(dist, path, bytes.len())?;
    }
    Ok(sum)
}

/// What the relay sends to a browser: the brotli copy if there is one.
fn sent_bytes(dist: &Path, path: &str, raw: usize) -> Result<usize> {
    let copy = dist.join(format!("{path}.br"));
    if !copy.exists() {
        return Ok(raw);
    }
    Ok(usize::try_from(copy.metadata()?.len())?)
}

/// Thousands of bytes with one decimal.
fn kb(bytes: usize) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dist(vault_brotli: usize) -> tempfile::TempDir {
        let dist = tempfile::tempdir().unwrap();
        for name in ["index.html", "app-1.js", "app-1.css", "app-1.wasm", "vault-1.js", "vault-1.wasm"] {
            std::fs::write(dist.path().join(name), vec![b'x'; 1000]).unwrap();
        }
        std::fs::write(dist.path().join("vault-1.wasm.br"), vec![0; vault_brotli]).unwrap();
        dist
    }

    #[test]
    fn the_gate_opens_at_the_budget_and_closes_one_byte_above() {
        let at_budget = VAULT_BROTLI_BYTES.most - 1000;
        gate(dist(at_budget).path()).unwrap();
        let error = gate(dist(at_budget + 1).path()).unwrap_err().to_string();
        assert!(error.contains(&format!("vault is {} kB", kb(VAULT_BROTLI_BYTES.most))), "{error}");
    }

    #[test]
    fn the_wire_size_counts_the_brotli_copy() {
        let dist = dist(10);
        let files = files_below(dist.path()).unwrap();
        let sizes = measure(dist.path(), &files, &LOADS[1]).unwrap();
        assert_eq!((sizes.raw, sizes.brotli), (2000, 1010));
        assert!(sizes.gzip < 200);
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let dist = dist(10);
        std::fs::remove_file(dist.path().join("app-1.css")).unwrap();
        assert!(gate(dist.path()).unwrap_err().to_string().contains("app-….css"));
    }
}
