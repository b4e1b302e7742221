//! What sets a page off that has no clock: coming to the front and, where a browser has Background Sync, the service worker, once there is
//! a network again. With no page open that worker sends nothing, and tells the person if they allow it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

const TITLE: &str = "Heap overflow in the frame parser";
const TAG: &str = "waiting";

/// The page's own rounds are taken away, so that nothing but an event sets it off; and what it asks the browser for is written down.
const ONLY_EVENTS: &str = "globalThis.setInterval = () => 0; globalThis.asked = []; \
    SyncManager.prototype.register = (tag) => { asked.push(tag); return Promise.resolve(); };";

/// What the browser shows the person of this site.
const SHOWN: &str = "navigator.serviceWorker.getRegistration().then(found => found.getNotifications()).then(shown => shown.map(one => one.title).join())";

/// A report that waits, because the relay is away.
async fn waits(stack: &mut Stack, tab: &Tab) -> Result<()> {
    tab.before_every_page(ONLY_EVENTS).await?;
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.kept_for_offline().await?;
    stack.kill_relay()?;
    tab.fill("title", TITLE).await?;
    tab.fill("report", "What happens, and how").await?;
    tab.click("continue").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.see("case", "cannot be reached").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_is_woken_and_sends_what_waits() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    waits(&mut stack, &tab).await?;
    let asked = tab.script("asked").await?;
    ensure!(asked == json!([TAG]), "the page should ask once to be woken: {asked}");
    stack.start_relay().await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.network_is_back(&stack.origin(), TAG).await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    // What tries again must not ask for the next waking: that would be a loop.
    let asked = tab.script("asked").await?;
    ensure!(asked == json!([TAG]), "the page should ask once for each letter: {asked}");
    stack.team(&["pull"])?;
    ensure!(stack.pulled()?.len() == 1, "the report should have arrived once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_to_the_front_sends_what_waits() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    waits(&mut stack, &tab).await?;
    stack.start_relay().await?;
    tab.see_attribute("case", "data-state", "waiting").await?;
    tab.script("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))").await?;
    tab.see_attribute("case", "data-state", "sent").await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_page_open_nothing_is_sent_and_the_person_is_told_if_they_allow_it() -> Result<()> {
    let mut stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.allow_notifications().await?;
    waits(&mut stack, &tab).await?;
    let origin = stack.origin();
    tab.open("about:blank").await?;
    stack.start_relay().await?;
    tab.network_is_back(&origin, TAG).await?;
    // Not the app: a plain file of the same origin, which can ask what is shown.
    tab.open(&format!("{origin}/release.json")).await?;
    let deadline = Instant::now() + Duration::from_secs(60);
    while !tab.script(SHOWN).await?.as_str().is_some_and(|shown| shown.contains("waits to be sent")) {
        ensure!(Instant::now() < deadline, "the person is not told: {}", tab.script(SHOWN).await?);
        tab.moment().await?;
    }
    stack.team(&["pull"])?;
    ensure!(stack.pulled()?.is_empty(), "something was sent although no page was open");
    tab.open(&format!("{origin}/#/cases")).await?;
    tab.see_attribute("case-row", "data-state", "sent").await
}
