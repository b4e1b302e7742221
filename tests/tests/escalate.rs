//! A case that is handed on: sealed again to a coordinator with a key, opened there by a real gpg, and answered.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Member, Stack};

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The function parse_continuation trusts the length field";
const NOTE: &str = "I can be reached until Friday evening";
const ANSWER: &str = "I have called the handler, expect an answer tonight";
const LATE_REPLY: &str = "Sorry for the silence, we have it now";

/// Reads the `datetime` of a `<time>` inside the element, in seconds since 1970.
async fn seconds(tab: &Tab, name: &str) -> Result<u64> {
    let script = format!("Date.parse(document.querySelector('[data-test=\"{name}\"] time').dateTime) / 1000");
    tab.script(&script).await?.as_u64().with_context(|| format!("{name} has no time"))
}

async fn steps(tab: &Tab, ladder: &str, states: [&str; 3]) -> Result<()> {
    tab.see_attribute("ladder", "data-state", ladder).await?;
    for (step, state) in ["step-coordinator", "step-backup", "step-forum"].into_iter().zip(states) {
        tab.see_attribute(step, "data-state", state).await?;
    }
    Ok(())
}

/// Lets the stopped clock run by seconds until an element says what is wanted.
async fn until_seen(tab: &Tab, name: &str, wanted: &str) -> Result<()> {
    for _ in 0..90 {
        if tab.text(name).await?.is_some_and(|text| text.contains(wanted)) {
            return Ok(());
        }
        tab.run_clock(1000).await?;
        tab.script("new Promise(done => fetch('/readyz').then(() => done(true), () => done(false)))").await?;
    }
    tab.see(name, wanted).await.map(drop)
}

/// Before a step opens, the page shows what it would send and to whom.
async fn closed_steps_say_what_they_would_do(tab: &Tab) -> Result<()> {
    tab.see("step-coordinator", "seals your report again").await?;
    tab.see("step-coordinator", "coordinator@demo.example").await?;
    tab.see("step-backup", "First you turn to").await?;
    tab.see("step-backup", "backup@demo.example").await?;
    tab.see("step-forum", "forum.demo.example").await?;
    let previews = tab
        .script("[...document.querySelectorAll('[data-test=step-preview]')].map(e => e.textContent)")
        .await?;
    let previews: Vec<&str> =
        previews.as_array().context("no previews")?.iter().filter_map(|p| p.as_str()).collect();
    let [cover, pointer, note] = previews[..] else { bail!("three previews, not {previews:?}") };
    ensure!(
        cover.contains("What the policy promised") && pointer.contains("The report itself is not"),
        "{previews:?}"
    );
    ensure!(note.contains("Ferrisware") && !note.contains(TITLE), "the note would say: {note}");
    ensure!(tab.text("hand-on").await?.is_none(), "a closed step can be taken");
    Ok(())
}

