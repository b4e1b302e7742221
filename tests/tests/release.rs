//! Releases of the page: installed whole or not at all, never mixed, never swapped unasked; and compared from outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Stack, succeeded};
use serde_json::json;

const ICON: &str = "icons/seal.svg";

/// The release that was built.
fn built() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    std::env::var_os("SEALPOST_DIST").map_or_else(beside, PathBuf::from)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{} is not built", from.display()))? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else if path.extension().is_none_or(|kind| kind != "br") {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Makes another release out of a copy of the built one: another icon, another id, and a service worker that lists both.
async fn next_release(folder: &Path, tab: &Tab) -> Result<()> {
    let icon = format!("{}<!-- the next release -->", fs::read_to_string(folder.join(ICON))?);
    let hash = "crypto.subtle.digest('SHA-384', new TextEncoder().encode(ICON)).then(d => btoa(String.fromCharCode(...new Uint8Array(d))))";
    let hash = tab.script(&hash.replace("ICON", &json!(icon).to_string())).await?;
    let listing: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("release.json"))?)?;
    let id = listing["release"].as_str().context("no release id")?;
    let worker = fs::read_to_string(folder.join("sw.js"))?;
    let entry =
        worker.split(&format!("\"/{ICON}\",\"")).nth(1).context("the worker does not list the icon")?;
    let old = entry.split('"').next().context("the icon has no hash")?;
    let worker = worker.replace(old, &format!("sha384-{}", hash.as_str().context("no hash")?));
    let next = worker.replace(id, &"b".repeat(id.len()));
    ensure!(next != worker, "the release id is not in the worker");
    fs::write(folder.join(ICON), icon)?;
    Ok(fs::write(folder.join("sw.js"), next)?)
}

/// Waits until the browser has looked for another service worker and is done with what it found.
async fn look_for_update(tab: &Tab) -> Result<()> {
    let looked = "navigator.serviceWorker.getRegistration().then(async registration => { await registration.update(); \
        while (registration.installing) await new Promise(done => setTimeout(done, 50)); return Boolean(registration.waiting); })";
    tab.script(looked).await.map(drop)
}

async fn caches(tab: &Tab) -> Result<Vec<String>> {
    Ok(serde_json::from_value(tab.script("caches.keys()").await?)?)
}

/// Waits until no other release is kept or being tried: the page itself also asks for the next one, whenever it is opened.
async fn nothing_left(tab: &Tab, first: &[String]) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let kept = caches(tab).await?;
        if kept == first {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "a broken release left something behind: {kept:?}");
        tab.moment().await?;
    }
}

/// Waits until the page stands and one release alone is kept. The page opens itself again meanwhile, so a look may fail.
async fn only_cache(tab: &Tab) -> Result<String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (kept, team) = (caches(tab).await, tab.text("team-name").await);
        if let (Ok([only]), Ok(Some(_))) = (kept.as_deref(), &team) {
            return Ok(only.clone());
        }
        ensure!(Instant::now() < deadline, "not one release alone: {kept:?}, {team:?}");
        tokio::time::timeout(Duration::from_millis(100), std::future::pending::<()>()).await.unwrap_or(());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_with_one_wrong_byte_is_not_installed_and_a_good_one_waits_for_the_person() -> Result<()> {
    let mut stack = Stack::start().await?;
    let (folder, origin) = (stack.path("client"), stack.origin());
    copy(&built(), &folder)?;
    stack.kill_relay()?;
    stack.serve_client(&folder).await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    tab.open(&origin).await?;
    tab.see("team-name", "Demo").await?;
    tab.kept_for_offline().await?;
    let first = caches(&tab).await?;
    ensure!(first.len() == 1, "one release should be kept: {first:?}");
    let kept = "caches.open((await caches.keys())[0]).then(cache => cache.keys()).then(all => all.map(({ url }) => new URL(url).pathname))";
    let kept = tab.script(kept).await?.to_string();
    ensure!(kept.contains("/icons/seal.svg"), "the release is not kept: {kept}");
    ensure!(!kept.contains("/v1/"), "what the relay answers is kept: {kept}");

    // The next release, with one byte flipped on the way.
    next_release(&folder, &tab).await?;
    let good = fs::read(folder.join(ICON))?;
    let mut bad = good.clone();
    bad[10] ^= 1;
    fs::write(folder.join(ICON), &bad)?;
    stack.kill_relay()?;
    stack.serve_client(&folder).await?;
    tab.reload().await?;
    let refused =
        "navigator.serviceWorker.getRegistration().then(r => r.update()).then(() => true, () => true)";
    tab.script(refused).await?;
    tab.script("navigator.serviceWorker.getRegistration().then(async r => { while (r.installing) await new Promise(d => setTimeout(d, 50)); })").await?;
    ensure!(tab.script("navigator.serviceWorker.getRegistration().then(r => r.waiting)").await?.is_null());
    nothing_left(&tab, &first).await?;
    tab.forgive("integrity");
    tab.set_offline(true).await?;
    tab.reload().await?;
    tab.see("team-name", "Demo").await?;
    tab.set_offline(false).await?;

    // The same release, whole: it waits until the person wants it.
    fs::write(folder.join(ICON), &good)?;
    stack.kill_relay()?;
    stack.serve_client(&folder).await?;
    tab.reload().await?;
    look_for_update(&tab).await?;
    tab.see("update", "new version").await?;
    ensure!(caches(&tab).await?.len() == 2, "the new release should be kept beside the old one");
    tab.click("update-now").await?;
    let now = only_cache(&tab).await?;
    ensure!(now.ends_with("bbbb"), "the new release should be the only one: {now}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_serves_other_bytes_is_found_out_from_outside() -> Result<()> {
    let mut stack = Stack::start().await?;
    let (folder, origin) = (stack.path("client"), stack.origin());
    copy(&built(), &folder)?;
    stack.kill_relay()?;
    stack.serve_client(&folder).await?;
    let list = built().join("release.json");
    let list = list.to_string_lossy();
    let verify = ["client", "verify", origin.as_str(), "--manifest", &list];
    let said = succeeded("client verify", &stack.reporter(&verify)?)?;
    ensure!(said.contains("Good"), "{said}");

    let mut icon = fs::read(folder.join(ICON))?;
    icon[10] ^= 1;
    fs::write(folder.join(ICON), icon)?;
    stack.kill_relay()?;
    stack.serve_client(&folder).await?;
    let found = stack.reporter(&verify)?;
    let said = String::from_utf8_lossy(&found.stdout).into_owned() + &String::from_utf8_lossy(&found.stderr);
    ensure!(!found.status.success() && said.contains(ICON), "the changed file should be named: {said}");
    Ok(())
}
