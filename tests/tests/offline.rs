//! The page in one file: made and signed by the team, checked with gpg, written with from a disk without a network, and sent later.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::gpg::Gpg;
use sealpost_tests::stack::{Stack, TEAM, succeeded};
use serde_json::json;

const PAGE: &str = "sealpost-offline.html";
const TITLE: &str = "Heap overflow in the frame parser";
const SECOND: &str = "Timing of the login tells names";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";
const NOTE: &str = "A crash log that nobody else may read";

/// What the page kept in the browser: nothing.
const KEPT: &str = "Promise.all([indexedDB.databases().then(all => all.length), caches.keys().then(all => all.length), \
    localStorage.length, sessionStorage.length])";

fn template() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    let dist = std::env::var_os("SEALPOST_DIST").map_or_else(beside, PathBuf::from);
    dist.join("sealpost-offline.template")
}

/// The team makes the page and the relay offers it.
async fn offer(stack: &mut Stack) -> Result<()> {
    let folder = stack.path("teams").join(TEAM);
    stack.team(&[
        "client",
        "offline",
        &folder.to_string_lossy(),
        "--template",
        &template().to_string_lossy(),
    ])?;
    stack.kill_relay()?;
    stack.start_relay().await
}

/// Saves page and signature from the team's page, checked as a careful reporter does.
async fn save_checked(stack: &Stack, tab: &Tab, folder: &Path) -> Result<PathBuf> {
    tab.open(&format!("{}/#/t/{TEAM}", stack.origin())).await?;
    let shown = tab.see("offline-sha256", "").await?;
    let (name, page) = tab.save("offline-page").await?;
    let (_, signature) = tab.save("offline-signature").await?;
    ensure!(name == PAGE, "it is saved as {name}");
    let (file, signed) = (folder.join(PAGE), folder.join(format!("{PAGE}.asc")));
    fs::write(&file, &page)?;
    fs::write(&signed, &signature)?;
    let signer = stack.signer()?;
    let plain = format!("{}/plain/{TEAM}", stack.origin());
    let read =
        |address: &str| -> Result<String> { Ok(ureq::get(address).call()?.body_mut().read_to_string()?) };
    let told = read(&plain)?;
    ensure!(told.contains(&shown) && told.contains("gpg --verify"), "the plain page says nothing of {shown}");
    let gpg = Gpg::new()?;
    let certificate = read(&format!("{plain}/{signer}.asc"))?;
    succeeded("gpg --import", &gpg.run(&["--import"], certificate.as_bytes())?)?;
    let arguments = ["--status-fd", "1", "--verify", &signed.to_string_lossy(), &file.to_string_lossy()];
    let said = succeeded("gpg --verify", &gpg.run(&arguments, b"")?)?;
    ensure!(said.contains("GOODSIG ") && said.contains(&signer), "gpg says {said}");
    let digest =
        succeeded("gpg --print-md", &gpg.run(&["--print-md", "SHA256", &file.to_string_lossy()], b"")?)?;
    let digest: String = digest.rsplit(':').next().unwrap_or_default().split_whitespace().collect();
    ensure!(digest.to_lowercase() == shown, "the page shows {shown}, the file has {digest}");
    let mut bad = page;
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    let changed = folder.join("bad.html");
    fs::write(&changed, bad)?;
    let arguments = ["--verify", &signed.to_string_lossy(), &changed.to_string_lossy()];
    ensure!(!gpg.run(&arguments, b"")?.status.success(), "one wrong byte is good for gpg");
    Ok(file)
}

/// What one sealing left in a folder.
struct Sealed {
    words: String,
    case_file: PathBuf,
    report: PathBuf,
}

