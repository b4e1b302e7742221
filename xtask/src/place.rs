//! Where things are: the checkout, cargo's target folder, the user's cache of tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::sh;

/// The three folders every step needs.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, whatever the environment or a config file made of it.
    pub(crate) target: PathBuf,
    /// Pinned tools, outside `target/` so that a clean clone finds them again.
    pub(crate) tools: PathBuf,
}

impl Place {
    /// Finds the folders; `tools` overrides the user's cache.
    pub(crate) fn find(tools: Option<PathBuf>) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
        let root = root.to_owned();
        let target = target_of(&root)?;
        let tools = match tools {
            Some(folder) => std::path::absolute(folder)?,
            None => user_cache()?.join("sealpost/tools"),
        };
        Ok(Self { root, target, tools })
    }

    /// The finished browser app, as the relay embeds it.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// A command that runs in the checkout.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo, in the checkout.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("cargo");
        command.args(arguments);
        command
    }
}

/// Where programs are looked for.
pub(crate) fn path_variable() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Finds a program on PATH without starting it.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&path_variable()).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// PATH with some folders in front.
pub(crate) fn path_with(folders: &[PathBuf]) -> Result<std::ffi::OsString> {
    let old = path_variable();
    Ok(std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&old)))?)
}

fn target_of(root: &Path) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: serde_json::Value =
        serde_json::from_str(&sh::read("asking cargo for its target folder", &mut command)?)?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata named no target folder")?;
    Ok(PathBuf::from(folder))
}

fn user_cache() -> Result<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    given.or_else(home).context("no home folder: set SEALPOST_TOOLS to a folder for the build's tools")
}
