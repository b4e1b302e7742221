//! How much memory a browser's page takes, as the kernel counts it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::profile::Profile;

/// The processes that run a browser's pages and their workers.
#[derive(Debug, Clone)]
pub struct PageProcesses(Vec<u32>);

impl Profile {
    /// The processes of its pages, as they are now.
    ///
    /// # Errors
    /// When there is none.
    pub fn page_processes(&self) -> Result<PageProcesses> {
        let browser = self.pid()?;
        let mut all: Vec<(u32, u32)> = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            // A process may end while its files are read.
            if let Some(pid) = name.to_str().and_then(|name| name.parse().ok())
                && let Some(parent) = parent(pid)
            {
                all.push((pid, parent));
            }
        }
        let pages: Vec<u32> = all
            .iter()
            .map(|(pid, _)| *pid)
            .filter(|pid| is_renderer(*pid) && descends(*pid, browser, &all))
            .collect();
        ensure!(!pages.is_empty(), "the browser {browser} has no page");
        Ok(PageProcesses(pages))
    }
}

impl PageProcesses {
    /// Bytes of memory that they hold now.
    ///
    /// # Errors
    /// When one of them has ended.
    pub fn resident(&self) -> Result<u64> {
        self.sum("VmRSS:")
    }

    /// The most that each held since [`Self::forget_peak`], in bytes, added up. The kernel keeps it, so nothing is missed between two looks.
    ///
    /// # Errors
    /// When one of them has ended.
    pub fn peak(&self) -> Result<u64> {
        self.sum("VmHWM:")
    }

    /// Lets the peak begin anew at what is held now.
    ///
    /// # Errors
    /// When one of them has ended.
    pub fn forget_peak(&self) -> Result<()> {
        for pid in &self.0 {
            // Five: "reset the peak resident set size" (proc(5)).
            fs::write(format!("/proc/{pid}/clear_refs"), "5").context("cannot forget the peak")?;
        }
        Ok(())
    }

    fn sum(&self, field: &str) -> Result<u64> {
        let mut sum = 0;
        for pid in &self.0 {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).context("a page has ended")?;
            let line = status.lines().find_map(|line| line.strip_prefix(field)).context("no such field")?;
            sum += line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024;
        }
        Ok(sum)
    }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

fn is_renderer(pid: u32) -> bool {
    let line = fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).unwrap_or_default();
    // Chromium writes its own words there, with blanks between them.
    String::from_utf8_lossy(&line).contains("--type=renderer")
}

fn descends(pid: u32, from: u32, all: &[(u32, u32)]) -> bool {
    let mut at = pid;
    while let Some((_, parent)) = all.iter().find(|(pid, _)| *pid == at) {
        if *parent == from {
            return true;
        }
        at = *parent;
    }
    false
}
