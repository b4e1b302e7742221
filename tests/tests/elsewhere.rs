//! Any project, no relay needed: a report that went another way is tracked, and one is sealed to a certificate that was found.

use std::io::Write as _;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::gpg::Gpg;
use sealpost_tests::stack::{Stack, succeeded};

const NAME: &str = "The frames thing";
const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The function parse_continuation trusts the length field";
const ANSWER: &str = "We can open it, thank you";

/// The minute of an instant, as the page's form takes it.
async fn minute(tab: &Tab, seconds_ago: u64) -> Result<String> {
    let script = format!(
        "(() => {{ const d = new Date(Date.now() - {seconds_ago} * 1000); return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16); }})()"
    );
    Ok(tab.script(&script).await?.as_str().context("no date")?.to_owned())
}

async fn choose_classic(tab: &Tab) -> Result<()> {
    tab.choose("rules", "rust-classic").await?;
    tab.see("rules-read", "within 24 hours").await?;
    tab.fill("project", "Ferrisware").await
}

/// The note is compared with the title alone until what was sent is pasted; a word that only the reporter can judge may be allowed.
async fn compare_note(tab: &Tab) -> Result<()> {
    tab.see("note-title-only", "title").await?;
    tab.see("note-copy", "Copy").await?;
    tab.fill("note-sent", &format!("{TITLE}. {SENTENCE}.")).await?;
    tab.see("note-good", "nothing of your report was found").await?;
    tab.fill("note-text", "I trust that you answer. It overflows.").await?;
    tab.see("note-leak", "trusts").await?;
    ensure!(tab.text("note-copy").await?.is_none(), "a note with a leak can be copied");
    tab.click("note-harmless").await?;
    tab.see("note-leak", "overflow").await?;
    ensure!(tab.text("note-harmless").await?.is_none(), "what names a kind of problem is called harmless");
    tab.fill("note-text", "I trust that you answer.").await?;
    tab.see("note-good", "nothing of your report was found").await?;
    tab.click("note-again").await?;
    tab.see("note-copy", "Copy").await.map(drop)
}

/// Everything below works with the network off once the page has been opened.
async fn go_offline(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&format!("{}/", stack.origin())).await?;
    tab.see("to-track", "Track").await?;
    tab.kept_for_offline().await?;
    tab.see("promises", "within 24 hours").await?;
    tab.set_offline(true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_sent_by_mail_is_tracked_without_a_relay_or_a_network() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    go_offline(&tab, &stack).await?;
    tab.click("to-track").await?;
    tab.click("track").await?;
    tab.see("track-fault", "a name").await?;
    tab.fill("title", NAME).await?;
    tab.click("track").await?;
    tab.see("track-fault", "Choose what to measure").await?;
    choose_classic(&tab).await?;
    tab.accessible().await?;
    tab.fill("contact", "security@ferris.example").await?;
    tab.fill("address-coordinator", "jo@ferris.example").await?;
    tab.fill("address-forum", "https://forum.ferris.example").await?;
    tab.fill("sent-at", "2999-01-01T00:00").await?;
    tab.click("track").await?;
    tab.see("track-fault", "in the future").await?;
    tab.fill("sent-at", &minute(&tab, 49 * 3600).await?).await?;
    tab.click("track").await?;

    tab.see_attribute("case", "data-state", "tracked").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "late").await?;
    correct_the_sending(&tab).await?;
    tab.see_attribute("step-coordinator", "data-state", "open").await?;
    let mail = tab.attribute("write-mail", "href").await?.context("no mail draft")?;
    ensure!(mail.starts_with("mailto:jo@ferris.example"), "the mail goes to {mail}");
    tab.click("take-step").await?;
    tab.see_attribute("step-backup", "data-state", "open").await?;
    // That was a slip of the hand.
    tab.click("record-undo").await?;
    tab.see_attribute("step-coordinator", "data-state", "open").await?;
    tab.click("take-step").await?;
    tab.see_attribute("step-backup", "data-state", "open").await?;
    tab.see("step-backup", "names no address").await?;
    tab.click("take-step").await?;
    tab.see_attribute("step-forum", "data-state", "open").await?;
    compare_note(&tab).await?;

    tab.click("record-by-hand").await?;
    tab.choose("record-kind", "answer").await?;
    tab.click("record-save").await?;
    tab.see_attribute("ladder", "data-state", "closed").await?;
    tab.reload().await?;
    tab.see_attribute("ladder", "data-state", "closed").await?;
    tab.see("replied", "by your own record").await?;
    keeps_and_proves(&tab, &stack).await?;

    tab.click("close").await?;
    tab.click("close-yes").await?;
    tab.see("closed-note", "closed").await?;
    tab.click("reopen").await?;
    tab.see_attribute("case", "data-state", "tracked").await?;
    tab.see("close", "close the case").await?;
    tab.click("[data-test=replied] [data-test=record-undo]").await?;
    tab.see_attribute("step-forum", "data-state", "open").await?;
    tab.accessible().await?;

    tab.click("delete").await?;
    tab.click("delete-yes").await?;
    tab.see("no-cases", "no case").await?;
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

