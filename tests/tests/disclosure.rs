//! The whole disclosure: two members and a reporter in a browser, from the first letter through five stages to a public advisory.

#[path = "../../advisory/tests/schemas/mod.rs"]
mod schemas;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Member, Stack, TEAM};
use serde_json::Value;

const TITLE: &str = "Double free in the arena";
const SENTENCE: &str = "The arena is freed twice when the parser drops";
const LATER: &str = "It also happens on 1.4, with the second allocator";
const NOTE: &str = "Reproduced by Bob, and kept within the desk";
/// What an authority assigned.
const CVE: &str = "CVE-2026-40001";
/// So far away that the story never meets it.
const FAR: &str = "2099-12-01T14:00";

async fn report(tab: &Tab, stack: &Stack) -> Result<String> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", &format!("{SENTENCE}.")).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.text("case-id").await?.context("the page names no case")
}

async fn five_stages(tab: &Tab, stack: &Stack, bob: &Member, case: &str) -> Result<()> {
    tab.see("handler", "not said yet").await?;
    stack.team(&["pull"])?;
    stack.team(&["ack", case, "-m", "We look into it."])?;
    stack.as_member(bob, &["pull"])?;
    stack.as_member(bob, &["assign", case, "--tell"])?;
    stack.as_member(bob, &["note", case, "-m", NOTE])?;
    stack.team(&["pull"])?;
    ensure!(
        stack.team(&["show", case])?.contains(NOTE),
        "the first member does not see the second one's note"
    );
    stack.team(&["stage", case, "received"])?;
    stack.team(&["stage", case, "confirmed", "--affected", ">=1.2,<1.4.3", "--tell"])?;
    tab.see_attribute("stage-confirmed", "data-state", "reached").await?;
    tab.see_attribute("stage-received", "data-state", "reached").await?;
    tab.see_attribute("stage-audited", "data-state", "open").await?;
    tab.see("handler", "Bob Builder handles your report").await?;
    stack.as_member(bob, &["pull"])?;
    stack.as_member(bob, &["stage", case, "audited", "--note", "The other two parsers free once."])?;
    stack.as_member(bob, &["stage", case, "fixes-ready", "--releases", "1.4.3", "--tell"])?;
    tab.see_attribute("stage-fixes-ready", "data-state", "reached").await?;
    let unread = tab.script("document.querySelectorAll('[data-test=\"unverified\"]').length").await?;
    ensure!(unread.as_u64() == Some(0), "a note of the desk is shown to the reporter as a letter that fails");
    Ok(())
}

/// The relay is away while the reporter writes, and the page is left: nothing of the letter is lost.
async fn a_later_letter(tab: &Tab, stack: &mut Stack, case: &str) -> Result<()> {
    tab.click("write-open").await?;
    tab.fill("letter", &format!("{LATER}.")).await?;
    tab.see_attribute("letter-saved", "data-state", "saved").await?;
    tab.reload().await?;
    tab.see_value("letter", LATER).await?;
    tab.accessible().await?;
    stack.kill_relay()?;
    tab.click("letter-send").await?;
    tab.see_attribute("letter-waiting", "data-state", "waiting").await?;
    tab.reload().await?;
    tab.see_attribute("letter-waiting", "data-state", "waiting").await?;
    stack.start_relay().await?;
    tab.reload().await?;
    tab.see("follow-up", "You wrote again").await?;
    tab.see("letters-sent", "Letters you sent").await?;
    stack.team(&["pull"])?;
    let shown = stack.team(&["show", case])?;
    ensure!(shown.contains(LATER) && !shown.contains("NOT VERIFIED"), "show says: {shown}");
    Ok(())
}

/// The team proposes, the reporter names a shorter date, the team agrees.
async fn an_embargo(tab: &Tab, stack: &Stack, case: &str) -> Result<()> {
    stack.team(&["embargo", case, "propose", "2099-12-24T14:00Z", "--long"])?;
    tab.see_attribute("embargo-date", "data-state", "proposed").await?;
    tab.see("embargo-date", "24 Dec 2099").await?;
    tab.click("embargo-counter").await?;
    tab.fill("letter-until", FAR).await?;
    tab.click("letter-send").await?;
    tab.see("embargo-date", "1 Dec 2099").await?;
    stack.team(&["pull"])?;
    let agreed = stack.team(&["embargo", case, "agree"])?;
    ensure!(agreed.contains("agreed") && !agreed.contains("not agreed yet"), "{agreed}");
    tab.see_attribute("embargo-date", "data-state", "agreed").await?;
    // The team moves the date and the reporter agrees with one click.
    stack.team(&["embargo", case, "propose", "2099-11-11T14:00Z", "--long"])?;
    tab.see("embargo-agree", "11 Nov 2099").await?;
    tab.click("embargo-agree").await?;
    // The word is on record, and the button gone, once the relay has signed for the letter.
    tab.gone("embargo-agree").await?;
    stack.team(&["pull"])?;
    let agreed = stack.team(&["embargo", case])?;
    ensure!(agreed.contains("2099-11-11 14:00 UTC") && !agreed.contains("not agreed yet"), "{agreed}");
    Ok(())
}

