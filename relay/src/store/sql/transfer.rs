//! Whole tables on their way from one database to another, row by row as they are.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column as _, Error, FromRow, Row as _, TypeInfo as _};

use super::DatabaseAddress;
use super::database::{Database, Tx};
use super::statement::{Statement, Value, made, sql};
use crate::store::StoreError;

/// Rows in memory at one time: a hundred of the largest letters are 6 MiB.
const PAGE_ROWS: usize = 100;

/// A table, the columns that its rows are told apart by (the first `key` of them), and all others that are moved.
struct Table {
    name: &'static str,
    key: usize,
    columns: &'static [&'static str],
}

const fn table(name: &'static str, key: usize, columns: &'static [&'static str]) -> Table {
    Table { name, key, columns }
}

/// Every table, those that others refer to first. The number of a notice is its place in one queue and is given anew.
const TABLES: [Table; 11] = [
    table("desks", 2, &["team", "desk", "last_seq", "stored_bytes"]),
    table(
        "cases",
        1,
        &[
            "case_id",
            "team",
            "desk",
            "capability_sha256",
            "last_seq",
            "last_received",
            "deleted",
            "deleted_by",
        ],
    ),
    table(
        "entries",
        2,
        &[
            "case_id", "entry_id", "case_seq", "team", "desk", "desk_seq", "author", "size", "sha256",
            "received", "receipt", "letter",
        ],
    ),
    table("blobs", 2, &["case_id", "blob_id", "author", "stored_bytes", "touched", "sha256", "receipt"]),
    table("chunks", 3, &["case_id", "blob_id", "n", "size", "sha256", "object"]),
    table(
        "advisories",
        2,
        &[
            "team",
            "advisory_id",
            "title",
            "summary",
            "severity",
            "aliases",
            "published",
            "modified",
            "withdrawn",
            "signer",
            "sha256",
            "signed",
            "document",
        ],
    ),
    table("policy_versions", 1, &["team", "version"]),
    table("relay_keys", 1, &["fingerprint"]),
    table("sessions", 1, &["token_sha256", "team", "desk", "member", "expires"]),
    table("login_nonces", 1, &["nonce", "expires"]),
    table("notices", 2, &["case_id", "entry_id", "team", "desk", "tries", "due"]),
];

/// A row as it is.
struct Values(Vec<Value>);

impl<'r> FromRow<'r, SqliteRow> for Values {
    fn from_row(row: &'r SqliteRow) -> Result<Self, Error> {
        let value = |at: usize| match row.column(at).type_info().name() {
            "TEXT" => row.try_get(at).map(Value::Text),
            "INTEGER" => row.try_get(at).map(Value::Number),
            _ => row.try_get(at).map(Value::Bytes),
        };
        (0..row.len()).map(value).collect::<Result<_, _>>().map(Self)
    }
}

impl<'r> FromRow<'r, PgRow> for Values {
    fn from_row(row: &'r PgRow) -> Result<Self, Error> {
        let value = |at: usize| match row.column(at).type_info().name() {
            "TEXT" => row.try_get(at).map(Value::Text),
            "INT8" => row.try_get(at).map(Value::Number),
            _ => row.try_get(at).map(Value::Bytes),
        };
        (0..row.len()).map(value).collect::<Result<_, _>>().map(Self)
    }
}

/// `$1, $2, …`
fn places(count: usize) -> String {
    (1..=count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

impl Table {
    /// The rows behind a row, in the order of the key; the first ones behind none.
    fn page(&self, behind: Option<&Values>) -> Statement {
        let key = self.columns.get(..self.key).unwrap_or_default();
        let mut text = format!("SELECT {} FROM {}", self.columns.join(", "), self.name);
        if behind.is_some() {
            let _in_memory = write!(text, " WHERE ({}) > ({})", key.join(", "), places(self.key));
        }
        let _in_memory = write!(text, " ORDER BY {} LIMIT {PAGE_ROWS}", key.join(", "));
        let values = behind.map(|row| row.0.iter().take(self.key)).into_iter().flatten();
        values.cloned().fold(made(text), Statement::bind)
    }

    fn insert(&self, row: Values) -> Statement {
        let (name, columns) = (self.name, self.columns.join(", "));
        let text = format!("INSERT INTO {name} ({columns}) VALUES ({})", places(self.columns.len()));
        row.0.into_iter().fold(made(text), Statement::bind)
    }
}

/// What a table holds, whatever the order of its rows: how many, and all their digests in one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    digests: [u8; 32],
}

impl Sum {
    fn add(&mut self, row: &Values) {
        let mut hash = Sha256::new();
        for value in &row.0 {
            let (kind, bytes) = match value {
                Value::Text(text) => (1, text.as_ref().map(|text| text.clone().into_bytes())),
                Value::Number(number) => (2, number.map(|number| number.to_be_bytes().to_vec())),
                Value::Bytes(bytes) => (3, Some(bytes.clone())),
            };
            hash.update([kind, u8::from(bytes.is_some())]);
            let bytes = bytes.unwrap_or_default();
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        // Rows differ in their keys, so no two digests take each other away.
        self.digests.iter_mut().zip(hash.finalize()).for_each(|(sum, byte)| *sum ^= byte);
        self.rows += 1;
    }
}

/// A database that nobody else can write to until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    database: Database,
    tx: Tx,
}

impl Held {
    /// Opens a database, or makes a file, and keeps everybody else from writing.
    ///
    /// # Errors
    /// The store's; [`StoreError::Unavailable`] when a relay is writing and does not let go.
    pub(crate) async fn open(address: &DatabaseAddress) -> Result<Self, StoreError> {
        let database = Database::open(address).await?;
        let mut tx = database.begin().await?;
        tx.hold(TABLES.iter().map(|table| table.name)).await?;
        Ok(Self { database, tx })
    }

    /// Whether there is not a single row.
    pub(crate) async fn is_empty(&mut self) -> Result<bool, StoreError> {
        for table in &TABLES {
            let first: Option<Values> = self.tx.on().optional(table.page(None)).await?;
            if first.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every chunk: its file, its size and its digest.
    pub(crate) async fn chunks(&mut self) -> Result<Vec<(String, i64, String)>, StoreError> {
        Ok(self.tx.on().all(sql("SELECT object, size, sha256 FROM chunks ORDER BY object")).await?)
    }

    /// Copies every row from another one, reads them back, and makes that hold if all are what they were. All of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when something came back other than it went in, and the store's.
    pub(crate) async fn fill_from(mut self, from: &mut Self) -> Result<(), StoreError> {
        for table in &TABLES {
            let sent = walk(table, &mut from.tx, Some(&mut self.tx)).await?;
            if walk(table, &mut self.tx, None).await? != sent {
                let name = table.name;
                return Err(StoreError::Broken(format!("rows of {name} came back other than they went in")));
            }
        }
        self.tx.commit().await?;
        self.database.close().await;
        Ok(())
    }

    /// Lets others write again.
    pub(crate) async fn release(self) {
        drop(self.tx);
        self.database.close().await;
    }
}

/// Adds up every row of a table, and copies it on the way if there is somewhere to.
async fn walk(table: &Table, from: &mut Tx, mut to: Option<&mut Tx>) -> Result<Sum, StoreError> {
    let (mut sum, mut last): (Sum, Option<Values>) = (Sum::default(), None);
    loop {
        let page: Vec<Values> = from.on().all(table.page(last.as_ref())).await?;
        let is_last = page.len() < PAGE_ROWS;
        for row in page {
            sum.add(&row);
            last = Some(Values(row.0.iter().take(table.key).cloned().collect()));
            if let Some(to) = &mut to {
                to.on().run(table.insert(row)).await?;
            }
        }
        if is_last {
            return Ok(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test]
    async fn no_table_and_no_column_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let file = DatabaseAddress::File(folder.path().join("relay.sqlite"));
        let database = Database::open(&file).await.unwrap();
        let columns = sql("SELECT tables.name, columns.name FROM pragma_table_list AS tables
             JOIN pragma_table_info(tables.name) AS columns
             WHERE tables.name NOT LIKE 'sqlite_%' AND tables.name NOT IN ('_sqlx_migrations', 'write_probe')");
        let there: Vec<(String, String)> = database.all(columns).await.unwrap();
        let moved = TABLES.iter().flat_map(|table| {
            table.columns.iter().map(|column| (table.name.to_owned(), (*column).to_owned()))
        });
        let mut moved: BTreeSet<(String, String)> = moved.collect();
        moved.insert(("notices".to_owned(), "id".to_owned())); // given anew
        assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), moved);
        database.close().await;
    }
}