/// What can be shown of a case that no relay holds: dates for a calendar, and evidence that says whose word it is.
async fn keeps_and_proves(tab: &Tab, stack: &Stack) -> Result<()> {
    let (_, calendar) = tab.saved("save-reminders").await?;
    ensure!(calendar.contains("BEGIN:VEVENT") && !calendar.contains(NAME), "{calendar}");
    let (_, file) = tab.saved("save-evidence").await?;
    let path = stack.path("evidence.json");
    std::fs::write(&path, &file)?;
    let path = path.to_string_lossy().into_owned();
    let said = succeeded("verify-evidence", &stack.reporter(&["verify-evidence", &path])?)?;
    for words in [
        "the reporter's word; nobody signed these rules",
        "MISSED",
        "Everything in this file holds together.",
    ] {
        ensure!(said.contains(words), "{words}: {said}");
    }
    ensure!(!file.contains(NAME) && !said.contains(NAME), "the title stands in {file}");
    std::fs::write(&path, file.replace("24h", "2h"))?;
    ensure!(!stack.reporter(&["verify-evidence", &path])?.status.success(), "changed evidence was believed");
    Ok(())
}

/// The date of sending was wrong: it is corrected, and the clock follows.
async fn correct_the_sending(tab: &Tab) -> Result<()> {
    tab.click("mend-sent").await?;
    tab.fill("mend-at", "2999-01-01T00:00").await?;
    tab.click("mend-save").await?;
    tab.see("mend-fault", "in the future").await?;
    tab.fill("mend-at", &minute(tab, 3600).await?).await?;
    tab.click("mend-save").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;
    tab.reload().await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;
    tab.click("mend-sent").await?;
    tab.fill("mend-at", &minute(tab, 49 * 3600).await?).await?;
    tab.click("mend-save").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "late").await
}

