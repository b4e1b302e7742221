//! The browser dies without warning, at any moment of writing, saving, sealing, sending and uploading. Nothing that the page called saved
//! or sent is lost, and nothing arrives twice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::Tab;
use sealpost_tests::browser::profile::Profile;
use sealpost_tests::stack::{Stack, TEAM};
use serde_json::json;

/// How long the last browser may take to send what two hundred left.
const PATIENCE: Duration = Duration::from_secs(300);
const FILE: &str = "core of parser.dump";
const FILE_BYTES: usize = 3 << 20;

/// Draws the moments of death: the same in every run, though a machine that is busier or faster makes other moments of them.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % end
    }
}

/// How far a round goes before the browser dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    /// While the text is being saved.
    Typed,
    /// Once the page called it saved.
    Saved,
    /// While the 12 words are being made.
    Words,
    /// While it is being sealed, stored and sent.
    Sealing,
    /// Once the page showed the case.
    Case,
    /// While a file of some megabytes is being sealed and stored.
    SealingFile,
    /// While that file is being uploaded.
    Uploading,
}

/// In the order of rounds: the first few are the ones that hurt most.
const ALL: [Far; 7] =
    [Far::Sealing, Far::Uploading, Far::Typed, Far::Case, Far::SealingFile, Far::Saved, Far::Words];

impl Far {
    /// The longest that the browser lives after the last thing that is waited for, in milliseconds.
    const fn longest(self) -> u32 {
        match self {
            Self::Typed | Self::Saved | Self::Uploading => 400,
            Self::Words | Self::Case => 800,
            Self::Sealing => 1500,
            Self::SealingFile => 2500,
        }
    }
}

/// What the page has promised so far, in the words of its own page.
#[derive(Default)]
struct Promised {
    /// The draft's title, once it was called saved. It is a draft, or a case.
    draft: Option<String>,
    /// Titles that were shown as cases.
    cases: BTreeSet<String>,
    /// Cases that were shown with the file beside them.
    with_file: Vec<String>,
}

/// What the device keeps, as the page shows it: the draft's title and the titles of the cases.
struct Kept {
    draft: String,
    cases: Vec<String>,
}

