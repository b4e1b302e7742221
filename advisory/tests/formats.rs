//! Every export against what its standard publishes: JSON schemas, RustSec's own reader, and rules a schema cannot say.

#![expect(clippy::unwrap_used, reason = "in a test, unwrap is the assertion")]

mod schemas;

use sealpost_advisory::{Advisory, ExportError, Format, export, parse};
use serde_json::{Value, json};

use crate::schemas::{CSAF, CVE, OSV, faults};

const FULL: &str = include_str!("documents/full.md");
const LEAST: &str = include_str!("documents/least.md");

fn full() -> Advisory {
    parse(FULL).unwrap()
}

fn told(advisory: &Advisory, format: Format) -> String {
    export(advisory, format).unwrap().remove(0).text
}

fn value(advisory: &Advisory, format: Format) -> Value {
    serde_json::from_str(&told(advisory, format)).unwrap()
}

#[test]
fn osv_is_what_its_schema_says() {
    let document = value(&full(), Format::Osv);
    assert_eq!(faults(OSV, &document), [""; 0]);
    assert_eq!(document["id"], "GHSA-jfh8-c2jp-5v3q");
    assert_eq!(document["aliases"], json!(["CVE-2026-12345"]));
    assert_eq!(
        document["affected"][0]["ranges"][1],
        json!({ "type": "SEMVER", "events": [{ "introduced": "1.5.0" }, { "fixed": "1.5.2" }] })
    );
    assert_eq!(document["affected"][1]["ranges"][0]["events"][0], json!({ "introduced": "0.0.0-0" }));
    assert!(document["affected"][2].get("package").is_none());
    assert_eq!(document["affected"][2]["versions"], json!(["2026.1", "2026.2"]));
    let mut broken = document;
    broken["severity"][0]["score"] = json!("9.8");
    assert!(!faults(OSV, &broken).is_empty(), "the schema refuses nothing");
}

#[test]
fn osvs_own_types_read_it() {
    for text in [FULL, LEAST] {
        let advisory = parse(text).unwrap();
        let read: osv::schema::Vulnerability = serde_json::from_str(&told(&advisory, Format::Osv)).unwrap();
        let affected = read.affected.unwrap();
        assert_eq!(affected.len(), advisory.affected.len());
        assert_eq!(read.summary.as_deref(), Some(advisory.title.as_str()));
        assert_eq!(read.modified.timestamp(), advisory.modified.seconds());
    }
}

#[test]
fn without_an_id_that_osv_knows_the_own_one_stands_there() {
    let least = value(&parse(LEAST).unwrap(), Format::Osv);
    assert_eq!(least["id"], "LEAST-1");
    let faults = faults(OSV, &least);
    assert!(faults.len() == 1 && faults[0].starts_with("/id"), "{faults:?}");
}

#[test]
fn csaf_is_what_its_schema_says_and_every_product_is_in_the_tree() {
    for text in [FULL, LEAST] {
        let document = value(&parse(text).unwrap(), Format::Csaf);
        assert_eq!(faults(CSAF, &document), [""; 0]);
        let text = document.to_string();
        let status = &document["vulnerabilities"][0]["product_status"];
        for id in ["known_affected", "fixed"].iter().filter_map(|kind| status[kind].as_array()).flatten() {
            let defined = text.matches(&format!("\"product_id\":{id}")).count();
            assert_eq!(defined, 1, "{id}");
        }
    }
    let document = value(&full(), Format::Csaf);
    let ferris = &document["product_tree"]["branches"][0]["branches"][0];
    assert_eq!(ferris["branches"][0]["name"], "vers:cargo/>=1.2.0|<1.4.3");
    assert_eq!(document["document"]["tracking"]["version"], "2");
    assert_eq!(document["vulnerabilities"][0]["cwe"], json!({ "id": "CWE-416", "name": "Use After Free" }));
    assert_eq!(document["vulnerabilities"][0]["scores"][0]["cvss_v3"]["baseScore"], 9.8);
    let mut broken = document;
    broken["document"]["tracking"]["status"] = json!("ready");
    assert!(!faults(CSAF, &broken).is_empty(), "the schema refuses nothing");
}

#[test]
fn a_cve_record_is_what_its_schema_says() {
    let document = value(&full(), Format::Cve);
    assert_eq!(faults(CVE, &document), [""; 0]);
    let cna = &document["containers"]["cna"];
    assert_eq!(cna["affected"][0]["versions"][0]["lessThan"], "1.4.3");
    assert_eq!(cna["affected"][0]["collectionURL"], "https://crates.io");
    assert_eq!(cna["metrics"][1]["cvssV4_0"]["baseScore"], 9.3);
    let mut broken = document;
    broken["cveMetadata"]["cveId"] = json!("CVE-1");
    assert!(!faults(CVE, &broken).is_empty(), "the schema refuses nothing");
}

