//! Puts the offline page together: the one file that a team fills with its policy and keys, signs and hands out. Style, code, the vault and
//! its worker stand in it; one marker is left, for the team's bundle (`sealpost client offline`).
//!
//! Its policy allows no network at all. Code and style are allowed by hash, so nothing that stands in a bundle can run.

use anyhow::{Result, ensure};
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

use super::Parts;
use super::compress::gzip;
use super::refuse;

/// Under which name the template stands in a release. Browsers are not meant to open it: it has no team yet.
pub(crate) const TEMPLATE: &str = "sealpost-offline.template";

/// Where the team's bundle goes.
const BUNDLE: &str = "{{bundle}}";

/// The sources of the offline page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offline {
    /// client/offline/page.html, with its markers.
    pub(crate) page: String,
    /// client/offline/page.js
    pub(crate) script: String,
    /// client/offline/page.css, added to the app's own style.
    pub(crate) style: String,
}

/// The template.
///
/// # Errors
/// When a part would end the element it stands in, or the page lacks a marker.
pub(crate) fn template(parts: &Parts) -> Result<String> {
    let style = format!("{}{}", parts.css, parts.offline.style);
    let script = &parts.offline.script;
    let worker = worker(parts)?;
    for (name, text, end) in [
        ("the style", &style, "</style"),
        ("page.js", script, "</script"),
        ("the worker", &worker, "</script"),
    ] {
        ensure!(!text.contains(end), "{name} holds {end}, which would end it too early in the offline page");
    }
    let wasm = BASE64.encode(&gzip(&parts.vault_wasm)?);
    let mut page = parts.offline.page.clone();
    for (marker, text) in [
        ("{{policy}}", &policy(script, &style)),
        ("{{style}}", &style),
        ("{{worker}}", &worker),
        ("{{wasm}}", &wasm),
        ("{{script}}", script),
    ] {
        ensure!(page.matches(marker).count() == 1, "client/offline/page.html must hold {marker} once");
        page = page.replacen(marker, text, 1);
    }
    ensure!(page.matches(BUNDLE).count() == 1, "client/offline/page.html must hold {BUNDLE} once");
    refuse::foreign_host(TEMPLATE, &page)?;
    Ok(page)
}

/// The vault's glue and its worker as one plain script: browsers start no module from a page's own bytes where the page is a file, and
/// nothing could be imported there.
fn worker(parts: &Parts) -> Result<String> {
    let worker = super::plain_text(parts, "worker.js")?;
    let lines = parts.vault_glue.lines().chain(worker.lines());
    let own = lines.filter(|line| !line.starts_with("import ") && !line.starts_with("export {"));
    let plain: Vec<&str> = own.map(|line| line.strip_prefix("export ").unwrap_or(line)).collect();
    ensure!(
        !plain.iter().any(|line| line.starts_with("default ") || line.contains("import.meta")),
        "the vault's glue cannot be made a plain script: look at what wasm-bindgen writes now"
    );
    Ok(plain.join("\n"))
}

/// What the page may do. `connect-src` says again what `default-src` says: whoever checks the file looks for it.
fn policy(script: &str, style: &str) -> String {
    format!(
        "default-src 'none'; connect-src 'none'; script-src '{}' 'wasm-unsafe-eval'; style-src '{}'; worker-src blob:; \
         base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types offline",
        allowed(script),
        allowed(style)
    )
}

/// **Rule:** W3C Content Security Policy Level 3, section 2.3.1, `hash-source`.
fn allowed(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

#[cfg(test)]
impl Offline {
    /// A page with every marker.
    pub(crate) fn sample(script: &str) -> Self {
        let page = "<meta content=\"{{policy}}\"><style>{{style}}</style><i>{{bundle}}{{worker}}{{wasm}}</i><script>{{script}}</script>";
        Self { page: page.to_owned(), script: script.to_owned(), style: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn parts(script: &str) -> Parts {
        Parts {
            css: "body { margin: 0 }".to_owned(),
            vault_glue: "export function handle() {}\nexport { handle as default };".to_owned(),
            vault_wasm: b"\0asm vault".to_vec(),
            plain: BTreeMap::from([(
                "worker.js".to_owned(),
                b"import { handle } from '/__VAULT_JS__';\nonmessage = handle;".to_vec(),
            )]),
            offline: Offline::sample(script),
            ..Parts::default()
        }
    }

    #[test]
    fn only_the_code_and_style_that_stand_in_it_may_run_and_nothing_may_connect() {
        let page = template(&parts("go()")).unwrap();
        for text in ["go()", "body { margin: 0 }"] {
            assert!(page.contains(&allowed(text)), "{text}");
        }
        assert!(page.contains("connect-src 'none'") && page.contains(BUNDLE));
        assert!(page.contains("function handle() {}\nonmessage = handle;"));
        assert!(!page.contains("import {") && !page.contains("export "));
    }

    #[test]
    fn code_that_would_end_its_element_is_refused() {
        assert!(template(&parts("'</script>'")).unwrap_err().to_string().contains("page.js"));
    }

    #[test]
    fn a_page_that_lacks_a_marker_is_refused() {
        let mut parts = parts("go()");
        parts.offline.page = parts.offline.page.replace("{{wasm}}", "");
        assert!(template(&parts).unwrap_err().to_string().contains("{{wasm}}"));
    }
}
