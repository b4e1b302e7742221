//! What an operator decides, from the command line or `SEALPOST_RELAY_…` variables. Checked once, here.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Carries sealed reports from those who find vulnerabilities to those who can fix them. Stores ciphertext only, and refuses
/// everything else.
#[derive(Debug, Parser)]
#[command(name = "sealpost-relay", version, max_term_width = 110)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the teams in a folder.
    Serve(Config),
}

const SERVE_HELP: &str = "\
The folder of teams holds one folder for each team, named as its slug:

  teams/demo/policy.toml        the policy; identity.slug is \"demo\"
  teams/demo/policy.toml.asc    gpg --armor --detach-sign policy.toml
  teams/demo/certs/*.asc        every certificate the policy names (gpg --armor --export …)
  teams/demo/security.txt       optional, served at /.well-known/security.txt

Example, behind a proxy that ends TLS:

  sealpost-relay serve --teams /etc/sealpost/teams --data /var/lib/sealpost --origin https://reports.example.org";

/// How one relay is set up.
#[derive(Debug, Clone, Args)]
#[command(after_help = SERVE_HELP)]
pub struct Config {
    /// Folder with one folder for each team.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_TEAMS")]
    pub teams: PathBuf,

    /// Folder for the database and the relay's key; made if it is not there. Back it up: it is all there is.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_DATA")]
    pub data: PathBuf,

    /// Address and port to listen on. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", env = "SEALPOST_RELAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address people use, such as `https://reports.example.org`; it stands in receipts and login statements, so changing it
    /// later makes old ones name another relay. [default: http:// and the address listened on]
    #[arg(long, value_name = "URL", env = "SEALPOST_RELAY_ORIGIN", value_parser = parse_origin)]
    pub origin: Option<String>,

    /// How many MiB of letters a desk takes from reporters before it answers "full". Teams can always answer.
    #[arg(long, value_name = "MIB", env = "SEALPOST_RELAY_DESK_QUOTA_MIB", default_value_t = 4096,
          value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub desk_quota_mib: u64,

    /// How many connections are held open at once; further ones are closed.
    #[arg(long, value_name = "N", env = "SEALPOST_RELAY_MAX_CONNECTIONS", default_value_t = 2048,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_connections: u32,

    /// Serve the browser app from this folder instead of the one built in.
    #[arg(long, value_name = "DIR", env = "SEALPOST_RELAY_CLIENT", hide_short_help = true)]
    pub client: Option<PathBuf>,
}

impl Config {
    /// The settings of a relay on a free port of this machine, with defaults everywhere else.
    #[must_use]
    pub fn local(teams: PathBuf, data: PathBuf) -> Self {
        Self {
            teams,
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            origin: None,
            desk_quota_mib: 4096,
            max_connections: 2048,
            client: None,
        }
    }
}

/// Reads `http[s]://host[:port]` without anything behind it.
fn parse_origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let clean = |host: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
        !host.is_empty() && host.chars().all(allowed)
    };
    match rest {
        Some(host) if clean(host) => Ok(text.to_owned()),
        _ => Err("an origin is http:// or https://, a lowercase host and perhaps a port, with no slash at the end: \
                  https://reports.example.org"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_no_path_and_one_spelling() {
        for good in ["https://relay.example", "http://127.0.0.1:8080", "http://[::1]:80"] {
            assert_eq!(parse_origin(good).unwrap(), good);
        }
        for bad in [
            "relay.example",
            "https://",
            "https://relay.example/",
            "https://Relay.example",
            "https://a b",
            "ftp://a",
        ] {
            assert!(parse_origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }
}
