//! Gathers what a build left behind into [`Parts`]: the only module that knows what Trunk's output looks like.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use crate::seal::Parts;
use crate::seal::offline::Offline;
use crate::seal::refuse::{attribute, tags};

/// Where the pieces of a build lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stage<'a> {
    /// Trunk's output: index.html, the app's glue and wasm, the stylesheet.
    pub(crate) trunk: &'a Path,
    /// wasm-bindgen's output for the vault: vault.js, vault_bg.wasm.
    pub(crate) vault: &'a Path,
    /// The hand-written files: client/web.
    pub(crate) web: &'a Path,
    /// The page that is one file: client/offline.
    pub(crate) offline: &'a Path,
    /// The policy presets, which the app serves as they are: policies.
    pub(crate) policies: &'a Path,
}

impl Stage<'_> {
    /// Reads everything.
    ///
    /// # Errors
    /// When Trunk's page lacks the one script or the one stylesheet, or a file is missing.
    pub(crate) fn read(&self) -> Result<Parts> {
        let page = Page::parse(&text(&self.trunk.join("index.html"))?)?;
        Ok(Parts {
            app_glue: without_comments(&text(&self.trunk.join(&page.js))?),
            app_wasm: bytes(&self.trunk.join(&page.wasm))?,
            css: text(&self.trunk.join(&page.css))?,
            boot: text(&self.web.join("boot.js"))?,
            vault_glue: without_comments(&text(&self.vault.join("vault.js"))?),
            vault_wasm: bytes(&self.vault.join("vault_bg.wasm"))?,
            plain: self.plain(&page)?,
            offline: Offline {
                page: text(&self.offline.join("page.html"))?,
                script: text(&self.offline.join("page.js"))?,
                style: text(&self.offline.join("page.css"))?,
            },
            html: page.html,
        })
    }

    /// Files that keep their names: client/web but for what went into the app, what index.html had Trunk copy, and the presets.
    fn plain(&self, page: &Page) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut plain = BTreeMap::new();
        for (root, left_out) in [
            (self.trunk, [page.js.as_str(), &page.wasm, &page.css, "index.html"]),
            (self.web, ["boot.js", "", "", ""]),
        ] {
            for path in files_below(root)? {
                let is_source = root == self.web && (path.ends_with(".css") || path.ends_with(".md"));
                if !is_source && !left_out.contains(&path.as_str()) {
                    plain.insert(path.clone(), bytes(&root.join(&path))?);
                }
            }
        }
        for path in files_below(self.policies)? {
            plain.insert(format!("policies/{path}"), bytes(&self.policies.join(&path))?);
        }
        Ok(plain)
    }
}

/// Trunk's page, its own names replaced by placeholders.
#[derive(Debug)]
struct Page {
    html: String,
    js: String,
    wasm: String,
    css: String,
}

impl Page {
    fn parse(html: &str) -> Result<Self> {
        let script = one_tag(html, "one <script data-wasm> (Trunk.toml's pattern_script)", |tag| {
            tag.starts_with("<script") && attribute(tag, "data-wasm").is_some()
        })?;
        let style = one_tag(html, "one stylesheet", |tag| {
            tag.starts_with("<link") && attribute(tag, "rel") == Some("stylesheet")
        })?;
        let sealed = html
            .replace(script, "<script type=\"module\" src=\"/__APP_JS__\" integrity=\"__APP_JS_SRI__\">")
            .replace(style, "<link rel=\"stylesheet\" href=\"/__APP_CSS__\" integrity=\"__APP_CSS_SRI__\">");
        Ok(Self {
            html: sealed,
            js: path_in(script, "src")?,
            wasm: path_in(script, "data-wasm")?,
            css: path_in(style, "href")?,
        })
    }
}

fn one_tag<'a>(html: &'a str, wanted: &str, is_it: impl Fn(&str) -> bool) -> Result<&'a str> {
    let found: Vec<&str> = tags(html).filter(|tag| is_it(tag)).collect();
    match found[..] {
        [tag] => Ok(tag),
        _ => bail!("Trunk's page must have {wanted}, and has {}", found.len()),
    }
}

