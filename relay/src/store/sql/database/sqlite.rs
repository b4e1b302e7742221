//! One SQLite file: one writer, several readers, and every commit on disk before it counts.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};

use super::Database;
use crate::store::StoreError;
use crate::store::sql::version;

/// Readers beside the one writer. SQLite reads are CPU-bound here; more would only queue elsewhere.
const READERS: u32 = 4;

/// How long a connection waits for a lock that another process holds (a backup, a shell).
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for its turn to write before it is told to come again.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLite's primary result codes that pass by themselves or when an operator helps: busy, locked, read-only, IO error, full,
/// cannot open (sqlite.org/rescode.html).
const PASSING_CODES: [u32; 6] = [5, 6, 8, 10, 13, 14];

/// Opens or makes the file and brings its tables up to date.
pub(super) async fn open(file: &Path) -> Result<Database, StoreError> {
    let options = connect_options(file);
    let writer = pool_options().max_connections(1).connect_with(options.clone()).await?;
    sqlx::migrate!("migrations/sqlite").run(&writer).await.map_err(version::refused)?;
    let readers = pool_options().max_connections(READERS);
    let readers = readers.connect_with(options.read_only(true).create_if_missing(false)).await?;
    Ok(Database::Sqlite { writer, readers })
}

/// Opens a file that is there, and changes nothing in it.
pub(super) async fn open_to_read(file: &Path) -> Result<Database, StoreError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(BUSY_TIMEOUT);
    let pool = pool_options().max_connections(1).connect_with(options).await?;
    let database = Database::Sqlite { writer: pool.clone(), readers: pool };
    version::check(&database, &sqlx::migrate!("migrations/sqlite")).await?;
    Ok(database)
}

/// A connection to a file does not grow stale, so none is replaced for its age.
fn pool_options() -> SqlitePoolOptions {
    let options = SqlitePoolOptions::new().acquire_timeout(TURN_TIMEOUT).test_before_acquire(false);
    // A full or failing disk ends a transaction behind sqlx's back (sqlite.org/lang_transaction.html), which then takes it for open for ever: such
    // a connection is replaced. What was begun before is asked of it only after `ping`.
    let options = options.before_acquire(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    });
    options.idle_timeout(None).max_lifetime(None)
}

fn connect_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode only FULL makes a commit survive the loss of power (sqlite.org/pragma.html#pragma_synchronous).
        .synchronous(SqliteSynchronous::Full)
        // What is deleted is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

/// Rows are overwritten as they go (`secure_delete`); this empties the log that still has them (sqlite.org/pragma.html).
pub(super) async fn purge(writer: &SqlitePool) -> Result<(), StoreError> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_optional(writer).await?;
    Ok(())
}

/// Whether an error with this code may be gone the next time.
pub(super) fn passes(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|extended| PASSING_CODES.contains(&(extended & 0xFF)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_commit_is_on_disk_before_it_counts() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(&folder.path().join("relay.sqlite")).await.unwrap();
        let Database::Sqlite { writer, readers } = &database else { panic!("a file is SQLite's") };
        let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(writer).await.unwrap();
        let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(writer).await.unwrap();
        let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(writer).await.unwrap();
        assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
        let written = sqlx::query("DELETE FROM cases").execute(readers).await;
        assert!(written.is_err(), "readers cannot write");
    }
}
