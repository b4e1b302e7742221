//! The few things a story does with a browser. Only this file and [`profile`] name the driver.

pub mod memory;
pub mod profile;

mod files;
mod worker;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use playwright_rs::{BrowserContext, BrowserContextOptions, LaunchOptions, Page, Playwright};

/// The longest a story waits for the page to show something: generous, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
fn chromium() -> String {
    std::env::var("SEALPOST_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned())
}

fn arguments() -> Vec<String> {
    let arguments = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-sync"];
    arguments.into_iter().map(str::to_owned).collect()
}

/// A browser with one private profile.
pub struct Browser {
    // Held so that the driver lives as long as the browser.
    _driver: Playwright,
    browser: playwright_rs::Browser,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl Browser {
    /// Starts Debian's Chromium.
    ///
    /// # Errors
    /// When the driver or the browser is missing; `cargo xtask test` installs both.
    pub async fn start() -> Result<Self> {
        let chromium = chromium();
        ensure!(
            Path::new(&chromium).exists(),
            "{chromium} is missing; run the tests with `cargo xtask test`"
        );
        let driver = Playwright::launch().await.context("the browser driver does not start")?;
        let options = LaunchOptions::default().executable_path(chromium).args(arguments());
        let browser =
            driver.chromium().launch_with_options(options).await.context("Chromium does not start")?;
        Ok(Self { _driver: driver, browser })
    }

    /// Opens a private profile with one tab.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn tab(&self) -> Result<Tab> {
        Tab::open_in(self.browser.new_context().await?).await
    }

    /// Opens a private profile that runs no script at all, with one tab.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn tab_without_script(&self) -> Result<Tab> {
        let options = BrowserContextOptions::builder().javascript_enabled(false).build();
        Tab::open_in(self.browser.new_context_with_options(options).await?).await
    }
}

/// One tab of a private profile. Dropped while the console holds a complaint, it fails the test: a violated policy, a wrong integrity
/// or a panic is never part of a story.
pub struct Tab {
    context: BrowserContext,
    page: Page,
    complaints: Arc<Mutex<Vec<String>>>,
    /// Words of errors that the story causes on purpose.
    forgiven: Mutex<Vec<String>>,
    /// The last thing that was waited for in vain, for the test's last words.
    in_vain: Mutex<String>,
}

impl Drop for Tab {
    fn drop(&mut self) {
        let complaints = self.complaints();
        if !complaints.is_empty() && !std::thread::panicking() {
            let in_vain = self.in_vain.lock().map(|words| words.clone()).unwrap_or_default();
            panic!("the console complained: {complaints:?} {in_vain}");
        }
    }
}

impl std::fmt::Debug for Tab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tab").finish_non_exhaustive()
    }
}

/// Chromium logs every failed connection as an error, and every refusal of the relay. Stories cause both on purpose (and pages that are no HTML name no icon); what a page must
/// never do is logged in other words: a refused script, a violated policy, a wrong integrity, a panic.
fn is_expected(text: &str, address: &str) -> bool {
    let refused = "Failed to load resource: the server responded with a status of";
    text.starts_with("Failed to load resource: net::ERR_")
        || (text.starts_with(refused) && (address.contains("/v1/") || address.ends_with("/favicon.ico")))
}

fn selector(name: &str) -> String {
    if name.starts_with(['[', '#', '.']) { name.to_owned() } else { format!("[data-test=\"{name}\"]") }
}

