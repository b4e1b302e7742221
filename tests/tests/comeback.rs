//! Leaving no trace, and coming back: twelve words, the file of all cases, and erasing everything.

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";
const REPLY: &str = "Thank you, a person has read this and will look into the frame handling";

/// What the browser lists for this site.
const LISTED: &str = "Promise.all([indexedDB.databases().then(all => all.length), caches.keys().then(all => all.length), \
    navigator.serviceWorker.getRegistrations().then(all => all.length)])";

/// Sends a report; gives its case and its words.
async fn send(tab: &Tab, stack: &Stack) -> Result<(String, String)> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.click("continue").await?;
    let words = tab.see("words", " ").await?;
    let words = words.split(|letter: char| !letter.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join(" ");
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    let hash = tab.script("location.hash").await?;
    let case = hash.as_str().and_then(|hash| hash.strip_prefix("#/case/")).context("not on the case page")?;
    Ok((case.to_owned(), words))
}

/// As somebody types who is in a hurry: the first four letters, with capitals and numbers.
fn in_a_hurry(words: &str) -> String {
    let short = words.split(' ').enumerate().map(|(n, word)| {
        let start: String = word.chars().take(4).collect();
        format!("{}. {}", n + 1, start.to_uppercase())
    });
    short.collect::<Vec<_>>().join("\n")
}

async fn restore(tab: &Tab, stack: &Stack, words: &str) -> Result<()> {
    tab.open(&format!("{}/#/restore", stack.origin())).await?;
    tab.fill("typed-words", words).await?;
    tab.click("restore").await
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_words_bring_a_case_back_in_another_browser_and_both_agree() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let first = browser.tab().await?;
    let (case, words) = send(&first, &stack).await?;
    stack.team(&["pull"])?;
    stack.team(&["ack", &case, "-m", REPLY])?;

    let second = browser.tab().await?;
    let misspelt = words.replacen(words.split(' ').nth(2).context("no third word")?, "xylofone", 1);
    restore(&second, &stack, &misspelt).await?;
    second.see("restore-failed", "xylofone").await?;
    let nobodys = format!("{}about", "abandon ".repeat(11));
    restore(&second, &stack, &nobodys).await?;
    second.see("restore-failed", "no case of these words").await?;
    restore(&second, &stack, &in_a_hurry(&words)).await?;
    second.see("restored", "Here again").await?;
    second.open(&format!("{}/#/case/{case}", stack.origin())).await?;
    second.see("restored-note", "brought back").await?;
    for tab in [&first, &second] {
        tab.see("reply", REPLY).await?;
        tab.see_attribute("promise-acknowledge", "data-state", "kept").await?;
    }
    // What the team says later reaches both.
    stack.team(&["reply", &case, "--kind", "answer", "-m", "It is the third field"])?;
    for tab in [&first, &second] {
        tab.see("reply", "It is the third field").await?;
        tab.see_attribute("promise-answer", "data-state", "kept").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_all_cases_opens_in_another_browser_and_with_gpg() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let first = browser.tab().await?;
    let (case, words) = send(&first, &stack).await?;
    first.open(&format!("{}/#/settings", stack.origin())).await?;
    let file = stack.path("cases.asc");
    first.download("export", &file).await?;
    first.see("exported", "One case was saved").await?;
    let sealed = std::fs::read_to_string(&file)?;
    ensure!(!sealed.contains(TITLE), "the file is not sealed");

    let path = file.to_string_lossy();
    let arguments = ["--pinentry-mode", "loopback", "--passphrase", &words, "--decrypt", &path];
    let opened = stack.gpg.run(&arguments, b"")?;
    let json: serde_json::Value = serde_json::from_slice(&opened.stdout)
        .with_context(|| format!("gpg says: {}", String::from_utf8_lossy(&opened.stderr)))?;
    ensure!(json["cases"][0]["title"] == TITLE, "gpg opens {json}");

    let second = browser.tab().await?;
    second.open(&format!("{}/#/restore", stack.origin())).await?;
    second.choose_file("backup-file", &file).await?;
    second.fill("typed-words", &format!("{}about", "abandon ".repeat(11))).await?;
    second.click("restore").await?;
    second.see("restore-failed", "do not open this backup").await?;
    second.fill("typed-words", &in_a_hurry(&words)).await?;
    second.click("restore").await?;
    second.see("restored", "Here again").await?;
    second.open(&format!("{}/#/case/{case}", stack.origin())).await?;
    second.see_attribute("case", "data-state", "sent").await?;
    second.see("case", TITLE).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_everything_leaves_nothing_and_says_what_the_browser_still_lists() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let (_, words) = send(&tab, &stack).await?;
    tab.kept_for_offline().await?;
    let beside = tab.beside().await?;
    beside.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    beside.fill("title", TITLE).await?;
    beside.see("saved", "encrypted").await?;
    let listed = tab.script(LISTED).await?;
    ensure!(listed == json!([1, 1, 1]), "before, there is something to erase: {listed}");

    tab.open(&format!("{}/#/settings", stack.origin())).await?;
    tab.click("erase").await?;
    tab.see("erase-question", "One case on this device will be lost").await?;
    tab.click("erase-yes").await?;
    tab.see("erased", "Everything was erased").await?;
    tab.see("left", "none").await?;
    let listed = tab.script(LISTED).await?;
    ensure!(listed == json!([0, 0, 0]), "the browser still lists {listed}");
    ensure!(beside.script("location.href").await? == "about:blank", "the other tab still shows the draft");
    drop(beside);

    tab.open(&format!("{}/release.json", stack.origin())).await?;
    tab.open(&format!("{}/#/cases", stack.origin())).await?;
    tab.see("no-cases", "no case on this device").await?;
    // The words still work: what is erased here is not erased at the team.
    restore(&tab, &stack, &words).await?;
    tab.see("restored", "Here again").await.map(drop)
}
