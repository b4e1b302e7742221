//! Settings: flags over variables over `config.toml`, and the home folder they lie in.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sealpost_shared::id::Slug;
use sealpost_shared::{Fingerprint, Timestamp};
use serde::{Deserialize, Serialize};

use crate::args::{Cli, KeyringKind, TeamArgs};
use crate::files;
use crate::ui::Ui;

/// The most bytes of a settings file: it has a dozen lines.
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// Wrong usage or settings: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Makes a [`UsageError`] of a sentence that says what to do.
pub(crate) fn usage<T>(sentence: impl Into<String>) -> Result<T> {
    Err(UsageError(sentence.into()).into())
}

/// What every command gets.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where settings and ciphertext lie.
    pub(crate) home: Home,
    /// Where words go.
    pub(crate) ui: Ui,
    /// The clock.
    pub(crate) now: fn() -> Timestamp,
}

impl Context {
    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// The folder of settings, keys and pulled ciphertext.
#[derive(Debug, Clone)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// `--home`, or `sealpost` in the XDG data folder.
    ///
    /// # Errors
    /// When neither is known.
    pub(crate) fn find(cli: &Cli) -> Result<Self> {
        if let Some(home) = &cli.home {
            return Ok(Self(std::path::absolute(home)?));
        }
        let data = cli.xdg_data_home.clone().filter(|folder| folder.is_absolute());
        let data = data.or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
        match data {
            Some(data) => Ok(Self(data.join("sealpost"))),
            None => {
                usage("there is no home folder here; say where to keep things with --home or SEALPOST_HOME")
            }
        }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The settings file.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("config.toml")
    }

    /// Where `init --key-file` keeps a team's secret key.
    pub(crate) fn key_file(&self, slug: &Slug) -> PathBuf {
        self.0.join("keys").join(format!("{slug}.sec.asc"))
    }
}

/// `config.toml`. Unknown keys are errors, so that a misspelt one is not silently ignored.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// `[team]`
    #[serde(default)]
    pub(crate) team: TeamTable,
}

/// `[team]`: what `pull` needs to work without flags.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamTable {
    relay: Option<String>,
    slug: Option<Slug>,
    desk: Option<Slug>,
    key: Option<Fingerprint>,
    keyring: Option<KeyringKind>,
    key_file: Option<PathBuf>,
    signer: Option<Fingerprint>,
}

/// Settings after flags, variables and file were laid over each other.
#[derive(Debug, Clone)]
pub(crate) struct TeamSettings {
    /// The relay's address, without a slash at the end.
    pub(crate) relay: String,
    /// The team.
    pub(crate) team: Slug,
    /// The desk.
    pub(crate) desk: Slug,
    /// The certificate the policy must be signed by, if that was pinned.
    pub(crate) signer: Option<Fingerprint>,
    /// Whose key works here.
    pub(crate) key: KeySettings,
}

/// Where the secret key is.
#[derive(Debug, Clone)]
pub(crate) struct KeySettings {
    /// The certificate's fingerprint; without it the key file says whose it is.
    pub(crate) fingerprint: Option<Fingerprint>,
    /// In gpg or in a file.
    pub(crate) kind: KeyringKind,
    /// The key file.
    pub(crate) file: PathBuf,
    /// The file of its passphrase.
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Reads `config.toml`; a missing file is an empty one.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn read(home: &Home) -> Result<ConfigFile> {
    let path = home.config();
    let Some(bytes) = files::read_if_there(&path, MAX_CONFIG_BYTES)? else {
        return Ok(ConfigFile::default());
    };
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8 text; correct or remove it", path.display()))?;
    toml::from_str(&text).map_err(|error| {
        UsageError(format!("{}: {}; correct or remove it", path.display(), error.message())).into()
    })
}

/// Lays flags and variables over the file.
///
/// # Errors
/// A [`UsageError`] naming what is missing and how to give it.
pub(crate) fn team(home: &Home, args: &TeamArgs) -> Result<TeamSettings> {
    let file = read(home)?.team;
    let missing = |what: &str, flag: &str| {
        let place = home.config();
        usage(format!(
            "{} names no {what}. A new team begins with `sealpost init`; to join one, copy a member's config.toml there; or give --{flag}",
            place.display()
        ))
    };
    let Some(relay) = args.relay.clone().or(file.relay) else { return missing("relay", "relay") };
    let Some(team) = args.team.clone().or(file.slug) else { return missing("team", "team") };
    let desk = args.desk.clone().or(file.desk);
    let desk = desk.map_or_else(|| "team".parse(), Ok).expect("“team” is a slug");
    Ok(TeamSettings {
        relay: relay.trim_end_matches('/').to_owned(),
        signer: args.signer.clone().or(file.signer),
        key: key(home, args, &team)?,
        team,
        desk,
    })
}

/// The settings of the key alone, for commands that need no relay.
///
/// # Errors
/// When `config.toml` cannot be read.
pub(crate) fn key(home: &Home, args: &TeamArgs, team: &Slug) -> Result<KeySettings> {
    let file = read(home)?.team;
    Ok(KeySettings {
        fingerprint: args.key.clone().or(file.key),
        kind: args.keyring.or(file.keyring).unwrap_or(KeyringKind::Gpg),
        file: args.key_file.clone().or(file.key_file).unwrap_or_else(|| home.key_file(team)),
        passphrase_file: args.passphrase_file.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(text: &str) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        let home = Home(folder.path().to_owned());
        (folder, home)
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_fills_the_rest() {
        let (_folder, home) =
            home("[team]\nrelay = \"https://a.example/\"\nslug = \"a\"\nkeyring = \"file\"\n");
        let args = TeamArgs { team: Some("b".parse().unwrap()), ..TeamArgs::default() };
        let settings = team(&home, &args).unwrap();
        assert_eq!((settings.relay.as_str(), settings.team.as_str()), ("https://a.example", "b"));
        assert_eq!(settings.desk.as_str(), "team");
        assert_eq!(settings.key.kind, KeyringKind::File);
    }

    #[test]
    fn a_misspelt_key_and_a_missing_relay_are_wrong_usage() {
        for (text, word) in [("[team]\nrelais = \"x\"\n", "relais"), ("", "--relay")] {
            let (_folder, home) = home(text);
            let error = team(&home, &TeamArgs::default()).unwrap_err();
            assert!(error.is::<UsageError>() && error.to_string().contains(word), "{error}");
        }
    }
}
