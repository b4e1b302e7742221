//! The ladder to its end: three steps, a person who answers in between, and a public note that says nothing.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::Stack;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The function parse_continuation trusts the length field";
const REPLY: &str = "Thank you, a person has read this";
const FORUM: &str = "https://forum.demo.example";

/// Reads the `datetime` of a `<time>` inside the element, in seconds since 1970.
async fn seconds(tab: &Tab, name: &str) -> Result<u64> {
    let script = format!("Date.parse(document.querySelector('[data-test=\"{name}\"] time').dateTime) / 1000");
    tab.script(&script).await?.as_u64().with_context(|| format!("{name} has no time"))
}

/// Lets the page's stopped clock run up to an instant.
async fn run_to(tab: &Tab, seconds: u64) -> Result<()> {
    let now = tab.script("Date.now()").await?.as_u64().context("the page has no clock")?;
    tab.run_clock((seconds * 1000).checked_sub(now).context("that instant is over")?).await
}

/// Lets the stopped clock run by seconds until the page has heard from the relay.
async fn until_heard(tab: &Tab) -> Result<()> {
    for _ in 0..60 {
        if tab.text("reply").await?.is_some() {
            return Ok(());
        }
        tab.run_clock(1000).await?;
        tab.script("new Promise(done => fetch('/readyz').then(() => done(true)))").await?;
    }
    tab.see("reply", REPLY).await.map(drop)
}

async fn steps(tab: &Tab, ladder: &str, states: [&str; 3]) -> Result<()> {
    tab.see_attribute("ladder", "data-state", ladder).await?;
    for (step, state) in ["step-coordinator", "step-backup", "step-forum"].into_iter().zip(states) {
        tab.see_attribute(step, "data-state", state).await?;
    }
    Ok(())
}

async fn written(tab: &Tab) -> Result<String> {
    let note = tab.script("document.querySelector('[data-test=note-text]').value").await?;
    Ok(note.as_str().context("there is no note")?.to_owned())
}

/// The prepared note passes; one that names the report's function does not, and cannot be copied; a harmless one passes again.
async fn judge_notes(tab: &Tab) -> Result<()> {
    tab.see("note-good", "nothing of your report was found").await?;
    let prepared = written(tab).await?;
    ensure!(prepared.contains("Ferrisware") && !prepared.contains(TITLE), "the note says: {prepared}");
    ensure!(tab.attribute("note-forum", "href").await?.as_deref() == Some(FORUM), "no way to the forum");
    tab.see("note-copy", "Copy").await?;

    tab.fill("note-text", &format!("{prepared}It is about parse_continuation.")).await?;
    tab.see("note-leak", "parse_continuation").await?;
    ensure!(tab.text("note-copy").await?.is_none(), "a note with a leak can be copied");
    ensure!(tab.text("note-forum").await?.is_none(), "a note with a leak leads to the forum");

    tab.fill("note-text", "Please ask the security team of Ferrisware to answer me.").await?;
    tab.see("note-good", "nothing of your report was found").await?;
    tab.see("note-copy", "Copy").await.map(drop)
}

/// Everything that the page's database holds, as one text.
async fn stored(tab: &Tab) -> Result<String> {
    let script = "new Promise(done => { const open = indexedDB.open('sealpost'); open.onsuccess = async () => { \
                  const all = await Promise.all([...open.result.objectStoreNames].map(name => new Promise(read => { \
                  const got = open.result.transaction(name).objectStore(name).getAll(); \
                  got.onsuccess = () => read(got.result); }))); open.result.close(); done(JSON.stringify(all)); }; })";
    Ok(tab.script(script).await?.as_str().context("no database")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_climbs_the_whole_ladder_and_the_public_note_says_nothing() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    let case = tab.send_report(&stack, TITLE, SENTENCE).await?;
    let sent = seconds(&tab, "sent").await?;

    tab.stop_clock_at((sent + 48 * 3600) * 1000).await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    tab.see("pointer", &case).await?;
    tab.click("take-step").await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;

    stack.team(&["pull"])?;
    stack.team(&["ack", &case, "-m", REPLY])?;
    until_heard(&tab).await?;
    steps(&tab, "closed", ["taken", "closed", "closed"]).await?;

    let opens = seconds(&tab, "ladder-opens").await?;
    run_to(&tab, opens - 1).await?;
    steps(&tab, "closed", ["taken", "closed", "closed"]).await?;
    tab.run_clock(1000).await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;
    tab.click("take-step").await?;
    steps(&tab, "open", ["taken", "taken", "open"]).await?;

    judge_notes(&tab).await?;
    tab.click("take-step").await?;
    steps(&tab, "open", ["taken", "taken", "taken"]).await?;
    let stored = stored(&tab).await?;
    ensure!(!stored.contains("parse_continuation"), "the report's words lie on the disk in the clear");
    ensure!(!stored.contains(SENTENCE), "the report's prose is still in the browser");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

/// The minute of an instant, as the page's form takes it.
async fn minute(tab: &Tab, seconds: u64) -> Result<String> {
    let script = format!(
        "(() => {{ const d = new Date({seconds} * 1000); return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16); }})()"
    );
    Ok(tab.script(&script).await?.as_str().context("no date")?.to_owned())
}

async fn gone(tab: &Tab, name: &str) -> Result<()> {
    for _ in 0..100 {
        if tab.text(name).await?.is_none() {
            return Ok(());
        }
        tab.script("new Promise(done => fetch('/readyz').then(() => done(true)))").await?;
    }
    bail!("{name} was taken back and is still shown")
}

async fn record(tab: &Tab, kind: &str, at: &str) -> Result<()> {
    tab.click("record-by-hand").await?;
    tab.choose("record-kind", kind).await?;
    tab.fill("record-at", at).await?;
    tab.click("record-save").await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_another_way_is_recorded_by_hand_and_can_be_taken_back() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    tab.send_report(&stack, TITLE, SENTENCE).await?;
    let sent = seconds(&tab, "sent").await?;
    tab.stop_clock_at((sent + 48 * 3600) * 1000).await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    let day_later = minute(&tab, sent + 24 * 3600 - 60).await?;

    record(&tab, "auto-reply", &day_later).await?;
    tab.see("auto-replied", "by your own record").await?;
    tab.see("auto-replied", "stops no clock").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "late").await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    tab.click("record-undo").await?;
    gone(&tab, "auto-replied").await?;

    record(&tab, "acknowledgement", &minute(&tab, sent - 120).await?).await?;
    tab.see("record-fault", "before you sent").await?;
    tab.fill("record-at", &minute(&tab, sent + 50 * 3600).await?).await?;
    tab.click("record-save").await?;
    tab.see("record-fault", "in the future").await?;
    tab.fill("record-at", &day_later).await?;
    tab.click("record-save").await?;
    tab.see("replied", "by your own record").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "kept").await?;
    steps(&tab, "closed", ["closed", "closed", "closed"]).await?;

    tab.click("record-undo").await?;
    tab.see_attribute("promise-acknowledge", "data-state", "late").await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    gone(&tab, "replied").await?;
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}
