//! What a step of the ladder may say before the report itself is handed on: case id and dates, nothing about the problem.
//!
//! Built from fixed sentences and dates only, so no word of the report can slip in (promise 6).

use sealpost_shared::note::{self, NoteFacts};
use sealpost_shared::policy::{Carries, Policy};

use crate::case_record::CaseRecord;

/// The text for a step that carries `carries`; `None` before the report was sent. A public step names no case: it says that
/// somebody tries to reach the team.
#[must_use]
pub fn pointer_text(record: &CaseRecord, policy: &Policy, carries: Carries) -> Option<String> {
    let sent = record.events.sent()?;
    let last_word = record.last_word().map(|(at, _)| at);
    let identity = &policy.identity;
    Some(match carries {
        Carries::Nothing => note::write(&NoteFacts {
            project: &identity.project,
            team: &identity.name,
            sent,
            promised: policy.after(sent, policy.clocks.acknowledge),
            last_word,
        }),
        Carries::Pointer | Carries::Full => format!(
            "I reported something to the {} security team and have had no answer in the promised time.\n\n\
             Case: {}\nSent: {sent}\nLast word from the team: {}\n\n\
             The report itself is not in this message. Please tell me how to hand it to you encrypted, or ask the team to answer.",
            identity.project,
            record.case,
            last_word.map_or_else(|| "none".to_owned(), |at| at.to_string()),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{record, sent};

    #[test]
    fn a_public_step_names_neither_case_nor_title() {
        let record = sent();
        let policy = record.policy().unwrap();
        let public = pointer_text(&record, &policy, Carries::Nothing).unwrap();
        assert!(!public.contains(&record.case.to_string()) && !public.contains(&record.title));
        let pointer = pointer_text(&record, &policy, Carries::Pointer).unwrap();
        assert!(
            pointer.contains(&record.case.to_string()) && pointer.contains("Last word from the team: none")
        );
        assert!(!pointer.contains(&record.title));
    }

    #[test]
    fn there_is_nothing_to_say_before_sending() {
        let record = record();
        assert_eq!(pointer_text(&record, &record.policy().unwrap(), Carries::Full), None);
    }
}
