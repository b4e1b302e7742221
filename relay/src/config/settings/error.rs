//! Why settings do not hold.

use std::io;
use std::path::PathBuf;

use super::{MAX_FILE_BYTES, PREFIX};

/// Says why the settings do not hold.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{path}: {source}. --config names a file with settings.")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is larger than it can be.
    #[error("{path}: larger than {MAX_FILE_BYTES} bytes, or not text: this is no file with settings")]
    NoSettings {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML, or has a key or value that is not known.
    #[error(
        "{path}: {source}\nEvery key is the name of a flag of `sealpost-relay serve --help`, without its dashes in front."
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Line, key and rule.
        source: Box<toml::de::Error>,
    },
    /// A variable of ours that is not known.
    #[error("the variable {0} is not known: see `sealpost-relay serve --help` for those that are")]
    Variable(String),
    /// A setting that must be there is not.
    #[error("--{0} is missing: give it as a flag, as {PREFIX}{upper}, or in the file of --config", upper = .0.to_uppercase())]
    Missing(&'static str),
    /// A setting is out of its bounds.
    #[error("--{name} is {value}: it must be from {least} to {most}")]
    OutOfBounds {
        /// The flag.
        name: &'static str,
        /// What it was set to.
        value: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// One of two settings that go together is missing.
    #[error("--tls-certificate and --tls-key go together: give both, or none and let a proxy end TLS")]
    HalfTls,
    /// A mail server without what belongs to it, or the other way round.
    #[error("{0}")]
    HalfSmtp(&'static str),
    /// Nobody can tell the address that people use.
    #[error(
        "--origin is missing: behind a socket or with TLS the relay cannot know the address that people use, such as https://reports.example.org"
    )]
    NoOrigin,
}
