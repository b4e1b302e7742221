//! `cargo xtask demo`: a team with real keys, served on this machine by the real programs.

mod relay;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::place::Place;
use crate::setup::Setup;
use crate::{binaries, debian, sh};

/// gpg-agent's socket lies in its home, and a socket's path has at most 107 bytes (unix(7)); the names take 27.
const LONGEST_GNUPG_HOME: usize = 80;

/// The team's mail address, in a domain that never exists (RFC 2606).
const MAIL: &str = "security@demo.example";

/// Where the demonstration lives.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Port of the relay on this machine.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Folder of the team, its keys and the relay's data; kept between runs. Default: demo in cargo's target folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Builds, makes the team once, serves until Ctrl-C.
pub(crate) fn demo(place: &Place, setup: &Setup, options: &Options) -> Result<()> {
    debian::ensure(debian::FOR_THE_DEMO)?;
    let demo = Demo::new(place, options)?;
    relay::check_port(demo.port)?;
    binaries::build_release(place, setup)?;
    demo.make_team_once()?;
    let served = relay::serve(&demo, || {
        sh::say(demo.welcome().unwrap_or_else(|error| format!("{error:#}")));
    });
    demo.stop_agent();
    served
}

/// One demonstration's folders and address.
#[derive(Debug)]
pub(crate) struct Demo {
    programs: PathBuf,
    checkout: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Demo {
    fn new(place: &Place, options: &Options) -> Result<Self> {
        let data = options.data.clone().unwrap_or_else(|| place.target.join("demo"));
        let data = std::path::absolute(data)?;
        let programs = place.target.join("release");
        let demo = Self { programs, checkout: place.root.clone(), data, port: options.port };
        let length = demo.gnupg().as_os_str().len();
        ensure!(
            length <= LONGEST_GNUPG_HOME,
            "{} is too long for GnuPG: pass a shorter --data",
            demo.data.display()
        );
        Ok(demo)
    }

    fn teams(&self) -> PathBuf {
        self.data.join("teams")
    }

    fn gnupg(&self) -> PathBuf {
        self.data.join("gnupg")
    }

    fn home(&self) -> PathBuf {
        self.data.join("team")
    }

    /// What a browser types, and what the relay and the team call it.
    fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes the team unless it is there; the address is remembered because the team's settings name it.
    fn make_team_once(&self) -> Result<()> {
        let data = self.data.display();
        let made_for = self.data.join("origin");
        if made_for.exists() {
            let origin = fs::read_to_string(&made_for)?;
            let advice = "run with that --port, or with another --data";
            ensure!(origin == self.origin(), "{data} was made for {origin}: {advice}");
            return Ok(());
        }
        ensure!(
            !self.teams().exists(),
            "{data} was left half made: remove it, or pass another --data, and run again"
        );
        for folder in [self.gnupg(), self.home()] {
            private_folder(&folder)?;
        }
        let what = "making a demonstration team with keys of its own";
        sh::run_quietly(what, self.program("sealpost").arg("init").arg(self.teams()).args(self.team()))?;
        fs::write(made_for, self.origin()).context("could not remember the demonstration's address")
    }

    /// An invented team under the classic policy, with somebody on every step of its ladder.
    fn team(&self) -> Vec<String> {
        let origin = self.origin();
        let pairs = [
            ("--preset", "rust-classic"),
            ("--slug", "demo"),
            ("--name", "Demo Security Team"),
            ("--project", "Ferrisware"),
            ("--email", MAIL),
            ("--relay", &origin),
            ("--coordinator", "mailto:coordinator@demo.example"),
            ("--backup", "mailto:backup@demo.example"),
            ("--forum", "https://forum.demo.example"),
        ];
        let words = pairs.into_iter().flat_map(|(flag, value)| [flag, value]);
        words.chain(["--no-passphrase"]).map(str::to_owned).collect()
    }

    /// One of the built programs, with the demonstration's homes and none of the person's own settings.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("SEALPOST_") {
                command.env_remove(variable);
            }
        }
        command.env("SEALPOST_HOME", self.home()).env("GNUPGHOME", self.gnupg());
        command
    }

    fn fingerprint(&self) -> Result<String> {
        let mut gpg = Command::new("gpg");
        gpg.env("GNUPGHOME", self.gnupg()).args([
            "--batch",
            "--with-colons",
            "--list-keys",
            "security@demo.example",
        ]);
        let listing = sh::read("asking gpg for the team's fingerprint", &mut gpg)?;
        let line =
            listing.lines().find(|line| line.starts_with("fpr:")).context("gpg names no fingerprint")?;
        Ok(spaced(line.split(':').nth(9).unwrap_or_default()))
    }

    fn welcome(&self) -> Result<String> {
        let (origin, fingerprint) = (self.origin(), self.fingerprint()?);
        let exports = format!(
            "export SEALPOST_HOME={} GNUPGHOME={} PATH={}:$PATH",
            quoted(&self.home()),
            quoted(&self.gnupg()),
            quoted(&self.programs)
        );
        Ok(format!(
            "\nReporters open       {origin}/\n\
             Team's fingerprint   {fingerprint}\n\
             \nThe team, in another terminal:\n\n    \
             {exports}\n    \
             sealpost pull          # fetch what came in\n    \
             sealpost list          # what is due, late first\n    \
             sealpost show CASE     # open a report\n    \
             sealpost ack CASE      # acknowledge it: the reporter's clock sees it\n\
             \nWith nothing but curl and gpg:\n\n    \
             {}\n\
             \nCtrl-C stops the relay; everything stays in {}\n",
            quoted(&self.checkout.join("team/decrypt.sh")),
            self.data.display()
        ))
    }

    /// The demonstration's gpg-agent would outlive it.
    fn stop_agent(&self) {
        let _ended = Command::new("gpgconf").env("GNUPGHOME", self.gnupg()).args(["--kill", "all"]).status();
    }
}

fn private_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    Ok(fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?)
}

/// Groups of four, as fingerprints are read aloud.
fn spaced(fingerprint: &str) -> String {
    let letters: Vec<char> = fingerprint.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-+".contains(letter));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_shell() {
        for path in ["/a/b-c", "/a b/it's", "/$HOME/`x`"] {
            let echoed =
                Command::new("sh").arg("-c").arg(format!("printf %s {}", quoted(Path::new(path)))).output();
            assert_eq!(String::from_utf8(echoed.unwrap().stdout).unwrap(), path);
        }
    }

    #[test]
    fn fingerprints_are_read_in_fours() {
        assert_eq!(spaced("0123456789ABCDEF"), "0123 4567 89AB CDEF");
    }
}
