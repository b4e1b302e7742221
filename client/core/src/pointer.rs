//! What a step of the ladder may say before the report itself is handed on: case id and dates, nothing about the problem.
//!
//! Built from fixed sentences and dates only, so no word of the report can slip in (promise 6).

use sealpost_shared::policy::Policy;

use crate::case_record::{CaseRecord, How, Route};
use crate::cover_note::utc;

/// The text for a step that hands on a case: before the report itself, only case and dates. `None` before the report was sent.
///
/// A public step names no case; its text is [`crate::public_note::PublicNote`].
#[must_use]
pub fn pointer_text(record: &CaseRecord, policy: &Policy) -> Option<String> {
    let sent = record.events.sent()?;
    let last_word = record.last_word().map(|(at, _)| at);
    Some(format!(
        "I reported something to the {} security team and have had no answer in the promised time.\n\n\
         {}Sent: {}{}\nLast word from the team: {}\n\n\
         The report itself is not in this message. Please tell me how to hand it to you encrypted, or ask the team to answer.",
        policy.identity.project,
        number(record),
        utc(sent),
        how(record.route),
        last_word.map_or_else(|| "none".to_owned(), utc),
    ))
}

/// The case's number, where the team knows it.
fn number(record: &CaseRecord) -> String {
    match record.route {
        Route::Relay | Route::File => format!("Case: {}\n", record.case),
        Route::Elsewhere { .. } => String::new(),
    }
}

const fn how(route: Route) -> &'static str {
    match route {
        Route::Relay => "",
        Route::File | Route::Elsewhere { how: How::Mail } => ", by mail",
        Route::Elsewhere { how: How::Form } => ", through a form on the web",
        Route::Elsewhere { how: How::Other } => ", another way",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case_record::tests::{record, sent};

    #[test]
    fn a_pointer_names_the_case_and_not_the_title() {
        let record = sent();
        let pointer = pointer_text(&record, &record.policy().unwrap()).unwrap();
        assert!(
            pointer.contains(&record.case.to_string()) && pointer.contains("Last word from the team: none")
        );
        assert!(!pointer.contains(&record.title));
    }

    #[test]
    fn there_is_nothing_to_say_before_sending() {
        let record = record();
        assert_eq!(pointer_text(&record, &record.policy().unwrap()), None);
    }
}
