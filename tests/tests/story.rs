//! The main job, end to end: from a browser to the team and back, sealed.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::leaks;
use sealpost_tests::stack::{Stack, TEAM};

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";
const REPLY: &str = "Thank you, a person has read this and will look into the frame handling";

/// Writes and sends a report as a person would, and gives the case's id.
async fn write_report(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", &format!("# What happens\n\n{SENTENCE}.\n")).await
}

async fn send_report(tab: &Tab) -> Result<String> {
    tab.click("continue").await?;
    tab.see("words", " ").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    let hash = tab.script("location.hash").await?;
    let case = hash.as_str().and_then(|hash| hash.strip_prefix("#/case/")).context("not on the case page")?;
    Ok(case.to_owned())
}

fn nothing_leaked(stack: &Stack) -> Result<()> {
    let leaks = stack.leaks(&[TITLE, SENTENCE, REPLY])?;
    ensure!(leaks.is_empty(), "plaintext where only ciphertext may be: {leaks:?}");
    let control = stack.path("data").join("control");
    std::fs::write(&control, SENTENCE)?;
    ensure!(!stack.leaks(&[SENTENCE])?.is_empty(), "the scan does not find what was planted");
    Ok(std::fs::remove_file(control)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_goes_from_the_browser_to_the_team_and_the_answer_comes_back() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    write_report(&tab, &stack).await?;
    let case = send_report(&tab).await?;
    tab.see_attribute("promise-acknowledge", "data-state", "pending").await?;

    stack.kill_relay()?;
    stack.start_relay().await?;
    stack.team(&["pull"])?;
    let shown = stack.team(&["show", &case])?;
    ensure!(shown.contains(SENTENCE) && shown.contains(TITLE), "show says: {shown}");
    let [letter] = &stack.pulled()?[..] else { anyhow::bail!("one letter should have been pulled") };
    let plain = stack.gpg.decrypt(letter)?;
    ensure!(plain.contains(SENTENCE), "gpg -d says: {plain}");

    stack.team(&["ack", &case, "-m", REPLY])?;
    tab.see_attribute("promise-acknowledge", "data-state", "kept").await?;
    tab.see("reply", REPLY).await?;
    tab.reload().await?;
    tab.see_attribute("promise-acknowledge", "data-state", "kept").await?;

    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    nothing_leaked(&stack)
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_eight_hours_of_silence_open_the_ladder_and_not_a_second_before() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    write_report(&tab, &stack).await?;
    send_report(&tab).await?;
    let sent = seconds(&tab, "sent").await?;
    let opens = seconds(&tab, "ladder-opens").await?;
    ensure!(opens - sent == 48 * 3600, "the ladder opens {} s after sending", opens - sent);

    tab.stop_clock_at((opens - 1) * 1000).await?;
    tab.see_attribute("promise-acknowledge", "data-state", "late").await?;
    tab.see_attribute("step-coordinator", "data-state", "closed").await?;
    tab.see_attribute("ladder", "data-state", "closed").await?;
    tab.run_clock(1000).await?;
    tab.see_attribute("ladder", "data-state", "open").await?;
    tab.see_attribute("step-coordinator", "data-state", "open").await?;
    tab.see_attribute("step-backup", "data-state", "closed").await?;
    nothing_leaked(&stack)
}

/// Reads the `datetime` of a `<time>` inside the element, in seconds since 1970.
async fn seconds(tab: &Tab, name: &str) -> Result<u64> {
    let script = format!("Date.parse(document.querySelector('[data-test=\"{name}\"] time').dateTime) / 1000");
    tab.script(&script).await?.as_u64().with_context(|| format!("{name} has no time"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_written_with_the_network_off_goes_out_when_it_is_on_again() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.kept_for_offline().await?;
    tab.set_offline(true).await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.reload().await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    ensure!(stack.team(&["pull"])?.len() < 4000);
    ensure!(stack.pulled()?.is_empty(), "something was sent with the network off");

    tab.set_offline(false).await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    stack.team(&["pull"])?;
    ensure!(stack.pulled()?.len() == 1, "the report should have arrived once");
    nothing_leaked(&stack)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_in_mid_send_loses_nothing_and_sends_nothing_twice() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    write_report(&tab, &stack).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    stack.tap.cut_after(1500);
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    // Pressed while the line is down, the button loses nothing; once it is up, the next try comes by itself within seconds.
    tab.click("send-now").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    stack.tap.mend();
    tab.see_attribute("case", "data-state", "sent").await?;
    stack.team(&["pull"])?;
    ensure!(stack.pulled()?.len() == 1, "the report should have arrived once");
    nothing_leaked(&stack)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_named_and_nothing_can_be_sent() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    tab.open(&stack.origin()).await?;
    let now = tab.script("Math.floor(Date.now() / 1000)").await?.as_u64().context("no clock")?;
    tab.stop_clock_at((now + 3 * 366 * 86_400) * 1000).await?;
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    // Another hash is the same document: only a reload makes sure that nothing judged before the jump is shown.
    tab.reload().await?;
    tab.see_attribute("keys", "data-state", "unusable").await?;
    tab.see("keys", "expired").await?;
    ensure!(tab.attribute("continue", "disabled").await?.is_some(), "sending should be impossible");
    Ok(())
}

#[test]
fn the_control_run_of_the_scan_finds_a_planted_sentence() {
    let leaks = leaks::in_bytes("control", format!("…{SENTENCE}…").as_bytes(), &[SENTENCE]);
    assert_eq!(leaks.len(), 1);
    assert!(Path::new(&leaks[0].place).ends_with("control"));
}
