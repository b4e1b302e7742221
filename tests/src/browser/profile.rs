//! A browser whose profile lies in a folder, so that a story can end it, kill it, look into it and start it again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use playwright_rs::{BrowserContext, BrowserContextOptions, Playwright};

use super::{PATIENCE, Tab, arguments, chromium};

/// A running browser with a profile on disk.
pub struct Profile {
    // Held so that the driver lives as long as the browser.
    _driver: Playwright,
    context: BrowserContext,
    folder: PathBuf,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Profile {
    /// Starts Debian's Chromium on the profile in `folder`, which is made on first use.
    ///
    /// # Errors
    /// When the driver or the browser is missing; `cargo xtask test` installs both.
    pub async fn open(folder: &Path) -> Result<Self> {
        let driver = Playwright::launch().await.context("the browser driver does not start")?;
        let options = BrowserContextOptions::builder().executable_path(chromium()).args(arguments()).build();
        let launched =
            driver.chromium().launch_persistent_context_with_options(folder.to_string_lossy(), options).await;
        let context = launched.context("Chromium does not start")?;
        Ok(Self { _driver: driver, context, folder: folder.to_path_buf() })
    }

    /// Opens a tab.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn tab(&self) -> Result<Tab> {
        Tab::open_in(self.context.clone()).await
    }

    /// Ends the browser as a person would.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn close(self) -> Result<()> {
        Ok(self.context.close().await?)
    }

    /// Kills the browser's main process without warning, and waits until it is gone.
    ///
    /// # Errors
    /// When there is none to kill.
    pub async fn kill(self) -> Result<()> {
        let pid = self.pid()?;
        let killed = Command::new("kill").args(["-9", &pid.to_string()]).status()?;
        ensure!(killed.success(), "process {pid} cannot be killed");
        let deadline = Instant::now() + PATIENCE;
        while Path::new(&format!("/proc/{pid}")).exists() && !is_zombie(pid) {
            ensure!(Instant::now() < deadline, "process {pid} does not end");
            tokio::time::timeout(std::time::Duration::from_millis(20), std::future::pending::<()>())
                .await
                .unwrap_or(());
        }
        // A killed browser leaves its lock, which names a process that is no more.
        drop(fs::remove_file(self.folder.join("SingletonLock")));
        Ok(())
    }

    /// The main process, which names itself in the profile's lock.
    pub(super) fn pid(&self) -> Result<u32> {
        let lock = fs::read_link(self.folder.join("SingletonLock")).context("the profile is not in use")?;
        let lock = lock.to_string_lossy().into_owned();
        let pid = lock.rsplit('-').next().and_then(|pid| pid.parse().ok());
        pid.with_context(|| format!("no process in the lock {lock}"))
    }
}

fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}
