//! A browser without script: the policy, the keys and every step are there, and the steps work with the real gpg.

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::Browser;
use sealpost_tests::gpg::Gpg;
use sealpost_tests::stack::{Stack, TEAM};

const REPORT: &str = "The parser trusts the length field of a CONTINUATION frame";

#[tokio::test(flavor = "multi_thread")]
async fn without_script_a_reporter_finds_the_keys_and_reaches_the_team_with_gpg() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab_without_script().await?;
    tab.open(&stack.origin()).await?;
    tab.see("#without-script", "needs JavaScript").await?;
    tab.click("#without-script a").await?;
    tab.see("#promises", "A person confirms your report within").await?;
    tab.see("#contacts", "security@demo.example").await?;
    let command = tab.see("#how pre", "gpg --armor").await?;
    let recipient = command.split("--recipient ").nth(1).and_then(|rest| rest.split(' ').next());
    let recipient = recipient.context("the page names no recipient")?;
    let grouped = tab.see("#keys li code", " ").await?;
    ensure!(grouped.replace(' ', "") == recipient, "{grouped} is not {recipient}");

    // The page's own steps, by hand.
    let link = tab.attribute("#keys li a", "href").await?.context("no key to save")?;
    let key = ureq::get(&format!("{}{link}", stack.origin())).call()?.body_mut().read_to_string()?;
    let reporter = Gpg::new()?;
    let imported = reporter.run(&["--import"], key.as_bytes())?;
    ensure!(imported.status.success(), "gpg does not import the key");
    let arguments = ["--armor", "--trust-model", "always", "--encrypt", "--recipient", recipient];
    let sealed = reporter.run(&arguments, REPORT.as_bytes())?;
    ensure!(sealed.status.success(), "gpg does not encrypt: {}", String::from_utf8_lossy(&sealed.stderr));
    let mail = stack.path("report.txt.asc");
    std::fs::write(&mail, sealed.stdout)?;
    ensure!(stack.gpg.decrypt(&mail)?.contains(REPORT), "the team cannot read it");

    tab.open(&format!("{}/plain/{TEAM}", stack.origin())).await?;
    tab.see("#keys", "signed by").await.map(drop)
}
