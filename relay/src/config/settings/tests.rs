//! Which setting wins, and what is refused.

use clap::Parser as _;

use super::super::Command;
use super::*;

fn serve(flags: &[&str]) -> Serve {
    let line = ["sealpost-relay", "serve"].into_iter().chain(flags.iter().copied());
    let Command::Serve(serve) = CommandLine::parse_from(line).command else { panic!("not to serve") };
    *serve
}

fn decide(file: &str, flags: &[&str]) -> Result<Config, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relay.toml");
    fs::write(&path, file).unwrap();
    serve(&[&["--config", path.to_str().unwrap()], flags].concat()).decide(std::iter::empty())
}

const FOLDERS: &str = "teams = '/teams'\ndata = '/data'\n";

#[test]
fn a_flag_is_stronger_than_the_file_and_the_file_than_the_default() {
    let file = format!("{FOLDERS}max-connections = 7\ndesk-quota-mib = 9\n");
    let config = decide(&file, &["--max-connections", "8"]).unwrap();
    assert_eq!((config.max_connections, config.desk_quota_mib), (8, 9));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.teams, Path::new("/teams"));
}

#[test]
fn what_is_printed_is_a_file_that_means_the_same() {
    let file = format!(
        "{FOLDERS}listen = 'unix:/run/relay.sock'\norigin = 'https://relay.example'\nmetrics-listen = '[::1]:9090'\n\
         tls-certificate = '/tls/chain.pem'\ntls-key = '/tls/key.pem'\nclient = '/app'\n"
    );
    let printed = decide(&file, &[]).unwrap().to_toml();
    assert_eq!(decide(&printed, &[]).unwrap().to_toml(), printed);
    for line in ["listen = \"unix:/run/relay.sock\"", "max-connections = 2048", "tls-key = \"/tls/key.pem\""]
    {
        assert!(printed.contains(line), "{line} is not in {printed}");
    }
}

#[test]
fn what_is_unknown_is_refused_by_name() {
    for (file, named) in [
        ("max_connections = 1", "max_connections"),
        ("listen = 'here'", "listen"),
        ("origin = 'https://Relay.example/'", "origin"),
        ("max-connections = 'many'", "max-connections"),
        ("= 3", "line 1"),
    ] {
        let message = decide(file, &[]).unwrap_err().to_string();
        assert!(message.contains(named) && message.contains("relay.toml"), "{message}");
    }
    let variables = ["PATH", "SEALPOST_RELAY_DATA", "SEALPOST_RELAY_DATTA"].map(str::to_owned);
    let refused = serve(&["--teams", "/teams"]).decide(variables.into_iter()).unwrap_err();
    assert!(matches!(refused, SettingsError::Variable(name) if name == "SEALPOST_RELAY_DATTA"));
}

#[test]
fn what_is_missing_or_out_of_bounds_is_refused_by_name() {
    let cases = [
        ("teams = '/teams'", "--data is missing"),
        ("data = '/data'", "SEALPOST_RELAY_TEAMS"),
        ("teams = '/t'\ndata = '/d'\nmax-connections = 0", "from 1 to 100000"),
        ("teams = '/t'\ndata = '/d'\ntls-key = '/key'", "go together"),
        ("teams = '/t'\ndata = '/d'\nlisten = 'unix:/run/relay.sock'", "--origin is missing"),
        ("teams = '/t'\ndata = '/d'\ntls-key = '/key'\ntls-certificate = '/cert'", "--origin is missing"),
    ];
    for (file, said) in cases {
        let message = decide(file, &[]).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }
    let large = " ".repeat(1 + usize::try_from(MAX_FILE_BYTES).unwrap());
    assert!(matches!(decide(&large, &[]), Err(SettingsError::NoSettings { .. })));
}

#[test]
fn an_origin_has_no_path_and_one_spelling() {
    for good in ["https://relay.example", "http://127.0.0.1:8080", "http://[::1]:80"] {
        assert_eq!(String::from(good.parse::<Origin>().unwrap()), good);
    }
    for bad in [
        "relay.example",
        "https://",
        "https://relay.example/",
        "https://Relay.example",
        "https://a b",
        "ftp://a",
    ] {
        assert!(bad.parse::<Origin>().is_err(), "{bad}");
    }
}

#[test]
fn the_command_line_is_well_formed() {
    CommandLine::command().debug_assert();
}
