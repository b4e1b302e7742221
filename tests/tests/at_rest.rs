//! What the browser keeps on the reporter's device: sealed, moved from older forms, and told truthfully when it is lost.

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::leaks;
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";
const CONTROL: &str = "A control sentence that a page kept in the clear";

/// A draft as the first version of the page kept it: clear text in the first form of the database.
const KEEP_IN_THE_CLEAR: &str = "new Promise((done, fail) => {
    const request = indexedDB.open('sealpost', 1);
    request.onupgradeneeded = () => {
        for (const table of ['cases', 'outbox', 'sealed', 'drafts', 'teams']) request.result.createObjectStore(table);
    };
    request.onerror = fail;
    request.onsuccess = () => {
        const change = request.result.transaction('drafts', 'readwrite');
        change.objectStore('drafts').put(JSON.stringify({ report: { title: TITLE } }), TEAM);
        change.oncomplete = () => { request.result.close(); done(true); };
    };
})";

/// How a draft lies in the database: the first byte of its record, or the type of what is no record.
const KEPT_AS: &str = "new Promise((done, fail) => {
    const request = indexedDB.open('sealpost');
    request.onerror = fail;
    request.onsuccess = () => {
        const read = request.result.transaction('drafts').objectStore('drafts').get(TEAM);
        read.onsuccess = () => {
            request.result.close();
            done(read.result instanceof Uint8Array ? read.result[0] : typeof read.result);
        };
    };
})";

/// How many drafts the database holds.
const DRAFTS: &str = "new Promise((done, fail) => {
    const request = indexedDB.open('sealpost');
    request.onerror = fail;
    request.onsuccess = () => {
        const count = request.result.transaction('drafts').objectStore('drafts').count();
        count.onsuccess = () => { request.result.close(); done(count.result); };
    };
})";

fn filled(script: &str) -> String {
    script.replace("TITLE", &json!(TITLE).to_string()).replace("TEAM", &json!(TEAM).to_string())
}

fn form(stack: &Stack) -> String {
    format!("{}/#/t/{TEAM}/report", stack.origin())
}

async fn write(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&form(stack)).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.see("saved", "encrypted").await.map(drop)
}

/// Waits until the title field holds this text.
async fn title_is(tab: &Tab, wanted: &str) -> Result<()> {
    let field = "new Promise(done => { const look = () => document.querySelector('#title')?.value === WANTED ? done(true) \
                 : setTimeout(look, 50); look(); setTimeout(() => done(false), 60000); })";
    let is_there = tab.script(&field.replace("WANTED", &json!(wanted).to_string())).await?;
    ensure!(is_there == true, "the title field does not say “{wanted}”");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_report_lies_readable_on_the_reporters_disk() -> Result<()> {
    let stack = Stack::start().await?;
    let folder = stack.path("profile");
    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    write(&tab, &stack).await?;
    tab.click("continue").await?;
    let words = tab.see("words", " ").await?;
    let phrase = words.split(|letter: char| !letter.is_ascii_lowercase()).filter(|word| !word.is_empty());
    let phrase = phrase.collect::<Vec<_>>().join(" ");
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    let drafts = tab.script(DRAFTS).await?;
    ensure!(drafts == 0, "{drafts} drafts stay although the report is sent");
    // A second report stays a draft.
    write(&tab, &stack).await?;
    let control = format!(
        "new Promise(done => {{ const r = indexedDB.open('control'); r.onupgradeneeded = () => r.result.createObjectStore('c'); \
         r.onsuccess = () => {{ const t = r.result.transaction('c', 'readwrite', {{ durability: 'strict' }}); \
         t.objectStore('c').put({}, 1); t.oncomplete = () => done(true); }}; }})",
        json!(CONTROL)
    );
    tab.script(&control).await?;
    drop(tab);
    profile.close().await?;
    let found = leaks::in_folder(&folder, &[CONTROL])?;
    ensure!(!found.is_empty(), "the scan does not find what was planted");
    let found = leaks::in_folder(&folder, &[TITLE, SENTENCE, &phrase])?;
    ensure!(found.is_empty(), "readable on the disk: {found:?}");

    let profile = Profile::open(&folder).await?;
    let tab = profile.tab().await?;
    tab.open(&form(&stack)).await?;
    title_is(&tab, TITLE).await?;
    tab.open(&format!("{}/#/cases", stack.origin())).await?;
    tab.see("case-row", TITLE).await?;
    drop(tab);
    profile.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_page_kept_in_the_clear_is_sealed_at_the_next_start() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.open(&format!("{}/release.json", stack.origin())).await?;
    tab.script(&filled(KEEP_IN_THE_CLEAR)).await?;
    ensure!(tab.script(&filled(KEPT_AS)).await? == "string", "the control is no clear text");
    tab.open(&form(&stack)).await?;
    title_is(&tab, TITLE).await?;
    ensure!(tab.script(&filled(KEPT_AS)).await? == 2, "the draft still lies in the clear");
    tab.reload().await?;
    title_is(&tab, TITLE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_can_keep_no_key_keeps_nothing_and_says_so() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.open(&format!("{}/release.json", stack.origin())).await?;
    tab.script(&filled(KEEP_IN_THE_CLEAR)).await?;
    tab.before_every_page("SubtleCrypto.prototype.generateKey = () => Promise.reject(new Error('none'))")
        .await?;
    tab.open(&form(&stack)).await?;
    tab.see("not-lasting", "encryption key").await?;
    title_is(&tab, TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.see("saved", "only while this page is open").await?;
    ensure!(tab.script(&filled(KEPT_AS)).await? == "string", "the older draft should lie as it was");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_is_cleared_under_the_page_is_told_and_the_text_saved_again() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    write(&tab, &stack).await?;
    let what = json!({ "origin": stack.origin(), "storageTypes": "indexeddb" });
    tab.order("Storage.clearDataForOrigin", what).await?;
    tab.see("alert", "deleted what this page had kept").await?;
    tab.see("saved", "encrypted").await?;
    tab.reload().await?;
    title_is(&tab, TITLE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_what_was_saved_before_stays() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    // Before the first use: later, the browser has set space aside.
    let quota = json!({ "origin": stack.origin(), "quotaSize": 200_000 });
    tab.open(&format!("{}/release.json", stack.origin())).await?;
    tab.order("Storage.overrideQuotaForOrigin", quota).await?;
    tab.open(&form(&stack)).await?;
    tab.fill("title", TITLE).await?;
    tab.see("saved", "encrypted").await?;
    tab.fill("report", &"x".repeat(400_000)).await?;
    tab.see("alert", "storage is full").await?;
    let stored = tab.script(&filled(KEPT_AS)).await?.as_u64().context("no draft is stored")?;
    ensure!(stored == 2, "the draft is stored as {stored}");
    Ok(())
}
