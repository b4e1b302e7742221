//! What the desk knows of a case, and what its members told each other.

use sealpost_shared::desk::DeskWord;

use crate::dossier::Dossier;
use crate::members::Members;
use crate::times::utc;
use crate::ui::{Ui, line as one_line};

/// Says handler, stages and what is on record for each.
pub(super) fn say(ui: Ui, dossier: &Dossier, members: &Members) {
    let state = &dossier.desk;
    let handler = state.handler().map_or_else(|| "nobody yet".to_owned(), |handler| members.name(handler));
    ui.say(&format!("handler    {handler}"));
    for stage in &dossier.policy.disclosure.stages {
        let Some(record) = state.stages.get(&stage.id) else { continue };
        ui.say(&format!(
            "stage      {}: {}, by {}",
            stage.id,
            utc(record.reached_at),
            members.name(&record.by)
        ));
        for (name, value) in &record.records {
            let value =
                value.parse().map_or_else(|_| one_line(value), |fingerprint| members.name(&fingerprint));
            ui.say(&format!("             {} {value}", one_line(name)));
        }
    }
    let unsent = dossier.unsent().count();
    if unsent > 0 {
        ui.alarm(&format!("unsent     {unsent} of your letters to the reporter; `sealpost pull` sends them"));
    }
}

/// What one entry of the desk says, as a heading.
pub(super) fn line(word: &DeskWord, members: &Members) -> String {
    match word {
        DeskWord::Note => "Note of the desk".to_owned(),
        DeskWord::Assigned { to: Some(to) } => format!("Assigned to {}", members.name(to)),
        DeskWord::Assigned { to: None } => "Assigned to nobody".to_owned(),
        DeskWord::Stage { stage, .. } => format!("Stage {stage}"),
        DeskWord::Prenotified { audience, to } => format!("Told beforehand: {} ({to})", one_line(audience)),
    }
}
