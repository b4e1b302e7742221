//! A policy as a `policy.toml` again: for a case whose policy nobody signed, such as a preset with the reporter's own addresses.

use serde_json::{Map, Value};

use super::PolicyFile;

impl PolicyFile {
    /// The policy as TOML that [`PolicyFile::from_toml`] reads as the same policy. Comments and order of a file it came from are gone.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let Ok(Value::Object(tables)) = serde_json::to_value(self) else { return String::new() };
        let mut text = String::new();
        for (name, table) in &tables {
            match table {
                Value::Object(entries) => text.push_str(&format!("[{name}]\n{}\n", lines(entries))),
                Value::Array(items) => items.iter().filter_map(Value::as_object).for_each(|entries| {
                    text.push_str(&format!("[[{name}]]\n{}\n", lines(entries)));
                }),
                _ => {}
            }
        }
        text
    }
}

fn lines(entries: &Map<String, Value>) -> String {
    pairs(entries).map(|pair| format!("{pair}\n")).collect()
}

fn pairs(entries: &Map<String, Value>) -> impl Iterator<Item = String> {
    let said = entries.iter().filter(|(_, value)| !value.is_null());
    said.map(|(key, value)| format!("{key} = {}", inline(value)))
}

/// A value on one line. What JSON and TOML write alike (strings, numbers, truths) is written as JSON.
fn inline(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            format!("{{ {} }}", pairs(entries).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        leaf => leaf.to_string(),
    }
}

#[cfg(all(test, feature = "toml"))]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_read_back_as_it_was() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let file = PolicyFile::from_toml(&text).unwrap();
            assert_eq!(PolicyFile::from_toml(&file.to_toml()).unwrap(), file, "{}", file.to_toml());
            count += 1;
        }
        assert!(count > 5, "{count} presets");
    }

    #[test]
    fn whatever_a_person_may_have_written_stays_text() {
        let text =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/node.toml")).unwrap();
        let mut file = PolicyFile::from_toml(&text).unwrap();
        for name in
            ["a \"quoted\" \\ name", "two\nlines\ttab", "]\n[identity]\nversion = 9", "é \u{202e} 𝄞 ' #"]
        {
            name.clone_into(&mut file.identity.name);
            assert_eq!(PolicyFile::from_toml(&file.to_toml()).unwrap(), file, "{}", file.to_toml());
        }
    }
}
