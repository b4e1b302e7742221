//! The documents name paths that exist.

use std::path::Path;

/// Every `code span` that looks like a path of this project: has a slash, no spaces, no protocol or route characters.
fn paths(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    let like_a_path = |span: &&str| {
        span.contains('/')
            && !span.starts_with(['/', '#', '.'])
            && span.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
            && !span.starts_with("application/")
            && !span.starts_with("sealpost/")
            && !span.starts_with("multipart/")
            && !span.starts_with("text/")
            && !span.starts_with("target/")
    };
    spans.filter(like_a_path).collect()
}

#[test]
fn every_path_named_in_a_document_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut looked_at = 0;
    for document in
        ["README.md", "docs/ARCHITECTURE.md", "docs/PROTOCOL.md", "docs/DEPLOY.md", "CHANGELOG.md"]
    {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        for path in paths(&text) {
            assert!(root.join(path).exists(), "{document} names `{path}`, which does not exist");
            looked_at += 1;
        }
    }
    assert!(looked_at > 20, "only {looked_at} paths were found: the test looks in the wrong place");
}
