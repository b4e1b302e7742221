//! A SQLite file.

use std::sync::Arc;

use sealpost_relay::store::{DatabaseAddress, SqlStore, Store, StoreError};
use tempfile::TempDir;

use crate::contract::{QUOTA, new_case};

async fn open() -> (TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let file = DatabaseAddress::File(folder.path().join("relay.sqlite"));
    let store = SqlStore::open(&file, QUOTA).await.unwrap();
    (folder, Arc::new(store))
}

contract!(open);

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_by_another_program_makes_it_unavailable_and_loses_nothing() {
    use sqlx::Connection as _;
    let (folder, store) = open().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("relay.sqlite"));
    let mut foreign = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut foreign).await.unwrap();
    let refused = store.open_case(new_case(1, "hello")).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    sqlx::query("ROLLBACK").execute(&mut foreign).await.unwrap();
    store.open_case(new_case(1, "hello")).await.unwrap();
}
