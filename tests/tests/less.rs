//! Where the platform gives less: no service worker, no storage, storage that another tab took, a wrong clock. Each is told in words, with
//! what to do instead, and whatever can work does.

use anyhow::{Result, ensure};
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";

/// Whether the page asks before it is left.
const ASKS: &str = "(() => { const leaving = new Event('beforeunload', { cancelable: true }); dispatchEvent(leaving); return leaving.defaultPrevented; })()";

/// A clock that is wrong by so many milliseconds.
fn wrong_by(milliseconds: i64) -> String {
    format!(
        "{{ const Right = Date; globalThis.Date = class extends Right {{ static now() {{ return Right.now() + {milliseconds}; }} \
         constructor(...told) {{ super(...(told.length ? told : [Right.now() + {milliseconds}])); }} }}; }}"
    )
}

async fn open_form(tab: &Tab, stack: &Stack) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_service_worker_everything_works_but_a_start_without_a_network_and_the_page_says_so()
-> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.before_every_page("delete Navigator.prototype.serviceWorker").await?;
    open_form(&tab, &stack).await?;
    tab.see("needs-network", "Leave this tab open").await?;
    tab.fill("title", TITLE).await?;
    tab.see("saved", "encrypted").await?;
    tab.accessible().await?;
    // The network goes while the tab is open: the report waits, and goes when it is back.
    tab.set_offline(true).await?;
    tab.fill("report", SENTENCE).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.see("needs-network", "Leave this tab open").await?;
    tab.set_offline(false).await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.gone("needs-network").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_storage_a_report_is_sent_from_memory_and_leaving_is_asked_about() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let gone = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })";
    // As private windows of some browsers have it.
    let forbidden = "IDBFactory.prototype.open = () => { throw new DOMException('The operation is insecure.', 'SecurityError'); }";
    for lack in [gone, forbidden] {
        let tab = browser.tab().await?;
        tab.before_every_page(lack).await?;
        open_form(&tab, &stack).await?;
        tab.see("not-lasting", "lost when you close it").await?;
        tab.fill("title", TITLE).await?;
        tab.see("saved", "only while this page is open").await?;
        ensure!(tab.script(ASKS).await? == json!(true), "leaving loses the text unasked: {lack}");
        tab.fill("report", SENTENCE).await?;
        tab.click("continue").await?;
        tab.click("words-kept").await?;
        tab.click("send").await?;
        tab.see_attribute("case", "data-state", "sent").await?;
        ensure!(tab.script(ASKS).await? == json!(true), "leaving loses the case unasked: {lack}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_an_older_tab_holds_or_a_newer_one_takes_is_told_and_nothing_there_is_lost() -> Result<()>
{
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let holder = browser.tab().await?;
    holder.open(&format!("{}/release.json", stack.origin())).await?;
    // A page of an older form, which does not let go.
    let hold = "new Promise((done, fail) => { const ask = indexedDB.open('sealpost', 1); ask.onerror = fail; \
                ask.onsuccess = () => { globalThis.held = ask.result; done(true); }; })";
    holder.script(hold).await?;
    let tab = holder.beside().await?;
    open_form(&tab, &stack).await?;
    tab.see("not-lasting", "Another tab").await?;
    tab.fill("title", TITLE).await?;
    tab.see("saved", "only while this page is open").await?;
    ensure!(tab.script(ASKS).await? == json!(true), "leaving loses the text unasked");

    holder.script("(globalThis.held.close(), true)").await?;
    let tab = holder.beside().await?;
    open_form(&tab, &stack).await?;
    tab.see("title", "").await?;
    ensure!(tab.text("not-lasting").await?.is_none(), "storage is free and said to be held");
    tab.fill("title", TITLE).await?;
    tab.see("saved", "encrypted").await?;
    // A page of a newer form asks for it.
    let take = "new Promise((done, fail) => { const ask = indexedDB.open('sealpost', 99); ask.onerror = fail; \
                ask.onsuccess = () => { ask.result.close(); done(true); }; })";
    holder.script(take).await?;
    tab.see("not-lasting", "Another tab").await?;
    ensure!(tab.script(ASKS).await? == json!(true), "leaving loses the text unasked");
    tab.see_value("title", TITLE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_days_behind_is_named_before_anything_is_written() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.before_every_page(&wrong_by(-3 * 24 * 3_600_000)).await?;
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "unusable").await?;
    tab.see("keys", "Check this device's clock").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_while_a_report_waits_holds_nothing_back_and_is_told() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.take_clock().await?;
    open_form(&tab, &stack).await?;
    stack.kill_relay()?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    // A laptop wakes up with a clock that is two hours ahead.
    tab.run_clock(2 * 3_600_000).await?;
    stack.start_relay().await?;
    tab.run_clock(3_600_000).await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.see("case", "Check this device's clock").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_webassembly_the_page_says_what_to_do_instead() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.forgive("WebAssembly is not defined");
    // As in Lockdown Mode.
    tab.before_every_page("delete globalThis.WebAssembly").await?;
    tab.open(&stack.origin()).await?;
    let said = tab.see("#broken:not([hidden])", "report with gpg and mail").await?;
    ensure!(!said.contains("It stopped"), "what never started did not stop: {said}");
    tab.accessible().await?;
    tab.click("#broken a[href='/plain']").await?;
    tab.see("#how pre", "gpg --armor").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_browser_promises_about_its_storage_is_asked_once_and_told_as_it_is() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    for (answer, told) in [("true", "promised not to delete"), ("false", "has not promised to keep")] {
        let tab = browser.tab().await?;
        let persist = "globalThis.asked = 0; StorageManager.prototype.persist = () => { asked += 1; return Promise.resolve(ANSWER); }";
        tab.before_every_page(&persist.replace("ANSWER", answer)).await?;
        open_form(&tab, &stack).await?;
        ensure!(tab.script("asked").await? == json!(0), "asked before there is anything to keep");
        ensure!(
            tab.text("saved").await?.unwrap_or_default().is_empty(),
            "said to be saved before anything is"
        );
        tab.fill("title", TITLE).await?;
        tab.see("saved", "encrypted").await?;
        tab.fill("report", SENTENCE).await?;
        tab.click("continue").await?;
        tab.click("words-kept").await?;
        tab.click("send").await?;
        tab.see_attribute("case", "data-state", "sent").await?;
        tab.script("(location.hash = '#/settings', true)").await?;
        tab.see("kept", told).await?;
        ensure!(tab.script("asked").await? == json!(1), "asked {} times", tab.script("asked").await?);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_can_be_installed() -> Result<()> {
    let stack = Stack::start().await?;
    // Private windows install nothing.
    let profile = Profile::open(&stack.path("profile")).await?;
    let tab = profile.tab().await?;
    tab.open(&stack.origin()).await?;
    tab.kept_for_offline().await?;
    let manifest = tab.order("Page.getAppManifest", json!({})).await?;
    ensure!(manifest.pointer("/result/errors") == Some(&json!([])), "{manifest}");
    let obstacles = tab.order("Page.getInstallabilityErrors", json!({})).await?;
    ensure!(obstacles.pointer("/result/installabilityErrors") == Some(&json!([])), "{obstacles}");
    drop(tab);
    profile.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_report_that_this_device_lost_is_told_and_its_text_can_be_sent_anew() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    open_form(&tab, &stack).await?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", SENTENCE).await?;
    tab.set_offline(true).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("outbox", "data-state", "waiting").await?;
    let lose = "new Promise((done, fail) => { const ask = indexedDB.open('sealpost'); ask.onerror = fail; \
                ask.onsuccess = () => { const change = ask.result.transaction('sealed', 'readwrite'); \
                change.objectStore('sealed').clear(); change.oncomplete = () => { ask.result.close(); done(true); }; }; })";
    ensure!(tab.script(lose).await? == json!(true), "nothing was lost");
    tab.set_offline(false).await?;
    tab.see("outbox-why", "not on this device").await?;
    tab.accessible().await?;
    tab.click("take-back").await?;
    tab.see_value("title", TITLE).await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await
}
