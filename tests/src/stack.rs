//! A relay, a team and a reporter's command line, as processes, in one temporary folder.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::gpg::Gpg;
use crate::leaks::{self, Leak};
use crate::tap::Tap;

/// The team's name in paths.
pub const TEAM: &str = "demo";

/// Everything of one deployment.
#[derive(Debug)]
pub struct Stack {
    folder: tempfile::TempDir,
    /// The team's keyring.
    pub gpg: Gpg,
    /// The wire between everybody and the relay.
    pub tap: Tap,
    relay: Option<Child>,
    settings: Vec<String>,
    listen: SocketAddr,
    proof_bits: u8,
}

/// Done and checked as ever; a program built for tests would take seconds at the real size.
const PROOF_BITS: u8 = 12;

/// Somebody besides the team's first member.
#[derive(Debug)]
pub struct Member {
    /// Their keyring.
    pub gpg: Gpg,
    /// Their key.
    pub fingerprint: String,
    desk: &'static str,
    home: PathBuf,
}

impl Member {
    /// The letters they have pulled, as they lie on their disk.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn pulled(&self) -> Result<Vec<PathBuf>> {
        pulled(&self.home)
    }
}

fn pulled(home: &Path) -> Result<Vec<PathBuf>> {
    let mut letters = leaks::files(home)?;
    letters.retain(|file| file.extension().is_some_and(|kind| kind == "pgp"));
    letters.sort();
    Ok(letters)
}

/// The folder of the built binaries.
fn binaries() -> PathBuf {
    let beside_this_test = || {
        let test = std::env::current_exe().unwrap_or_default();
        test.ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default()
    };
    std::env::var_os("SEALPOST_BIN_DIR").map_or_else(beside_this_test, PathBuf::from)
}

impl Stack {
    /// Makes a team with a key in a real keyring and starts the relay.
    ///
    /// # Errors
    /// When a binary is missing or a step fails; its words are in the error.
    pub async fn start() -> Result<Self> {
        Self::with_work(PROOF_BITS).await
    }

    /// The same with a relay that asks for no work, for measuring something else.
    ///
    /// # Errors
    /// When a binary is missing or a step fails; its words are in the error.
    pub async fn start_without_work() -> Result<Self> {
        Self::with_work(0).await
    }

