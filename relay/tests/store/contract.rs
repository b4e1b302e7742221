//! The promises of `Store`, one small test each.

use std::sync::Arc;

use sealpost_relay::store::blobs::{ChunkStored, NewChunk, Sealed};
use sealpost_relay::store::{
    AdvisoryRecord, DeskAddress, MAX_TEAM_ADVISORIES, NewCase, NewEntry, NewSession, PutAdvisory, SecretHash,
    Session, Store, StoreError, Stored, StoredAdvisory,
};
use sealpost_shared::limits::{MAX_CASE_BLOBS, MAX_CASE_ENTRIES, MAX_PAGE_ROWS};
use sealpost_shared::wire::v1::{Author, ChunkInfo, Deleter, Deletion};
use sealpost_shared::{BlobId, CaseId, EntryId, Timestamp};

const HOUR: Timestamp = Timestamp::from_seconds(1_795_435_200);
pub(crate) const QUOTA: u64 = 100_000;

pub(crate) fn desk(name: &str) -> DeskAddress {
    DeskAddress { team: "demo".parse().unwrap(), desk: name.parse().unwrap() }
}

pub(crate) fn secret(n: u8) -> SecretHash {
    SecretHash::from_hex(format!("{n:02x}").repeat(32))
}

pub(crate) fn case_id(n: u8) -> CaseId {
    CaseId::from_bytes([n; 16])
}

pub(crate) fn entry(case: u8, id: u16, text: &str) -> NewEntry {
    let mut bytes = [0xE0; 16];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    let sum: u64 = text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    NewEntry {
        case: case_id(case),
        entry: if id == 0 { case_id(case).into() } else { EntryId::from_bytes(bytes) },
        author: Author::Reporter,
        letter: text.as_bytes().to_vec(),
        sha256: format!("{sum:064x}"),
        received: HOUR,
        receipt: format!("receipt of {case} {id} {text}"),
        notify: false,
    }
}

pub(crate) fn new_case(case: u8, text: &str) -> NewCase {
    NewCase { desk: desk("team"), capability: secret(case), first: entry(case, 0, text) }
}

fn session(nonce: &str, token: u8) -> NewSession {
    NewSession {
        nonce: nonce.repeat(16),
        nonce_expires: Timestamp::from_seconds(HOUR.seconds() + 300),
        token: secret(token),
        session: Session {
            desk: desk("team"),
            member: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
            expires: Timestamp::from_seconds(HOUR.seconds() + 600),
        },
    }
}

pub(crate) async fn the_same_case_again_is_the_same_receipt(store: Arc<dyn Store>) {
    let receipt = "receipt of 1 0 hello".to_owned();
    assert_eq!(
        store.open_case(new_case(1, "hello")).await.unwrap(),
        Stored::New { receipt: receipt.clone() }
    );
    let mut again = new_case(1, "hello");
    again.first.receipt = "another receipt".to_owned();
    assert_eq!(store.open_case(again).await.unwrap(), Stored::Again { receipt });
    assert_eq!(store.entries(case_id(1), 0).await.unwrap().len(), 1);
}

pub(crate) async fn a_taken_case_refuses_all_else(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    let other_bytes = new_case(1, "other");
    let other_secret = NewCase { capability: secret(9), ..new_case(1, "hello") };
    let other_desk = NewCase { desk: desk("coordinator"), ..new_case(1, "hello") };
    for taken in [other_bytes, other_secret, other_desk] {
        assert!(matches!(store.open_case(taken).await, Err(StoreError::Conflict)));
    }
    let letter = store.letter(case_id(1), case_id(1).into()).await.unwrap();
    assert_eq!(letter.as_deref(), Some(&b"hello"[..]));
    assert!(store.case(case_id(1)).await.unwrap().unwrap().capability.matches(&secret(1)));
}

pub(crate) async fn an_entry_is_taken_by_bytes_and_author(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    assert!(matches!(store.append(entry(1, 5, "more")).await.unwrap(), Stored::New { .. }));
    assert!(matches!(store.append(entry(1, 5, "more")).await.unwrap(), Stored::Again { .. }));
    let by_team = NewEntry { author: Author::Team, ..entry(1, 5, "more") };
    assert!(matches!(store.append(by_team).await, Err(StoreError::Conflict)));
    assert!(matches!(store.append(entry(1, 5, "other")).await, Err(StoreError::Conflict)));
    assert!(matches!(store.append(entry(1, 0, "other")).await, Err(StoreError::Conflict)));
    assert!(matches!(store.append(entry(2, 5, "more")).await, Err(StoreError::NotFound)));
}

