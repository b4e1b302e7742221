//! One person, several places: two tabs of one browser, and two devices with the same twelve words. Both know the same in the end.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Member, Stack, TEAM, succeeded};
use serde_json::Value;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The function parse_continuation trusts the length field";
const LATER: &str = "It also happens with the second allocator";
const ANSWER: &str = "Thank you, a person looks into it";
const HOURS: u64 = 20;

/// The case as it is shown: its title, and every row of its timeline with state, words and date.
const SHOWN: &str = "({ title: document.querySelector('h1').textContent, \
    rows: [...document.querySelectorAll('[data-test=timeline] > li')].map(row => [row.dataset.test, row.dataset.state ?? '', \
        row.querySelector('h3').textContent, ...[...row.querySelectorAll('time')].map(time => time.dateTime)].join(' | ')), \
    steps: [...document.querySelectorAll('[data-test^=step-][data-state]')].map(step => step.dataset.test + ' ' + step.dataset.state), \
    letters: document.querySelectorAll('[data-test=letters-sent] li').length, \
    embargo: document.querySelector('[data-test=embargo-date]')?.dataset.state ?? '' })";

async fn write_report(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.see("saved", "encrypted").await.map(drop)
}

/// Sends a report; gives its case and its words.
async fn send(tab: &Tab, stack: &Stack) -> Result<(String, String)> {
    write_report(tab, stack).await?;
    tab.click("continue").await?;
    let words = tab.see("words", " ").await?;
    let words = words.split(|letter: char| !letter.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join(" ");
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    Ok((tab.see("case-id", "").await?, words))
}

async fn see_case(tab: &Tab, stack: &Stack, case: &str) -> Result<()> {
    tab.open(&format!("{}/#/case/{case}", stack.origin())).await?;
    tab.see("case-id", case).await.map(drop)
}

/// Lets a clock that was taken over run by seconds until an element says what is wanted.
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

/// The first device hands the case on to the coordinator, after the team said nothing.
async fn hand_on(tab: &Tab, jo: &Member, stack: &Stack) -> Result<String> {
    tab.run_clock(HOURS * 3_600_000).await?;
    until_seen(tab, "hand-on-keys", "Their key can be used").await?;
    tab.click("hand-on").await?;
    tab.click("hand-on-yes").await?;
    until_seen(tab, "handed", "Sealed and sent").await?;
    stack.as_member(jo, &["pull"])?;
    tab.attribute("handed", "data-case").await?.context("no second case")
}

/// Brings cases back on another device, in the same hours.
async fn restore(tab: &Tab, stack: &Stack, words: &str, file: Option<&Path>) -> Result<()> {
    tab.open(&format!("{}/#/restore", stack.origin())).await?;
    if let Some(file) = file {
        tab.choose_file("backup-file", file).await?;
    }
    tab.fill("typed-words", words).await?;
    tab.click("restore").await?;
    tab.see("restored", "Here again").await.map(drop)
}

/// Saves all cases of a device as one file.
async fn export(tab: &Tab, stack: &Stack, name: &str) -> Result<PathBuf> {
    tab.open(&format!("{}/#/settings", stack.origin())).await?;
    let file = stack.path(name);
    tab.download("export", &file).await?;
    Ok(file)
}

/// What stands in such a file, by the words and gpg.
fn opened(stack: &Stack, file: &Path, words: &str) -> Result<Value> {
    let path = file.to_string_lossy();
    let arguments = ["--pinentry-mode", "loopback", "--passphrase", words, "--decrypt", &path];
    Ok(serde_json::from_str(&succeeded("gpg --decrypt", &stack.gpg.run(&arguments, b"")?)?)?)
}

/// Both devices do something that the relay alone cannot tell the other.
async fn both_go_on(first: &Tab, second: &Tab, stack: &Stack, case: &str) -> Result<()> {
    first.click("write-open").await?;
    first.fill("letter", LATER).await?;
    first.click("letter-send").await?;
    until_seen(first, "follow-up", "You wrote again").await?;
    ensure!(first.text("letter-elsewhere").await?.is_none(), "a device takes its own letter for another's");
    until_seen(second, "follow-up", "You wrote again").await?;
    until_seen(second, "letter-elsewhere", "from another device").await?;
    stack.team(&["pull"])?;
    stack.team(&["ack", case, "-m", ANSWER])?;
    stack.team(&["embargo", case, "propose", "2099-12-24T14:00Z", "--long"])?;
    for tab in [first, second] {
        until_seen(tab, "case", ANSWER).await?;
        until_seen(tab, "embargo-agree", "24 Dec 2099").await?;
    }
    second.click("embargo-agree").await?;
    until_seen(second, "timeline", "24 Dec 2099").await?;
    second.gone("embargo-agree").await?;
    until_seen(first, "letter-elsewhere", "from another device").await?;
    first.click("record-by-hand").await?;
    first.choose("record-kind", "auto-reply").await?;
    first.click("record-save").await?;
    first.see("auto-replied", "").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_with_the_same_words_show_the_same_case_in_the_end() -> Result<()> {
    let mut stack = Stack::start().await?;
    let jo = stack.add_coordinator().await?;
    let browser = Browser::start().await?;
    let (first, second) = (browser.tab().await?, browser.tab().await?);
    first.take_clock().await?;
    let (case, words) = send(&first, &stack).await?;
    let handed = hand_on(&first, &jo, &stack).await?;

    second.take_clock().await?;
    second.open(&stack.origin()).await?;
    second.run_clock(HOURS * 3_600_000).await?;
    restore(&second, &stack, &words, None).await?;
    see_case(&second, &stack, &case).await?;
    second.see_attribute("step-coordinator", "data-state", "taken").await?;
    second.see_attribute("handed", "data-case", &handed).await?;
    let inside = opened(&stack, &export(&second, &stack, "before.asc").await?, &words)?;
    let of_case = |one: &&Value| one["case"] == case.as_str();
    let record = inside["cases"]
        .as_array()
        .into_iter()
        .flatten()
        .find(of_case)
        .context("the case is not in the file")?;
    ensure!(
        record["handed"] == 1,
        "the restored device would use the number of the coordinator's case again: {}",
        record["handed"]
    );
    see_case(&second, &stack, &case).await?;

    both_go_on(&first, &second, &stack, &case).await?;
    let from_second = export(&second, &stack, "second.asc").await?;
    restore(&first, &stack, &words, Some(&from_second)).await?;
    let from_first = export(&first, &stack, "first.asc").await?;
    restore(&second, &stack, &words, Some(&from_first)).await?;
    for tab in [&first, &second] {
        see_case(tab, &stack, &case).await?;
        until_seen(tab, "auto-replied", "").await?;
        tab.gone("letter-elsewhere").await?;
        tab.gone("restored-note").await?;
        tab.see_attribute("handed", "data-case", &handed).await?;
        // The clocks that were taken over differ by seconds: what lies ahead of one of them would not count there yet.
        tab.run_clock(120_000).await?;
        until_seen(tab, "promise-update", "").await?;
    }
    let (one, other) = (first.script(SHOWN).await?, second.script(SHOWN).await?);
    ensure!(one == other, "the devices show different things: {one:#} and {other:#}");
    let rows = one["rows"].to_string();
    for once in ["You wrote again", "24 Dec 2099"] {
        ensure!(rows.contains(once), "“{once}” is missing: {rows}");
    }
    ensure!(rows.matches("step-taken | ").count() == 1, "one step stands more than once: {rows}");
    // Two letters of one second are one event, but two letters.
    ensure!(one["letters"] == 2, "two letters were written: {one:#}");
    let leaks = stack.leaks(&[TITLE, SENTENCE, LATER, ANSWER, &words])?;
    ensure!(leaks.is_empty(), "plaintext where only ciphertext may be: {leaks:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_sends_and_the_other_watches() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let writing = browser.tab().await?;
    write_report(&writing, &stack).await?;
    let watching = writing.beside().await?;
    watching.open(&format!("{}/#/cases", stack.origin())).await?;
    watching.see("no-cases", "no case").await?;
    stack.kill_relay()?;
    writing.click("continue").await?;
    writing.click("words-kept").await?;
    writing.click("send").await?;
    for (tab, name) in [(&writing, "case"), (&watching, "case-row")] {
        tab.see_attribute(name, "data-state", "waiting").await?;
    }
    stack.start_relay().await?;
    for (tab, name) in [(&writing, "case"), (&watching, "case-row")] {
        tab.see_attribute(name, "data-state", "sent").await?;
    }
    let asked =
        String::from_utf8_lossy(&stack.tap.heard()).matches(&format!("PUT /v1/teams/{TEAM}/desks/")).count();
    ensure!(asked == 1, "the report was sent {asked} times");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_that_write_one_report_none_overwrites_the_other_unasked() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    write_report(&tab, &stack).await?;
    let beside = tab.beside().await?;
    beside.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    beside.see_value("title", TITLE).await?;
    beside.fill("title", "Another title").await?;
    beside.see("saved", "encrypted").await?;
    tab.fill("title", "A third title").await?;
    tab.see("overtaken", "open in another tab").await?;
    tab.see("saved", "Not saved").await?;
    tab.accessible().await?;
    beside.reload().await?;
    beside.see_value("title", "Another title").await?;
    beside.open(&stack.origin()).await?;
    beside.see("unfinished", "unfinished report").await.map(drop)
}
