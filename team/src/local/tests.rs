use sealpost_shared::wire::v1::FeedEntry;

use super::*;

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store { root: folder.path().to_owned() };
    (folder, store)
}

fn row(seq: u64, case: &str, bytes: &[u8]) -> FeedRow {
    let case: CaseId = case.parse().unwrap();
    FeedRow {
        seq,
        case,
        entry: FeedEntry {
            entry: case.into(),
            author: Author::Reporter,
            size: bytes.len() as u64,
            sha256: sha256(bytes),
            received: "2026-11-23T12:00:00Z".parse().unwrap(),
        },
    }
}

fn put(store: &Store, row: &FeedRow, sealed: &[u8]) -> Result<()> {
    store.put(&[Arrival { row: row.clone(), sealed: sealed.to_vec() }])
}

const A: &str = "7f3a91c2000000000000000000000000";
const B: &str = "7f3a91c3000000000000000000000000";

#[test]
fn other_bytes_than_the_feed_names_are_not_stored() {
    let (_folder, store) = store();
    let error = put(&store, &row(1, A, b"sealed"), b"seated").unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    assert!(store.cases().unwrap().is_empty());
}

#[test]
fn storing_twice_is_storing_once_and_a_missing_file_is_noticed() {
    let (_folder, store) = store();
    let row = row(1, A, b"sealed");
    put(&store, &row, b"sealed").unwrap();
    put(&store, &row, b"sealed").unwrap();
    assert_eq!(store.entries(row.case).unwrap().len(), 1);
    assert!(store.has(&row).unwrap());
    fs::remove_file(store.case(row.case).join(IndexedEntry::from(&row).file_name())).unwrap();
    assert!(!store.has(&row).unwrap());
}

#[test]
fn an_entry_under_another_number_is_the_same_and_with_other_bytes_the_first_stay() {
    let (_folder, store) = store();
    put(&store, &row(5, A, b"sealed"), b"sealed").unwrap();
    assert!(store.has(&row(1, A, b"sealed")).unwrap());
    assert!(store.has(&row(5, A, b"forged")).is_err());
    assert!(put(&store, &row(6, A, b"forged"), b"forged").is_err());
    // Another entry may have the number that this one had.
    let other = FeedRow {
        entry: FeedEntry { entry: B.parse().unwrap(), ..row(5, A, b"x").entry },
        ..row(5, A, b"x")
    };
    put(&store, &other, b"x").unwrap();
    assert_eq!(store.entries(other.case).unwrap().len(), 2);
}

#[test]
fn a_cursor_remembers_its_row() {
    let (_folder, store) = store();
    let row = row(3, A, b"sealed");
    store.set_cursor(&Cursor::from(&row)).unwrap();
    let cursor = store.cursor().unwrap();
    assert!(cursor.stands_on(&row) && !cursor.stands_on(&self::row(3, B, b"sealed")));
    assert!(!cursor.stands_on(&self::row(3, A, b"other")) && !cursor.stands_on(&self::row(4, A, b"sealed")));
    fs::write(store.root.join("cursor"), "3\n").unwrap();
    assert!(store.cursor().unwrap().stands_on(&row));
    for damaged in ["", "x", "3 x", "3 7f3a"] {
        fs::write(store.root.join("cursor"), damaged).unwrap();
        assert!(store.cursor().unwrap_err().to_string().contains("remove it"), "{damaged}");
    }
}

#[test]
fn a_case_is_found_by_its_beginning_if_that_is_enough() {
    let (_folder, store) = store();
    for (seq, case) in [(1, A), (2, B)] {
        put(&store, &row(seq, case, b"sealed"), b"sealed").unwrap();
    }
    assert_eq!(store.find("7f3a-91c2").unwrap().to_string(), A);
    assert_eq!(store.find("7F3A91C3").unwrap().to_string(), B);
    assert!(store.find("7f3a").unwrap_err().to_string().contains(" or "));
    for none in ["", "-", "ffff", "../x"] {
        assert!(store.find(none).is_err(), "{none}");
    }
}

#[test]
fn a_letter_of_our_own_waits_until_the_feed_brings_it_back() {
    let (_folder, store) = store();
    let row = row(3, A, b"reply");
    let sent = SentEntry { case: row.case, entry: row.entry.entry };
    store.put_sent(&sent, b"reply").unwrap();
    assert!(!store.is_delivered(&sent));
    store.put_receipt(&sent, "receipt").unwrap();
    assert!(store.is_delivered(&sent) && store.sent(row.case).unwrap().len() == 1);
    put(&store, &row, b"reply").unwrap();
    assert!(store.sent(row.case).unwrap().is_empty());
    assert_eq!(fs::read_dir(store.case(row.case)).unwrap().count(), 2);
}

#[test]
fn only_one_program_writes() {
    let (_folder, store) = store();
    let held = store.lock().unwrap();
    assert!(store.lock().is_err());
    drop(held);
    assert!(store.lock().is_ok());
}

#[test]
fn a_policy_is_found_by_its_hash_only() {
    let (_folder, store) = store();
    fs::create_dir(store.root.join("policies")).unwrap();
    let hash = sha256(b"text");
    fs::write(store.root.join(format!("policies/{hash}.toml")), "changed").unwrap();
    assert_eq!(store.policy(&hash), None);
    fs::write(store.root.join(format!("policies/{hash}.toml")), "text").unwrap();
    assert_eq!(store.policy(&hash).as_deref(), Some("text"));
    assert_eq!(store.policy("../../../etc/passwd"), None);
}
