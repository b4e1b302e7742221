//! Laws: a telling word is found however it is written, and a prepared note passes whatever the report says.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Real words, so that no random one is an everyday word or made of them.
const TELLING: [&str; 16] = [
    "heap",
    "stack",
    "crash",
    "overflow",
    "injection",
    "deserialize",
    "traversal",
    "panicked",
    "parser",
    "frobnicate",
    "quillfeather",
    "multiplexer",
    "decoder",
    "überlauf",
    "größe",
    "mémoire",
];

/// How a word can be hidden.
#[derive(Debug, Clone, Copy)]
enum Trick {
    Upper,
    Capital,
    Glue(&'static str),
    Split(&'static str, usize),
    Around(&'static str, &'static str),
    End(&'static str),
}

fn trick() -> impl Strategy<Value = Trick> {
    let glue = select(vec!["-", ".", "/", "\u{200b}", "\u{ad}", "\u{301}", " ", "\n", "*", "‑", "~"]);
    let split = select(vec!["-", "-\n", "\n", "\u{200b}", " ", ".", "\u{ad}", "/"]);
    prop_oneof![
        Just(Trick::Upper),
        Just(Trick::Capital),
        glue.prop_map(Trick::Glue),
        (split, 1..4_usize).prop_map(|(sign, at)| Trick::Split(sign, at)),
        select(vec![("(", ")"), ("“", "”."), ("*", "*"), ("non-", "-thing"), ("\u{200b}", "…")])
            .prop_map(|(before, after)| Trick::Around(before, after)),
        select(vec!["s", "ed", "ing", "er"]).prop_map(Trick::End),
    ]
}

fn hidden(word: &str, trick: Trick) -> String {
    match trick {
        Trick::Upper => word.to_uppercase(),
        Trick::Capital => {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
        Trick::Glue(sign) => word.chars().map(String::from).collect::<Vec<_>>().join(sign),
        Trick::Split(sign, at) => {
            let letters: Vec<char> = word.chars().collect();
            let (a, b) = letters.split_at(at);
            format!("{}{sign}{}", a.iter().collect::<String>(), b.iter().collect::<String>())
        }
        Trick::Around(before, after) => format!("{before}{word}{after}"),
        Trick::End(ending) => format!("{word}{ending}"),
    }
}

proptest! {
    #[test]
    fn a_telling_word_is_found_however_it_is_written(
        word in select(TELLING.to_vec()),
        others in "[a-z ]{0,40}",
        trick in trick(),
    ) {
        let report = format!("{others} about {word}: it fails.");
        let note = format!("Please look at {} soon.", hidden(word, trick));
        prop_assert!(!check(&note, &[&report], &PUBLIC).is_empty(), "{}", note);
    }

    #[test]
    fn a_prepared_note_passes_whatever_the_report_says(
        report in "(?s).{0,200}",
        words in proptest::collection::vec(select(write(&facts()).split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()), 0..20),
        project in "[A-Za-z][A-Za-z0-9 ._/+-]{0,20}[A-Za-z0-9]",
        answered in any::<bool>(),
        promises in any::<bool>(),
    ) {
        let last_word = facts().promised.filter(|_| answered);
        let promised = facts().promised.filter(|_| promises);
        let prepared = write(&NoteFacts { project: &project, last_word, promised, ..facts() });
        let said = words.join(" ") + &words.concat();
        let known = Known {
            words: &secret_words(&[&report, &said, &prepared], &[]),
            title: &report,
            public: &[&project, "Demo Security Team"],
            prepared: &prepared,
        };
        prop_assert_eq!(Check::new(known).leaks(&prepared, &[]), []);
    }

    #[test]
    fn no_note_makes_the_check_fail(note in "(?s).{0,200}", report in "(?s).{0,200}", public in ".{0,10}") {
        let words = secret_words(&[&report], &[&public]);
        let found = check_words(&note, &words, &[&public]);
        prop_assert_eq!(check(&note, &[&report], &[&public]), found);
    }
}
