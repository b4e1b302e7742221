//! A team with its keys, a relay, and people at terminals.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use sealpost_relay::{Config, Running, SystemClock};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::proxy::Proxy;

/// What a reporter writes, found nowhere outside the encryption.
pub(crate) const SECRET: &str = "the parser frees its arena twice";

/// How the team keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    Gpg,
    File,
    /// A file with a post-quantum subkey.
    Quantum,
}

/// Everything of one test, in one short folder: a socket's path has at most 107 bytes.
pub(crate) struct World {
    folder: TempDir,
    runtime: Runtime,
    relay: Option<Running>,
    /// Between everybody and the relay.
    pub(crate) proxy: Proxy,
}

impl World {
    /// A team in the folder `teams`, and a relay that serves it.
    pub(crate) fn new(keys: Keys) -> Self {
        let folder = tempfile::Builder::new().prefix("sp-").tempdir_in("/tmp").unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut world = Self { folder, runtime, relay: None, proxy: Proxy::start() };
        for name in ["gnupg", "reporter"] {
            std::fs::create_dir(world.path(name)).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            std::fs::set_permissions(world.path(name), private).unwrap();
        }
        world.init("teams", keys);
        world.start_relay();
        world
    }

    /// `sealpost init` into a folder, for the address of the proxy.
    pub(crate) fn init(&self, folder: &str, keys: Keys) {
        let how: &[&str] = match keys {
            Keys::Gpg => &["--no-passphrase"],
            Keys::File => &["--key-file"],
            Keys::Quantum => &["--key-file", "--post-quantum"],
        };
        let (teams, relay) = (self.path(folder), self.proxy.origin.clone());
        let args = [
            "--slug",
            "demo",
            "--name",
            "Demo Security Team",
            "--project",
            "Ferrisware",
            "--forum",
            "https://forum.demo.example",
        ];
        let email = format!("security@{folder}.example");
        let output = self
            .sealpost(&["init", teams.to_str().unwrap(), "--relay", &relay, "--email", &email])
            .args(how)
            .args(args)
            .output();
        said(output.unwrap(), 0);
    }

    pub(crate) fn start_relay(&mut self) {
        let mut config = Config::local(self.path("teams"), self.path("relay"));
        config.origin = Some(self.proxy.origin.clone());
        // The work is done and checked as ever; without optimisation it would take seconds at its real size.
        config.price.bits = 6;
        let running = self.runtime.block_on(sealpost_relay::start(&config, Arc::new(SystemClock))).unwrap();
        self.proxy.set_behind(running.address().tcp());
        self.relay = Some(running);
    }

    pub(crate) fn stop_relay(&mut self) {
        self.proxy.set_behind(None);
        if let Some(relay) = self.relay.take() {
            self.runtime.block_on(relay.stop());
        }
    }

    /// Has the relay read its teams again.
    pub(crate) fn reload_relay(&self) {
        self.runtime.block_on(self.relay.as_ref().unwrap().reload());
    }

    /// Copies what the relay has at this moment.
    pub(crate) fn keep_backup(&mut self) {
        self.stop_relay();
        copy(&self.path("relay"), &self.path("backup"));
        self.start_relay();
    }

    /// Puts the copy in the place of what the relay has.
    pub(crate) fn restore_backup(&mut self) {
        self.stop_relay();
        std::fs::remove_dir_all(self.path("relay")).unwrap();
        copy(&self.path("backup"), &self.path("relay"));
        self.start_relay();
    }

    /// Changes the policy, counts its version up, signs it, and has the relay serve it.
    pub(crate) fn change_policy(&mut self, change: impl Fn(String) -> String) {
        let path = self.path("teams/demo/policy.toml");
        let before = std::fs::read_to_string(&path).unwrap();
        let changed = change(before.replacen("\nversion = 1\n", "\nversion = 2\n", 1));
        assert_ne!(before, changed);
        std::fs::write(&path, changed).unwrap();
        self.ok(&["policy", "sign", path.to_str().unwrap()]);
        self.stop_relay();
        self.start_relay();
    }

    /// This machine's clock, by which the programs judge.
    #[expect(clippy::disallowed_methods, reason = "the programs under test read the same clock")]
    pub(crate) fn now(&self) -> sealpost_shared::Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        sealpost_shared::Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The member's home, where `sealpost` keeps everything.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// The store of the team's desk.
    pub(crate) fn store(&self) -> PathBuf {
        self.home().join("cases/demo/team")
    }

    /// A program in this world and nothing of the person's own.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        command.env("SEALPOST_HOME", self.home()).env("GNUPGHOME", self.path("gnupg"));
        command.current_dir(self.path("reporter")).stdin(Stdio::null());
        command
    }

    pub(crate) fn sealpost(&self, args: &[&str]) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_sealpost"));
        command.args(args);
        command
    }

    /// Runs `sealpost`, which must succeed; gives what it said on standard output.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        said(self.sealpost(args).output().unwrap(), 0).0
    }

    /// Runs `sealpost --json`, which must succeed.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[args, &["--json"]].concat())).unwrap()
    }

    /// Runs `sealpost`, which must fail with this exit code; gives what it said on standard error.
    pub(crate) fn fails(&self, code: i32, args: &[&str]) -> String {
        said(self.sealpost(args).output().unwrap(), code).1
    }

    /// The team's fingerprint, as the project would publish it.
    pub(crate) fn fingerprint(&self) -> String {
        let config = std::fs::read_to_string(self.home().join("config.toml")).unwrap();
        let line = config.lines().find_map(|line| line.strip_prefix("signer = \"")).unwrap();
        line.trim_end_matches('"').to_owned()
    }

    /// Sends a report with [`SECRET`] in it; gives what `sealpost report --json` said.
    pub(crate) fn report(&self, title: &str, more: &[&str]) -> Value {
        let text = self.path("report.md");
        std::fs::write(&text, format!("# What happens\n\n{SECRET}\n")).unwrap();
        let (origin, fingerprint) = (self.proxy.origin.clone(), self.fingerprint());
        let args =
            ["report", "--relay", &origin, "--team", "demo", "--fingerprint", &fingerprint, "--title", title];
        self.json(&[&args, ["--text", text.to_str().unwrap()].as_slice(), more].concat())
    }

    /// The twelve words of a report, in a file as a reporter would type them.
    pub(crate) fn words(&self, report: &Value) -> PathBuf {
        let path = self.path("words.txt");
        std::fs::write(&path, report["words"].as_str().unwrap()).unwrap();
        path
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ended = self.program("gpgconf").args(["--kill", "all"]).output();
    }
}

/// Standard output and error of a run that ended as expected.
pub(crate) fn said(output: Output, code: i32) -> (String, String) {
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "stdout: {out}\nstderr: {err}");
    (out, err)
}

/// The text of a JSON string.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(to, private).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
