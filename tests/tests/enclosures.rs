//! Files too large for a letter, from a real browser over a line that breaks to the team's folder.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::leaks;
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

const SENTENCE: &str = "The decoder writes past the end of its picture buffer";
const NAME: &str = "core of decoder.dump";
const MIB: usize = 1 << 20;
/// What files of any size may take of a phone: no more than a large photograph, opened.
const MEMORY_OVER_IDLE: u64 = 64 << 20;

/// Bytes that no compressor would shorten, with a sentence in the middle.
fn dump(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(next).take(length).collect();
    let middle = length / 2;
    bytes[middle..middle + SENTENCE.len()].copy_from_slice(SENTENCE.as_bytes());
    bytes
}

/// A file of the reporter's.
fn file(stack: &Stack, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let path = stack.path(name);
    std::fs::write(&path, bytes)?;
    Ok(path)
}

/// A file of so many MiB that takes no room on the disk.
fn sparse(stack: &Stack, name: &str, mib: u64) -> Result<PathBuf> {
    let path = stack.path(name);
    File::create(&path)?.set_len(mib << 20)?;
    Ok(path)
}

/// Writes a report and stops at the files.
async fn write_report(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", "Overflow in the decoder").await?;
    tab.fill("report", "# What happens\n\nSee the attached dump.\n").await
}

/// Attaches a file that travels beside the report.
async fn attach(tab: &Tab, file: &Path) -> Result<()> {
    tab.attach("attachments", file).await?;
    tab.see("files", "sent beside the report").await.map(drop)
}

/// Goes on to the twelve words, and past them.
async fn keep_words(tab: &Tab) -> Result<()> {
    tab.click("continue").await?;
    tab.click("words-kept").await
}

async fn case_of(tab: &Tab) -> Result<String> {
    tab.see("case-id", "").await
}

/// What the reporter's disk holds of enclosures: uploads and sealed chunks.
async fn held(tab: &Tab) -> Result<(u64, u64)> {
    let count = "new Promise((done, fail) => { const ask = indexedDB.open('sealpost'); ask.onerror = () => fail(ask.error); \
        ask.onsuccess = () => { const look = ask.result.transaction(['uploads', 'chunks']); \
        const counts = ['uploads', 'chunks'].map(table => look.objectStore(table).count()); \
        look.oncomplete = () => { ask.result.close(); done(counts.map(({ result }) => result)); }; }; })";
    Ok(serde_json::from_value(tab.script(count).await?)?)
}

/// Which chunk of its blob the relay keeps in this file.
fn number(chunk: &Path) -> u32 {
    let name = chunk.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.split('-').next().and_then(|n| n.parse().ok()).unwrap_or(u32::MAX)
}

