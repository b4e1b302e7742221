//! A PostgreSQL server, for any number of relays: connections that wait a bounded time, and a start that is refused where a commit
//! would not be on disk.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use url::Url;

use super::Database;
use crate::store::StoreError;
use crate::store::sql::version;

/// Connections of one relay that write. A desk has one writer at a time, so more would mostly wait; several relays share the server's 100.
const WRITERS: u32 = 12;

/// Connections of one relay that only read, so that a busy desk keeps nobody from reading.
const READERS: u32 = 8;

/// How long a request waits for a connection before it is told to come again.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// No lock is waited for longer than a request would wait; a relay that vanished in mid-transaction blocks its desk for a minute at most. A
/// commit that need not be on disk is none: whoever set that for the whole server did not mean us.
const MANNERS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// The classes of errors that pass by themselves or when an operator helps: connection, transaction rolled back, resources, not in the
/// required state, intervention, system, and a server that only reads for now
/// (postgresql.org/docs/current/errcodes-appendix.html).
const PASSING_CLASSES: [&str; 6] = ["08", "40", "53", "55", "57", "58"];

/// `read_only_sql_transaction`: the server is a stand-by until it takes over.
const READ_ONLY: &str = "25006";

/// Where the database is: `postgres://user@host:port/name`, with the parameters that libpq has for TLS. It holds no password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PostgresAddress(String);

impl FromStr for PostgresAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err("a database server is named as postgres://user@host/name".to_owned());
        }
        let url = Url::parse(text).map_err(|error| format!("this is no address of a database: {error}"))?;
        // Addresses end up in lists of processes, in logs and in --print-config.
        if url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password") {
            return Err(
                "no password belongs here: put it into the variable PGPASSWORD or the file that PGPASSFILE names"
                    .to_owned(),
            );
        }
        PgConnectOptions::from_str(text).map_err(|error| error.to_string())?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PostgresAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PostgresAddress> for String {
    fn from(address: PostgresAddress) -> Self {
        address.0
    }
}

impl PostgresAddress {
    fn options(&self) -> Result<PgConnectOptions, StoreError> {
        let options = PgConnectOptions::from_str(&self.0)?;
        Ok(options.application_name("sealpost-relay").disable_statement_logging())
    }
}

/// Connects and brings the tables up to date; relays that start together take turns.
pub(super) async fn open(address: &PostgresAddress) -> Result<Database, StoreError> {
    let options = address.options()?;
    let mut first = PgConnection::connect_with(&options).await?;
    check_durability(&mut first).await?;
    sqlx::migrate!("migrations/postgres").run(&mut first).await.map_err(version::refused)?;
    first.close().await?;
    let writers = pool_options(WRITERS).connect_with(options.clone()).await?;
    let readers = pool_options(READERS).connect_with(options).await?;
    Ok(Database::Postgres { writers, readers })
}

/// Connects to tables that are there.
pub(super) async fn open_to_read(address: &PostgresAddress) -> Result<Database, StoreError> {
    let pool = pool_options(2).connect_with(address.options()?).await?;
    let database = Database::Postgres { writers: pool.clone(), readers: pool };
    version::check(&database, &sqlx::migrate!("migrations/postgres")).await?;
    Ok(database)
}

fn pool_options(most: u32) -> PgPoolOptions {
    let options = PgPoolOptions::new().max_connections(most).acquire_timeout(TURN_TIMEOUT);
    options.after_connect(|connection, _| {
        Box::pin(async move {
            sqlx::raw_sql(MANNERS).execute(connection).await?;
            Ok(())
        })
    })
}

async fn check_durability(connection: &mut PgConnection) -> Result<(), StoreError> {
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(connection).await?;
    if fsync == "on" {
        return Ok(());
    }
    Err(StoreError::Broken(
        "this server does not bring commits to its disk (fsync = off), so no receipt could be given; set fsync = on".to_owned(),
    ))
}

/// Dead rows still hold what was deleted until they are taken away (postgresql.org/docs/current/sql-vacuum.html).
pub(super) async fn purge(writers: &PgPool) -> Result<(), StoreError> {
    sqlx::query("VACUUM (SKIP_LOCKED) entries, blobs, chunks, notices, sessions, login_nonces")
        .execute(writers)
        .await?;
    Ok(())
}

/// Whether an error with this code may be gone the next time.
pub(super) fn passes(code: &str) -> bool {
    code == READ_ONLY || PASSING_CLASSES.iter().any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_no_password() {
        for refused in [
            "postgres://sealpost:secret@db/x",
            "postgres://db/x?password=secret",
            "postgres://db/x?sslmode=maybe",
        ] {
            assert!(refused.parse::<PostgresAddress>().is_err(), "{refused}");
        }
        let address: PostgresAddress =
            "postgres://sealpost@db.example:5433/sealpost?sslmode=verify-full".parse().unwrap();
        assert_eq!(address.to_string(), "postgres://sealpost@db.example:5433/sealpost?sslmode=verify-full");
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for passing in ["40001", "40P01", "53100", "57P01", "08006", "25006", "55P03"] {
            assert!(passes(passing), "{passing}");
        }
        for lasting in ["23514", "42P01", "22021", "25001"] {
            assert!(!passes(lasting), "{lasting}");
        }
    }
}
