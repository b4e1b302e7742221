//! The advisory as a mail's text, for signing in clear.

use super::markdown::facts;
use crate::model::Advisory;
use crate::wrap;

/// The width of the names of facts, with their colon.
const NAMES: usize = 16;

pub(super) fn write(advisory: &Advisory) -> String {
    let mut out = wrap::fill(&advisory.title, "", "");
    out.push_str(&format!("\n\n{}\n\n", wrap::fill(&advisory.summary, "", "")));
    for (name, value) in facts(advisory) {
        let first = format!("{:<NAMES$}", format!("{name}:"));
        out.push_str(&wrap::fill(&value, &first, &" ".repeat(NAMES)));
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&advisory.body);
    out.push('\n');
    if let Some(workaround) = &advisory.workaround {
        out.push_str(&format!("\n## Workaround\n\n{workaround}\n"));
    }
    let section = |title: &str, lines: Vec<String>| {
        if lines.is_empty() { String::new() } else { format!("\n## {title}\n\n{}\n", lines.join("\n")) }
    };
    out.push_str(&section(
        "References",
        advisory.references.iter().map(|each| format!("- {}", each.url)).collect(),
    ));
    let thanks = advisory
        .credits
        .iter()
        .map(|each| format!("- {} ({})", each.name, each.kind.word().replace('-', " ")));
    out.push_str(&section("Thanks", thanks.collect()));
    if let Some(url) = &advisory.url {
        out.push_str(&format!("\nThis advisory: {url}\n"));
    }
    let (head, rest) = out.split_once("\n\n").unwrap_or((&out, ""));
    // The facts are aligned already; what people wrote is filled.
    let facts_end =
        rest.find("\n\n").and_then(|one| rest.get(one + 2..)?.find("\n\n").map(|two| one + 2 + two + 2));
    let (facts, prose) = rest.split_at_checked(facts_end.unwrap_or_default()).unwrap_or(("", rest));
    format!("{head}\n\n{facts}{}", wrap::mail(prose))
}