impl Kept {
    async fn read(tab: &Tab, stack: &Stack) -> Result<Self> {
        tab.open(&form(stack)).await?;
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

    fn keeps(&self, promised: &Promised) -> Result<()> {
        if let Some(title) = &promised.draft {
            let is_kept = self.draft == *title || self.cases.contains(title);
            ensure!(is_kept, "“{title}” is lost: draft {:?}, cases {:?}", self.draft, self.cases);
        }
        let lost: Vec<&String> = promised.cases.iter().filter(|title| !self.cases.contains(title)).collect();
        ensure!(lost.is_empty(), "cases that were shown are lost: {lost:?} of {:?}", self.cases);
        Ok(())
    }
}

fn form(stack: &Stack) -> String {
    format!("{}/#/t/{TEAM}/report", stack.origin())
}

/// Writes a report and goes `far`, noting what the page promises on the way.
async fn go(tab: &Tab, stack: &Stack, title: &str, far: Far, promised: &mut Promised) -> Result<()> {
    tab.open(&form(stack)).await?;
    tab.see_attribute("[aria-busy]", "aria-busy", "false").await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    if tab.text("leave-out").await?.is_some() {
        tab.click("leave-out").await?;
    }
    // What was saved before is being written over.
    promised.draft = None;
    tab.fill("title", title).await?;
    tab.fill("report", &format!("{title}: what happens, and how")).await?;
    if far == Far::Typed {
        return Ok(());
    }
    if far >= Far::SealingFile {
        tab.attach("attachments", &dump(stack)?).await?;
        tab.see("files", "sent beside the report").await?;
    }
    tab.see("saved", "encrypted").await?;
    promised.draft = Some(title.to_owned());
    if far == Far::Saved {
        return Ok(());
    }
    tab.click("continue").await?;
    if far == Far::Words {
        return Ok(());
    }
    tab.click("words-kept").await?;
    tab.click("send").await?;
    if matches!(far, Far::Case | Far::Uploading) {
        let case = tab.see("case-id", "").await?;
        promised.cases.insert(title.to_owned());
        promised.with_file.extend((far == Far::Uploading).then_some(case));
    }
    Ok(())
}

/// The file that goes beside some of the reports.
fn dump(stack: &Stack) -> Result<PathBuf> {
    let path = stack.path(FILE);
    if !path.exists() {
        let mut dice = Dice(7);
        let bytes: Vec<u8> =
            std::iter::repeat_with(|| dice.below(251).to_be_bytes()[3]).take(FILE_BYTES).collect();
        std::fs::write(&path, bytes)?;
    }
    Ok(path)
}

async fn rounds(count: usize, seed: u32) -> Result<()> {
    let stack = Stack::start().await?;
    let folder = stack.path("profile");
    let (mut dice, mut promised) = (Dice(seed), Promised::default());
    for round in 0..count {
        let profile = Profile::open(&folder).await?;
        let tab = profile.tab().await?;
        let far = ALL[round % ALL.len()];
        let last = format!("round {round} of seed {seed} ({far:?})");
        Kept::read(&tab, &stack).await?.keeps(&promised).with_context(|| format!("before {last}"))?;
        go(&tab, &stack, &format!("Report of round {round}"), far, &mut promised)
            .await
            .with_context(|| last)?;
        let life = Duration::from_millis(dice.below(far.longest()).into());
        tokio::time::timeout(life, std::future::pending::<()>()).await.unwrap_or(());
        profile.kill().await?;
    }
    all_arrive_once(&stack, &folder, &promised).await
}

/// Waits until an expression is true in the page.
async fn until(tab: &Tab, expression: &str, what: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while tab.script(expression).await? != json!(true) {
        ensure!(Instant::now() < deadline, "{what}");
        tab.moment().await?;
    }
    Ok(())
}

async fn all_arrive_once(stack: &Stack, folder: &Path, promised: &Promised) -> Result<()> {
    let profile = Profile::open(folder).await?;
    let tab = profile.tab().await?;
    let kept = Kept::read(&tab, stack).await?;
    kept.keeps(promised)?;
    let sent = "[...document.querySelectorAll('[data-test=\"case-row\"]')].every(row => row.dataset.state === 'sent')";
    until(&tab, sent, "not every letter was sent").await?;
    let uploads = "new Promise((done, fail) => { const ask = indexedDB.open('sealpost'); ask.onerror = () => fail(ask.error); \
        ask.onsuccess = () => { const left = ask.result.transaction('uploads').objectStore('uploads').count(); \
        left.onsuccess = () => { ask.result.close(); done(left.result === 0); }; }; })";
    until(&tab, uploads, "not every file was sent").await?;
    let titles: BTreeSet<&String> = kept.cases.iter().collect();
    ensure!(titles.len() == kept.cases.len(), "a report became two cases: {:?}", kept.cases);
    stack.team(&["pull"])?;
    let pulled = stack.pulled()?.len();
    ensure!(pulled == kept.cases.len(), "{pulled} letters arrived for {} cases", kept.cases.len());
    ensure!(pulled > 0, "nothing was ever sent: the rounds prove nothing");
    files_arrive(stack, promised)?;
    drop(tab);
    profile.close().await.context("the browser does not end")
}

fn files_arrive(stack: &Stack, promised: &Promised) -> Result<()> {
    let sent = std::fs::read(dump(stack)?)?;
    for case in &promised.with_file {
        let out = stack.path(&format!("files of {case}"));
        stack.team(&["save", case, &out.to_string_lossy()])?;
        ensure!(std::fs::read(out.join(FILE))? == sent, "other bytes arrived for {case}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_killed_loses_nothing_and_sends_nothing_twice() -> Result<()> {
    rounds(4, 2_463_534_242).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: 200 browsers take 20 minutes on a busy machine"]
async fn two_hundred_killed_browsers_lose_nothing_and_send_nothing_twice() -> Result<()> {
    rounds(200, 88_675_123).await
}
