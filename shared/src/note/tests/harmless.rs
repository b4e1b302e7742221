//! Harmless notes that must pass.

use super::*;

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
fn more_harmless_notes_pass() {
    let harmless = [
        "I don't know whom to ask. They don't answer, and the team doesn't read its mail.",
        "I’ve waited, it's been 24 hours, and they haven’t replied.",
        "You can reach me on GitHub, LinkedIn or at jane_doe@example.org.",
        "Write to me@my-site.rs, or call +49 30 123. Yours, Jane McDonald",
        "My contact: https://example.org/contact or https://example.org/",
        "I wrote on 20.11.2026, and again on 20 November 2026 at 12.30.",
        "I wrote at 11:30. That was 3.5 days ago, more than 5 business days.",
        "I wrote on 2026-11-22, 14 days ago. Every 24h I look.",
        "Ferrisware's team and/or its users, e.g. on the list, i.e. here",
        "I am one of your users. Is the address still right? Am I too late?",
        "It is 24/7 here.",
        "Ferrisware 's team, FERRISWARE, (Ferrisware)?",
        "Please assign a number. See you!",
    ];
    for note in harmless {
        assert_eq!(leaks(note), [], "{note}");
    }
}

#[test]
fn a_report_with_dates_does_not_forbid_dates() {
    let report = ["Seen 2026-11-20, 11 times, 14 days, 24 hours, 22 November 2026"];
    for note in [
        "I wrote on 2026-11-22.",
        "14 days ago I wrote",
        "It is 24 hours",
        "On 20 November 2026, or 11.11.2026",
    ] {
        assert_eq!(check(note, &report, &PUBLIC), [], "{note}");
    }
    for note in ["11 times", "14 of them", "2026"] {
        assert!(!check(note, &report, &PUBLIC).is_empty(), "{note}");
    }
}

#[test]
fn everyday_words_of_other_languages_pass_where_the_report_is_in_them() {
    let german = "Ich habe im Parser einen Überlauf gefunden und bitte um eine Antwort. Die Länge wird nicht geprüft, wenn man mehr \
                  sendet. Ich warte auf eine Antwort und danke für die Hilfe.";
    let french = "Bonjour, je vous écris parce que dans votre analyseur la longueur est fausse. Merci de répondre avec une date.";
    let spanish = "Hola, he encontrado un desbordamiento en el analizador cuando la longitud es mucho más grande. Gracias por la respuesta.";
    let passing = [
        (german, "Ich warte auf eine Antwort und bitte um Hilfe. Die Frist ist um, danke!"),
        (french, "Bonjour, merci de répondre. Je vous ai écrit avec une date."),
        (spanish, "Hola, gracias por la respuesta. ¿Cuando es mucho más?"),
    ];
    for (report, note) in passing {
        assert_eq!(check(note, &[report], &PUBLIC), [], "{note}");
    }
    for (report, note) in
        [(german, "Überlauf"), (german, "Überläufe"), (french, "longueurs"), (spanish, "desbordamiento")]
    {
        assert!(!check(note, &[report], &PUBLIC).is_empty(), "{note}");
    }
    assert!(
        !check("DES", &["The DES cipher fails"], &PUBLIC).is_empty(),
        "a French word is no excuse in English"
    );
}
