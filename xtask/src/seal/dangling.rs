//! What a release must not lack: every file of its own that the page or the manifest names.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use super::refuse::{attribute, tags};

/// Elements whose address is one of our own files; links that a person follows may lead to the relay's own pages.
const LOADS: [(&str, &str); 3] = [("<link", "href"), ("<script", "src"), ("<img", "src")];

/// Checks every page and manifest of a release.
pub(crate) fn check(files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (path, bytes) in files {
        let named = if path.ends_with(".html") {
            named_by_page(&String::from_utf8_lossy(bytes))
        } else if path.ends_with(".webmanifest") {
            named_by_manifest(bytes).with_context(|| format!("{path} is not JSON"))?
        } else {
            continue;
        };
        for name in named {
            let is_there = files.contains_key(name.trim_start_matches('/'));
            ensure!(is_there, "{path} names {name}, which is not there: put it into client/web");
        }
    }
    Ok(())
}

fn named_by_page(html: &str) -> Vec<String> {
    let addresses = tags(html).filter_map(|tag| {
        let (_, name) = LOADS.into_iter().find(|(start, _)| tag.starts_with(start))?;
        attribute(tag, name)
    });
    addresses.map(str::to_owned).collect()
}

fn named_by_manifest(bytes: &[u8]) -> Result<Vec<String>> {
    let manifest: serde_json::Value = serde_json::from_slice(bytes)?;
    let icons = manifest["icons"].as_array().into_iter().flatten();
    Ok(icons.filter_map(|icon| icon["src"].as_str()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str, text: &str) -> Option<String> {
        let files = [(path, text), ("icons/seal.svg", "<svg/>")];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_owned()));
        check(&BTreeMap::from(files)).err().map(|error| error.to_string())
    }

    #[test]
    fn a_missing_icon_is_named_and_a_link_to_the_relay_is_not() {
        assert_eq!(
            refusal("index.html", "<link rel=\"icon\" href=\"/icons/seal.svg\"><a href=\"/v1\">x</a>"),
            None
        );
        let missing = refusal("index.html", "<link rel=\"icon\" href=\"/icons/none.png\">").unwrap();
        assert!(missing.contains("/icons/none.png"), "{missing}");
    }

    #[test]
    fn a_manifest_names_its_icons() {
        let manifest = |src: &str| format!("{{\"icons\": [{{\"src\": \"{src}\"}}]}}");
        assert_eq!(refusal("m.webmanifest", &manifest("/icons/seal.svg")), None);
        assert!(refusal("m.webmanifest", &manifest("/icons/none.png")).is_some());
        assert!(refusal("m.webmanifest", "no json").is_some());
    }
}
