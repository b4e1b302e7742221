//! A real server that speaks S3 for tests, from npm. It ends with the process of the test, however that ends.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A server that speaks S3, with its files in a folder of its own. It checks signatures.
pub(crate) struct S3 {
    port: String,
    folder: PathBuf,
    _running: Child,
}

/// Starts the server on a free port and says which; ends when its input does.
const S3_SCRIPT: &str = "
const [S3rver, directory] = [require(process.argv[1]), process.argv[2]];
const configureBuckets = [{ name: 'sealpost' }];
process.stdin.resume().on('end', () => {
  require('fs').rmSync(directory, { recursive: true, force: true });
  process.exit();
});
new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets })
  .run().then(({ port }) => console.log(port));
";

impl S3 {
    /// The bucket that is there.
    pub(crate) const BUCKET: &str = "sealpost";

    /// The one that all tests of this process share, each under a prefix of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<S3> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("sealpost-s3-").tempdir().unwrap().keep();
        let mut command = Command::new(std::env::var_os("SEALPOST_NODE").unwrap_or_else(|| "node".into()));
        command.args(["-e", S3_SCRIPT]).arg(s3rver()).arg(&folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "the S3 server did not start");
        Self { port: port.trim().to_owned(), folder, _running: child }
    }

    /// Where it keeps its files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What tells a program where it is and by which key it knows us.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "S3RVER".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER".to_owned()),
        ]
    }
}

/// The server's package: where `cargo xtask test` says, or where it once put it.
fn s3rver() -> PathBuf {
    if let Some(path) = std::env::var_os("SEALPOST_S3RVER") {
        return path.into();
    }
    let home = PathBuf::from(std::env::var_os("HOME").unwrap());
    let tools = fs::read_dir(home.join(".cache/sealpost/tools")).into_iter().flatten().flatten();
    let mut packages =
        tools.map(|entry| entry.path().join("node_modules/s3rver")).filter(|path| path.is_dir());
    packages.next().expect("the S3 server of the tests is not installed: run `cargo xtask setup`")
}
