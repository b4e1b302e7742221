//! Leaks that must be stopped.

use super::*;

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
        "heap.overflow@example.org",
        "https://overflow.example.org/",
        "[crash](x)",
        "~~crash~~",
        "__crash__",
        "Ferrisware-crash",
        "mailto:a@example.org?subject=crash",
        "c%72ash",
        "&#99;rash",
        "https://forum.demo.example/../x?frame",
        "https://forum.demo.example.evil.net/heap",
        "https://github.com/a/b",
    ];
    for note in planted {
        assert!(!leaks(note).is_empty(), "{note}");
    }
}

#[test]
fn other_forms_of_a_word_are_stopped() {
    let forms = [
        "overflow",
        "overflowed",
        "buffer",
        "buffering",
        "panics",
        "panic",
        "parsing",
        "parsed",
        "crashes",
        "crashed",
        "leaks",
        "leaked",
        "frame",
        "framing",
        "stacks",
        "threads",
        "trusted",
        "lengths",
        "decoders",
        "stackoverflow",
    ];
    for form in forms {
        let found = leaks(&format!("It is about {form} here."));
        assert_eq!(found.len(), 1, "{form}: {found:?}");
    }
    let title = ["The frames thing"];
    assert_eq!(
        check("frame", &title, &PUBLIC),
        [Leak { piece: "frame".to_owned(), why: Why::FormOf("frames".to_owned()), word: None }]
    );
}

#[test]
fn words_in_pieces_are_stopped() {
    let broken = [
        "h-e-a-p",
        "h e a p",
        "he ap",
        "he\nap",
        "sta\nck",
        "sta-\nck",
        "h.e.a.p",
        "X.S.S",
        "x s s",
        "c r a s h",
        "cr-ash",
        "wor\nker",
        "work er",
        "over flow",
        "o-v-e-r-f-l-o-w-s",
        "cra/sh",
        "(cr)ash",
        "4 0 9 6",
    ];
    for note in broken {
        let found = leaks(&format!("Look at {note} now."));
        assert!(found.iter().any(|leak| leak.why == Why::InReportBrokenUp), "{note}: {found:?}");
    }
}

#[test]
fn letters_in_other_forms_are_stopped() {
    let other = [
        ("he\u{200b}ap", Why::InReport),
        ("le\u{ad}ngth", Why::InReport),
        ("leng\u{200d}th", Why::InReport),
        ("overﬂows", Why::InReport),
        ("ｏｖｅｒｆｌｏｗｓ", Why::InReport),
        ("cra\u{301}sh", Why::InReport),
        ("crásh", Why::InReport),
        ("x͟s͟s", Why::InReport),
        ("hеap", Why::Disguised),
        ("CRΑSH", Why::Disguised),
        ("lеngth", Why::Disguised),
        ("ⓗⓔⓐⓟ", Why::Disguised),
        ("𝐡𝐞𝐚𝐩", Why::Disguised),
        ("0verflow", Why::Code),
        ("http2", Why::Code),
    ];
    for (note, why) in other {
        let found = leaks(&format!("It is about {note} there"));
        assert_eq!(found.first().map(|leak| leak.why.clone()), Some(why), "{note}: {found:?}");
    }
    for note in ["u\u{308}berlauf", "ÜBERLAUF", "uberlauf"] {
        assert!(!check(note, &["überlauf"], &PUBLIC).is_empty(), "{note}");
    }
    assert!(!check("strasse", &["Straße"], &PUBLIC).is_empty());
}

#[test]
fn identifiers_and_versions_that_the_report_does_not_have_are_stopped() {
    let identifiers = [
        "CVE 2026-1234",
        "CVE2026-1234",
        "CVE:2026:1234",
        "cve\u{2010}2026\u{2010}1234",
        "CVE–2026–1",
        "CWE 79",
        "CWE79",
        "CWE-\u{200b}79",
        "VU#1234",
        "ZDI-24-001",
        "GHSA\u{2010}abcd",
        "EUVD-2026-1",
        "PYSEC-2024-12",
        "GO-2024-1234",
        "OSV-2024-1",
        "MAL-2024-1",
        "#99",
    ];
    for note in identifiers {
        let found = leaks(&format!("It is {note} so"));
        assert_eq!(found.first().map(|leak| leak.why.clone()), Some(Why::Identifier), "{note}: {found:?}");
    }
    for note in [
        "v3",
        "3.x",
        "v271",
        "2.8",
        "2․8․1",
        "2．8．1",
        "version 3",
        "release 8",
        "line 812",
        "port 8443",
        "12.30",
        "24.04.",
    ] {
        let found = leaks(&format!("It is {note}"));
        assert_eq!(found.first().map(|leak| leak.why.clone()), Some(Why::Version), "{note}: {found:?}");
    }
}

#[test]
fn scripts_without_spaces_are_compared_in_short_rows() {
    let chinese = ["解析器中的堆溢出漏洞，发送畸形帧即可触发", "堆缓冲区溢出在解析函数里"];
    for note in ["解析器中的堆溢出", "堆溢出", "解析函数里的溢出", "畸形帧", "堆 溢 出", "请看堆溢出"]
    {
        assert!(!check(note, &chinese, &["项目", "安全团队"]).is_empty(), "{note}");
    }
    let found = check("我想联系安全团队，关于堆溢出的问题", &chinese, &["项目", "安全团队"]);
    assert_eq!(found.iter().map(|leak| leak.piece.as_str()).collect::<Vec<_>>(), ["堆溢出"]);
    let japanese = ["パーサーのヒープオーバーフローがあります"];
    assert!(!check("ヒープオーバーフロー", &japanese, &["X"]).is_empty());
    assert_eq!(check("ご担当の方に連絡したいのですが", &japanese, &["X"]), []);
}

#[test]
fn a_short_name_of_a_project_hides_nothing() {
    let report = ["XSS in C parser CVE-2024-1234 RCE CWE-79 overflow"];
    let names = ["C", "R", "X", "V", "a", "e"];
    for note in
        ["XSS", "RCE", "CVE-2024-9999", "CWE-89", "CWE-79", "X.S.S", "overflow", "p-a-r-s-e-r", "C-parser"]
    {
        assert!(!check(note, &report, &names).is_empty(), "{note}");
    }
    assert_eq!(check("The C team, the team of C, and C's security team.", &report, &names), []);
}
