//! The version of a database's tables: brought up to date by a start, and refused where this program does not know it.

use sqlx::migrate::{MigrateError, Migrator};

use super::database::Database;
use super::statement::sql;
use crate::store::StoreError;

const OLDER: &str = "its tables are of an earlier version: start the relay of this version on it once, which brings them up to date";
const NEWER: &str = "its tables are of a later version: use the sealpost-relay of that version";

/// Why the tables cannot be brought up to date.
pub(super) fn refused(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) => StoreError::Broken(NEWER.to_owned()),
        MigrateError::Execute(error) => error.into(),
        other => StoreError::Broken(other.to_string()),
    }
}

/// Holds the tables against what this program knows, and changes nothing.
pub(super) async fn check(database: &Database, known: &Migrator) -> Result<(), StoreError> {
    let applied: Option<(Option<i64>,)> =
        database.optional(sql("SELECT max(version) FROM _sqlx_migrations")).await?;
    let applied = applied.and_then(|(version,)| version);
    let known = known.iter().map(|migration| migration.version).max();
    if applied == known {
        return Ok(());
    }
    Err(StoreError::Broken(if applied < known { OLDER } else { NEWER }.to_owned()))
}