impl Tab {
    /// Opens a tab in a profile and listens to its console.
    async fn open_in(context: BrowserContext) -> Result<Self> {
        context.set_default_timeout(PATIENCE.as_secs_f64() * 1000.0).await;
        let page = context.new_page().await?;
        let complaints = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&complaints);
        page.on_console(move |message| {
            let heard = Arc::clone(&heard);
            async move {
                if message.type_() == "error"
                    && !is_expected(message.text(), &message.location().url)
                    && let Ok(mut heard) = heard.lock()
                {
                    heard.push(message.text().to_owned());
                }
                Ok(())
            }
        })
        .await?;
        Ok(Self { context, page, complaints, forgiven: Mutex::default(), in_vain: Mutex::default() })
    }

    /// Opens another tab in the same profile.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn beside(&self) -> Result<Self> {
        Self::open_in(self.context.clone()).await
    }

    /// Has a script run in every page of the profile before any of its own.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn before_every_page(&self, script: &str) -> Result<()> {
        Ok(self.context.add_init_script(script).await?)
    }

    /// Gives the browser an order in its own debugging language.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn order(&self, method: &str, details: serde_json::Value) -> Result<serde_json::Value> {
        let session = self.context.new_cdp_session(&self.page).await?;
        // Never detached: what was ordered holds only as long as somebody listens.
        session.send(method, Some(details)).await.with_context(|| format!("{method} failed"))
    }

    /// Clicks the element and saves the file that comes of it.
    ///
    /// # Errors
    /// When no download begins.
    pub async fn download(&self, name: &str, file: &Path) -> Result<()> {
        let download = self.page.expect_download(None).await?;
        self.click(name).await?;
        Ok(download.wait().await?.save_as(file).await?)
    }

    /// Puts a file into a file field.
    ///
    /// # Errors
    /// When the field does not appear.
    pub async fn choose_file(&self, name: &str, file: &Path) -> Result<()> {
        let field = self.page.locator(selector(name));
        field
            .set_input_files(&file.to_path_buf(), None)
            .await
            .with_context(|| format!("cannot put a file into {name}"))
    }

    fn in_vain(&self, words: String) -> anyhow::Error {
        if let Ok(mut last) = self.in_vain.lock() {
            last.clone_from(&words);
        }
        anyhow::Error::msg(words)
    }

    /// Goes to an address and waits until the page has loaded.
    ///
    /// # Errors
    /// When the page cannot be reached.
    pub async fn open(&self, address: &str) -> Result<()> {
        self.page.goto(address, None).await.with_context(|| format!("cannot open {address}"))?;
        Ok(())
    }

    /// Reloads the page.
    ///
    /// # Errors
    /// When the page cannot be reached.
    pub async fn reload(&self) -> Result<()> {
        self.page.reload(None).await.context("cannot reload")?;
        Ok(())
    }

    /// Waits for the element and types into it.
    ///
    /// # Errors
    /// When it does not appear or takes no text.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        self.page
            .locator(selector(name))
            .fill(text, None)
            .await
            .with_context(|| format!("cannot fill {name}"))
    }

    /// Waits for the list and chooses the option of this value.
    ///
    /// # Errors
    /// When it does not appear or has no such option.
    pub async fn choose(&self, name: &str, value: &str) -> Result<()> {
        let chosen = self.page.locator(selector(name)).select_option(value, None).await;
        chosen.map(drop).with_context(|| format!("cannot choose {value} in {name}"))
    }

    /// Waits for the element and clicks it.
    ///
    /// # Errors
    /// When it does not appear or cannot be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.page.locator(selector(name)).click(None).await.with_context(|| format!("cannot click {name}"))
    }

    /// The element's text as a person sees it, white space folded; `None` while it is not there.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn text(&self, name: &str) -> Result<Option<String>> {
        self.script(&format!(
            "(() => {{ const e = document.querySelector({}); return e ? e.innerText : null; }})()",
            serde_json::to_string(&selector(name))?
        ))
        .await
        .map(|text| text.as_str().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    /// An attribute of the first such element; `None` while it is not there.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn attribute(&self, name: &str, attribute: &str) -> Result<Option<String>> {
        let script = format!(
            "(() => {{ const e = document.querySelector({}); return e ? e.getAttribute({}) : null; }})()",
            serde_json::to_string(&selector(name))?,
            serde_json::to_string(attribute)?
        );
        Ok(self.script(&script).await?.as_str().map(str::to_owned))
    }

    /// Waits until the element's text contains `wanted`.
    ///
    /// # Errors
    /// After a minute, with what the page shows instead.
    pub async fn see(&self, name: &str, wanted: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text(name).await?;
            match text {
                Some(text) if text.contains(wanted) => return Ok(text),
                text if Instant::now() > deadline => {
                    let instead = self.situation().await;
                    return Err(
                        self.in_vain(format!("{name} should say “{wanted}” but says {text:?}; {instead}"))
                    );
                }
                _ => self.moment().await?,
            }
        }
    }

    /// Waits until what stands in a field contains `wanted`, and all of it is on the disk as far as the page says.
    ///
    /// # Errors
    /// After a minute, with what it has instead.
    pub async fn see_value(&self, name: &str, wanted: &str) -> Result<()> {
        let value = format!(
            "(() => {{ const e = document.querySelector({}); return e ? e.value : null; }})()",
            serde_json::to_string(&selector(name))?
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            let there = self.script(&value).await?;
            if there.as_str().is_some_and(|there| there.contains(wanted)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let instead = self.situation().await;
                return Err(self.in_vain(format!("{name} should hold “{wanted}”, not {there}; {instead}")));
            }
            self.moment().await?;
        }
    }

    /// Waits until an attribute has this value.
    ///
    /// # Errors
    /// After a minute, with what it has instead.
    pub async fn see_attribute(&self, name: &str, attribute: &str, wanted: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let value = self.attribute(name, attribute).await?;
            if value.as_deref() == Some(wanted) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let instead = self.situation().await;
                return Err(self
                    .in_vain(format!("{name} should have {attribute}={wanted}, not {value:?}; {instead}")));
            }
            self.moment().await?;
        }
    }

    /// Clicks what saves a file; gives its name and what is in it.
    ///
    /// # Errors
    /// When no file is saved within a minute.
    pub async fn saved(&self, name: &str) -> Result<(String, String)> {
        let waiter = self.page.expect_download(Some(PATIENCE.as_secs_f64() * 1000.0)).await?;
        self.click(name).await?;
        let download = match waiter.wait().await {
            Ok(download) => download,
            Err(why) => bail!("{name} saved no file: {why}; {}", self.situation().await),
        };
        let path = download.path().await?.context("the saved file has no path")?;
        Ok((download.suggested_filename().to_owned(), std::fs::read_to_string(path)?))
    }

    async fn situation(&self) -> String {
        let page = self.script("location.hash + ' ' + document.body.innerText.slice(0, 1500)").await;
        let page = page.ok().and_then(|page| page.as_str().map(str::to_owned)).unwrap_or_default();
        format!("the page shows: {page}; the console said: {:?}", self.complaints())
    }

    /// A tenth of a second of the browser's own, unpatched patience.
    ///
    /// # Errors
    /// Never; it reads better so.
    pub async fn moment(&self) -> Result<()> {
        tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await.unwrap_or(());
        Ok(())
    }

    /// Evaluates a JavaScript expression to JSON.
    ///
    /// # Errors
    /// When it throws.
    pub async fn script(&self, expression: &str) -> Result<serde_json::Value> {
        let wrapped = format!("(async () => JSON.stringify((await ({expression})) ?? null))()");
        let json = self
            .page
            .evaluate_value(&wrapped)
            .await
            .with_context(|| format!("script failed: {expression}"))?;
        serde_json::from_str(&json).with_context(|| format!("not JSON: {json}"))
    }

    /// Cuts or restores the network of page and service worker.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn set_offline(&self, offline: bool) -> Result<()> {
        Ok(self.context.set_offline(offline).await?)
    }

    /// Takes over the page's clock; it keeps running from the real time. Call before [`Tab::open`].
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn take_clock(&self) -> Result<()> {
        Ok(self.context.clock().install(None).await?)
    }

    /// Stops the page's clock at an instant given in milliseconds since 1970; timers due until then fire.
    ///
    /// # Errors
    /// When it lies in the page's past.
    pub async fn stop_clock_at(&self, milliseconds: u64) -> Result<()> {
        Ok(self.context.clock().pause_at(milliseconds).await?)
    }

    /// Lets the clock run by so many milliseconds.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn run_clock(&self, milliseconds: u64) -> Result<()> {
        Ok(self.context.clock().fast_forward(milliseconds).await?)
    }

    /// Saves a picture of the whole page.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        self.page.screenshot_to_file(file, None).await.context("no picture")?;
        Ok(())
    }

    /// Takes complaints that contain `words` off the list, now and later, because the story causes them on purpose.
    pub fn forgive(&self, words: &str) {
        if let Ok(mut forgiven) = self.forgiven.lock() {
            forgiven.push(words.to_owned());
        }
    }

    /// What the console complained about: content policy violations, failed loads, panics.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = self.complaints.lock().map(|heard| heard.clone()).unwrap_or_default();
        complaints.extend(self.page.page_errors());
        let forgiven = self.forgiven.lock().map(|forgiven| forgiven.clone()).unwrap_or_default();
        complaints.retain(|complaint| !forgiven.iter().any(|words| complaint.contains(words)));
        complaints
    }

    /// Closes the profile.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn close(self) -> Result<()> {
        Ok(self.context.close().await?)
    }
}
