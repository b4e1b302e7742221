//! What a tab saves, takes and may show, and whether everybody can use it.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::{PATIENCE, Tab, selector};
use crate::stack::{Stack, TEAM};

impl Tab {
    /// Clicks what saves a file, and gives the file's name and bytes.
    ///
    /// # Errors
    /// When nothing is saved.
    pub async fn save(&self, name: &str) -> Result<(String, Vec<u8>)> {
        let waiter = self.page.expect_download(Some(60_000.0)).await?;
        self.click(name).await?;
        let download = waiter.wait().await.with_context(|| format!("{name} saves nothing"))?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("saved");
        download.save_as(&file).await?;
        Ok((download.suggested_filename().to_owned(), std::fs::read(&file)?))
    }

    /// Chooses a file in a file field, as a person does: the browser reads it from the disk when the page asks for its bytes.
    ///
    /// # Errors
    /// When the field does not appear.
    pub async fn attach(&self, name: &str, file: &Path) -> Result<()> {
        self.see_attribute(name, "type", "file").await?;
        let session = self.context.new_cdp_session(&self.page).await?;
        let field = json!({ "expression": format!("document.querySelector({})", json!(selector(name))) });
        let field = session.send("Runtime.evaluate", Some(field)).await?;
        let field =
            field.pointer("/result/result/objectId").with_context(|| format!("{name} is no field"))?;
        let order = json!({ "files": [file], "objectId": field });
        session
            .send("DOM.setFileInputFiles", Some(order))
            .await
            .with_context(|| format!("cannot choose a file in {name}"))?;
        Ok(())
    }

    /// Waits until the page is served from what the browser keeps of it, so that it can lose the network.
    ///
    /// # Errors
    /// After a minute, with how far the service worker has come.
    pub async fn kept_for_offline(&self) -> Result<()> {
        let standing = "navigator.serviceWorker.getRegistration().then(found => navigator.serviceWorker.controller ? 'kept' \
                        : ['installing', 'waiting', 'active'].filter(state => found?.[state]).join() || 'nothing')";
        let deadline = Instant::now() + PATIENCE;
        loop {
            let standing = self.script(standing).await?;
            if standing == "kept" {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the browser keeps nothing of the page yet: {standing}");
            self.moment().await?;
        }
    }

    /// Waits until an element is there no more.
    ///
    /// # Errors
    /// After a minute.
    pub async fn gone(&self, name: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.text(name).await?.is_some() {
            ensure!(Instant::now() < deadline, "{name} is still there");
            self.moment().await?;
        }
        Ok(())
    }

    /// Sends a report from the form of the stack's team; gives its case, whose page is shown then.
    ///
    /// # Errors
    /// When the page does not come that far.
    pub async fn send_report(&self, stack: &Stack, title: &str, sentence: &str) -> Result<String> {
        self.open(&format!("{}/#/t/{TEAM}/report", stack.origin())).await?;
        self.see_attribute("keys", "data-state", "usable").await?;
        self.fill("title", title).await?;
        self.fill("report", &format!("{sentence}.\n")).await?;
        self.click("continue").await?;
        self.click("words-kept").await?;
        self.click("send").await?;
        self.see_attribute("case", "data-state", "sent").await?;
        self.see("sent", "").await?;
        let hash = self.script("location.hash").await?;
        let case = hash.as_str().and_then(|hash| hash.strip_prefix("#/case/"));
        Ok(case.context("not on the case page")?.to_owned())
    }

    /// Allows the page to show notifications.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn allow_notifications(&self) -> Result<()> {
        Ok(self.context.grant_permissions(&["notifications"], None).await?)
    }

    /// Judges the page by the rules of WCAG 2.2 AA, as far as a program can. Its clock must run: the judge waits by it.
    ///
    /// # Errors
    /// Names every broken rule and where.
    pub async fn accessible(&self) -> Result<()> {
        let rules = std::fs::read_to_string(axe())
            .context("axe-core is missing; run the tests with `cargo xtask test`")?;
        self.page.evaluate_value(&format!("{rules};'judged'")).await.context("axe-core does not run")?;
        let broken = self
            .script(
                "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }) \
                 .then(({ violations, passes }) => passes.length < 5 ? ['nothing was judged'] : \
                 violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(' | ')))",
            )
            .await?;
        let broken = broken.as_array().context("axe-core gave no list")?;
        ensure!(broken.is_empty(), "not everybody can use this page: {broken:?}");
        Ok(())
    }
}

/// Where axe-core lies: beside the browser driver.
fn axe() -> std::path::PathBuf {
    std::env::var_os("SEALPOST_AXE").map_or_else(
        || {
            let driver = std::env::var_os("PLAYWRIGHT_CLI_JS").unwrap_or_default();
            let modules = Path::new(&driver).ancestors().nth(2).map(Path::to_path_buf).unwrap_or_default();
            modules.join("axe-core/axe.min.js")
        },
        std::path::PathBuf::from,
    )
}
