//! Where in a policy file a key stands, for errors that name their line.

use toml::de::{DeTable, DeValue};

use super::PolicyError;

/// An error of a rule with the line of its key.
pub(super) fn in_file(text: &str, error: PolicyError) -> PolicyError {
    match error {
        PolicyError::Rule { key, rule, .. } => PolicyError::Rule { line: Some(line(text, &key)), key, rule },
        syntax @ PolicyError::Syntax { .. } => syntax,
    }
}

/// The line, counted from 1, of a byte offset.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

/// The line of a key such as `escalation.steps[2].to`, or of the nearest table around it that stands in the file.
pub(super) fn line(text: &str, key: &str) -> usize {
    let Ok(document) = DeTable::parse(text) else { return 1 };
    let mut offset = document.span().start;
    let whole = DeValue::Table(document.into_inner());
    let mut at = &whole;
    for part in key.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let found = match part.parse::<usize>() {
            Ok(index) => at.get(index),
            Err(_) => at.get(part),
        };
        let Some(found) = found else { break };
        offset = found.span().start;
        at = found.get_ref();
    }
    line_of(text, offset)
}