pub(crate) async fn numbers_are_gapless_per_case_and_per_desk_under_concurrency(store: Arc<dyn Store>) {
    for case in 1..=4 {
        store.open_case(new_case(case, "first")).await.unwrap();
    }
    let mut writers = tokio::task::JoinSet::new();
    for n in 1..=64_u16 {
        let store = Arc::clone(&store);
        let case = u8::try_from(n % 4).unwrap() + 1;
        writers.spawn(async move {
            // Every third is refused in the middle of its transaction or before: it must leave no hole.
            let text = if n % 3 == 0 { "x".repeat(200_000) } else { format!("letter {n}") };
            store.append(entry(case, n, &text)).await.is_ok()
        });
    }
    let written = writers.join_all().await.into_iter().filter(|written| *written).count() as u64;
    assert_eq!(written, 43);
    let feed = store.feed(&desk("team"), 0).await.unwrap();
    assert_eq!(feed.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=4 + written).collect::<Vec<_>>());
    for case in 1..=4 {
        let entries = store.entries(case_id(case), 0).await.unwrap();
        let seqs: Vec<_> = entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    }
}

pub(crate) async fn pages_are_bounded_and_continue_where_they_ended(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "first")).await.unwrap();
    for n in 1..=u16::try_from(MAX_PAGE_ROWS).unwrap() {
        store.append(entry(1, n, "more")).await.unwrap();
    }
    let first = store.entries(case_id(1), 0).await.unwrap();
    assert_eq!(first.len(), MAX_PAGE_ROWS as usize);
    let rest = store.entries(case_id(1), first.last().unwrap().seq).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(store.feed(&desk("team"), 0).await.unwrap().len(), MAX_PAGE_ROWS as usize);
    assert!(store.feed(&desk("team"), u64::MAX).await.unwrap().is_empty());
    assert!(store.feed(&desk("other"), 0).await.unwrap().is_empty());
}

pub(crate) async fn letters_come_together_in_order_as_many_as_fit_and_at_least_one(store: Arc<dyn Store>) {
    for (case, text) in [(1, "aaaa"), (2, "bbbb"), (3, "cc")] {
        store.open_case(new_case(case, text)).await.unwrap();
    }
    let elsewhere = NewCase { desk: desk("coordinator"), ..new_case(4, "dddd") };
    store.open_case(elsewhere).await.unwrap();
    let got = async |after, rows, bytes| {
        let letters = store.letters(&desk("team"), after, rows, bytes).await.unwrap();
        letters.into_iter().map(|(seq, letter)| (seq, String::from_utf8(letter).unwrap())).collect::<Vec<_>>()
    };
    let all = [(1, "aaaa".to_owned()), (2, "bbbb".to_owned()), (3, "cc".to_owned())];
    assert_eq!(got(0, 500, 10).await, all);
    assert_eq!(got(0, 500, 9).await, all[..2]);
    assert_eq!(got(0, 2, 100).await, all[..2]);
    assert_eq!(got(1, 500, 3).await, all[1..2], "one at least");
    assert_eq!(got(3, 500, 10).await, []);
    store.delete_case(case_id(2), Deletion { by: Deleter::Team, at: HOUR }).await.unwrap();
    assert_eq!(got(0, 500, 6).await, [all[0].clone(), (2, String::new()), all[2].clone()]);
}

pub(crate) async fn what_was_deleted_at_a_desk_is_told_from_any_moment_on(store: Arc<dyn Store>) {
    for case in 1..=4 {
        store.open_case(new_case(case, "hello")).await.unwrap();
    }
    store.open_case(NewCase { desk: desk("coordinator"), ..new_case(5, "hello") }).await.unwrap();
    let later = Timestamp::from_seconds(HOUR.seconds() + 3600);
    for (case, by, at) in [
        (3, Deleter::Team, HOUR),
        (1, Deleter::Team, HOUR),
        (2, Deleter::Policy, later),
        (5, Deleter::Team, HOUR),
    ] {
        store.delete_case(case_id(case), Deletion { by, at }).await.unwrap();
    }
    let told = async |since, after| {
        let told = store.deletions(&desk("team"), since, after).await.unwrap();
        told.into_iter().map(|one| (one.case, one.deletion.by, one.deletion.at)).collect::<Vec<_>>()
    };
    let all = [
        (case_id(1), Deleter::Team, HOUR),
        (case_id(3), Deleter::Team, HOUR),
        (case_id(2), Deleter::Policy, later),
    ];
    assert_eq!(told(Timestamp::from_seconds(0), None).await, all);
    assert_eq!(told(HOUR, None).await, all);
    assert_eq!(told(HOUR, Some(case_id(1))).await, all[1..]);
    assert_eq!(told(later, None).await, all[2..]);
    assert_eq!(told(later, Some(case_id(2))).await, []);
}

