//! The database behind a store: a SQLite file or a PostgreSQL server. All that differs between the two is decided here and in the two
//! modules below; what is asked of them is not.

mod postgres;
mod sqlite;

use std::fmt;
use std::path::PathBuf;

use sqlx::postgres::{PgDatabaseError, PgPool};
use sqlx::sqlite::SqlitePool;
use sqlx::{Postgres, Sqlite, Transaction};

use super::statement::{On, Row, Statement, made, sql};
use crate::store::{DeskAddress, StoreError};

pub use postgres::PostgresAddress;

/// How often a transaction is begun anew because another one was in its way. Each time, that other one has got on.
const TRIES: usize = 16;

/// Which database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// This SQLite file.
    File(PathBuf),
    /// A database on a PostgreSQL server.
    Server(PostgresAddress),
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

/// Connections for one writing transaction at a time (a file) or several (a server), and for reading.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { writers: PgPool, readers: PgPool },
}

/// A transaction. Dropped before it is committed, nothing of it holds.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What a transaction wants to be alone with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Alone<'a> {
    /// A desk: its numbers, its cases, and all that belongs to them.
    Desk(&'a DeskAddress),
    /// Every advisory.
    Advisories,
    /// The keys of relays.
    RelayKeys,
}

impl Database {
    /// Opens it and brings its tables up to date.
    pub(crate) async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        match address {
            DatabaseAddress::File(file) => sqlite::open(file).await,
            DatabaseAddress::Server(address) => postgres::open(address).await,
        }
    }

    /// Opens one that is there, for reading only, if its tables are of this program's version.
    pub(crate) async fn open_to_read(address: &DatabaseAddress) -> Result<Self, StoreError> {
        match address {
            DatabaseAddress::File(file) => sqlite::open_to_read(file).await,
            DatabaseAddress::Server(address) => postgres::open_to_read(address).await,
        }
    }

    /// Whether other relays may write to it, too.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres { .. })
    }

    /// Begins to write. A file has one writer; on a server, [`Tx::alone`] makes others wait.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            // Takes the write lock at once: a transaction that begins by reading could be refused it later.
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            // Each statement sees what was committed before it: what is read after `alone` holds until the commit.
            Self::Postgres { writers, .. } => {
                Tx::Postgres(writers.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?)
            }
        })
    }

    /// Begins to read several things as of one moment.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres { readers, .. } => {
                Tx::Postgres(readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    /// Every row.
    pub(crate) async fn all<R: Row>(&self, statement: Statement) -> Result<Vec<R>, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => On::Sqlite(&mut *readers.acquire().await?).all(statement).await?,
            Self::Postgres { readers, .. } => {
                On::Postgres(&mut *readers.acquire().await?).all(statement).await?
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<R: Row>(&self, statement: Statement) -> Result<Option<R>, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => {
                On::Sqlite(&mut *readers.acquire().await?).optional(statement).await?
            }
            Self::Postgres { readers, .. } => {
                On::Postgres(&mut *readers.acquire().await?).optional(statement).await?
            }
        })
    }

    /// Takes care that nothing deleted is left in journals or dead rows.
    pub(crate) async fn purge(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { writer, .. } => sqlite::purge(writer).await,
            Self::Postgres { writers, .. } => postgres::purge(writers).await,
        }
    }

    /// Lets go of it after all that was begun has ended.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { writers, readers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }
}

impl Tx {
    /// What statements of this transaction are run on.
    pub(crate) fn on(&mut self) -> On<'_> {
        match self {
            Self::Sqlite(tx) => On::Sqlite(&mut *tx),
            Self::Postgres(tx) => On::Postgres(&mut *tx),
        }
    }

    /// Waits until no other transaction is alone with the same; then this one is, until it ends. What was read before may not hold any more.
    pub(crate) async fn alone(&mut self, with: Alone<'_>) -> Result<(), StoreError> {
        if matches!(self, Self::Sqlite(_)) {
            return Ok(()); // a file has one writer
        }
        match with {
            Alone::Desk(desk) => {
                let there = sql(
                    "INSERT INTO desks (team, desk, last_seq, stored_bytes) VALUES ($1, $2, 0, 0) ON CONFLICT DO NOTHING",
                );
                self.on().run(there.bind(desk.team.as_str()).bind(desk.desk.as_str())).await?;
                let locked = sql("SELECT last_seq FROM desks WHERE team = $1 AND desk = $2 FOR UPDATE");
                self.on().run(locked.bind(desk.team.as_str()).bind(desk.desk.as_str())).await?;
            }
            // Readers do not wait for these, only others who write there.
            Alone::Advisories => {
                self.on().run(sql("LOCK TABLE advisories IN SHARE ROW EXCLUSIVE MODE")).await?;
            }
            Alone::RelayKeys => {
                self.on().run(sql("LOCK TABLE relay_keys IN SHARE ROW EXCLUSIVE MODE")).await?;
            }
        }
        Ok(())
    }

    /// Keeps everybody else from writing to these tables, for as long as it takes.
    pub(crate) async fn hold(
        &mut self,
        tables: impl Iterator<Item = &'static str>,
    ) -> Result<(), StoreError> {
        if matches!(self, Self::Sqlite(_)) {
            return Ok(()); // a file has one writer
        }
        self.on().run(sql("SET LOCAL idle_in_transaction_session_timeout = 0")).await?;
        self.on().run(sql("SET LOCAL statement_timeout = 0")).await?;
        let tables: Vec<&str> = tables.collect();
        let lock = format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "));
        self.on().run(made(lock)).await?;
        Ok(())
    }

    /// Makes it hold. When this returns, it is on disk.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Does the work of a transaction, and does it anew when the database has undone it because of others.
pub(crate) async fn retrying<T, F>(work: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    for _ in 1..TRIES {
        match work().await {
            Err(StoreError::Unavailable(error)) if was_in_the_way(&error) => {}
            done => return done,
        }
    }
    work().await
}

/// PostgreSQL's serialization_failure and deadlock_detected: the transaction was undone and may be begun anew.
fn was_in_the_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "40001" || code == "40P01")
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Conflict,
            sqlx::Error::Database(inner) if passes(inner.as_ref()) => Self::Unavailable(error),
            _ => Self::Broken(error.to_string()),
        }
    }
}

fn passes(error: &dyn sqlx::error::DatabaseError) -> bool {
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => postgres::passes(error.code()),
        None => error.code().is_some_and(|code| sqlite::passes(&code)),
    }
}
