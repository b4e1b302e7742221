//! Sealing all cases as one file under their own words, and opening such a file.

use sealpost_keys::backup::{open_backup, seal_backup};

use crate::failure::{Fails, failure};

pub(crate) fn seal(text: &str, phrases: &[String]) -> Fails<String> {
    let phrases: Vec<&str> = phrases.iter().map(String::as_str).collect();
    seal_backup(text, &phrases).map_err(|error| failure("backup", error))
}

pub(crate) fn open(sealed: &str, words: &str) -> Fails<String> {
    open_backup(sealed, words).map(|text| text.to_string()).map_err(|error| failure("backup", error))
}
