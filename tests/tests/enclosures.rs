//! Files too large for a letter, from a real browser over a line that breaks to the team's folder.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::leaks;
use sealpost_tests::stack::{Stack, TEAM};

const SENTENCE: &str = "The decoder writes past the end of its picture buffer";
const NAME: &str = "core of decoder.dump";
const MIB: usize = 1 << 20;

/// Bytes that no compressor would shorten, with a sentence in the middle.
fn dump(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let mut bytes: Vec<u8> = std::iter::repeat_with(next).take(length).collect();
    let middle = length / 2;
    bytes[middle..middle + SENTENCE.len()].copy_from_slice(SENTENCE.as_bytes());
    bytes
}

async fn write_report(tab: &Tab, stack: &Stack, file: &PathBuf) -> Result<()> {
    tab.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
    tab.see_attribute("keys", "data-state", "usable").await?;
    tab.fill("title", "Overflow in the decoder").await?;
    tab.fill("report", "# What happens\n\nSee the attached dump.\n").await?;
    tab.attach("attachments", file).await?;
    tab.see("files", "sent beside the report").await?;
    tab.click("continue").await?;
    tab.click("words-kept").await
}

async fn case_of(tab: &Tab) -> Result<String> {
    let hash = tab.script("location.hash").await?;
    let case = hash.as_str().and_then(|hash| hash.strip_prefix("#/case/")).context("not on the case page")?;
    Ok(case.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_megabytes_arrive_once_over_a_line_that_breaks_and_a_page_that_is_reloaded() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let (file, sent) = (stack.path(NAME), dump(20 * MIB));
    std::fs::write(&file, &sent)?;
    write_report(&tab, &stack, &file).await?;
    // The letter and some chunks go through, then the line is down.
    stack.tap.cut_after(7 * MIB);
    tab.click("send").await?;
    tab.see_attribute("case", "data-state", "sent").await?;
    tab.see_attribute("upload", "data-state", "waiting").await?;
    let case = case_of(&tab).await?;
    stack.tap.mend();
    stack.team(&["pull"])?;
    let shown = stack.team(&["show", &case])?;
    ensure!(shown.contains(NAME) && shown.contains("20.0 MiB"), "show says: {shown}");
    let out = stack.path("out");
    let folder = out.to_string_lossy().into_owned();
    // Without the original file, in a page that was opened anew.
    std::fs::remove_file(&file)?;
    tab.reload().await?;
    tab.see("files-arrived", "arrived").await?;
    stack.team(&["save", &case, &folder])?;
    ensure!(std::fs::read(out.join(NAME))? == sent, "other bytes arrived");
    let chunks = leaks::files(&stack.path("data").join("blobs"))?;
    ensure!((20..=22).contains(&chunks.len()), "{} chunks are stored", chunks.len());
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    let leaked = stack.leaks(&[SENTENCE, NAME])?;
    ensure!(leaked.is_empty(), "plaintext where only ciphertext may be: {leaked:?}");
    Ok(())
}
