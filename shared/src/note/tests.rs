//! Leaks that must be stopped, and harmless notes that must pass.

use super::*;

const REPORT: [&str; 3] = [
    "Heap overflow in frame_decoder",
    "Ferrisware",
    "In Ferrisware 2.7.1 the function `parse_continuation` in src/http2/frames.rs trusts the length field of a \
     CONTINUATION frame (CWE-122). Send 17 frames and the worker dies:\n\
     thread 'main' panicked at 'index out of bounds: the len is 4096'\n\
     Found by Zoë Quillfeather. See https://github.com/ferrisware/core/issues/4711 and CVE-2024-31337.",
];

const PUBLIC: [&str; 3] = ["Ferrisware", "Demo Security Team", "https://forum.demo.example"];

fn leaks(note: &str) -> Vec<Leak> {
    check(note, &REPORT, &PUBLIC)
}

fn facts() -> NoteFacts<'static> {
    NoteFacts {
        project: "Ferrisware",
        team: "Demo Security Team",
        sent: "2026-11-20T12:00:00Z".parse().unwrap(),
        promised: "2026-11-22T12:00:00Z".parse().unwrap(),
        last_word: None,
    }
}

#[test]
fn the_template_says_nothing_about_the_problem() {
    let note = write(&facts());
    assert!(note.contains("2026-11-20") && note.contains("2026-11-22"));
    assert_eq!(leaks(&note), []);
    let again = write(&NoteFacts { last_word: Some("2026-11-21T08:00:00Z".parse().unwrap()), ..facts() });
    assert_eq!(leaks(&again), []);
}

#[test]
fn ten_planted_leaks_are_stopped() {
    let planted = [
        ("version", "It is about release 2.7.1 of the project.", Why::Version),
        ("path", "Have a look at src/http2/frames.rs please.", Why::Code),
        ("function", "Somebody should look at parse_continuation soon.", Why::Code),
        ("weakness", "It is a CWE-122, so please hurry.", Why::Identifier),
        ("cve", "Much like cve-2024-31337, please hurry.", Why::Identifier),
        ("crash text", "Mine says that it panicked and I wait.", Why::InReport),
        ("name in other case", "It is about the CONTINUATION thing.", Why::InReport),
        ("split over lines", "Think of con-\ntinua-\ntion and call me.", Why::InReportBrokenUp),
        ("inside a URL", "See https://example.net/?q=overflow for the kind.", Why::Code),
        ("code fence", "```\nlet n = len;\n```", Why::Code),
    ];
    for (kind, note, why) in planted {
        let found = leaks(note);
        assert!(found.iter().any(|leak| leak.why == why), "{kind}: {found:?}");
    }
}

#[test]
fn more_ways_to_say_it_are_stopped() {
    let planted = [
        "Ask Quillfeather about it.",
        "It is an OVERFLOW!",
        "The worker needs a look.",
        "heap",
        "frames, seventeen of them",
        "Address 0x41414141",
        "parseFrame is where to look",
        "o v e r f l o w",
        "(h)e(a)d: frame.decoder",
    ];
    for note in planted {
        assert!(!leaks(note).is_empty(), "{note}");
    }
}

#[test]
fn ten_harmless_notes_pass() {
    let harmless = [
        "I am trying to get hold of someone from the security team. Please get in touch.",
        "Hello, does anyone know how to reach the security team of Ferrisware? I wrote on 2026-11-20 and got no answer.",
        "Could someone from the Demo Security Team please read their mail? Thank you.",
        "I sent a report five days ago and nobody has answered yet. I am not going to discuss it here.",
        "Looking for a member of the security team; please write to me. It is not urgent, but it is important.",
        "Is the security address of this project still read by somebody?",
        "I have been waiting since Monday for an answer from the security team. Who can help me to reach them?",
        "Please ask the security team to look at its reports. I cannot say more in public.",
        "The policy promised an answer by 2026-11-22. Has anybody been in touch with the team this week?",
        "Trying to reach the security team. Posted here before: https://forum.demo.example",
    ];
    for note in harmless {
        assert_eq!(leaks(note), [], "{note}");
    }
}

#[test]
fn every_reason_has_a_sentence() {
    for why in [Why::InReport, Why::InReportBrokenUp, Why::Identifier, Why::Version, Why::Code] {
        assert!(why.sentence().ends_with('.'));
    }
}

#[test]
fn the_words_alone_find_what_the_whole_report_finds() {
    let words = secret_words(&REPORT, &PUBLIC);
    let has = |word: &str| words.iter().any(|secret| secret == word);
    assert!(has("parse_continuation") && has("4096"));
    assert!(!has("ferrisware") && !has("the") && has("zoë"));
    for note in ["Ask Quillfeather.", "con-\ntinua-\ntion", "Release 2.7.1", "Please get in touch."] {
        assert_eq!(check_words(note, &words, &PUBLIC), leaks(note), "{note}");
    }
}

#[test]
fn the_notes_own_days_pass_even_when_the_report_names_the_year() {
    let report = ["Seen on 2026-11-20, 22 times"];
    let words = secret_words(&report, &PUBLIC);
    let days: Vec<String> = facts().days().collect();
    let allowed: Vec<&str> = PUBLIC.into_iter().chain(days.iter().map(String::as_str)).collect();
    assert_eq!(check_words(&write(&facts()), &words, &allowed), []);
    assert!(!check_words("22 times", &words, &allowed).is_empty());
}