/// `gpg -d enclosures.pgp | tar x`, of what the relay stores.
fn unpack_with_gpg(stack: &Stack, case: &str) -> Result<PathBuf> {
    let sealed = stack.path("enclosures.pgp");
    let mut chunks = leaks::files(&stack.path("data").join("blobs"))?;
    chunks.sort_by_key(|chunk| number(chunk));
    let mut whole = File::create(&sealed)?;
    for chunk in chunks {
        io::copy(&mut File::open(chunk)?, &mut whole)?;
    }
    let out = stack.path(&format!("tar-{case}"));
    std::fs::create_dir(&out)?;
    let mut gpg = Command::new("gpg");
    let mut gpg = gpg
        .env("GNUPGHOME", stack.gpg.home())
        .args(["--batch", "--decrypt"])
        .arg(&sealed)
        .stdout(Stdio::piped())
        .spawn()?;
    let plain = gpg.stdout.take().context("gpg writes nothing")?;
    let unpacked = Command::new("tar").arg("x").arg("-C").arg(&out).stdin(plain).status()?;
    // gpg says by its status that it does not know who signed; `sealpost save` does.
    ensure!(gpg.wait()?.code().is_some(), "gpg did not come to the end of the message");
    ensure!(unpacked.success(), "tar does not unpack what gpg decrypts");
    Ok(out)
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_megabytes_arrive_though_line_relay_and_browser_die_on_the_way() -> Result<()> {
    let mut stack = Stack::start().await?;
    let folder = stack.path("profile");
    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    let sent = dump(20 * MIB);
    let original = file(&stack, NAME, &sent)?;
    write_report(&tab, &stack).await?;
    attach(&tab, &original).await?;
    keep_words(&tab).await?;
    // The letter and some chunks go through, then the line is down.
    stack.tap.cut_after(7 * MIB);
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.see_attribute("upload", "data-state", "waiting").await?;
    let case = case_of(&tab).await?;
    tab.kept_for_offline().await?;
    let (uploads, chunks) = held(&tab).await?;
    ensure!(uploads == 1 && chunks >= 20, "{uploads} uploads and {chunks} chunks wait on this device");
    tab.open(&stack.origin()).await?;
    tab.see("case-files", "not all sent").await?;
    // Then the relay, the browser and the original file.
    stack.kill_relay()?;
    profile.kill().await?;
    std::fs::remove_file(&original)?;
    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    tab.open(&format!("{}/#/case/{case}", stack.origin())).await?;
    tab.see("upload", NAME).await?;
    stack.tap.mend();
    stack.start_relay().await?;
    stack.team(&["pull"])?;
    let shown = stack.team(&["show", &case])?;
    ensure!(shown.contains(NAME) && shown.contains("20.0 MiB"), "show says: {shown}");
    tab.reload().await?;
    tab.see("files-arrived", "arrived").await?;
    ensure!(held(&tab).await? == (0, 0), "sealed chunks stay although the receipt is there");
    let out = stack.path("out");
    stack.team(&["save", &case, &out.to_string_lossy()])?;
    ensure!(std::fs::read(out.join(NAME))? == sent, "other bytes arrived");
    let by_gpg = unpack_with_gpg(&stack, &case)?;
    ensure!(std::fs::read(by_gpg.join(NAME))? == sent, "gpg and tar give other bytes");
    std::fs::remove_dir_all(by_gpg)?;
    let leaked = stack.leaks(&[SENTENCE, NAME])?;
    ensure!(leaked.is_empty(), "plaintext where only ciphertext may be: {leaked:?}");
    profile.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_vanish_are_too_large_or_were_left_behind_are_told_in_words() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    write_report(&tab, &stack).await?;
    let huge = sparse(&stack, "disk.img", 300)?;
    tab.attach("attachments", &huge).await?;
    tab.see("file-error", "256 MiB").await?;
    let vanishing = file(&stack, NAME, &dump(2 * MIB))?;
    attach(&tab, &vanishing).await?;
    tab.see("large-kept", "not saved with it").await?;
    keep_words(&tab).await?;
    std::fs::remove_file(&vanishing)?;
    tab.click("send").await?;
    let said = tab.see("failure", "changed or removed").await?;
    ensure!(said.contains(NAME), "the page does not say which file: {said}");
    ensure!(held(&tab).await? == (0, 0), "something of a report that failed is kept");
    // The draft stays, and says after a reload what is missing from it.
    tab.click("back").await?;
    tab.see("saved", "encrypted").await?;
    tab.reload().await?;
    tab.see("lost-files", NAME).await?;
    tab.click("continue").await?;
    tab.see("errors", "send without them").await?;
    tab.accessible().await?;
    tab.click("leave-out").await?;
    let long = sparse(&stack, "memory.img", 200)?;
    attach(&tab, &long).await?;
    keep_words(&tab).await?;
    tab.click("send").await?;
    tab.click("cancel-sealing").await?;
    tab.see("send", "Seal and send").await?;
    ensure!(held(&tab).await? == (0, 0), "something of a sealing that was cancelled is kept");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_the_files_has_them_stopped_until_they_go_on() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    write_report(&tab, &stack).await?;
    attach(&tab, &file(&stack, NAME, &dump(5 * MIB))?).await?;
    keep_words(&tab).await?;
    stack.tap.cut_after(3 * MIB);
    tab.click("send").await?;
    tab.see_attribute("upload", "data-state", "waiting").await?;
    tab.accessible().await?;
    tab.click("upload-stop").await?;
    tab.see_attribute("upload", "data-state", "stopped").await?;
    stack.tap.mend();
    tab.reload().await?;
    tab.see_attribute("upload", "data-state", "stopped").await?;
    tab.click("upload-go-on").await?;
    tab.see("files-arrived", "arrived").await?;
    ensure!(held(&tab).await? == (0, 0), "sealed chunks stay although the receipt is there");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_too_full_for_the_files_is_told_and_the_report_goes_without_them() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    // Before the first use: later, the browser has set space aside. The page itself takes half of it.
    let quota = json!({ "origin": stack.origin(), "quotaSize": 16 * MIB });
    tab.open(&format!("{}/release.json", stack.origin())).await?;
    tab.order("Storage.overrideQuotaForOrigin", quota).await?;
    write_report(&tab, &stack).await?;
    attach(&tab, &file(&stack, NAME, &dump(20 * MIB))?).await?;
    keep_words(&tab).await?;
    tab.click("send").await?;
    tab.see("failure", "storage is full").await?;
    ensure!(held(&tab).await? == (0, 0), "chunks that belong to nothing fill the disk");
    tab.click("back").await?;
    tab.click("[aria-label='Remove core of decoder.dump']").await?;
    tab.click("continue").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await
}

/// A clock that is a day further than the relay's, which cannot be moved here.
const TOMORROW: &str = "{ const Right = Date; const day = 24 * 3_600_000; globalThis.Date = class extends Right { \
    static now() { return Right.now() + day; } constructor(...told) { super(...(told.length ? told : [Right.now() + day])); } }; }";

#[tokio::test(flavor = "multi_thread")]
async fn a_report_with_twenty_megabytes_written_without_a_network_is_delivered_the_next_day_without_a_click()
-> Result<()> {
    let mut stack = Stack::start().await?;
    let folder = stack.path("profile");
    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    // The page is loaded once, and the network is gone.
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.kept_for_offline().await?;
    profile.close().await?;
    stack.kill_relay()?;
    let case = write_without_a_network(&stack, &folder).await?;
    // The next day the network is back, and the browser is opened.
    stack.start_relay().await?;
    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    tab.before_every_page(TOMORROW).await?;
    tab.open(&format!("{}/#/cases", stack.origin())).await?;
    tab.see_attribute("case-row", "data-state", "sent").await?;
    tab.open(&format!("{}/#/case/{case}", stack.origin())).await?;
    tab.see("files-arrived", "arrived").await?;
    tab.see("receipt", "").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;
    let sent = "Date.now() - Date.parse(document.querySelector('[data-test=sent] time').dateTime)";
    let ago = tab.script(sent).await?.as_i64().context("no time of sending")?;
    ensure!(
        ago < 23 * 3_600_000,
        "the clocks run since the writing, {ago} ms ago, and not since the sending"
    );
    stack.team(&["pull"])?;
    let out = stack.path("out");
    stack.team(&["save", &case, &out.to_string_lossy()])?;
    ensure!(std::fs::read(out.join(NAME))? == dump(20 * MIB), "other bytes arrived");
    profile.close().await
}

/// Opens the browser without a network, writes a report with 20 MiB beside it, and closes the browser. The file is gone then.
async fn write_without_a_network(stack: &Stack, folder: &Path) -> Result<String> {
    let profile = Profile::open(folder).await?;
    let tab = profile.tab().await?;
    tab.set_offline(true).await?;
    let original = file(stack, NAME, &dump(20 * MIB))?;
    write_report(&tab, stack).await?;
    attach(&tab, &original).await?;
    keep_words(&tab).await?;
    tab.click("send").await?;
    let case = case_of(&tab).await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.see_attribute("upload", "data-state", "queued").await?;
    profile.close().await?;
    std::fs::remove_file(&original)?;
    Ok(case)
}

/// Waits as long as a large file takes on a busy machine.
async fn arrived(tab: &Tab) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(600);
    while tab.text("files-arrived").await?.is_none() {
        ensure!(Instant::now() < deadline, "the files have not arrived after ten minutes");
        tab.moment().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: a minute or more"]
async fn two_hundred_megabytes_reach_gpg_and_tar() -> Result<()> {
    let stack = Stack::start().await?;
    let profile = Profile::open(&stack.path("profile")).await?;
    let tab = profile.tab().await?;
    let sent = dump(200_000_000);
    write_report(&tab, &stack).await?;
    attach(&tab, &file(&stack, NAME, &sent)?).await?;
    keep_words(&tab).await?;
    tab.see("send", "Seal and send").await?;
    let page = profile.page_processes()?;
    let idle = page.resident()?;
    page.forget_peak()?;
    let begun = Instant::now();
    tab.click("send").await?;
    while tab.text("case-id").await?.is_none() {
        ensure!(begun.elapsed() < Duration::from_secs(600), "the files are not sealed after ten minutes");
        tab.moment().await?;
    }
    let (sealed, sealing) = (begun.elapsed(), page.peak()?.saturating_sub(idle));
    arrived(&tab).await?;
    let grown = page.peak()?.saturating_sub(idle);
    println!(
        "200 MB: sealed and stored after {sealed:.1?}, sent after {:.1?}; the page held {} MiB, {} more while sealing, {} more at most",
        begun.elapsed(),
        idle >> 20,
        sealing >> 20,
        grown >> 20
    );
    ensure!(grown < MEMORY_OVER_IDLE, "the page took {} MiB more than when idle", grown >> 20);
    let out = unpack_with_gpg(&stack, &case_of(&tab).await?)?;
    ensure!(std::fs::read(out.join(NAME))? == sent, "gpg and tar give other bytes");
    Ok(())
}
