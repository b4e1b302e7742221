//! `sealpost generate`: man pages and shell completions, from the same definitions that read the command line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _, Subcommand};
use clap_complete::Shell;
use serde_json::json;

use crate::args::Cli;
use crate::config::Context;
use crate::files;

/// `sealpost generate`
#[derive(Debug, Subcommand)]
pub(crate) enum GenerateCommand {
    /// Write a man page for every command.
    #[command(after_help = "Example:\n  sealpost generate man ~/.local/share/man/man1 && man sealpost-pull")]
    Man {
        /// Folder to write into; nothing there is overwritten.
        dir: PathBuf,
    },
    /// Write the completions of a shell.
    #[command(
        after_help = "Examples:\n  sealpost generate completions bash ~/.local/share/bash-completion/completions\n  sealpost generate completions zsh ~/.zfunc"
    )]
    Completions {
        /// Which shell.
        shell: Shell,
        /// Folder to write into; nothing there is overwritten.
        dir: PathBuf,
    },
}

/// Writes the files.
///
/// # Errors
/// When one is there already, or the disk refuses.
pub(crate) fn run(context: &Context, command: &GenerateCommand) -> Result<()> {
    let files = match command {
        GenerateCommand::Man { dir } => man(dir)?,
        GenerateCommand::Completions { shell, dir } => completions(*shell, dir)?,
    };
    context.ui.json(&json!({ "files": files }));
    files.iter().for_each(|path| context.ui.say(&path.display().to_string()));
    Ok(())
}

fn man(dir: &Path) -> Result<Vec<PathBuf>> {
    make(dir)?;
    let mut written = Vec::new();
    let mut cli = Cli::command();
    cli.build();
    pages(&cli, "sealpost", dir, &mut written)?;
    Ok(written)
}

fn pages(command: &Command, name: &str, dir: &Path, written: &mut Vec<PathBuf>) -> Result<()> {
    let mut page = Vec::new();
    // The name is leaked once per command of a program that then ends: clap keeps names for ever.
    let named = command.clone().name(String::leak(name.to_owned()) as &'static str);
    clap_mangen::Man::new(named).render(&mut page)?;
    written.push(keep(dir, &format!("{name}.1"), &page)?);
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        pages(sub, &format!("{name}-{}", sub.get_name()), dir, written)?;
    }
    Ok(())
}

fn completions(shell: Shell, dir: &Path) -> Result<Vec<PathBuf>> {
    make(dir)?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sealpost", &mut script);
    let name = match shell {
        Shell::Zsh => "_sealpost",
        Shell::Fish => "sealpost.fish",
        Shell::PowerShell => "_sealpost.ps1",
        Shell::Elvish => "sealpost.elv",
        _ => "sealpost",
    };
    Ok(vec![keep(dir, name, &script)?])
}

fn make(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))
}

fn keep(dir: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = dir.join(name);
    files::create(&path, bytes, 0o644)?;
    Ok(path)
}
