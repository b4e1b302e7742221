//! A PostgreSQL server: several relays at once, and a server that goes away.

use std::sync::Arc;

use sealpost_relay::store::{DatabaseAddress, NewCase, SqlStore, Store, StoreError, Stored};
use sqlx::Connection as _;
use tokio::task::JoinSet;

use crate::contract::{QUOTA, case_id, desk, entry, new_case, secret};
use crate::server::Postgres;

/// Writers at the same time, as the policy of the project has it.
const WRITERS: u16 = 64;

async fn open_at(schema: &str) -> Arc<dyn Store> {
    let address = DatabaseAddress::Server(schema.parse().unwrap());
    Arc::new(SqlStore::open(&address, QUOTA).await.unwrap())
}

async fn open() -> (String, Arc<dyn Store>) {
    let schema = Postgres::shared().schema();
    let store = open_at(&schema).await;
    (schema, store)
}

contract!(open);

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_give_one_row_of_numbers_and_none_ever_appears_below_one_that_was_seen() {
    let (schema, first) = open().await;
    let second = open_at(&schema).await;
    for case in 1..=4 {
        first.open_case(new_case(case, "first")).await.unwrap();
    }
    let mut writers = JoinSet::new();
    for n in 1..=WRITERS {
        let store = Arc::clone(if n % 2 == 0 { &first } else { &second });
        let case = u8::try_from(n % 4).unwrap() + 1;
        writers.spawn(async move { store.append(entry(case, n, "more")).await.is_ok() });
    }
    let mut seen = 0;
    while let Some(written) = writers.join_next().await {
        assert!(written.unwrap());
        let feed = second.feed(&desk("team"), 0).await.unwrap();
        let seqs: Vec<u64> = feed.iter().map(|row| row.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "no gap at any moment");
        assert!(seqs.len() >= seen);
        seen = seqs.len();
    }
    assert_eq!(seen, usize::from(WRITERS) + 4);
    first.close().await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_many_relays_open_at_once_is_opened_once() {
    let (schema, first) = open().await;
    let second = open_at(&schema).await;
    let mut openers = JoinSet::new();
    for n in 0..16_u8 {
        let store = Arc::clone(if n % 2 == 0 { &first } else { &second });
        // Every fourth comes with another secret.
        let case = NewCase { capability: secret(1 + u8::from(n % 4 == 3)), ..new_case(1, "hello") };
        openers.spawn(async move { store.open_case(case).await });
    }
    let done = openers.join_all().await;
    let new = done.iter().filter(|done| matches!(done, Ok(Stored::New { .. }))).count();
    let again = done.iter().filter(|done| matches!(done, Ok(Stored::Again { .. }))).count();
    let refused = done.iter().filter(|done| matches!(done, Err(StoreError::Conflict))).count();
    assert_eq!(new, 1, "{done:?}");
    assert!((again, refused) == (11, 4) || (again, refused) == (3, 12), "{done:?}");
    assert_eq!(first.feed(&desk("team"), 0).await.unwrap().len(), 1);
    first.close().await;
    second.close().await;
}

/// A trigger undoes the first three transactions that write a letter, as the server does when others are in the way. What a sequence has
/// counted is never undone.
const UNDONE: &str = "CREATE SEQUENCE tries;
    CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('tries') <= 3 THEN RAISE EXCEPTION 'undone' USING ERRCODE = '40001'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER undo BEFORE INSERT ON entries FOR EACH ROW EXECUTE FUNCTION undo()";

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_undone_for_another_is_done_again() {
    let (schema, store) = open().await;
    store.open_case(new_case(1, "hello")).await.unwrap();
    let mut foreign = sqlx::PgConnection::connect(&schema).await.unwrap();
    sqlx::raw_sql(UNDONE).execute(&mut foreign).await.unwrap();
    assert!(matches!(store.append(entry(1, 5, "more")).await.unwrap(), Stored::New { .. }));
    let tries: i64 =
        sqlx::query_scalar("SELECT last_value FROM tries").fetch_one(&mut foreign).await.unwrap();
    assert_eq!(tries, 4);
    let feed = store.feed(&desk("team"), 0).await.unwrap();
    assert_eq!(feed.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_a_later_version_stop_the_start() {
    let (schema, store) = open().await;
    store.close().await;
    let mut later = sqlx::PgConnection::connect(&schema).await.unwrap();
    let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'from the future', true, '', 0)";
    sqlx::raw_sql(note).execute(&mut later).await.unwrap();
    let address = DatabaseAddress::Server(schema.parse().unwrap());
    let refused = SqlStore::open(&address, QUOTA).await.unwrap_err().to_string();
    assert!(refused.contains("of a later version"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_gone_and_is_back_is_used_again_and_has_lost_nothing() {
    let mut server = Postgres::start();
    let store = open_at(&server.schema()).await;
    store.open_case(new_case(1, "hello")).await.unwrap();
    server.stop();
    for _ in 0..2 {
        let refused = store.open_case(new_case(2, "while it was away")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    }
    server.go_on();
    assert_eq!(store.letter(case_id(1), case_id(1).into()).await.unwrap().as_deref(), Some(&b"hello"[..]));
    assert!(store.case(case_id(2)).await.unwrap().is_none());
    store.open_case(new_case(2, "again")).await.unwrap();
    assert_eq!(store.feed(&desk("team"), 0).await.unwrap().len(), 2);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_write_through_is_refused() {
    let mut server = Postgres::start();
    let schema = server.schema();
    server.psql("ALTER SYSTEM SET fsync = off").unwrap();
    server.stop();
    server.go_on();
    let refused = SqlStore::open(&DatabaseAddress::Server(schema.parse().unwrap()), QUOTA).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("set fsync = on"), "{refused}");
}
