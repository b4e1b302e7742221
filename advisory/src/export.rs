//! The formats that programs read, one file each. Pure: an [`Advisory`] in, a text out.

mod csaf;
mod cve;
mod mail;
mod markdown;
mod openvex;
mod osv;
mod rustsec;

use serde_json::Value;

pub use markdown::facts;

use crate::model::Advisory;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OSV 1.7.
    Osv,
    /// CSAF 2.0 (ISO/IEC 20153), a security advisory.
    Csaf,
    /// A CVE record 5.1.
    Cve,
    /// An advisory of RustSec's database.
    Rustsec,
    /// OpenVEX 0.2.
    Openvex,
    /// Markdown without the front part, for a blog.
    Markdown,
    /// Plain text of 72 columns, for a mail that is signed in clear.
    Mail,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Osv, Self::Csaf, Self::Cve, Self::Rustsec, Self::Openvex, Self::Markdown, Self::Mail];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Osv => "osv",
            Self::Csaf => "csaf",
            Self::Cve => "cve",
            Self::Rustsec => "rustsec",
            Self::Openvex => "openvex",
            Self::Markdown => "markdown",
            Self::Mail => "mail",
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its name, unlike that of every other format.
    pub file_name: String,
    /// Its text.
    pub text: String,
}

/// Says why an advisory cannot be told in a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The format wants something the document lacks.
    #[error("{format} wants {wanted}")]
    Missing {
        /// The format's name.
        format: &'static str,
        /// What is missing, and how to give it.
        wanted: &'static str,
    },
}

fn missing<T>(format: Format, wanted: &'static str) -> Result<T, ExportError> {
    Err(ExportError::Missing { format: format.name(), wanted })
}

/// Tells an advisory in a format: one file, or one for each package where the format wants that.
///
/// # Errors
/// When the format wants something the document lacks.
pub fn export(advisory: &Advisory, format: Format) -> Result<Vec<Exported>, ExportError> {
    let id = &advisory.id;
    let one = |name: String, text: String| Ok(vec![Exported { file_name: name, text }]);
    match format {
        Format::Osv => one(format!("{id}.osv.json"), json(&osv::write(advisory))),
        // CSAF 2.0, 5.1: the file is named as its tracking id in lower case.
        Format::Csaf => one(format!("{}.json", id.as_str().to_lowercase()), json(&csaf::write(advisory)?)),
        Format::Cve => one(format!("{id}.cve.json"), json(&cve::write(advisory)?)),
        Format::Openvex => one(format!("{id}.openvex.json"), json(&openvex::write(advisory)?)),
        Format::Markdown => one(format!("{id}.page.md"), markdown::write(advisory)),
        Format::Mail => one(format!("{id}.txt"), mail::write(advisory)),
        Format::Rustsec => rustsec::write(advisory),
    }
}

fn json(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("a JSON value can be written");
    format!("{text}\n")
}

/// Every JSON text whose value is empty, left out: most formats forbid empty lists.
fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(key, value)| (key, without_empty(value)));
            let empty = |value: &Value| match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            };
            Value::Object(kept.filter(|(_, value)| !empty(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_empty).collect()),
        other => other,
    }
}