fn document(stack: &Stack, case: &str) -> Result<String> {
    let file = stack.path("DEMO-2026-0001.md");
    stack.team(&["advisory", "draft", case, "--id", "DEMO-2026-0001", "--ecosystem", "crates.io"])?;
    let draft = std::fs::read_to_string(&file)?;
    let line = |text: &str| -> String {
        match text.split_once(" = ").map(|(key, _)| key.trim()) {
            Some("published") => "published = \"2026-01-05T15:00:00Z\"".to_owned(),
            Some("package") => "package = \"ferris\"".to_owned(),
            Some("purl") => "purl = \"pkg:cargo/ferris\"".to_owned(),
            Some("aliases") => format!("aliases = [\"{CVE}\"]"),
            Some("# cna") => "cna = \"8254265b-2729-46b6-b9e3-3dfca2d5bfca\"".to_owned(),
            Some("# url") if text.contains("the blog") => {
                "url = \"https://demo.example/security/1\"".to_owned()
            }
            Some("summary") => "summary = \"A crafted file makes the parser free memory twice.\"".to_owned(),
            _ => text.replace("TODO: ", "Here: "),
        }
    };
    std::fs::write(&file, draft.lines().map(line).collect::<Vec<_>>().join("\n") + "\n")?;
    Ok(file.to_string_lossy().into_owned())
}

async fn published(tab: &Tab, stack: &Stack, case: &str) -> Result<()> {
    let file = document(stack, case)?;
    stack.team(&["advisory", "check", &file])?;
    let publish = ["advisory", "publish", &file, "--case", case, "--mail-to", "announce@lists.demo.example"];
    let early = stack.sealpost(&publish)?;
    let why = String::from_utf8_lossy(&early.stderr).into_owned();
    ensure!(!early.status.success() && why.contains("2099-11-11"), "published before its day: {why}");
    let feed = format!("{}/v1/teams/{TEAM}/advisories.atom", stack.origin());
    ensure!(!read(&feed)?.contains(TITLE), "public before its day");
    stack.team(&["embargo", case, "lift", "-m", "Attacks were seen today."])?;
    tab.see_attribute("embargo-date", "data-state", "ended").await?;
    // Without a mail server a person sends the prepared mail, and says so; so with what only people do.
    stack.team(&publish)?;
    let mail = std::fs::read_to_string(stack.path("DEMO-2026-0001.eml"))?;
    ensure!(mail.contains("-----BEGIN PGP SIGNED MESSAGE-----") && mail.contains(TITLE), "the mail: {mail}");
    ensure!(!read(&feed)?.contains(TITLE), "public before the list was told");
    let done = stack.team(&[&publish[..], &["--done", "1", "--done", "3", "--done", "4"]].concat())?;
    ensure!(done.contains("Everything is done."), "{done}");
    stack.team(&["stage", case, "published", "--date", "2026-12-01", "--tell"])?;
    tab.see_attribute("stage-published", "data-state", "reached").await?;
    let all = "document.querySelectorAll('[data-test^=\"stage-\"][data-state=\"reached\"]').length";
    ensure!(tab.script(all).await?.as_u64() == Some(5), "not all five stages are shown as reached");
    ensure!(read(&feed)?.contains(TITLE), "the feed does not have the advisory");
    readers_of_every_format_accept_it(stack, &file, &feed)?;
    let signed = read(&format!("{}/v1/teams/{TEAM}/advisories/DEMO-2026-0001", stack.origin()))?;
    let verified = stack.gpg.run(&["--verify"], signed.as_bytes())?;
    ensure!(verified.status.success(), "gpg --verify: {}", String::from_utf8_lossy(&verified.stderr));
    tab.open(&format!("{}/t/{TEAM}/advisories/DEMO-2026-0001", stack.origin())).await?;
    let page = tab.script("document.body.innerText").await?;
    ensure!(page.as_str().is_some_and(|page| page.contains(TITLE)), "{page}");
    Ok(())
}

/// What the schemas of the standards and a reader of feeds say of what is public now.
fn readers_of_every_format_accept_it(stack: &Stack, file: &str, feed: &str) -> Result<()> {
    let out = stack.path("out");
    let said = stack.team(&["advisory", "export", file, "--all", "--out", &out.to_string_lossy()])?;
    ensure!(!said.contains("left out:"), "{said}");
    let exported = |name: &str| -> Result<Value> {
        let path = out.join(name);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(serde_json::from_str(&text)?)
    };
    let served: Value =
        serde_json::from_str(&read(&format!("{}/v1/teams/{TEAM}/osv/DEMO-2026-0001.json", stack.origin()))?)?;
    for (schema, document) in [
        (schemas::OSV, exported("DEMO-2026-0001.osv.json")?),
        (schemas::OSV, served),
        (schemas::CSAF, exported("demo-2026-0001.json")?),
        (schemas::CVE, exported("DEMO-2026-0001.cve.json")?),
    ] {
        let faults = schemas::faults(schema, &document);
        ensure!(faults.is_empty(), "{faults:?} in {document}");
    }
    let subscribed = feed_rs::parser::parse(read(feed)?.as_bytes())?;
    let titles: Vec<_> = subscribed.entries.iter().filter_map(|entry| entry.title.as_ref()).collect();
    ensure!(titles.len() == 1 && titles[0].content.contains(TITLE), "{titles:?}");
    Ok(())
}

fn read(address: &str) -> Result<String> {
    Ok(ureq::get(address).call()?.body_mut().read_to_string()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_and_a_reporter_go_from_the_first_letter_to_a_public_advisory() -> Result<()> {
    let mut stack = Stack::start().await?;
    let bob = stack.add_second_member().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let case = report(&tab, &stack).await?;
    five_stages(&tab, &stack, &bob, &case).await?;
    a_later_letter(&tab, &mut stack, &case).await?;
    an_embargo(&tab, &stack, &case).await?;
    tab.accessible().await?;
    let leaks = stack.leaks(&[SENTENCE, LATER, NOTE, TITLE, "arena is freed"])?;
    ensure!(leaks.is_empty(), "plaintext where only ciphertext may be: {leaks:?}");
    published(&tab, &stack, &case).await?;
    ensure!(!stack.leaks(&[TITLE])?.is_empty(), "the scan does not find what is public by now");
    Ok(())
}