fn path_in(tag: &str, name: &str) -> Result<String> {
    let value = attribute(tag, name).with_context(|| format!("no {name} in {tag}"))?;
    Ok(value.trim_start_matches('/').to_owned())
}

/// Leaves out wasm-bindgen's whole-line comments: they are weight, and one names another host.
fn without_comments(glue: &str) -> String {
    let code = glue.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.map(|line| format!("{line}\n")).collect()
}

/// Relative paths of all files below a folder, with `/` between names.
pub(crate) fn files_below(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = root.join(&folder);
        for entry in std::fs::read_dir(&here).with_context(|| format!("could not list {}", here.display()))? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().context("a file name is not UTF-8")?;
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn bytes(file: &Path) -> Result<Vec<u8>> {
    let read = std::fs::read(file).with_context(|| format!("could not read {}", file.display()))?;
    ensure!(!read.is_empty(), "{} is empty", file.display());
    Ok(read)
}

fn text(file: &Path) -> Result<String> {
    String::from_utf8(bytes(file)?).with_context(|| format!("{} is not UTF-8", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><link rel=\"manifest\" href=\"/m\"><link rel=\"stylesheet\" href=\"/a-1.css\" integrity=\"x\"/>\
                        <script type=\"module\" src=\"/c-1.js\" data-wasm=\"/c-1_bg.wasm\"></script></head>";

    #[test]
    fn trunks_names_give_way_to_placeholders() {
        let page = Page::parse(PAGE).unwrap();
        assert_eq!([page.js.as_str(), &page.wasm, &page.css], ["c-1.js", "c-1_bg.wasm", "a-1.css"]);
        assert!(page.html.contains("src=\"/__APP_JS__\" integrity=\"__APP_JS_SRI__\"></script>"));
        assert!(page.html.contains("href=\"/__APP_CSS__\"") && !page.html.contains("c-1"));
    }

    #[test]
    fn a_page_without_the_script_or_with_two_stylesheets_is_an_error() {
        assert!(Page::parse("<link rel=\"stylesheet\" href=\"a.css\">").is_err());
        assert!(Page::parse(&format!("{PAGE}<link rel=\"stylesheet\" href=\"b.css\">")).is_err());
    }

    #[test]
    fn only_whole_line_comments_go() {
        assert_eq!(without_comments("a();\n  // https://x\nb('//');"), "a();\nb('//');\n");
    }

    #[test]
    fn sources_and_boot_stay_out_of_the_plain_files() {
        let folder = tempfile::tempdir().unwrap();
        let [trunk, web, policies, offline] =
            ["trunk", "web", "policies", "offline"].map(|name| folder.path().join(name));
        for (file, content) in [
            ("trunk/index.html", PAGE),
            ("trunk/c-1.js", "glue"),
            ("trunk/c-1_bg.wasm", "wasm"),
            ("trunk/a-1.css", "css"),
            ("trunk/copied.txt", "copied"),
            ("web/boot.js", "boot"),
            ("web/app.css", "css"),
            ("web/sw.js", "sw"),
            ("web/icons/seal.svg", "<svg/>"),
            ("policies/node.toml", "[identity]"),
            ("offline/page.html", "page"),
            ("offline/page.js", "script"),
            ("offline/page.css", "style"),
            ("vault.js", "vault"),
            ("vault_bg.wasm", "vault"),
        ] {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, content).unwrap();
        }
        let stage =
            Stage { trunk: &trunk, vault: folder.path(), web: &web, offline: &offline, policies: &policies };
        let parts = stage.read().unwrap();
        assert_eq!(parts.offline.script, "script");
        let names: Vec<&str> = parts.plain.keys().map(String::as_str).collect();
        assert_eq!(names, ["copied.txt", "icons/seal.svg", "policies/node.toml", "sw.js"]);
    }
}