#[test]
fn openvex_follows_its_specification() {
    let document = value(&full(), Format::Openvex);
    assert_eq!(document["@context"], "https://openvex.dev/ns/v0.2.0");
    for key in ["@id", "author", "timestamp"] {
        assert!(document[key].is_string(), "{key}");
    }
    assert_eq!(document["version"], 2);
    let known = ["@context", "@id", "author", "role", "timestamp", "last_updated", "version", "statements"];
    assert!(document.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())));
    let statements = document["statements"].as_array().unwrap();
    for statement in statements {
        assert_eq!(statement["vulnerability"]["name"], "CVE-2026-12345");
        let affected = statement["status"] == "affected";
        assert!(affected || statement["status"] == "fixed");
        assert_eq!(
            statement["action_statement"].is_string(),
            affected,
            "affected wants an action, fixed has none"
        );
        for product in statement["products"].as_array().unwrap() {
            assert_eq!(product["@id"], product["identifiers"]["purl"]);
        }
    }
    assert_eq!(statements[0]["products"][0]["@id"], "pkg:cargo/ferris@1.2.0");
    assert_eq!(statements[1]["products"][1]["@id"], "pkg:cargo/ferris@1.5.2");
}

#[test]
fn rustsecs_own_crate_reads_what_is_written_for_it() {
    let files = export(&full(), Format::Rustsec).unwrap();
    assert_eq!(files.len(), 1, "one crate of crates.io is affected");
    let read: rustsec::Advisory = files[0].text.parse().unwrap();
    assert_eq!(read.title(), "Use after free in the parser of ferris");
    assert_eq!(read.metadata.package.as_str(), "ferris");
    assert_eq!(read.metadata.date.as_str(), "2026-12-01");
    assert_eq!(read.metadata.aliases.len(), 2);
    assert!(read.metadata.cvss.is_some());
    for (version, vulnerable) in [
        ("1.1.9", false),
        ("1.2.0", true),
        ("1.4.2", true),
        ("1.4.3", false),
        ("1.4.9", false),
        ("1.5.0", true),
        ("1.5.1", true),
        ("1.5.2", false),
        ("2.0.0", false),
    ] {
        assert_eq!(read.versions.is_vulnerable(&version.parse().unwrap()), vulnerable, "{version}");
    }
    assert_eq!(read.affected.unwrap().functions.len(), 1);
}

#[test]
fn a_format_that_lacks_something_says_what() {
    let least = parse(LEAST).unwrap();
    for (format, word) in [(Format::Cve, "CVE id"), (Format::Rustsec, "crates.io"), (Format::Openvex, "purl")]
    {
        let ExportError::Missing { wanted, .. } = export(&least, format).unwrap_err();
        assert!(wanted.contains(word), "{wanted}");
    }
    let no_address =
        FULL.lines().filter(|line| !line.starts_with("url = ") || line.contains("demo.example/security"));
    let no_address = no_address
        .collect::<Vec<_>>()
        .join("\n")
        .replace("[[references]]", "[[timeline]]\nat = \"2026-11-23T12:00:00Z\"\nwhat = \"x\"\n#")
        .replace("kind = \"fix\"", "");
    let no_address = parse(&no_address).unwrap();
    assert!(export(&no_address, Format::Cve).unwrap_err().to_string().contains("address"));
}

#[test]
fn a_mail_survives_clear_signing_and_old_programs() {
    let text = told(&full(), Format::Mail);
    for line in text.lines() {
        assert!(!line.ends_with(' ') && !line.starts_with("From ") && !line.contains('\t'), "{line:?}");
        let unbreakable = !line.trim().contains(' ') || line.contains("CVSS:") || line.contains("fn main");
        assert!(line.chars().count() <= 78 || unbreakable, "{line:?}");
    }
    assert!(text.contains("Advisory:       DEMO-2026-0001\n"), "{text}");
    assert!(text.contains("Fixed in:       ferris 1.4.3, 1.5.2\n"), "{text}");
    assert!(
        text.contains("\n```rust\nfn main() { let x = ferris::parse(b\"[a]\\n[b]\"); }\n```\n"),
        "{text}"
    );
    assert!(text.ends_with("This advisory: https://blog.demo.example/2026/12/01/parser\n"), "{text}");
}

#[test]
fn file_names_differ_and_stay_in_their_folder() {
    let mut names = Vec::new();
    for format in Format::ALL {
        names.extend(export(&full(), format).unwrap().into_iter().map(|file| file.file_name));
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), Format::ALL.len());
    assert!(names.iter().all(|name| !name.contains('/') && !name.starts_with('.')));
    assert!(told(&full(), Format::Markdown).starts_with("# Use after free in the parser of ferris\n"));
}
