//! The browser app's files, from the binary or from a folder, all read at the start.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use axum::body::Bytes;
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

/// The most bytes of an app that is read from a folder. The real one has under 4 MiB.
const MAX_FOLDER_BYTES: u64 = 64 << 20;

/// Deeper folders are no build of this app.
const MAX_DEPTH: usize = 8;

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// A worker that never needs the network: it is handed what it works on. `script-src 'self'` lets it import the glue of its
/// wasm module.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    require-trusted-types-for 'script'; trusted-types";

#[derive(RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Built;

/// One file as it is served.
#[derive(Debug)]
pub struct ClientFile {
    /// The file.
    pub bytes: Bytes,
    /// The file, compressed beforehand.
    pub brotli: Option<Bytes>,
    /// SHA-256 of `bytes`, shortened to 128 bits: for `ETag`.
    pub digest: String,
    /// Its media type.
    pub content_type: &'static str,
    /// How long browsers may keep it.
    pub cache_control: &'static str,
    /// A policy of its own instead of the one for pages.
    pub security_policy: Option<&'static str>,
}

/// Every file of the app, by its path without the first slash.
#[derive(Debug, Default)]
pub struct ClientFiles(HashMap<String, ClientFile>);

impl ClientFiles {
    /// The app that was built into the program; none when it was built without.
    #[must_use]
    pub fn built_in() -> Self {
        let read = |name: Cow<'static, str>| {
            let bytes = match Built::get(&name)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((name.into_owned(), bytes))
        };
        Self::of(Built::iter().filter_map(read).collect())
    }

    /// The app in a folder, as it is now.
    ///
    /// # Errors
    /// When the folder cannot be read, is very deep or is larger than 64 MiB.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut found = HashMap::new();
        let mut left = MAX_FOLDER_BYTES;
        collect(folder, "", MAX_DEPTH, &mut left, &mut found)?;
        Ok(Self::of(found))
    }

    /// The file of that path, exactly.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&ClientFile> {
        self.0.get(path)
    }

    /// Whether there is an app at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn of(mut found: HashMap<String, Bytes>) -> Self {
        let names: Vec<String> = found.keys().filter(|name| !name.ends_with(".br")).cloned().collect();
        let mut files = HashMap::with_capacity(names.len());
        for name in names {
            let brotli = found.remove(&format!("{name}.br"));
            if let Some(bytes) = found.remove(&name) {
                let file = describe(&name, bytes, brotli);
                files.insert(name, file);
            }
        }
        Self(files)
    }
}

fn describe(name: &str, bytes: Bytes, brotli: Option<Bytes>) -> ClientFile {
    let base = name.rsplit('/').next().unwrap_or(name);
    let is_worker = base.starts_with("worker-") && base.ends_with(".js");
    let hashed = base.starts_with("app-") || base.starts_with("vault-") || is_worker;
    let digest = Sha256::digest(&bytes);
    ClientFile {
        digest: HEXLOWER.encode(digest.get(..16).unwrap_or_default()),
        content_type: content_type(base),
        cache_control: if hashed { FOREVER } else { ASK_FIRST },
        security_policy: is_worker.then_some(WORKER_POLICY),
        bytes,
        brotli,
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "asc" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn collect(
    folder: &Path,
    prefix: &str,
    depth: usize,
    left: &mut u64,
    found: &mut HashMap<String, Bytes>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let name = format!("{prefix}{name}");
        let about = fs::metadata(entry.path())?;
        if about.is_dir() && depth > 0 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, left, found)?;
        } else if about.is_file() {
            let rest = left.checked_sub(about.len());
            *left = rest.ok_or_else(|| io::Error::other("the app's folder is larger than 64 MiB"))?;
            found.insert(name, fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_served_with_its_compressed_twins_but_not_as_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("icons")).unwrap();
        for name in
            ["index.html", "app-1a2b.js", "app-1a2b.js.br", "worker-2b.js", "vault-3c.wasm", "icons/a.svg"]
        {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let files = ClientFiles::from_folder(folder.path()).unwrap();
        let app = files.get("app-1a2b.js").unwrap();
        assert_eq!(app.cache_control, FOREVER);
        assert_eq!(app.brotli.as_deref(), Some(&b"app-1a2b.js.br"[..]));
        assert_eq!(files.get("vault-3c.wasm").unwrap().content_type, "application/wasm");
        assert_eq!(files.get("index.html").unwrap().cache_control, ASK_FIRST);
        assert_eq!(files.get("worker-2b.js").unwrap().security_policy, Some(WORKER_POLICY));
        assert_eq!(files.get("icons/a.svg").unwrap().content_type, "image/svg+xml");
        for absent in ["app-1a2b.js.br", "../index.html", "icons", ""] {
            assert!(files.get(absent).is_none(), "{absent}");
        }
    }
}
