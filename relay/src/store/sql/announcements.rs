//! Public advisories.

use async_trait::async_trait;
use sealpost_advisory::AdvisoryId;
use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::Severity;

use super::SqlStore;
use super::database::{Alone, Tx, retrying};
use super::statement::{Statement, sql};
use crate::store::announcements::{
    AdvisoryRecord, Announcements, MAX_TEAM_ADVISORIES, PutAdvisory, StoredAdvisory,
};
use crate::store::{StoreError, rows};

/// `advisories` without its texts.
#[derive(Debug, sqlx::FromRow)]
struct RecordRow {
    advisory_id: String,
    title: String,
    summary: String,
    severity: Option<String>,
    aliases: String,
    published: i64,
    modified: i64,
    withdrawn: Option<i64>,
    signer: String,
    sha256: String,
}

/// The texts of one advisory.
#[derive(Debug, sqlx::FromRow)]
struct TextRow {
    signed: String,
    document: String,
}

const fn severity_text(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn severity(text: &str) -> Result<Severity, StoreError> {
    match text {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err(rows::broken("a severity")),
    }
}

impl TryFrom<RecordRow> for AdvisoryRecord {
    type Error = StoreError;

    fn try_from(row: RecordRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: rows::parse(&row.advisory_id, "an advisory id")?,
            title: row.title,
            summary: row.summary,
            severity: row.severity.as_deref().map(severity).transpose()?,
            aliases: row.aliases.split_whitespace().map(str::to_owned).collect(),
            published: Timestamp::from_seconds(row.published),
            modified: Timestamp::from_seconds(row.modified),
            withdrawn: row.withdrawn.map(Timestamp::from_seconds),
            signer: rows::parse(&row.signer, "a fingerprint")?,
            sha256: row.sha256,
        })
    }
}

/// What stands under the id already: its date of publication, that of its version, and its digest.
async fn find(tx: &mut Tx, team: &Slug, id: &AdvisoryId) -> Result<Option<(i64, i64, String)>, StoreError> {
    let find = sql("SELECT published, modified, sha256 FROM advisories WHERE team = $1 AND advisory_id = $2");
    Ok(tx.on().optional(find.bind(team.as_str()).bind(id.as_str())).await?)
}

async fn count(tx: &mut Tx, team: &Slug) -> Result<i64, StoreError> {
    let count = sql("SELECT count(*) FROM advisories WHERE team = $1").bind(team.as_str());
    let (count,) = tx.on().one(count).await?;
    Ok(count)
}

fn write(team: &Slug, advisory: &StoredAdvisory) -> Statement {
    let record = &advisory.record;
    let write = sql(
        "INSERT INTO advisories (team, advisory_id, title, summary, severity, aliases, published, modified, withdrawn, signer,
             sha256, signed, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (team, advisory_id) DO UPDATE
         SET title = excluded.title, summary = excluded.summary, severity = excluded.severity, aliases = excluded.aliases,
             modified = excluded.modified, withdrawn = excluded.withdrawn, signer = excluded.signer,
             sha256 = excluded.sha256, signed = excluded.signed, document = excluded.document",
    );
    let write = write.bind(team.as_str()).bind(record.id.as_str());
    let write = write.bind(record.title.as_str()).bind(record.summary.as_str());
    let write = write.bind(record.severity.map(severity_text)).bind(record.aliases.join(" "));
    let write = write.bind(record.published.seconds()).bind(record.modified.seconds());
    let write = write.bind(record.withdrawn.map(Timestamp::seconds)).bind(record.signer.as_str());
    write.bind(record.sha256.as_str()).bind(advisory.signed.as_str()).bind(advisory.document.as_str())
}

impl SqlStore {
    async fn put_advisory_once(
        &self,
        team: &Slug,
        advisory: &StoredAdvisory,
    ) -> Result<PutAdvisory, StoreError> {
        let mut tx = self.database.begin().await?;
        tx.alone(Alone::Advisories).await?;
        let new = &advisory.record;
        let outcome = match find(&mut tx, team, &new.id).await? {
            Some((_, _, sha256)) if sha256 == new.sha256 => return Ok(PutAdvisory::Again),
            Some((published, modified, _)) => {
                let follows = modified < new.modified.seconds() && published == new.published.seconds();
                if !follows {
                    return Err(StoreError::Conflict);
                }
                PutAdvisory::Corrected
            }
            None if count(&mut tx, team).await? >= i64::from(MAX_TEAM_ADVISORIES) => {
                return Err(StoreError::Full);
            }
            None => PutAdvisory::New,
        };
        tx.on().run(write(team, advisory)).await?;
        tx.commit().await?;
        Ok(outcome)
    }
}

#[async_trait]
impl Announcements for SqlStore {
    async fn put_advisory(&self, team: &Slug, advisory: StoredAdvisory) -> Result<PutAdvisory, StoreError> {
        retrying(|| self.put_advisory_once(team, &advisory)).await
    }

    async fn advisories(
        &self,
        team: &Slug,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<AdvisoryRecord>, StoreError> {
        let list = sql(
            "SELECT advisory_id, title, summary, severity, aliases, published, modified, withdrawn, signer, sha256
             FROM advisories WHERE team = $1 AND published <= $2 ORDER BY modified DESC, advisory_id DESC LIMIT $3",
        );
        let rows: Vec<RecordRow> =
            self.database.all(list.bind(team.as_str()).bind(now.seconds()).bind(most)).await?;
        rows.into_iter().map(AdvisoryRecord::try_from).collect()
    }

    async fn advisory(
        &self,
        team: &Slug,
        id: &AdvisoryId,
        now: Timestamp,
    ) -> Result<Option<StoredAdvisory>, StoreError> {
        // One statement each, but a correction in between would mix two versions.
        let mut tx = self.database.snapshot().await?;
        let record = sql(
            "SELECT advisory_id, title, summary, severity, aliases, published, modified, withdrawn, signer, sha256
             FROM advisories WHERE team = $1 AND advisory_id = $2 AND published <= $3",
        );
        let record = record.bind(team.as_str()).bind(id.as_str()).bind(now.seconds());
        let row: Option<RecordRow> = tx.on().optional(record).await?;
        let Some(row) = row else { return Ok(None) };
        let texts = sql("SELECT signed, document FROM advisories WHERE team = $1 AND advisory_id = $2");
        let texts: TextRow = tx.on().one(texts.bind(team.as_str()).bind(id.as_str())).await?;
        Ok(Some(StoredAdvisory { record: row.try_into()?, signed: texts.signed, document: texts.document }))
    }
}