    async fn with_work(proof_bits: u8) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sealpost-").tempdir_in("/tmp")?;
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let tap = Tap::start(listen).await?;
        let mut stack =
            Self { folder, gpg: Gpg::new()?, tap, relay: None, settings: Vec::new(), listen, proof_bits };
        stack.init()?;
        stack.start_relay().await?;
        Ok(stack)
    }

    /// Makes a coordinator with a key of their own in a keyring of their own, and lets the policy hand the whole report to them after
    /// 20 hours. The relay is started again with the new policy.
    ///
    /// # Errors
    /// When a step fails; its words are in the error.
    pub async fn add_coordinator(&mut self) -> Result<Member> {
        let gpg = Gpg::new()?;
        let fingerprint = gpg.make_key("Coordinator <coordinator@demo.example>")?;
        let team = self.path("teams").join(TEAM);
        let certificate = gpg.run(&["--armor", "--export", &fingerprint], b"")?;
        fs::write(team.join("certs").join(format!("{fingerprint}.asc")), certificate.stdout)?;
        let (file, before) = (team.join("policy.toml"), "role = \"coordinator\"");
        let policy = fs::read_to_string(&file)?;
        ensure!(policy.contains(before), "the policy has no coordinator");
        let policy = policy
            .replacen("version = 1", "version = 2", 1)
            .replacen("carries = \"pointer\"", "carries = \"full\"", 1)
            // Signatures from a day ahead are still believed: so a story can be in the page's future and at the desk in one.
            .replacen("acknowledge = \"24h\"", "acknowledge = \"12h\"", 1)
            .replacen("answer = \"48h\"", "answer = \"20h\"", 1)
            .replacen("no_reply = \"48h\"", "no_reply = \"20h\"", 1)
            .replace(before, &format!("{before}\nfingerprints = [\"{fingerprint}\"]"));
        fs::write(&file, policy)?;
        self.team(&["policy", "sign", &file.to_string_lossy()])?;
        self.kill_relay()?;
        self.start_relay().await?;
        Ok(Member { gpg, fingerprint, desk: "coordinator", home: self.path("coordinator") })
    }

    /// Makes a second member of the team with a key of their own in a keyring of their own: every report is sealed to both. The relay is
    /// started again with the new policy.
    ///
    /// # Errors
    /// When a step fails; its words are in the error.
    pub async fn add_second_member(&mut self) -> Result<Member> {
        let gpg = Gpg::new()?;
        let fingerprint = gpg.make_key("Bob Builder <bob@demo.example>")?;
        let team = self.path("teams").join(TEAM);
        let certificate = gpg.run(&["--armor", "--export", &fingerprint], b"")?;
        fs::write(team.join("certs").join(format!("{fingerprint}.asc")), certificate.stdout)?;
        let file = team.join("policy.toml");
        let policy = fs::read_to_string(&file)?;
        let first =
            policy.lines().find_map(|line| line.strip_prefix("fingerprints = [\"")?.strip_suffix("\"]"));
        let first = first.context("the policy has no desk with one key")?.to_owned();
        let both = format!("[\"{first}\", \"{fingerprint}\"]");
        let policy = policy.replacen("version = 1", "version = 2", 1).replacen(
            &format!("fingerprints = [\"{first}\"]"),
            &format!("fingerprints = {both}\nmembers = {both}"),
            1,
        );
        fs::write(&file, policy)?;
        self.team(&["policy", "sign", &file.to_string_lossy()])?;
        self.kill_relay()?;
        self.start_relay().await?;
        Ok(Member { gpg, fingerprint, desk: "team", home: self.path("bob") })
    }

    /// Runs `sealpost` as another member and gives what it prints.
    ///
    /// # Errors
    /// When it fails; its words are in the error.
    pub fn as_member(&self, member: &Member, arguments: &[&str]) -> Result<String> {
        let origin = self.origin();
        let place = ["--relay", &origin, "--team", TEAM, "--desk", member.desk, "--key", &member.fingerprint];
        let all: Vec<&str> = arguments.iter().copied().chain(place).collect();
        let output = self.command(&member.home, member.gpg.home(), &all)?;
        succeeded(&format!("sealpost {}", arguments.join(" ")), &output)
    }

    fn init(&self) -> Result<()> {
        let (teams, origin) = (self.path("teams"), self.origin());
        let made = self.sealpost(&[
            "init",
            &teams.to_string_lossy(),
            "--preset",
            "rust-classic",
            "--slug",
            TEAM,
            "--name",
            "Demo Security Team",
            "--project",
            "Ferrisware",
            "--email",
            "security@demo.example",
            "--relay",
            &origin,
            "--coordinator",
            "mailto:coordinator@demo.example",
            "--backup",
            "mailto:backup@demo.example",
            "--forum",
            "https://forum.demo.example",
            "--no-passphrase",
        ])?;
        succeeded("sealpost init", &made).map(drop)
    }

    /// The address people use.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.tap.address())
    }

    /// A path inside the deployment's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the relay and waits until it says that it is ready.
    ///
    /// # Errors
    /// When it does not within a minute; its log is in the error.
    pub async fn start_relay(&mut self) -> Result<()> {
        self.serve(None).await
    }

    /// The same, with the browser app in `folder` in place of the built one.
    ///
    /// # Errors
    /// When it does not within a minute; its log is in the error.
    pub async fn serve_client(&mut self, folder: &Path) -> Result<()> {
        self.serve(Some(folder)).await
    }

    /// Starts the relay with further settings, which hold from then on.
    ///
    /// # Errors
    /// When it is not ready within a minute; its log is in the error.
    pub async fn serve_with(&mut self, settings: Vec<String>) -> Result<()> {
        self.settings = settings;
        self.serve(None).await
    }

    async fn serve(&mut self, client: Option<&Path>) -> Result<()> {
        // Without one, the relay serves what it was built with.
        let built = std::env::var_os("SEALPOST_DIST").map(PathBuf::from);
        let client = client.map(Path::to_path_buf).or(built);
        let log = File::options().create(true).append(true).open(self.path("relay.log"))?;
        let child = Command::new(binaries().join("sealpost-relay"))
            .arg("serve")
            .args(["--teams".as_ref(), self.path("teams").as_os_str()])
            .args(["--data".as_ref(), self.path("data").as_os_str()])
            .args(["--listen", &self.listen.to_string(), "--origin", &self.origin()])
            .args(["--proof-bits", &self.proof_bits.to_string()])
            .args(client.iter().flat_map(|folder| ["--client".as_ref(), folder.as_os_str()]))
            .args(&self.settings)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("sealpost-relay cannot be started; run the tests with `cargo xtask test`")?;
        self.relay = Some(child);
        self.ready().await
    }

    async fn ready(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        let address = format!("http://{}/readyz", self.listen);
        while ureq::get(&address).call().is_err() {
            if Instant::now() > deadline {
                bail!(
                    "the relay is not ready: {}",
                    fs::read_to_string(self.path("relay.log")).unwrap_or_default()
                );
            }
            tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_or(());
        }
        Ok(())
    }

    /// Stops the relay without warning, as a power cut would: `SIGKILL`.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill_relay(&mut self) -> Result<()> {
        let mut relay = self.relay.take().context("the relay is not running")?;
        relay.kill()?;
        relay.wait()?;
        Ok(())
    }

    /// The fingerprint of who signed the policy: what a reporter compares with what the project publishes.
    ///
    /// # Errors
    /// When the policy cannot be read.
    pub fn signer(&self) -> Result<String> {
        let policy = fs::read_to_string(self.path("teams").join(TEAM).join("policy.toml"))?;
        let line = policy.lines().find_map(|line| line.strip_prefix("signed_by = \""));
        line.and_then(|rest| rest.strip_suffix('"')).map(str::to_owned).context("the policy names no signer")
    }

    /// Runs `sealpost` as the team.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn sealpost(&self, arguments: &[&str]) -> Result<Output> {
        self.command(&self.path("team"), self.gpg.home(), arguments)
    }

    /// Runs `sealpost` as the team and gives what it prints.
    ///
    /// # Errors
    /// When it fails; its words are in the error.
    pub fn team(&self, arguments: &[&str]) -> Result<String> {
        succeeded(&format!("sealpost {}", arguments.join(" ")), &self.sealpost(arguments)?)
    }

    /// Runs `sealpost` as a reporter who has neither the team's home nor its keyring.
    ///
    /// # Errors
    /// When the binary is missing.
    pub fn reporter(&self, arguments: &[&str]) -> Result<Output> {
        self.command(&self.path("reporter"), &self.path("no-gpg"), arguments)
    }

    fn command(&self, home: &Path, gnupg: &Path, arguments: &[&str]) -> Result<Output> {
        Command::new(binaries().join("sealpost"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("SEALPOST_HOME", home)
            .env("GNUPGHOME", gnupg)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .context("sealpost cannot be started; run the tests with `cargo xtask test`")
    }

    /// The letters the team has pulled, as they lie on its disk.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn pulled(&self) -> Result<Vec<PathBuf>> {
        pulled(&self.path("team"))
    }

    /// Looks for planted sentences in the relay's data and logs and in everything that passed the wire.
    ///
    /// # Errors
    /// When a file cannot be read, or when there was nothing to look through.
    pub fn leaks(&self, sentences: &[&str]) -> Result<Vec<Leak>> {
        let heard = self.tap.heard();
        ensure!(heard.len() > 1000, "nothing passed the wire: the scan would prove nothing");
        ensure!(
            !leaks::files(&self.path("data"))?.is_empty(),
            "the relay has no data: the scan would prove nothing"
        );
        let mut found = leaks::in_bytes("the wire", &heard, sentences);
        found.extend(leaks::in_folder(&self.path("data"), sentences)?);
        found.extend(leaks::in_bytes("relay.log", &fs::read(self.path("relay.log"))?, sentences));
        found.extend(leaks::in_folder(&self.path("team"), sentences)?);
        Ok(found)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(mut relay) = self.relay.take() {
            drop(relay.kill());
            drop(relay.wait());
        }
    }
}

/// Gives what a command printed.
///
/// # Errors
/// When it failed, with both of its outputs.
pub fn succeeded(what: &str, output: &Output) -> Result<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{what} failed: {}\n{}", text(&output.stderr), text(&output.stdout));
    Ok(text(&output.stdout))
}
