//! The vault is a worker that may die; what a person wrote is never in it alone.

use anyhow::{Result, ensure};
use sealpost_tests::browser::Browser;
use sealpost_tests::stack::{Stack, TEAM};

const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_dies_is_replaced_and_nothing_written_is_lost() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", "Heap overflow in the frame parser").await?;
    tab.fill("report", SENTENCE).await?;

    // Questions are text. Anything else throws inside the worker, where a parser's panic ends up as well: no answer, and the
    // page throws the worker away.
    let died = tab.script("sealpost.ask({}, 60000).then(() => 'answered', (why) => why)").await?;
    ensure!(died == "died", "the vault said {died}");
    let written = tab.script("document.querySelector('[data-test=report]').value").await?;
    ensure!(written == SENTENCE, "the text is {written}");

    // The next question goes to a new one.
    tab.click("continue").await?;
    tab.see("words", " ").await?;
    tab.click("words-kept").await?;
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    stack.team(&["pull"])?;
    let listed = stack.team(&["list"])?;
    ensure!(listed.contains("Heap overflow in the frame parser"), "list says: {listed}");
    Ok(())
}
