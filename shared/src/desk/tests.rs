//! The merge law: members who have the same words see the same state, however the words came.

use proptest::prelude::*;

use super::*;
use crate::letter::LetterData;

fn fingerprint(n: u8) -> Fingerprint {
    format!("{n:040X}").parse().unwrap()
}

fn word() -> impl Strategy<Value = DeskWord> {
    let record = (prop_oneof![Just("affected"), Just("note")], 0..4_u8);
    let records = prop::collection::vec(record, 0..3)
        .prop_map(|all| all.into_iter().map(|(key, value)| (key.to_owned(), value.to_string())).collect());
    prop_oneof![
        Just(DeskWord::Note),
        prop::option::of(0..3_u8).prop_map(|to| DeskWord::Assigned { to: to.map(fingerprint) }),
        (prop_oneof![Just("confirmed"), Just("audited")], records)
            .prop_map(|(stage, records)| DeskWord::Stage { stage: stage.parse().unwrap(), records }),
    ]
}

/// Few moments, so that several words fall into the same one; the id is unique, as the relay sees to.
fn words() -> impl Strategy<Value = Vec<Said>> {
    prop::collection::vec((0..4_i64, 0..3_u8, word()), 0..12).prop_map(|all| {
        let said = |(n, (at, by, word)): (usize, (i64, u8, DeskWord))| {
            let (at, n) = (Timestamp::from_seconds(at), u8::try_from(n).unwrap());
            Said { at, entry: EntryId::from_bytes([n; 16]), by: fingerprint(by), word }
        };
        all.into_iter().enumerate().map(said).collect()
    })
}

fn log(words: &[Said]) -> DeskLog {
    let mut log = DeskLog::default();
    words.iter().for_each(|said| log.add(said.clone()));
    log
}

proptest! {
    #[test]
    fn order_and_repetition_change_nothing(
        (words, shuffled) in words().prop_flat_map(|words| {
            let twice = [words.clone(), words.clone()].concat();
            (Just(words), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(log(&words).state(), log(&shuffled).state());
    }

    #[test]
    fn members_who_exchange_what_they_have_see_the_same(words in words(), cut in 0..12_usize, overlap in 0..4_usize) {
        let cut = cut.min(words.len());
        let (mut mine, mut yours) = (log(&words[..(cut + overlap).min(words.len())]), log(&words[cut..]));
        let before = mine.clone();
        mine.merge(&yours);
        yours.merge(&before);
        prop_assert_eq!(mine.state(), log(&words).state());
        prop_assert_eq!(mine, yours);
    }

    #[test]
    fn a_stages_date_never_moves_back_or_away(words in words(), more in words()) {
        let (few, mut all) = (log(&words), log(&words));
        all.merge(&log(&more));
        for (stage, record) in few.state().stages {
            prop_assert!(all.state().stages[&stage].reached_at <= record.reached_at);
        }
    }
}

#[test]
fn of_two_assignments_the_later_holds_and_of_the_same_moment_the_higher_id() {
    let at = |at, n, to| Said {
        at: Timestamp::from_seconds(at),
        entry: EntryId::from_bytes([n; 16]),
        by: fingerprint(9),
        word: DeskWord::Assigned { to },
    };
    let (one, two, none) = (at(5, 1, Some(fingerprint(1))), at(5, 2, Some(fingerprint(2))), at(4, 3, None));
    assert_eq!(log(&[two, none, one]).state().handler(), Some(&fingerprint(2)));
    assert_eq!(log(&[at(5, 1, Some(fingerprint(1))), at(6, 0, None)]).state().handler(), None);
}

#[test]
fn a_members_wrong_clock_is_held_within_the_hour_of_arrival() {
    let (at, hour) = (Timestamp::from_seconds, Some(Timestamp::from_seconds(7200)));
    assert_eq!(counts_from(at(9000), hour), at(9000));
    assert_eq!(counts_from(at(999_999), hour), at(7200 + 3599));
    assert_eq!(counts_from(at(5), hour), at(7200));
    assert_eq!(counts_from(at(5), None), at(5));
}

#[test]
fn the_json_of_a_desks_letter_is_frozen() {
    let entry = |says| {
        LetterData::Desk(DeskEntry {
            case: CaseId::from_bytes([0x11; 16]),
            entry: EntryId::from_bytes([0x22; 16]),
            written_at: "2026-11-23T12:00:00Z".parse().unwrap(),
            says,
        })
    };
    let head = r#"{"letter":"desk","case":"11111111111111111111111111111111","entry":"22222222222222222222222222222222","written_at":"2026-11-23T12:00:00Z","#;
    let records = [("affected".to_owned(), ">=1.2".to_owned())].into();
    for (says, json) in [
        (DeskWord::Note, r#""says":"note"}"#.to_owned()),
        (DeskWord::Assigned { to: None }, r#""says":"assigned","to":null}"#.to_owned()),
        (
            DeskWord::Stage { stage: "confirmed".parse().unwrap(), records },
            r#""says":"stage","stage":"confirmed","records":{"affected":">=1.2"}}"#.to_owned(),
        ),
        (
            DeskWord::Prenotified { audience: "distributions".to_owned(), to: fingerprint(1) },
            format!(r#""says":"prenotified","audience":"distributions","to":"{:040X}"}}"#, 1),
        ),
    ] {
        let (entry, json) = (entry(says), format!("{head}{json}"));
        assert_eq!(serde_json::to_string(&entry).unwrap(), json);
        assert_eq!(serde_json::from_str::<LetterData>(&json).unwrap(), entry);
    }
}
