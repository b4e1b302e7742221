//! What a release must not hold: anything inline that the content security policy would block, and any reference to
//! another host. The relay's policy (docs/PROTOCOL.md) blocks both in the browser; this fails the build before.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};

/// Text files a browser interprets.
const ENDINGS: [&str; 6] = ["html", "js", "css", "svg", "webmanifest", "json"];
/// Names of XML vocabularies, which nothing is ever fetched from.
const NAMESPACES: [&str; 2] = ["http://www.w3.org/", "https://www.w3.org/"];

/// Checks every file of a release.
pub(crate) fn check(files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (path, bytes) in files {
        let ending = path.rsplit('.').next().unwrap_or_default();
        if !ENDINGS.contains(&ending) {
            continue;
        }
        let Ok(text) = std::str::from_utf8(bytes) else { bail!("{path} is not UTF-8") };
        foreign_host(path, text)?;
        if ending == "html" {
            inline_code(path, text)?;
        }
    }
    Ok(())
}

/// Refuses modules that would load another one past the integrity value of the first.
pub(crate) fn imports(what: &str, glue: &str) -> Result<()> {
    let import = glue.lines().find(|line| line.starts_with("import ") || line.contains(" from './snippets"));
    ensure!(
        import.is_none(),
        "{what} imports another module, which no integrity value covers: {}. Some crate brings inline JavaScript: do without it.",
        import.unwrap_or_default()
    );
    Ok(())
}

/// Refuses addresses of other hosts in a text that a browser interprets.
pub(crate) fn foreign_host(path: &str, text: &str) -> Result<()> {
    for scheme in ["http://", "https://", "ws://", "wss://"] {
        for (at, _) in text.match_indices(scheme) {
            let found = text.get(at..).unwrap_or_default();
            let is_namespace = NAMESPACES.iter().any(|namespace| found.starts_with(namespace));
            ensure!(is_namespace, "{path} names another host: {}", excerpt(found));
        }
    }
    for start in ["=\"//", "='//", "url(//", "url(\"//", "url('//"] {
        if let Some((_, after)) = text.split_once(start) {
            bail!("{path} names another host: {start}{}", excerpt(after));
        }
    }
    Ok(())
}

fn inline_code(path: &str, html: &str) -> Result<()> {
    for tag in tags(html) {
        let lower = tag.to_ascii_lowercase();
        ensure!(!lower.starts_with("<style"), "{path} has an inline <style>: put it into the stylesheet");
        if lower.starts_with("<script") {
            ensure!(lower.contains(" src="), "{path} has an inline <script>: put it into boot.js");
            ensure!(
                lower.contains(" integrity="),
                "{path} has a <script> without integrity: {}",
                excerpt(tag)
            );
        }
        for name in attribute_names(&lower) {
            ensure!(name != "style", "{path} has a style attribute: use a class: {}", excerpt(tag));
            ensure!(!name.starts_with("on"), "{path} has an inline handler {name}: put it into boot.js");
        }
    }
    Ok(())
}

/// The opening tags of a page, comments left out.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find('<')?..)?;
            if rest.starts_with("<!--") {
                rest = rest.get(rest.find("-->")? + 3..)?;
                continue;
            }
            let end = tag_end(rest)?;
            let tag = rest.get(..end)?;
            rest = rest.get(end..)?;
            if !tag.starts_with("</") && !tag.starts_with("<!") {
                return Some(tag);
            }
        }
    })
}

/// The value of one attribute of an opening tag; attributes must be quoted, as our pages and Trunk write them.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = tag.split_once(&format!(" {name}="))?;
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    after.get(1..)?.split(quote).next()
}

fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

/// Attribute names of a tag in lower case, values left out.
fn attribute_names(tag: &str) -> Vec<String> {
    let mut quote = None;
    let mut bare = String::new();
    for letter in tag.trim_end_matches(['>', '/']).chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, _) => bare.push(letter),
        }
    }
    bare.split_whitespace()
        .skip(1)
        .map(|word| word.split('=').next().unwrap_or_default().to_owned())
        .collect()
}

fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &str, text: &str) -> Option<String> {
        let files = BTreeMap::from([(path.to_owned(), text.as_bytes().to_owned())]);
        check(&files).err().map(|error| error.to_string())
    }

    #[test]
    fn inline_code_and_style_are_refused() {
        let cases = [
            ("<script>go()</script>", "inline <script>"),
            ("<SCRIPT type=module>go()</SCRIPT>", "inline <script>"),
            ("<script src=\"/a.js\"></script>", "without integrity"),
            ("<style>b{}</style>", "inline <style>"),
            ("<p style=\"color:red\">x</p>", "style attribute"),
            ("<p\n  style='color:red'>x</p>", "style attribute"),
            ("<body class=\"a\" onload=\"go()\">", "inline handler"),
        ];
        for (html, reason) in cases {
            let refusal = refusal("index.html", html).unwrap_or_else(|| panic!("passed: {html}"));
            assert!(refusal.contains(reason), "{html}: {refusal}");
        }
    }

    #[test]
    fn other_hosts_are_refused_and_namespaces_pass() {
        for (path, text) in [
            ("index.html", "<img src=\"//cdn.example/x.png\">"),
            ("app.css", "@import url(https://fonts.example/f.css)"),
            ("app.js", "fetch('http://evil.example')"),
            ("icon.svg", "<image href='https://evil.example'/>"),
        ] {
            assert!(refusal(path, text).is_some_and(|text| text.contains("another host")), "{text}");
        }
        assert_eq!(refusal("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), None);
    }

    #[test]
    fn a_clean_page_passes() {
        let html = "<!doctype html><!-- <script>old</script> --><html lang=\"en\"><title>a > b</title>\
                    <script type=\"module\" src=\"/app.js\" integrity=\"sha384-x\"></script><p title=\"no style=here\">";
        assert_eq!(refusal("index.html", html), None);
    }

    #[test]
    fn glue_that_imports_a_snippet_is_refused() {
        assert!(imports("glue", "let x;\nimport { y } from './snippets/a/inline0.js';").is_err());
        assert!(imports("glue", "let important;").is_ok());
    }
}
