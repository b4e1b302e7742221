//! What the standards publish as JSON schemas, and what they find wrong in a document. Nothing is fetched.

#![expect(clippy::unwrap_used, reason = "in a test, unwrap is the assertion")]

use jsonschema::{Retrieve, Uri};
use serde_json::Value;

/// OSV, whose fields that we write did not change up to 1.7.
pub(crate) const OSV: &str = include_str!("osv-1.6.7.json");
/// CSAF 2.0.
pub(crate) const CSAF: &str = include_str!("csaf-2.0.json");
/// The CVE record.
pub(crate) const CVE: &str = include_str!("cve-5.1.1.json");

/// CSAF refers to FIRST's schemas by their addresses; they lie beside it.
struct Beside;

impl Retrieve for Beside {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let schema = match uri.as_str() {
            "https://www.first.org/cvss/cvss-v2.0.json" => include_str!("cvss-v2.0.json"),
            "https://www.first.org/cvss/cvss-v3.0.json" => include_str!("cvss-v3.0.json"),
            "https://www.first.org/cvss/cvss-v3.1.json" => include_str!("cvss-v3.1.json"),
            other => return Err(format!("{other} is not here").into()),
        };
        Ok(serde_json::from_str(schema)?)
    }
}

/// Every fault a schema finds, each with its place.
pub(crate) fn faults(schema: &str, document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator =
        jsonschema::options().with_retriever(Beside).should_validate_formats(true).build(&schema).unwrap();
    validator.iter_errors(document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}
