//! `sealpost policy explain`: a policy in the sentences that reporters read.

use std::path::Path;

use anyhow::Result;
use sealpost_shared::policy::explain::{Section, explain};
use serde_json::json;

use crate::config::Context;
use crate::ui::Ui;

/// Says the whole policy.
///
/// # Errors
/// Every broken rule: a policy that contradicts itself promises nothing.
pub(crate) fn run(context: &Context, file: &Path) -> Result<()> {
    let (_, policy) = super::read(file)?;
    let sections = explain(&policy);
    let identity = &policy.identity;
    context.ui.json(&json!({ "slug": identity.slug, "version": identity.version, "sections": sections }));
    context.ui.heading(&identity.name);
    sections.iter().for_each(|section| say(context.ui, section));
    Ok(())
}

fn say(ui: Ui, section: &Section) {
    ui.heading(&format!("\n{}", section.title));
    for (n, sentence) in section.sentences.iter().enumerate() {
        let mark = if section.ordered { format!("{}.", n + 1) } else { "-".to_owned() };
        ui.say(&format!("{mark:<3}{}", sentence.replace('\n', "\n   ")));
    }
}
