//! One statement in the SQL that SQLite and PostgreSQL both speak, its values, and the connection it is run on.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Error, FromRow, SqlSafeStr as _, SqlStr, Type};

/// A row that can be read from either database.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement with its values, in the order of `$1`, `$2`, ….
#[derive(Debug)]
pub(crate) struct Statement {
    text: SqlStr,
    values: Vec<Value>,
}

/// Whatever stands in a column.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Vec<u8>),
}

/// A statement without values yet.
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement { text: text.into_sql_str(), values: Vec::new() }
}

/// A statement put together from names that stand in this program, and from nothing else.
pub(crate) fn made(text: String) -> Statement {
    Statement { text: AssertSqlSafe(text).into_sql_str(), values: Vec::new() }
}

impl Statement {
    /// With the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// What is to be run, and with what.
    fn ready<A>(self) -> Result<(SqlStr, A), Error>
    where
        A: Arguments,
        Option<String>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
        Option<i64>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
        Vec<u8>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    {
        let mut arguments = A::default();
        for value in self.values {
            let added: Result<(), BoxDynError> = match value {
                Value::Text(text) => arguments.add(text),
                Value::Number(number) => arguments.add(number),
                Value::Bytes(bytes) => arguments.add(bytes),
            };
            added.map_err(Error::Encode)?;
        }
        Ok((self.text, arguments))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// The connection that a statement is run on.
#[derive(Debug)]
pub(crate) enum On<'a> {
    /// To a file.
    Sqlite(&'a mut SqliteConnection),
    /// To a server.
    Postgres(&'a mut PgConnection),
}

impl On<'_> {
    /// Every row.
    pub(crate) async fn all<R: Row>(self, statement: Statement) -> Result<Vec<R>, Error> {
        match self {
            Self::Sqlite(on) => {
                let (text, values) = statement.ready::<SqliteArguments>()?;
                sqlx::query_as_with(text, values).fetch_all(on).await
            }
            Self::Postgres(on) => {
                let (text, values) = statement.ready::<PgArguments>()?;
                sqlx::query_as_with(text, values).fetch_all(on).await
            }
        }
    }

    /// The first row, if there is one.
    pub(crate) async fn optional<R: Row>(self, statement: Statement) -> Result<Option<R>, Error> {
        match self {
            Self::Sqlite(on) => {
                let (text, values) = statement.ready::<SqliteArguments>()?;
                sqlx::query_as_with(text, values).fetch_optional(on).await
            }
            Self::Postgres(on) => {
                let (text, values) = statement.ready::<PgArguments>()?;
                sqlx::query_as_with(text, values).fetch_optional(on).await
            }
        }
    }

    /// The first row, which must be there.
    pub(crate) async fn one<R: Row>(self, statement: Statement) -> Result<R, Error> {
        self.optional(statement).await?.ok_or(Error::RowNotFound)
    }

    /// No rows; says how many were changed.
    pub(crate) async fn run(self, statement: Statement) -> Result<u64, Error> {
        match self {
            Self::Sqlite(on) => {
                let (text, values) = statement.ready::<SqliteArguments>()?;
                Ok(sqlx::query_with(text, values).execute(on).await?.rows_affected())
            }
            Self::Postgres(on) => {
                let (text, values) = statement.ready::<PgArguments>()?;
                Ok(sqlx::query_with(text, values).execute(on).await?.rows_affected())
            }
        }
    }
}