pub(crate) async fn a_full_desk_takes_the_teams_entries_only(store: Arc<dyn Store>) {
    store.open_case(new_case(1, &"x".repeat(90_000))).await.unwrap();
    let big = "y".repeat(20_000);
    assert!(matches!(store.append(entry(1, 2, &big)).await, Err(StoreError::Full)));
    assert!(matches!(store.open_case(new_case(2, &big)).await, Err(StoreError::Full)));
    assert!(store.case(case_id(2)).await.unwrap().is_none(), "nothing of a refused case is kept");
    let by_team = NewEntry { author: Author::Team, ..entry(1, 2, &big) };
    assert!(matches!(store.append(by_team).await.unwrap(), Stored::New { .. }));
}

pub(crate) async fn a_full_case_takes_no_more(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "first")).await.unwrap();
    for n in 1..u16::try_from(MAX_CASE_ENTRIES).unwrap() {
        store.append(entry(1, n, "more")).await.unwrap();
    }
    let last = u16::try_from(MAX_CASE_ENTRIES).unwrap();
    assert!(matches!(store.append(entry(1, last, "more")).await, Err(StoreError::Full)));
    assert!(matches!(store.append(entry(1, 1, "more")).await.unwrap(), Stored::Again { .. }));
}

pub(crate) async fn nothing_more_exact_than_an_hour_is_stored(store: Arc<dyn Store>) {
    let mut exact = new_case(1, "hello");
    exact.first.received = Timestamp::from_seconds(HOUR.seconds() + 61);
    assert!(matches!(store.open_case(exact).await, Err(StoreError::Broken(_))));
    assert!(store.case(case_id(1)).await.unwrap().is_none());
}

pub(crate) async fn a_nonce_is_used_once_and_a_session_found_by_its_token(store: Arc<dyn Store>) {
    store.start_session(session("aa", 1), HOUR).await.unwrap();
    assert!(matches!(store.start_session(session("aa", 2), HOUR).await, Err(StoreError::Conflict)));
    assert!(store.session(&secret(2)).await.unwrap().is_none(), "a refused login leaves no session");
    assert_eq!(store.session(&secret(1)).await.unwrap(), Some(session("aa", 1).session));
}

pub(crate) async fn what_has_ended_is_forgotten_and_not_before(store: Arc<dyn Store>) {
    store.start_session(session("aa", 1), HOUR).await.unwrap();
    let after = |seconds| Timestamp::from_seconds(HOUR.seconds() + seconds);
    let taken = store.start_session(session("aa", 2), after(299)).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
    let later = |nonce, token| NewSession { nonce_expires: after(9000), ..session(nonce, token) };
    store.start_session(later("bb", 3), after(300)).await.unwrap();
    assert!(store.session(&secret(1)).await.unwrap().is_some());
    store.start_session(later("cc", 4), after(600)).await.unwrap();
    assert!(store.session(&secret(1)).await.unwrap().is_none());
}

pub(crate) async fn the_highest_version_of_a_policy_is_remembered(store: Arc<dyn Store>) {
    let versions =
        |pairs: &[(&str, u32)]| pairs.iter().map(|(team, n)| (team.parse().unwrap(), *n)).collect();
    assert!(store.policy_versions().await.unwrap().is_empty());
    store.note_policy_versions(&versions(&[("demo", 3), ("other", 1)])).await.unwrap();
    store.note_policy_versions(&versions(&[("demo", 2), ("other", 2)])).await.unwrap();
    assert_eq!(store.policy_versions().await.unwrap(), versions(&[("demo", 3), ("other", 2)]));
}

