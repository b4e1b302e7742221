//! `sealpost advisory check`: every error with line and rule.

use std::path::Path;

use anyhow::{Result, bail};
use sealpost_advisory::{Advisory, ExportError, Format, export};
use serde_json::json;

use super::{text_of, told};
use crate::config::Context;
use crate::times;

/// Checks a document.
///
/// # Errors
/// When it cannot be read, or has errors.
pub(crate) fn run(context: &Context, file: &Path) -> Result<()> {
    let ui = context.ui;
    match sealpost_advisory::parse(&text_of(file)?) {
        Ok(advisory) => {
            let lacking = lacking(&advisory);
            ui.json(&json!({
                "id": advisory.id, "published": advisory.published, "errors": [],
                "scores": advisory.scores.iter().map(|s| json!({ "vector": s.vector, "score": s.value, "rating": s.rating() })).collect::<Vec<_>>(),
                "lacking": lacking.iter().map(|(format, why)| json!({ "format": format.name(), "why": why.to_string() })).collect::<Vec<_>>(),
            }));
            ui.heading(&format!("{}: {}", advisory.id, advisory.title));
            ui.say(&format!(
                "  no errors; the embargo lifts {} ({})",
                times::utc(advisory.published),
                times::relative(advisory.published, context.now())
            ));
            for score in &advisory.scores {
                ui.say(&format!(
                    "  CVSS {:.1}, {}: {}",
                    score.value,
                    score.rating().to_lowercase(),
                    score.vector
                ));
            }
            lacking.iter().for_each(|(_, why)| ui.say(&format!("  {why}")));
            Ok(())
        }
        Err(findings) => {
            let errors: Vec<_> = findings
                .iter()
                .map(|f| json!({ "line": f.line, "rule": f.rule, "message": f.message }))
                .collect();
            ui.json(&json!({ "id": null, "published": null, "errors": errors, "scores": [], "lacking": [] }));
            findings.iter().for_each(|finding| ui.say(&told(file, finding)));
            let count = findings.len();
            bail!("{count} error{} in {}", if count == 1 { "" } else { "s" }, file.display())
        }
    }
}

/// The formats that the document has not enough for, and why.
pub(super) fn lacking(advisory: &Advisory) -> Vec<(Format, ExportError)> {
    Format::ALL.into_iter().filter_map(|format| Some((format, export(advisory, format).err()?))).collect()
}
