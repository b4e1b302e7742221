//! The browser dies without warning, at any moment of writing, sealing and sending. Nothing that the page called saved or sent is lost,
//! and nothing arrives twice.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::Tab;
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

/// What the device keeps, as the page shows it: the draft's title and the titles of the cases.
struct Kept {
    draft: String,
    cases: Vec<String>,
}

impl Kept {
    async fn read(tab: &Tab, stack: &Stack) -> Result<Self> {
        tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
        // Another fragment is the same document, so the page is opened anew.
        tab.reload().await?;
        tab.see_attribute("[aria-busy]", "aria-busy", "false").await?;
        let draft = tab.script("document.querySelector('#title').value").await?;
        tab.open(&format!("{}/#/cases", stack.origin())).await?;
        let rows = "new Promise(done => { const look = () => document.querySelector('[data-test=\"no-cases\"], [data-test=\"case-row\"]') \
            ? done([...document.querySelectorAll('[data-test=\"case-row\"] a')].map(link => link.textContent)) : setTimeout(look, 50); look(); })";
        Ok(Self {
            draft: draft.as_str().unwrap_or_default().to_owned(),
            cases: serde_json::from_value(tab.script(rows).await?)?,
        })
    }
}

/// Writes a report and goes `far`; at the end the page has said that everything is saved, or more.
async fn go(tab: &Tab, stack: &Stack, title: &str, far: u32) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", title).await?;
    tab.fill("report", &format!("{title}: what happens, and how")).await?;
    tab.see("saved", "encrypted").await?;
    if far == 0 {
        return Ok(());
    }
    tab.click("continue").await?;
    if far == 1 {
        return Ok(());
    }
    tab.click("words-kept").await?;
    tab.click("send").await?;
    if far > 2 {
        tab.see("case-id", "").await?;
    }
    Ok(())
}

async fn rounds(count: u32) -> Result<()> {
    let stack = Stack::start().await?;
    let folder = stack.path("profile");
    let mut title = String::new();
    for round in 0..count {
        let profile = Profile::open(&folder).await?;
        let tab = profile.tab().await?;
        if round > 0 {
            let kept = Kept::read(&tab, &stack).await?;
            let is_kept = kept.draft == title || kept.cases.contains(&title);
            ensure!(is_kept, "“{title}” is lost: draft {:?}, cases {:?}", kept.draft, kept.cases);
        }
        title = format!("Report of round {round}");
        go(&tab, &stack, &title, round % 4).await?;
        profile.kill().await?;
    }
    all_arrive_once(&stack, &folder).await
}

async fn all_arrive_once(stack: &Stack, folder: &Path) -> Result<()> {
    let profile = Profile::open(folder).await?;
    let tab = profile.tab().await?;
    let kept = Kept::read(&tab, stack).await?;
    let unsent = "new Promise(done => { const look = () => { \
        const left = [...document.querySelectorAll('[data-test=\"case-row\"]')].filter(row => row.dataset.state !== 'sent').length; \
        left === 0 ? done(0) : setTimeout(look, 100); }; look(); setTimeout(() => done(-1), 60000); })";
    ensure!(tab.script(unsent).await? == json!(0), "not everything was sent");
    let titles: BTreeSet<&String> = kept.cases.iter().collect();
    ensure!(titles.len() == kept.cases.len(), "a report became two cases: {:?}", kept.cases);
    stack.team(&["pull"])?;
    let pulled = stack.pulled()?.len();
    ensure!(pulled == kept.cases.len(), "{pulled} letters arrived for {} cases", kept.cases.len());
    ensure!(pulled > 0, "nothing was ever sent: the rounds prove nothing");
    drop(tab);
    profile.close().await.context("the browser does not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_killed_loses_nothing_and_sends_nothing_twice() -> Result<()> {
    rounds(4).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 200 browsers take a quarter of an hour"]
async fn two_hundred_killed_browsers_lose_nothing_and_send_nothing_twice() -> Result<()> {
    rounds(200).await
}