fn chunk(case: u8, blob: u8, n: u32, size: u64) -> NewChunk {
    NewChunk {
        case: case_id(case),
        blob: BlobId::from_bytes([blob; 16]),
        author: Author::Reporter,
        chunk: ChunkInfo { n, size, sha256: format!("{:064x}", u64::from(n) + 1000 * size) },
        object: format!("{case}/{blob}/{n}-{size}"),
        max_blob_bytes: 80_000,
        received: HOUR,
    }
}

fn sealed(n: u8) -> Sealed {
    Sealed { sha256: format!("{n:02x}").repeat(32), receipt: format!("receipt {n}") }
}

pub(crate) async fn a_blob_begins_with_its_first_chunk_and_ends_with_its_seal(store: Arc<dyn Store>) {
    assert!(matches!(store.add_chunk(chunk(1, 7, 0, 10)).await, Err(StoreError::NotFound)));
    store.open_case(new_case(1, "hello")).await.unwrap();
    assert!(matches!(store.add_chunk(chunk(1, 7, 1, 10)).await, Err(StoreError::Incomplete)));
    let blob = BlobId::from_bytes([7; 16]);
    assert!(store.blob(case_id(1), blob).await.unwrap().is_none());
    for n in [0, 2, 1] {
        assert_eq!(store.add_chunk(chunk(1, 7, n, 10)).await.unwrap(), ChunkStored::New);
        assert_eq!(store.add_chunk(chunk(1, 7, n, 10)).await.unwrap(), ChunkStored::Again);
    }
    assert!(matches!(store.add_chunk(chunk(1, 7, 1, 11)).await, Err(StoreError::Conflict)));
    let by_team = NewChunk { author: Author::Team, ..chunk(1, 7, 3, 10) };
    assert!(matches!(store.add_chunk(by_team).await, Err(StoreError::Conflict)));
    let early = store.seal_blob(case_id(1), blob, 4, sealed(1)).await;
    assert!(matches!(early, Err(StoreError::Incomplete)));
    let receipt = "receipt 1".to_owned();
    let seal = |n| store.seal_blob(case_id(1), blob, 3, sealed(n));
    assert_eq!(seal(1).await.unwrap(), Stored::New { receipt: receipt.clone() });
    assert_eq!(seal(1).await.unwrap(), Stored::Again { receipt });
    assert!(matches!(seal(2).await, Err(StoreError::Conflict)));
    assert!(matches!(store.add_chunk(chunk(1, 7, 3, 10)).await, Err(StoreError::Conflict)));
    let record = store.blob(case_id(1), blob).await.unwrap().unwrap();
    assert_eq!(record.chunks.iter().map(|chunk| chunk.info.n).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(record.sealed.is_some() && store.names_object("1/7/2-10").await.unwrap());
}

pub(crate) async fn a_blob_counts_against_its_own_limit_and_the_desks(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    store.add_chunk(chunk(1, 7, 0, 70_000)).await.unwrap();
    let share = store.files_share(&desk("team")).await.unwrap();
    assert!(share.held > 70_000 && share.held < share.most && share.halvings() > 0, "{share:?}");
    assert!(matches!(store.add_chunk(chunk(1, 7, 1, 10_001)).await, Err(StoreError::TooLarge)));
    assert!(matches!(store.add_chunk(chunk(1, 8, 0, 40_000)).await, Err(StoreError::Full)));
    assert!(matches!(store.append(entry(1, 2, &"y".repeat(40_000))).await, Err(StoreError::Full)));
    let by_team = NewChunk { author: Author::Team, ..chunk(1, 8, 0, 40_000) };
    assert_eq!(store.add_chunk(by_team).await.unwrap(), ChunkStored::New, "a team can always answer");
    let kept = store.blobs(case_id(1)).await.unwrap();
    assert_eq!(
        kept.iter().map(|blob| (blob.size, blob.chunks)).collect::<Vec<_>>(),
        [(70_000, 1), (40_000, 1)]
    );
}

pub(crate) async fn a_case_has_a_bounded_number_of_blobs(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    for n in 0..u8::try_from(MAX_CASE_BLOBS).unwrap() {
        store.add_chunk(chunk(1, n, 0, 10)).await.unwrap();
    }
    assert!(matches!(store.add_chunk(chunk(1, 200, 0, 10)).await, Err(StoreError::Full)));
}

pub(crate) async fn what_was_not_sealed_is_forgotten_with_its_bytes(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    let hours = |hours: i64| Timestamp::from_seconds(HOUR.seconds() + hours * 3600);
    store.add_chunk(chunk(1, 7, 0, 10)).await.unwrap();
    store.seal_blob(case_id(1), BlobId::from_bytes([7; 16]), 1, sealed(1)).await.unwrap();
    store.add_chunk(chunk(1, 8, 0, 60_000)).await.unwrap();
    store.add_chunk(NewChunk { received: hours(3), ..chunk(1, 8, 1, 10) }).await.unwrap();
    assert_eq!(store.forget_unsealed(hours(3)).await.unwrap(), Vec::<String>::new(), "it was touched since");
    let mut objects = store.forget_unsealed(hours(4)).await.unwrap();
    objects.sort();
    assert_eq!(objects, ["1/8/0-60000", "1/8/1-10"]);
    assert_eq!(store.blobs(case_id(1)).await.unwrap().len(), 1);
    assert!(!store.names_object("1/8/0-60000").await.unwrap());
    store.add_chunk(chunk(1, 9, 0, 70_000)).await.unwrap();
}

pub(crate) async fn a_store_that_is_closed_says_so_instead_of_promising(store: Arc<dyn Store>) {
    store.check_writable().await.unwrap();
    store.close().await;
    assert!(store.check_writable().await.is_err());
    assert!(store.open_case(new_case(1, "hello")).await.is_err());
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(HOUR.seconds() + seconds)
}

fn advisory(n: u32, modified: i64, text: &str) -> StoredAdvisory {
    let record = AdvisoryRecord {
        id: format!("DEMO-{n}").parse().unwrap(),
        title: format!("title {n}"),
        summary: text.to_owned(),
        severity: n.is_multiple_of(2).then_some(sealpost_shared::letter::Severity::High),
        aliases: vec!["CVE-2026-1234".to_owned(), "GHSA-jfh8-c2jp-5v3q".to_owned()],
        published: HOUR,
        modified: moment(modified),
        withdrawn: None,
        signer: "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap(),
        sha256: format!("{:064x}", u64::from(n) * 1_000_000 + text.len() as u64),
    };
    StoredAdvisory { record, signed: format!("signed {text}"), document: text.to_owned() }
}

pub(crate) async fn an_advisory_comes_back_as_it_was_and_only_a_later_version_replaces_it(
    store: Arc<dyn Store>,
) {
    let team = "demo".parse().unwrap();
    assert_eq!(store.put_advisory(&team, advisory(2, 0, "a")).await.unwrap(), PutAdvisory::New);
    assert_eq!(store.put_advisory(&team, advisory(2, 0, "a")).await.unwrap(), PutAdvisory::Again);
    let same_moment = store.put_advisory(&team, advisory(2, 0, "bb")).await;
    assert!(matches!(same_moment, Err(StoreError::Conflict)));
    let mut other_day = advisory(2, 9, "bb");
    other_day.record.published = moment(-3600);
    assert!(matches!(store.put_advisory(&team, other_day).await, Err(StoreError::Conflict)));
    let id = advisory(2, 0, "").record.id;
    assert_eq!(store.advisory(&team, &id, HOUR).await.unwrap(), Some(advisory(2, 0, "a")));
    assert_eq!(store.put_advisory(&team, advisory(2, 9, "bb")).await.unwrap(), PutAdvisory::Corrected);
    assert_eq!(store.advisory(&team, &id, moment(9)).await.unwrap(), Some(advisory(2, 9, "bb")));
    let other_team = "other".parse().unwrap();
    assert_eq!(store.advisory(&other_team, &id, moment(9)).await.unwrap(), None);
    assert_eq!(store.put_advisory(&other_team, advisory(2, 0, "a")).await.unwrap(), PutAdvisory::New);
}

pub(crate) async fn lists_of_advisories_are_bounded_ordered_and_never_early(store: Arc<dyn Store>) {
    let team = "demo".parse().unwrap();
    for (n, modified) in [(1, 10), (2, 30), (3, 20)] {
        store.put_advisory(&team, advisory(n, modified, "x")).await.unwrap();
    }
    let ids = async |now, most| {
        let found = store.advisories(&team, now, most).await.unwrap();
        found.into_iter().map(|record| record.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(HOUR, 500).await, ["DEMO-2", "DEMO-3", "DEMO-1"]);
    assert_eq!(ids(HOUR, 2).await, ["DEMO-2", "DEMO-3"]);
    assert_eq!(ids(moment(-1), 500).await, [""; 0]);
    let id = advisory(1, 0, "").record.id;
    assert_eq!(store.advisory(&team, &id, moment(-1)).await.unwrap(), None);
}

pub(crate) async fn a_team_has_a_bounded_number_of_advisories(store: Arc<dyn Store>) {
    let team = "demo".parse().unwrap();
    for n in 0..MAX_TEAM_ADVISORIES {
        store.put_advisory(&team, advisory(n + 10, 0, "x")).await.unwrap();
    }
    assert!(matches!(store.put_advisory(&team, advisory(9, 0, "x")).await, Err(StoreError::Full)));
    assert_eq!(store.put_advisory(&team, advisory(10, 5, "xx")).await.unwrap(), PutAdvisory::Corrected);
}

fn deletion(by: Deleter, hours: i64) -> Deletion {
    Deletion { by, at: Timestamp::from_seconds(HOUR.seconds() + 3600 * hours) }
}

pub(crate) async fn a_deleted_case_keeps_its_id_and_its_rows_and_nothing_else(store: Arc<dyn Store>) {
    store.open_case(new_case(1, "hello")).await.unwrap();
    store.append(entry(1, 5, "more")).await.unwrap();
    store.add_chunk(chunk(1, 7, 0, 40)).await.unwrap();
    let deleted = store.delete_case(case_id(1), deletion(Deleter::Team, 1)).await.unwrap();
    assert_eq!((deleted.deletion, deleted.objects.len()), (deletion(Deleter::Team, 1), 1));
    let again = store.delete_case(case_id(1), deletion(Deleter::Policy, 2)).await.unwrap();
    assert_eq!((again.deletion, again.objects.len()), (deletion(Deleter::Team, 1), 0));
    let record = store.case(case_id(1)).await.unwrap().unwrap();
    assert!(record.capability.matches(&secret(1)) && record.deleted == Some(deletion(Deleter::Team, 1)));
    assert!(matches!(store.open_case(new_case(1, "hello")).await, Err(StoreError::Conflict)));
    assert!(matches!(store.append(entry(1, 6, "more")).await, Err(StoreError::NotFound)));
    assert!(matches!(store.add_chunk(chunk(1, 7, 0, 40)).await, Err(StoreError::NotFound)));
    assert!(store.blobs(case_id(1)).await.unwrap().is_empty());
    assert_eq!(store.letter(case_id(1), case_id(1).into()).await.unwrap().unwrap_or_default(), b"");
    store.open_case(new_case(2, "next")).await.unwrap();
    store.purge().await.unwrap();
    let feed = store.feed(&desk("team"), 0).await.unwrap();
    assert_eq!(
        feed.iter().map(|row| (row.seq, row.entry.is_deleted())).collect::<Vec<_>>(),
        [(1, true), (2, true), (3, false)]
    );
    let unknown = store.delete_case(case_id(9), deletion(Deleter::Team, 1)).await;
    assert!(matches!(unknown, Err(StoreError::NotFound)));
}

pub(crate) async fn cases_rest_from_their_last_entry_on(store: Arc<dyn Store>) {
    let team = "demo".parse().unwrap();
    let at = |hours: i64| Timestamp::from_seconds(HOUR.seconds() + 3600 * hours);
    for case in [1, 2, 3] {
        store.open_case(new_case(case, "hello")).await.unwrap();
    }
    let mut late = entry(2, 5, "more");
    late.received = at(7);
    store.append(late).await.unwrap();
    store.delete_case(case_id(3), deletion(Deleter::Team, 0)).await.unwrap();
    let resting = async |hours| {
        let found = store.resting_cases(&team, at(hours)).await.unwrap();
        found.into_iter().map(|each| (each.case, each.last_received)).collect::<Vec<_>>()
    };
    assert_eq!(resting(-1).await, []);
    assert_eq!(resting(6).await, [(case_id(1), at(0))]);
    assert_eq!(resting(7).await, [(case_id(1), at(0)), (case_id(2), at(7))]);
    assert!(store.resting_cases(&"other".parse().unwrap(), at(9)).await.unwrap().is_empty());
}
