//! The placeholders by which hand-written files learn final names and hashes:
//!
//! | placeholder | becomes | may stand in |
//! |---|---|---|
//! | `__RELEASE__` | the release id | any file of client/web, index.html |
//! | `__APP_WASM__` `__VAULT_WASM__` `__VAULT_JS__` `__APP_CSS__` | file name, no slash | the same |
//! | each of those `…_SRI__` | `sha384-…` | the same |
//! | `__APP_JS__` `__APP_JS_SRI__` | the one module | index.html, sw.js |
//! | `__FILES__` | JSON list of `["/path", "sha384-…"]` of everything but sw.js, release.json and the offline page; the page is `"/"` | sw.js |

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};

use super::Named;

/// What each placeholder becomes.
#[derive(Debug, Clone)]
pub(crate) struct Values(BTreeMap<String, String>);

impl Values {
    pub(crate) fn new(release: &str) -> Self {
        Self(BTreeMap::from([("RELEASE".to_owned(), release.to_owned())]))
    }

    /// Adds `__KEY__` and `__KEY_SRI__`.
    pub(crate) fn name(&mut self, key: &str, file: &Named) {
        self.0.insert(key.to_owned(), file.path.clone());
        self.0.insert(format!("{key}_SRI"), file.integrity.clone());
    }

    /// Adds `__FILES__`.
    pub(crate) fn list(&mut self, files: impl Iterator<Item = (String, String)>) {
        let pairs: Vec<serde_json::Value> =
            files.map(|(path, hash)| serde_json::json!([path, hash])).collect();
        self.0.insert("FILES".to_owned(), serde_json::Value::from(pairs).to_string());
    }

    /// Replaces every placeholder of a text.
    ///
    /// # Errors
    /// Names a placeholder that does not exist here, because a typing error would otherwise reach the browser.
    pub(crate) fn fill(&self, file: &str, text: &str) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, key, after)) = next(rest) {
            let known = || self.0.keys().map(|key| format!("__{key}__")).collect::<Vec<_>>().join(" ");
            let value = self.0.get(key);
            let value = value
                .with_context(|| format!("{file}: no placeholder __{key}__ here; there are {}", known()))?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// Splits a text around its first `__KEY__`, a key being capitals, digits and single underscores.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text.get(from..)?.find("__")?;
        let inside = text.get(start + 2..)?;
        let end = inside.find("__")?;
        let key = inside.get(..end)?;
        if is_key(key) {
            return Some((text.get(..start)?, key, inside.get(end + 2..)?));
        }
        from = start + 1;
    }
}

fn is_key(word: &str) -> bool {
    let starts = word.starts_with(|letter: char| letter.is_ascii_uppercase());
    starts
        && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_other_underscores_stay() {
        let values = Values::new("r1");
        assert_eq!(values.fill("f", "a __wbg_init __RELEASE__ __ _x__").unwrap(), "a __wbg_init r1 __ _x__");
        assert_eq!(values.fill("f", "__wbg__RELEASE__").unwrap(), "__wbgr1");
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_that_lists_the_known_ones() {
        let error = Values::new("r1").fill("boot.js", "x = '__RELAESE__'").unwrap_err().to_string();
        assert!(error.contains("boot.js") && error.contains("__RELAESE__") && error.contains("__RELEASE__"));
    }
}
