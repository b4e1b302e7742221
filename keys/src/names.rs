//! Names of files, made harmless: by whoever sends them, and again by whoever reads them.

use std::collections::HashSet;

/// The longest name, in bytes: file systems take 255, and a downloader may add to it.
const MAX_NAME_BYTES: usize = 120;

/// Names that mean devices to Windows, with any ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Keeps the last path component, without what terminals, headers and file systems stumble over. Never empty, never hidden, never an
/// option to a program.
#[must_use]
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if is_hostile(c) { '_' } else { c };
    let edge = |c: char| c == '.' || c.is_whitespace();
    let mut kept = String::new();
    for c in last.trim_start_matches(edge).chars().map(harmless) {
        if kept.len() + c.len_utf8() > MAX_NAME_BYTES - 1 {
            break;
        }
        kept.push(c);
    }
    let kept = kept.trim_end_matches(edge);
    match kept {
        "" => "unnamed".to_owned(),
        // To `rm *` a name that begins with a hyphen is an option.
        option if option.starts_with('-') => format!("_{option}"),
        device if is_device(device) => format!("_{device}"),
        kept => kept.to_owned(),
    }
}

/// Makes names of one folder harmless and different, also where upper and lower case are the same: the second `a.txt` becomes
/// `a (2).txt`.
#[must_use]
pub fn distinct_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    names.into_iter().map(|name| take_name(&mut taken, name)).collect()
}

/// Makes one name harmless and different from those that were taken before.
pub(crate) fn take_name(taken: &mut HashSet<String>, name: &str) -> String {
    let name = safe_name(name);
    let mut candidate = name.clone();
    let mut n = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
            Some((stem, ending)) => format!("{stem} ({n}).{ending}"),
            None => format!("{name} ({n})"),
        };
        n += 1;
    }
    candidate
}

/// `NUL`, `nul.txt` and `COM1` are devices on Windows; `console` is not.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = stem.len() - bare.len();
    let numbered = matches!(bare, "com" | "lpt");
    DEVICES.contains(&bare) && digits == usize::from(numbered)
}

/// Control characters, the marks that turn the writing direction (they can make `exe.png` of `gnp.exe`), and what Windows
/// refuses in a name.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '"' | '*' | ':' | '<' | '>' | '?' | '|')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_cannot_leave_its_folder_or_its_header() {
        for (given, kept) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\crash.log", "crash.log"),
            (".bashrc", "bashrc"),
            (". .profile", "profile"),
            ("a\r\nX-Evil: 1", "a__X-Evil_ 1"),
            ("a\u{202e}gnp.exe", "a_gnp.exe"),
            ("..", "unnamed"),
            ("", "unnamed"),
            ("notes. ", "notes"),
            ("Füße.png", "Füße.png"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("console.log", "console.log"),
            ("com.txt", "com.txt"),
            ("-rf", "_-rf"),
            (".--help", "_--help"),
            ("a-b.txt", "a-b.txt"),
        ] {
            assert_eq!(safe_name(given), kept, "{given:?}");
        }
        assert!(safe_name(&"ü".repeat(200)).len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn two_files_never_share_a_name() {
        let names = distinct_names(["a.txt", "b/a.txt", "A.TXT", "a (2).txt", "Makefile", "Makefile"]);
        assert_eq!(names, ["a.txt", "a (2).txt", "A (3).TXT", "a (2) (2).txt", "Makefile", "Makefile (2)"]);
    }

    proptest! {
        #[test]
        fn no_name_is_ever_hostile(name in any::<String>()) {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= MAX_NAME_BYTES);
            prop_assert!(!safe.contains(['/', '\\', '\r', '\n', '"', '\0']) && !safe.starts_with(['.', '-']));
            prop_assert_eq!(safe_name(&safe), safe);
        }

        #[test]
        fn names_of_one_folder_differ(names in proptest::collection::vec("[aA.]{0,3}", 0..12)) {
            let distinct = distinct_names(names.iter().map(String::as_str));
            let folded: HashSet<String> = distinct.iter().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(folded.len(), names.len());
        }
    }
}
