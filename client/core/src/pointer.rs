//! What a step of the ladder may say before the report itself is handed on: case id and dates, nothing about the problem.
//!
//! Built from fixed sentences and dates only, so no word of the report can slip in (promise 6).

use sealpost_shared::Timestamp;
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
        "I reported something to the {} security team{}\n\n\
         {}Sent: {}{}\nLast word from the team: {}\n\n\
         The report itself is not in this message. Please tell me how to hand it to you encrypted, or ask the team to answer.",
        policy.identity.project,
        silence(last_word, record.is_measure),
        number(record),
        utc(sent),
        how(record.route),
        last_word.map_or_else(|| "none".to_owned(), utc),
    ))
}

/// What did not come. After an answer it is news, and no promise of an answer was broken.
const fn silence(last_word: Option<Timestamp>, is_measure: bool) -> &'static str {
    match (last_word, is_measure) {
        (None, false) => " and have had no answer in the promised time.",
        (None, true) => " and have had no answer.",
        (Some(_), true) => ". They answered, and I have heard nothing since.",
        (Some(_), false) => ". They answered, and I have heard nothing since, for longer than was promised.",
    }
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
    use sealpost_shared::letter::ReplyKind;
    use sealpost_shared::timeline::EventKind;

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
    fn silence_after_an_answer_is_not_called_no_answer() {
        let mut record = sent();
        let before = pointer_text(&record, &record.policy().unwrap()).unwrap();
        assert!(before.contains("have had no answer in the promised time."), "{before}");
        let answered = Timestamp::from_seconds(record.events.sent().unwrap().seconds() + 3600);
        record.by_hand(EventKind::HumanReply { kind: ReplyKind::Answer }, answered).unwrap();
        let after = pointer_text(&record, &record.policy().unwrap()).unwrap();
        assert!(!after.contains("no answer") && !after.contains("none"), "{after}");
        assert!(after.contains("I have heard nothing since") && after.contains(&utc(answered)), "{after}");
    }

    #[test]
    fn there_is_nothing_to_say_before_sending() {
        let record = record();
        assert_eq!(pointer_text(&record, &record.policy().unwrap()), None);
    }
}