/// The classic policy in days of a zone, as a file.
fn policy_in(stack: &Stack, zone: &str, rule: &str) -> Result<std::path::PathBuf> {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/rust-classic.toml"))?;
    let file = stack.path(&format!("{}.toml", rule.replace(|c: char| !c.is_ascii_alphanumeric(), "-")));
    std::fs::write(&file, format!("{text}\n[calendar]\nzone = \"{zone}\"\nzone_rule = \"{rule}\"\n"))?;
    Ok(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn attacks_shorten_what_is_tracked_and_a_false_time_zone_is_refused() -> Result<()> {
    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    go_offline(&tab, &stack).await?;
    tab.click("to-track").await?;
    tab.attach("rules-file", &policy_in(&stack, "Europe/Berlin", "XXX-12")?).await?;
    tab.see("rules-fault", "not that of Europe/Berlin").await?;
    ensure!(tab.text("rules-read").await?.is_none(), "a false time zone was taken");
    tab.attach("rules-file", &policy_in(&stack, "Mars/Base", "MST7")?).await?;
    tab.see("rules-doubt", "no time zone “Mars/Base”").await?;
    tab.attach("rules-file", &policy_in(&stack, "Europe/Berlin", BERLIN)?).await?;
    tab.see("rules-read", "within 24 hours").await?;
    let doubt = tab.text("rules-doubt").await?;
    ensure!(doubt.is_none(), "the browser doubts a true rule: {doubt:?}");
    ensure!(tab.text("gravity").await?.is_none(), "asked for what the policy does not heed");

    tab.choose("rules", "project-zero-90-30").await?;
    tab.see("gravity", "being used in attacks").await?;
    ensure!(tab.attribute("severity", "id").await?.is_none(), "this policy heeds no severity");
    tab.click("exploited").await?;
    tab.see("gravity-effects", "7 days after you sent it, not 90 days").await?;
    tab.accessible().await?;
    tab.fill("title", NAME).await?;
    tab.fill("project", "Ferrisware").await?;
    tab.fill("sent-at", &minute(&tab, 8 * 24 * 3600).await?).await?;
    tab.click("track").await?;
    tab.see_attribute("embargo-date", "data-state", "ended").await?;
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

/// A team that has a key in a real keyring and nothing else, and its exported certificate as a file.
fn team_with_a_key(stack: &Stack) -> Result<(Gpg, String, std::path::PathBuf)> {
    let gpg = Gpg::new()?;
    let fingerprint = gpg.make_key("Ferris Team <security@ferris.example>")?;
    let file = stack.path("ferris.asc");
    std::fs::write(&file, gpg.run(&["--armor", "--export", &fingerprint], b"")?.stdout)?;
    Ok((gpg, fingerprint, file))
}

/// The team's answer as it would do it by hand: the key out of the report imported, then `gpg --sign --encrypt`.
fn answer_by_hand(gpg: &Gpg, plain: &str, me: &str) -> Result<String> {
    let begin = plain.find("-----BEGIN PGP PUBLIC KEY BLOCK-----").context("no key in the report")?;
    let end = plain.find("-----END PGP PUBLIC KEY BLOCK-----").context("no whole key in the report")?;
    let key = plain.get(begin..end).context("no key")?.to_owned() + "-----END PGP PUBLIC KEY BLOCK-----\n";
    let listed = gpg.run(&["--with-colons", "--show-keys"], key.as_bytes())?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let line = listed.lines().find(|line| line.starts_with("fpr:")).context("gpg shows no key")?;
    let reporter = line.split(':').nth(9).context("no fingerprint")?;
    gpg.run(&["--import"], key.as_bytes())?;
    let seal = [
        "--trust-model",
        "always",
        "--armor",
        "--sign",
        "--encrypt",
        "--local-user",
        me,
        "--recipient",
        reporter,
    ];
    let sealed = gpg.run(&seal, ANSWER.as_bytes())?;
    ensure!(sealed.status.success(), "gpg: {}", String::from_utf8_lossy(&sealed.stderr));
    Ok(String::from_utf8(sealed.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_sealed_to_a_certificate_that_was_found_and_gpg_opens_the_file() -> Result<()> {
    let stack = Stack::start().await?;
    let (gpg, fingerprint, key) = team_with_a_key(&stack)?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    go_offline(&tab, &stack).await?;
    tab.click("to-seal").await?;
    let junk = stack.path("junk.asc");
    std::fs::File::create(&junk)?.write_all(b"This is no key")?;
    tab.attach("key-file", &junk).await?;
    tab.see("key-fault", "").await?;
    tab.see_attribute("key", "data-state", "none").await?;
    tab.attach("key-file", &key).await?;
    tab.see_attribute("key", "data-state", "usable").await?;
    let shown = tab.see("key-found", "security@ferris.example").await?.replace(' ', "");
    ensure!(shown.contains(&fingerprint), "the fingerprint {fingerprint} is not in: {shown}");

    tab.accessible().await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", &format!("{SENTENCE}.\n")).await?;
    choose_classic(&tab).await?;
    tab.fill("contact", "security@ferris.example").await?;
    tab.click("seal").await?;
    tab.see_attribute("case", "data-state", "to-carry").await?;
    tab.accessible().await?;
    let mail = tab.attribute("carry-mail", "href").await?.context("no mail draft")?;
    ensure!(
        mail.starts_with("mailto:security@ferris.example") && !mail.contains("frame"),
        "the mail: {mail}"
    );
    let (name, bytes) = tab.save("carry-save").await?;
    ensure!(name.ends_with(".asc"), "saved as {name}");
    let file = stack.path("carried.asc");
    std::fs::write(&file, &bytes)?;
    let plain = gpg.decrypt(&file)?;
    ensure!(plain.contains(SENTENCE) && plain.contains(TITLE), "gpg -d says: {plain}");

    tab.reload().await?;
    tab.see_attribute("case", "data-state", "to-carry").await?;
    ensure!(tab.save("carry-save").await?.1 == bytes, "the file is another one after a reload");
    tab.click("carried").await?;
    tab.see_attribute("case", "data-state", "tracked").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;

    tab.fill("mail-answer", &answer_by_hand(&gpg, &plain, &fingerprint)?).await?;
    tab.click("mail-open").await?;
    let opened = tab.see("mail-opened", ANSWER).await?.replace(' ', "");
    ensure!(opened.contains(&fingerprint), "the signature is not named: {opened}");
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;

    let leaks = stack.leaks(&[TITLE, SENTENCE, ANSWER])?;
    ensure!(leaks.is_empty(), "something of a report without a relay reached the relay: {leaks:?}");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}
