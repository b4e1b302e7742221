//! Whether everything pulled is whole on this disk, and everything written is sent.

use anyhow::Result;

use super::Finding;
use crate::local::Store;
use crate::ui::{self, causes};

/// Looks at a desk's store; every letter is read and hashed.
pub(super) fn look(store: &Store) -> Vec<Finding> {
    let what = "store";
    let found = [damaged(store), unsent(store), missing(store)];
    let mut found: Vec<Finding> = found
        .into_iter()
        .filter_map(|each| {
            each.unwrap_or_else(|why| Some(Finding::wrong(what, causes(&why), "sealpost pull")))
        })
        .collect();
    if found.is_empty() {
        let cases = store.cases().map_or(0, |cases| cases.len());
        found.push(Finding::good(what, format!("{}, nothing waits", ui::count(cases, "case", "cases"))));
    }
    found
}

fn damaged(store: &Store) -> Result<Option<Finding>> {
    let damaged = store.damaged()?;
    let Some(first) = damaged.first() else { return Ok(None) };
    let (letters, folder) = (ui::count(damaged.len(), "letter is", "letters are"), store.path().display());
    Ok(Some(Finding::wrong(
        "store",
        format!("{letters} damaged on this disk, as {}", first.display()),
        format!(
            "remove what is damaged, and {folder}/cursor; then sealpost pull fetches it again. See to the disk"
        ),
    )))
}

fn unsent(store: &Store) -> Result<Option<Finding>> {
    let mut unsent = 0;
    for case in store.cases()? {
        unsent += store.sent(case)?.iter().filter(|sent| !store.is_delivered(sent)).count();
    }
    let says = format!("{} not sent", ui::count(unsent, "letter of yours was", "letters of yours were"));
    Ok((unsent > 0).then(|| Finding::wrong("store", says, "sealpost pull")))
}

fn missing(store: &Store) -> Result<Option<Finding>> {
    let missing = store.missing()?.len();
    let says = format!("{} could not be fetched", ui::count(missing, "entry", "entries"));
    let todo = "sealpost pull tries again; if it stays away, ask who runs the relay";
    Ok((missing > 0).then(|| Finding::wrong("store", says, todo)))
}
