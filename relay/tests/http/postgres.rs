//! A real PostgreSQL server for tests, from Debian's package. It runs in a folder of its own, reached through a socket in it, and ends
//! with the process of the test, however that ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// `nobody` and `nogroup` of Debian: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// Runs a server until a word comes in (it stops), or the input ends, because the test's process did (its folder goes, too).
const SUPERVISOR: &str = r#"
folder=$1; shift
"$@" & server=$!
if read -r word; then kill -INT $server; wait $server; else kill -INT $server; wait $server; rm -rf "$folder"; fi
"#;

/// What PostgreSQL says once it can be asked.
const READY: &str = "database system is ready to accept connections";

/// A PostgreSQL server in a folder of its own.
pub(crate) struct Postgres {
    folder: PathBuf,
    running: Option<Child>,
}

impl Postgres {
    /// The one that all tests of this process share, each in a schema of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// One for a test that stops it.
    pub(crate) fn start() -> Self {
        // Not in TMPDIR: nobody must get there, and a socket's path has at most 107 bytes (unix(7)).
        let folder = tempfile::Builder::new().prefix("sealpost-pg-").tempdir_in("/tmp").unwrap().keep();
        let (initdb, data) = (bin().join("initdb"), folder.join("data"));
        if is_root(&folder) {
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut make = Command::new("setpriv");
        make.args(as_nobody(&folder)).arg(initdb).arg("-D").arg(data);
        make.args(["-U", "sealpost", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let made = make.current_dir(&folder).env("LC_ALL", "C").output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let mut postgres = Self { folder, running: None };
        postgres.go_on();
        postgres
    }

    /// Starts it again.
    pub(crate) fn go_on(&mut self) {
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISOR, "sh"]).arg(&self.folder);
        command.arg("setpriv").args(as_nobody(&self.folder)).arg(bin().join("postgres"));
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        command.args(["-c", "listen_addresses=", "-c", "max_connections=300"]);
        command.current_dir(&self.folder).env("LC_ALL", "C");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        while !said.last().is_some_and(|line: &String| line.contains(READY)) {
            let line = lines.next();
            said.push(line.unwrap_or_else(|| panic!("PostgreSQL ended:\n{}", said.join("\n"))));
        }
        std::thread::spawn(move || lines.for_each(drop));
        self.running = Some(child);
    }

    /// Stops it, as an operator does.
    pub(crate) fn stop(&mut self) {
        let mut child = self.running.take().unwrap();
        child.stdin.take().unwrap().write_all(b"stop\n").unwrap();
        child.wait().unwrap();
    }

    /// The address of a new, empty schema.
    pub(crate) fn schema(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("s{}", NEXT.fetch_add(1, Ordering::SeqCst));
        let made = self.psql(&format!("CREATE SCHEMA {name}"));
        assert!(made.is_ok(), "{made:?}");
        let folder = self.folder.display();
        format!("postgres://sealpost@localhost/postgres?host={folder}&options=-c%20search_path%3D{name}")
    }

    /// Has one statement run by PostgreSQL's own client.
    pub(crate) fn psql(&self, statement: &str) -> Result<String, String> {
        let mut command = Command::new(bin().join("psql"));
        command.args(["-X", "-A", "-t", "-U", "sealpost", "-d", "postgres", "-h"]).arg(&self.folder);
        let output = command.args(["-c", statement]).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if output.status.success() { Ok(said) } else { Err(String::from_utf8(output.stderr).unwrap()) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        match self.running.take() {
            Some(mut child) => {
                drop(child.stdin.take());
                let _it_has_ended = child.wait();
            }
            None => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}

/// The newest PostgreSQL of this machine.
fn bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(|path| version(path));
    let newest =
        newest.expect("PostgreSQL is not installed: run `cargo xtask test`, or apt-get install postgresql");
    newest.join("bin")
}

fn is_root(folder: &Path) -> bool {
    let uid = fs::metadata(folder).unwrap().uid();
    uid == 0 || uid == NOBODY
}

/// What makes `setpriv` (util-linux) go on as nobody where a test runs as root, and as itself elsewhere.
fn as_nobody(folder: &Path) -> Vec<String> {
    if is_root(folder) {
        vec![
            format!("--reuid={NOBODY}"),
            format!("--regid={NOBODY}"),
            "--clear-groups".to_owned(),
            "--".to_owned(),
        ]
    } else {
        vec!["--".to_owned()]
    }
}