async fn seal(tab: &Tab, title: &str, folder: &Path) -> Result<Sealed> {
    tab.fill("title", title).await?;
    tab.fill("report", SENTENCE).await?;
    tab.click("seal").await?;
    tab.see("heading", "Sealed").await?;
    let words = tab.see("words", " ").await?;
    let words = words.split(|letter: char| !letter.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join(" ");
    let mut paths = Vec::new();
    for button in ["save-case", "save-report", "save-reminders"] {
        let (name, bytes) = tab.save(button).await?;
        ensure!(!bytes.is_empty(), "{name} is empty");
        fs::write(folder.join(&name), bytes)?;
        paths.push(folder.join(name));
    }
    let calendar = fs::read_to_string(&paths[2])?;
    ensure!(calendar.contains("BEGIN:VEVENT") && calendar.contains("TRIGGER"), "no dates: {calendar}");
    ensure!(!calendar.contains(title) && !calendar.contains("Ferrisware"), "the calendar tells: {calendar}");
    Ok(Sealed { words, case_file: paths[0].clone(), report: paths[1].clone() })
}

/// Writes two reports from the disk, with the network off.
async fn write_from_disk(stack: &Stack, page: &Path, folder: &Path) -> Result<[Sealed; 2]> {
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.set_offline(true).await?;
    tab.open(&format!("file://{}", page.display())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    let signer: String = stack.signer()?.chars().take(4).collect();
    tab.see("keys", &signer).await?;
    tab.accessible().await?;
    tab.click("seal").await?;
    tab.see("fault", "title").await?;
    let log = folder.join("crash.log");
    fs::write(&log, NOTE)?;
    tab.choose_file("files", &log).await?;
    let first = seal(&tab, TITLE, folder).await?;
    tab.accessible().await?;
    tab.click("change").await?;
    let second = seal(&tab, SECOND, folder).await?;
    ensure!(first.words != second.words, "two cases have the same words");
    ensure!(tab.complaints().is_empty(), "the console said {:?}", tab.complaints());

    let kept = tab.script(KEPT).await?;
    ensure!(kept == json!([0, 0, 0, 0]), "the page keeps something in the browser: {kept}");
    may_not_connect(&tab, stack).await?;
    Ok([first, second])
}

/// Also with a network the page may not use one: its own policy forbids it.
async fn may_not_connect(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.set_offline(false).await?;
    let reach = "fetch('ADDRESS/livez', { mode: 'no-cors' }).then(() => 'reached', () => 'blocked')";
    let reached = tab.script(&reach.replace("ADDRESS", &stack.origin())).await?;
    ensure!(reached == "blocked", "the page reaches the network");
    let deadline = Instant::now() + Duration::from_secs(60);
    for said in ["connect-src 'none'", "Fetch API cannot load"] {
        while !tab.complaints().iter().any(|complaint| complaint.contains(said)) {
            ensure!(
                Instant::now() < deadline,
                "nothing says that the policy blocked it: {:?}",
                tab.complaints()
            );
            tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await.unwrap_or(());
        }
    }
    tab.forgive("connect-src 'none'");
    tab.forgive("Fetch API cannot load");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_written_from_one_signed_file_without_a_network_is_sent_later() -> Result<()> {
    let mut stack = Stack::start().await?;
    offer(&mut stack).await?;
    let folder = tempfile::tempdir()?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let page = save_checked(&stack, &tab, folder.path()).await?;
    let heard = stack.tap.heard().len();
    let [first, second] = write_from_disk(&stack, &page, folder.path()).await?;
    ensure!(stack.tap.heard().len() == heard, "writing reached the relay");
    let mailed = stack.gpg.decrypt(&first.report)?;
    ensure!(mailed.contains(SENTENCE) && mailed.contains(TITLE), "the team's gpg reads {mailed}");

    // With the page: nothing counts while it cannot be sent, and everything once it was.
    tab.open(&format!("{}/#/restore", stack.origin())).await?;
    tab.choose_file("backup-file", &first.case_file).await?;
    tab.fill("typed-words", &second.words).await?;
    tab.click("restore").await?;
    tab.see("restore-failed", "do not open this backup").await?;
    tab.fill("typed-words", &first.words).await?;
    stack.kill_relay()?;
    tab.click("restore").await?;
    let found = tab.see("restored", TITLE).await?;
    ensure!(found.matches(TITLE).count() == 1, "one case should be found: {found}");
    tab.script("document.querySelector('[data-test=restored] a').click()").await?;
    tab.see("case", TITLE).await?;
    ensure!(
        tab.text("promise-acknowledge").await?.is_none_or(|said| !said.contains("left")),
        "a clock runs already"
    );
    stack.start_relay().await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;
    // Once more does no harm.
    tab.open(&format!("{}/#/restore", stack.origin())).await?;
    tab.choose_file("backup-file", &first.case_file).await?;
    tab.fill("typed-words", &first.words).await?;
    tab.click("restore").await?;
    tab.see("restored", TITLE).await?;

    // With the command line.
    let words = folder.path().join("words.txt");
    fs::write(&words, &second.words)?;
    let (file, words) = (second.case_file.to_string_lossy(), words.to_string_lossy());
    let sent = stack.reporter(&["--json", "case", &file, "--words-file", &words])?;
    let said: serde_json::Value = serde_json::from_str(&succeeded("sealpost case", &sent)?)?;
    ensure!(said.pointer("/case").is_some(), "the command line says {said}");
    // It goes on from the folder that it made.
    succeeded("sealpost case again", &stack.reporter(&["case", &file, "--words-file", &words])?)?;

    stack.team(&["pull"])?;
    let list = stack.team(&["list"])?;
    for title in [TITLE, SECOND] {
        ensure!(list.matches(title).count() == 1, "the team should have one “{title}”: {list}");
    }
    let leaks = stack.leaks(&[TITLE, SECOND, SENTENCE, NOTE, &first.words, &second.words])?;
    ensure!(leaks.is_empty(), "{leaks:?}");
    tab.forgive("ERR_");
    tab.forgive("Failed to load resource");
    ensure!(tab.complaints().is_empty(), "the console said {:?}", tab.complaints());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_policy_is_over_writes_nothing_and_says_where_another_is() -> Result<()> {
    let mut stack = Stack::start().await?;
    offer(&mut stack).await?;
    let page = stack.path("teams").join(TEAM).join(PAGE);
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    // Ten years from now, by this computer's clock.
    tab.before_every_page("{ const now = Date.now; Date.now = () => now() + 315576e6; const D = Date; globalThis.Date = class extends D { constructor(...a) { super(...(a.length ? a : [D.now()])); } }; }").await?;
    tab.open(&format!("file://{}", page.display())).await?;
    tab.see_attribute("keys", "data-state", "unusable").await?;
    tab.see("obstacle", "clock is wrong").await?;
    ensure!(
        tab.script("document.getElementById('form').hidden").await? == json!(true),
        "it can be written with"
    );
    Ok(())
}
