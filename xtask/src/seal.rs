//! Seals the browser app: turns the loose files of a build into one release whose every byte is named by hash.
//! Knows nothing of Trunk; takes [`Parts`] and returns files. The same parts give the same release, byte for byte.
//!
//! What the hand-written files of client/web may rely on stands in [`placeholders`].

pub(crate) mod compress;
mod dangling;
pub(crate) mod offline;
pub(crate) mod placeholders;
pub(crate) mod refuse;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::json;
use sha2::{Digest as _, Sha384};

use placeholders::Values;

/// Hex digits of a hash in a file name: 64 bits, ample against accidents; integrity values guard against malice.
const NAME_DIGITS: usize = 16;
/// Hex digits of the release id.
const RELEASE_DIGITS: usize = 32;

/// What a build of the browser app consists of before it is sealed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    /// The page, with `__APP_JS__`, `__APP_JS_SRI__`, `__APP_CSS__` and `__APP_CSS_SRI__` where they belong.
    pub(crate) html: String,
    /// The JavaScript that wasm-bindgen made for the app.
    pub(crate) app_glue: String,
    pub(crate) app_wasm: Vec<u8>,
    /// Our own start code, appended to the glue so that one integrity value covers both.
    pub(crate) boot: String,
    pub(crate) css: String,
    pub(crate) vault_glue: String,
    pub(crate) vault_wasm: Vec<u8>,
    /// Files that keep their names, by path: sw.js, manifest.webmanifest, icons. And worker.js, which is named by its hash: a page never
    /// gets another release's.
    pub(crate) plain: BTreeMap<String, Vec<u8>>,
    /// The page that is one file.
    pub(crate) offline: offline::Offline,
}

/// A sealed release: final paths and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    /// Names this release in caches and bug reports.
    pub(crate) id: String,
    /// Every file by path, release.json included.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// Seals the parts.
///
/// The release id stands inside files whose hashes it covers. So the files are put together twice: once with the
/// placeholder still in, whose hash is the id, and once with the id.
///
/// # Errors
/// When a part holds something the content security policy forbids, a reference to another host, or a placeholder
/// that does not exist.
pub(crate) fn seal(parts: &Parts) -> Result<Release> {
    let draft = assemble(parts, "__RELEASE__")?;
    let id = release_id(&draft);
    let mut files = assemble(parts, &id)?;
    refuse::check(&files)?;
    dangling::check(&files)?;
    files.insert("release.json".to_owned(), listing(&id, &files)?);
    Ok(Release { id, files })
}

/// Writes a release, with a brotli copy beside each file that gets smaller by it, in place of what was there.
pub(crate) fn write(release: &Release, dist: &Path) -> Result<()> {
    let partial = dist.with_extension("partial");
    for folder in [&partial, dist] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("could not clear {}", folder.display()))?;
        }
    }
    for (path, bytes) in &release.files {
        let file = partial.join(path);
        std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        std::fs::write(&file, bytes)?;
        if let Some(small) = compress::brotli_if_smaller(path, bytes)? {
            std::fs::write(partial.join(format!("{path}.br")), small)?;
        }
    }
    std::fs::rename(&partial, dist).with_context(|| format!("could not put {} in place", dist.display()))
}

fn assemble(parts: &Parts, release: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut values = Values::new(release);
    refuse::imports("the app's glue", &parts.app_glue)?;
    refuse::imports("the vault's glue", &parts.vault_glue)?;
    values.name("APP_WASM", &add_hashed(&mut files, "app", "wasm", &parts.app_wasm));
    values.name("VAULT_WASM", &add_hashed(&mut files, "vault", "wasm", &parts.vault_wasm));
    values.name("VAULT_JS", &add_hashed(&mut files, "vault", "js", parts.vault_glue.as_bytes()));
    values.name("APP_CSS", &add_hashed(&mut files, "app", "css", parts.css.as_bytes()));
    let worker = values.fill("worker.js", plain_text(parts, "worker.js")?)?;
    values.name("WORKER_JS", &add_hashed(&mut files, "worker", "js", worker.as_bytes()));
    add_plain(&mut files, parts, &values)?;
    let module = format!("{}\n{}", parts.app_glue, values.fill("boot.js", &parts.boot)?);
    values.name("APP_JS", &add_hashed(&mut files, "app", "js", module.as_bytes()));
    files.insert("index.html".to_owned(), values.fill("index.html", &parts.html)?.into_bytes());
    add_service_worker(&mut files, parts, values)?;
    // After the service worker, which keeps what the app needs and nothing else.
    files.insert(offline::TEMPLATE.to_owned(), offline::template(parts)?.into_bytes());
    Ok(files)
}

fn add_hashed(files: &mut BTreeMap<String, Vec<u8>>, stem: &str, ending: &str, bytes: &[u8]) -> Named {
    let named = Named::new(stem, ending, bytes);
    files.insert(named.path.clone(), bytes.to_owned());
    named
}

fn add_plain(files: &mut BTreeMap<String, Vec<u8>>, parts: &Parts, values: &Values) -> Result<()> {
    for (path, bytes) in
        parts.plain.iter().filter(|(path, _)| !["sw.js", "worker.js"].contains(&path.as_str()))
    {
        ensure!(!files.contains_key(path), "{path} is there twice");
        let filled = match std::str::from_utf8(bytes) {
            Ok(text) => values.fill(path, text)?.into_bytes(),
            Err(_) => bytes.clone(),
        };
        files.insert(path.clone(), filled);
    }
    Ok(())
}

fn plain_text<'a>(parts: &'a Parts, path: &str) -> Result<&'a str> {
    let bytes = parts.plain.get(path).with_context(|| format!("client/web/{path} is missing"))?;
    std::str::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))
}

/// The service worker comes last: it lists everything but itself.
fn add_service_worker(
    files: &mut BTreeMap<String, Vec<u8>>,
    parts: &Parts,
    mut values: Values,
) -> Result<()> {
    values.list(files.iter().map(|(path, bytes)| (address(path), integrity(bytes))));
    files.insert("sw.js".to_owned(), values.fill("sw.js", plain_text(parts, "sw.js")?)?.into_bytes());
    Ok(())
}

/// A file named by the hash of its final bytes.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    path: String,
    integrity: String,
}

impl Named {
    fn new(stem: &str, ending: &str, bytes: &[u8]) -> Self {
        let hash = HEXLOWER.encode(&Sha384::digest(bytes));
        let short: String = hash.chars().take(NAME_DIGITS).collect();
        Self { path: format!("{stem}-{short}.{ending}"), integrity: integrity(bytes) }
    }
}

/// The value of an `integrity` attribute. Rule: W3C Subresource Integrity, section 3.1.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64.encode(&Sha384::digest(bytes)))
}

/// What the browser asks for: the page lives at `/`.
fn address(path: &str) -> String {
    if path == "index.html" { "/".to_owned() } else { format!("/{path}") }
}

fn release_id(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha384::new();
    for (path, bytes) in files {
        hash.update(format!("{} {path}\n", HEXLOWER.encode(&Sha384::digest(bytes))));
    }
    HEXLOWER.encode(&hash.finalize()).chars().take(RELEASE_DIGITS).collect()
}

fn listing(id: &str, files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let files: BTreeMap<&String, serde_json::Value> = files
        .iter()
        .map(|(path, bytes)| {
            (path, json!({ "sha384": HEXLOWER.encode(&Sha384::digest(bytes)), "bytes": bytes.len() }))
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&json!({ "release": id, "files": files }))?;
    text.push('\n');
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests;