fn coordinator_reads(stack: &Stack, jo: &Member, case: &str, first: &str) -> Result<()> {
    stack.as_member(jo, &["pull"])?;
    let shown = stack.as_member(jo, &["show", case])?;
    for said in [SENTENCE, TITLE, NOTE, first, "Confirmation by a person within 12 hours", "nothing came"] {
        ensure!(shown.contains(said), "{said:?} is missing in what the coordinator sees: {shown}");
    }
    let [letter] = &jo.pulled()?[..] else { bail!("the coordinator should have pulled one letter") };
    let plain = jo.gpg.decrypt(letter)?;
    ensure!(plain.contains(NOTE) && plain.contains(SENTENCE), "gpg -d says: {plain}");
    ensure!(plain.contains("filename=\"receipt-"), "the receipt did not go along: {plain}");
    ensure!(stack.gpg.decrypt(letter).is_err(), "the team's key opens what went to the coordinator");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_leads_to_the_coordinator_the_backup_and_the_public_note() -> Result<()> {
    let mut stack = Stack::start().await?;
    let jo = stack.add_coordinator().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    let first = tab.send_report(&stack, TITLE, SENTENCE).await?;
    closed_steps_say_what_they_would_do(&tab).await?;
    tab.accessible().await?;
    let sent = seconds(&tab, "sent").await?;

    tab.stop_clock_at((sent + 20 * 3600) * 1000).await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    tab.see("now", "Security coordinator").await?;
    tab.see("tally", "1 late").await?;
    until_seen(&tab, "hand-on-keys", "Their key can be used").await?;
    let written = tab.script("document.querySelector('[data-test=cover-note]').value").await?;
    let written = written.as_str().context("no cover note")?.to_owned();
    ensure!(written.contains(&first) && !written.contains(TITLE), "the cover note says: {written}");
    tab.fill("cover-note", &format!("{written}\n{NOTE}.")).await?;

    tab.set_offline(true).await?;
    tab.click("hand-on").await?;
    tab.click("hand-on-yes").await?;
    until_seen(&tab, "handed", "outbox").await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;
    until_seen(&tab, "hand-on-why", "cannot be reached").await?;
    tab.click("hand-on-undo").await?;
    steps(&tab, "open", ["open", "closed", "closed"]).await?;
    ensure!(tab.text("handed").await?.is_none(), "a step that was taken back is still shown");

    tab.set_offline(false).await?;
    until_seen(&tab, "hand-on-keys", "Their key can be used").await?;
    tab.fill("cover-note", &format!("{written}\n{NOTE}.")).await?;
    tab.click("hand-on").await?;
    tab.click("hand-on-yes").await?;
    until_seen(&tab, "handed", "Sealed and sent").await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;
    let second = tab.attribute("handed", "data-case").await?.context("no second case")?;
    ensure!(second != first, "the step did not open a case of its own");
    coordinator_reads(&stack, &jo, &second, &first)?;

    stack.as_member(&jo, &["ack", &second, "-m", ANSWER])?;
    until_seen(&tab, "handed", ANSWER).await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;
    tab.click("hand-on-count").await?;
    steps(&tab, "closed", ["taken", "closed", "closed"]).await?;
    tab.see("replied", "by your own record").await?;
    tab.click("record-undo").await?;
    steps(&tab, "open", ["taken", "open", "closed"]).await?;

    stack.team(&["pull"])?;
    ensure!(stack.pulled()?.len() == 1, "the team's desk got what was the coordinator's");
    stack.team(&["ack", &first, "-m", LATE_REPLY])?;
    until_seen(&tab, "replied", "signed by the team").await?;
    steps(&tab, "closed", ["taken", "closed", "closed"]).await?;
    to_the_end(&tab).await?;
    nothing_leaked(&stack, &jo, &tab).await
}

/// Five more days of silence, the back-up contact without a key, and the public note.
async fn to_the_end(tab: &Tab) -> Result<()> {
    let opens = seconds(tab, "ladder-opens").await?;
    let now = tab.script("Date.now()").await?.as_u64().context("the page has no clock")?;
    tab.run_clock((opens * 1000).checked_sub(now).context("the ladder opened too early")?).await?;
    steps(tab, "open", ["taken", "open", "closed"]).await?;
    let pointer = tab.see("pointer", "Last word from the team").await?;
    ensure!(!pointer.contains(TITLE), "the pointer says: {pointer}");
    ensure!(tab.text("hand-on").await?.is_none(), "a contact without a key is offered a sealed letter");
    let mail = tab.attribute("write-mail", "href").await?.context("no mail draft")?;
    ensure!(mail.starts_with("mailto:backup@demo.example") && !mail.contains("overflow"), "the mail: {mail}");
    tab.click("take-step").await?;
    steps(tab, "open", ["taken", "taken", "open"]).await?;
    tab.see("note-good", "nothing of your report was found").await?;
    tab.click("take-step").await?;
    steps(tab, "open", ["taken", "taken", "taken"]).await
}

async fn nothing_leaked(stack: &Stack, jo: &Member, tab: &Tab) -> Result<()> {
    let planted = [TITLE, SENTENCE, NOTE, ANSWER, LATE_REPLY];
    let leaks = stack.leaks(&planted)?;
    ensure!(leaks.is_empty(), "plaintext where only ciphertext may be: {leaks:?}");
    let at_the_desk: Vec<_> = jo
        .pulled()?
        .iter()
        .map(|letter| Ok(sealpost_tests::leaks::in_bytes("the desk", &std::fs::read(letter)?, &planted)))
        .collect::<Result<Vec<_>>>()?
        .concat();
    ensure!(at_the_desk.is_empty(), "the coordinator's store holds plaintext: {at_the_desk:?}");
    let control = stack.path("data").join("control");
    std::fs::write(&control, NOTE)?;
    ensure!(!stack.leaks(&[NOTE])?.is_empty(), "the scan does not find what was planted");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_can_go_as_a_file_and_a_forgotten_copy_hands_on_nothing() -> Result<()> {
    let mut stack = Stack::start().await?;
    let jo = stack.add_coordinator().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    tab.send_report(&stack, TITLE, SENTENCE).await?;
    tab.run_clock(20 * 3600 * 1000).await?;
    until_seen(&tab, "hand-on-keys", "Their key can be used").await?;
    tab.accessible().await?;
    tab.script("document.querySelector('.another-way').open = true").await?;
    let (name, bytes) = tab.save("hand-on-file").await?;
    ensure!(name.ends_with(".asc") && bytes.starts_with(b"-----BEGIN PGP MESSAGE-----"), "saved {name}");
    let file = stack.path("carried.asc");
    std::fs::write(&file, bytes)?;
    let plain = jo.gpg.decrypt(&file)?;
    ensure!(plain.contains(SENTENCE) && plain.contains("What the policy promised"), "gpg -d says: {plain}");
    steps(&tab, "open", ["open", "closed", "closed"]).await?;

    tab.click("forget-copy").await?;
    until_seen(&tab, "step-coordinator", "a short text to their key").await?;
    tab.see("step-coordinator", "the report stays where it is").await?;
    until_seen(&tab, "hand-on-keys", "Their key can be used").await?;
    tab.click("hand-on").await?;
    tab.click("hand-on-yes").await?;
    until_seen(&tab, "handed", "Sealed and sent").await?;
    stack.as_member(&jo, &["pull"])?;
    let [letter] = &jo.pulled()?[..] else { bail!("the coordinator should have pulled one letter") };
    let plain = jo.gpg.decrypt(letter)?;
    ensure!(plain.contains("The report itself is not in this message"), "gpg -d says: {plain}");
    ensure!(!plain.contains(TITLE) && !plain.contains("parse_continuation"), "a pointer says: {plain}");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

/// Puts a listener in the place of the browser's own notification and badge, and keeps what they are told.
const LISTEN: &str = "(() => { window.told = []; window.badges = []; \
    navigator.setAppBadge = n => { badges.push(n); return Promise.resolve(); }; \
    window.Notification = class extends Notification { constructor(words) { super(words); told.push(words); } }; return true; })()";

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_passes_is_told_in_neutral_words_and_the_sheet_for_paper_says_nothing() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    tab.allow_notifications().await?;
    tab.send_report(&stack, TITLE, SENTENCE).await?;
    tab.script(LISTEN).await?;
    tab.run_clock(24 * 3600 * 1000).await?;
    until_told(&tab, "told", "A date has passed.").await?;
    tab.run_clock(24 * 3600 * 1000).await?;
    until_told(&tab, "badges", "1").await?;
    let told = tab.script("told.join(' ')").await?.to_string();
    ensure!(
        !told.contains("Ferrisware") && !told.contains("Sealpost") && !told.contains("overflow"),
        "told: {told}"
    );

    tab.click("to-paper").await?;
    let sheet = tab.see("paper", "Confirmation by a person").await?;
    for said in [
        "coordinator@demo.example",
        "backup@demo.example",
        "forum.demo.example",
        "Ferrisware",
        "nothing came",
    ] {
        ensure!(sheet.contains(said), "{said:?} is missing on the sheet: {sheet}");
    }
    ensure!(!sheet.contains(TITLE), "the sheet names the problem unasked: {sheet}");
    tab.accessible().await?;
    tab.click("with-title").await?;
    tab.see("paper", TITLE).await?;
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

async fn until_told(tab: &Tab, list: &str, wanted: &str) -> Result<()> {
    for _ in 0..60 {
        if tab.script(&format!("{list}.map(String)")).await?.to_string().contains(wanted) {
            return Ok(());
        }
        tab.run_clock(1000).await?;
        tab.script("new Promise(done => fetch('/readyz').then(() => done(true)))").await?;
    }
    bail!("{list} never had {wanted:?}: {}", tab.script(list).await?)
}
