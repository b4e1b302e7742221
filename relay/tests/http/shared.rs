//! Relays that share a database server and a bucket, and uploads to them.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output};

use data_encoding::{BASE64, HEXLOWER};
use sealpost_keys::TeamCert;
use sealpost_shared::limits::MIN_CHUNK_BYTES;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::build::OpenCase;
use crate::postgres::Postgres;
use crate::process::{PROGRAM, Process, prove, team};
use crate::s3::S3;

/// What relays share: the team, the key, a schema and a part of a bucket of their own.
pub(crate) struct Shared {
    pub(crate) folder: TempDir,
    pub(crate) to: TeamCert,
    pub(crate) database: String,
    pub(crate) blobs: String,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self::on(Postgres::shared())
    }

    pub(crate) fn on(postgres: &Postgres) -> Self {
        let (folder, to) = team();
        let database = postgres.schema();
        let (_, schema) = database.rsplit_once("%3D").unwrap();
        let blobs = format!("s3://{}/{schema}", S3::BUCKET);
        Self { folder, to, database, blobs }
    }

    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a relay, or an errand on its behalf, is told in variables.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = S3::shared().variables();
        variables.push(("SEALPOST_RELAY_DATABASE", self.database.clone()));
        variables.push(("SEALPOST_RELAY_BLOBS", self.blobs.clone()));
        variables
    }

    /// A relay with a data folder of that name, which only has to hold the key.
    pub(crate) fn relay(&self, name: &str) -> Process {
        let mut before = String::from("export SEALPOST_RELAY_ORIGIN=https://relay.example");
        for (variable, value) in self.variables() {
            before.push_str(&format!(" {variable}='{value}'"));
        }
        before.push_str(&format!("\nset -- \"$1\" '{}'", self.data(name).display()));
        Process::start(self.folder.path(), &before)
    }

    /// Two relays; the first made the key, and the operator gave it to the second.
    pub(crate) fn pair(&self) -> (Process, Process) {
        let first = self.relay("a");
        fs::create_dir(self.data("b")).unwrap();
        fs::copy(self.data("a").join("relay-key.asc"), self.data("b").join("relay-key.asc")).unwrap();
        (first, self.relay("b"))
    }

    pub(crate) fn verify(&self) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(["verify", "--database", &self.database, "--blobs", &self.blobs, "--data"]);
        command.arg(self.data("b")).envs(S3::shared().variables()).output().unwrap()
    }
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A blob in chunks, and whoever uploads it.
pub(crate) struct Upload<'a> {
    pub(crate) case: &'a OpenCase,
    pub(crate) whole: &'a [u8],
}

impl Upload<'_> {
    fn part(&self, n: usize) -> &[u8] {
        self.whole.chunks(MIN_CHUNK_BYTES).nth(n).unwrap()
    }

    /// The helper ends the head after the token, so one more header rides along with it.
    fn token(&self, n: usize) -> String {
        let digest = BASE64.encode(&Sha256::digest(self.part(n)));
        format!("{}\r\ncontent-digest: sha-256=:{digest}:", self.case.token())
    }

    pub(crate) fn put(&self, relay: &Process, n: usize) -> u16 {
        relay.ask("PUT", &format!("{}/{n}", self.case.blob(7)), &self.token(n), self.part(n)).unwrap().0
    }

    /// Sends half a chunk and keeps the connection open.
    pub(crate) fn put_half(&self, relay: &Process, n: usize) -> TcpStream {
        let proof = prove(relay.address, "PUT", &format!("{}/{n}", self.case.blob(7)), self.part(n)).unwrap();
        let head = format!(
            "PUT {}/{n} HTTP/1.1\r\nhost: relay\r\nauthorization: Bearer {}\r\nsealpost-proof: {proof}\r\ncontent-length: {}\r\n\r\n",
            self.case.blob(7),
            self.token(n),
            self.part(n).len()
        );
        let mut half = TcpStream::connect(relay.address).unwrap();
        half.write_all(&[head.as_bytes(), &self.part(n)[..MIN_CHUNK_BYTES / 2]].concat()).unwrap();
        half
    }

    pub(crate) fn seal(&self, relay: &Process) -> (u16, Vec<u8>) {
        let sha256 = HEXLOWER.encode(&Sha256::digest(self.whole));
        let (chunks, size) = (self.whole.chunks(MIN_CHUNK_BYTES).count(), self.whole.len());
        let body = format!(r#"{{"chunks":{chunks},"size":{size},"sha256":"{sha256}"}}"#);
        relay.ask("POST", &self.case.blob(7), &self.case.token(), body.as_bytes()).unwrap()
    }
}
