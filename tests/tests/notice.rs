//! A team is told by mail: a real mail server takes the mail, a real mail program's parser reads it, and a real gpg opens it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::stack::{Stack, TEAM, succeeded};
use serde_json::Value;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";

/// A mail server that speaks nothing before STARTTLS and keeps each mail as a file. Ends when nobody holds its input any more.
const SINK: &str = r#"
import asyncio, os, ssl, sys, threading
from aiosmtpd.smtp import SMTP
folder, certificate, key = sys.argv[1:4]
class Keep:
    count = 0
    async def handle_DATA(self, server, session, envelope):
        Keep.count += 1
        path = os.path.join(folder, f"{Keep.count}.eml")
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(path + ".part", path)
        return "250 kept"
async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    make = lambda: SMTP(Keep(), tls_context=tls, require_starttls=True)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
asyncio.run(main())
"#;

/// Reads a mail as Python's own parser does, and says what a person and a program see of it.
const READER: &str = r#"
import email, email.policy, json, sys
mail = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
parts = list(mail.iter_parts()) if mail.is_multipart() else [mail]
print(json.dumps({
    "subject": mail["Subject"], "to": mail["To"], "from": mail["From"], "automatic": mail["Auto-Submitted"],
    "type": mail.get_content_type(), "protocol": mail.get_param("protocol"),
    "parts": [[part.get_content_type(), part.get_payload(decode=True).decode()] for part in parts],
    "defects": [str(defect) for part in [mail, *parts] for defect in part.defects],
}))
"#;

fn python() -> PathBuf {
    std::env::var_os("SEALPOST_CALENDAR_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// A running mail server and the folder of what it took.
struct Sink {
    server: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl Sink {
    fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
        let mut command = Command::new(python());
        command.args(["-c", SINK]).arg(folder.path()).args([&certificate, &key]);
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let said = server.stdout.take().context("the mail server has no output")?;
        let mut line = String::new();
        BufReader::new(said.take(100)).read_line(&mut line)?;
        let port = line.trim().parse();
        let port = port.context("there is no Python with aiosmtpd; run the tests with `cargo xtask test`")?;
        Ok(Self { server, port, folder })
    }

    /// The settings of a relay that sends through it.
    fn settings(&self) -> Vec<String> {
        let ca = self.folder.path().join("certificate.pem");
        let address = format!("smtp://localhost:{}", self.port);
        ["--smtp", &address, "--smtp-from", "relay@demo.example", "--smtp-ca", &ca.to_string_lossy()]
            .map(str::to_owned)
            .to_vec()
    }

    /// The `n`th mail, read; waits for it.
    fn mail(&self, n: usize) -> Result<(Value, Vec<u8>)> {
        let path = self.folder.path().join(format!("{n}.eml"));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !path.exists() {
            ensure!(Instant::now() < deadline, "mail {n} did not come");
            std::thread::yield_now();
        }
        let read = Command::new(python()).args(["-c", READER]).arg(&path).output()?;
        Ok((serde_json::from_str(&succeeded("reading the mail", &read)?)?, fs::read(&path)?))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _it_may_have_ended = self.server.kill();
        let _it_may_have_been_waited_for = self.server.wait();
    }
}

/// Writes the file by which a team asks for mail.
fn ask_for(stack: &Stack, content: &str) -> Result<()> {
    let text = format!(
        "[[notice]]\ndesk = \"team\"\nto = [\"alice@demo.example\", \"bob@demo.example\"]\nsend = \"{content}\"\n"
    );
    Ok(fs::write(stack.path("teams").join(TEAM).join("notice.toml"), text)?)
}

fn report(stack: &Stack) -> Result<()> {
    let (text, signer) = (stack.path("report.md"), stack.signer()?);
    fs::write(&text, format!("{SENTENCE}.\n"))?;
    let origin = stack.origin();
    let output = stack.reporter(&[
        "report",
        "--relay",
        &origin,
        "--team",
        TEAM,
        "--title",
        TITLE,
        "--text",
        &text.to_string_lossy(),
        "--fingerprint",
        &signer,
    ])?;
    succeeded("sealpost report", &output).map(drop)
}

fn is_silent_about_the_report(mail: &[u8]) -> bool {
    let text = String::from_utf8_lossy(mail);
    [TITLE, SENTENCE, "overflow", "vulnerab"].iter().all(|word| !text.contains(word))
}

fn save(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_gets_the_sealed_letter_as_mail_and_gpg_opens_it() -> Result<()> {
    let (mut stack, sink) = (Stack::start().await?, Sink::start()?);
    ask_for(&stack, "letter")?;
    stack.kill_relay()?;
    stack.serve_with(sink.settings()).await?;
    report(&stack)?;
    let (mail, bytes) = sink.mail(1)?;
    ensure!(is_silent_about_the_report(&bytes), "the mail says what it is about");
    ensure!(mail["defects"] == Value::Array(Vec::new()), "{mail}");
    ensure!(
        mail["subject"] == "A sealed letter for demo/team" && mail["automatic"] == "auto-generated",
        "{mail}"
    );
    ensure!(
        mail["to"] == "alice@demo.example, bob@demo.example" && mail["from"] == "relay@demo.example",
        "{mail}"
    );
    // RFC 3156, 4: two parts of these types, the first of which says the version.
    ensure!(
        mail["type"] == "multipart/encrypted" && mail["protocol"] == "application/pgp-encrypted",
        "{mail}"
    );
    ensure!(mail["parts"][0][0] == "application/pgp-encrypted", "{mail}");
    ensure!(mail["parts"][0][1].as_str().is_some_and(|text| text.trim() == "Version: 1"), "{mail}");
    ensure!(mail["parts"][1][0] == "application/octet-stream", "{mail}");
    let sealed = mail["parts"][1][1].as_str().context("there is no second part")?;
    let sealed = save(sink.folder.path(), "second-part.asc", sealed)?;
    let opened = stack.gpg.decrypt(&sealed)?;
    ensure!(opened.contains(SENTENCE) && opened.contains(TITLE), "{opened}");
    ensure!(!sink.folder.path().join("2.eml").exists(), "one letter, one mail");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_wants_a_word_only_gets_no_letter() -> Result<()> {
    let (mut stack, sink) = (Stack::start().await?, Sink::start()?);
    ask_for(&stack, "word")?;
    stack.kill_relay()?;
    stack.serve_with(sink.settings()).await?;
    report(&stack)?;
    let (mail, bytes) = sink.mail(1)?;
    ensure!(is_silent_about_the_report(&bytes) && !String::from_utf8_lossy(&bytes).contains("PGP"), "{mail}");
    ensure!(
        mail["subject"] == "Something is waiting for demo/team" && mail["type"] == "text/plain",
        "{mail}"
    );
    let text = mail["parts"][0][1].as_str().unwrap_or_default();
    ensure!(
        text.contains("A sealed letter is waiting for demo/team") && text.contains("sealpost pull"),
        "{text}"
    );
    Ok(())
}
