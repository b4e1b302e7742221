//! What relays over one database agree on: their key, and the policy versions that were in service.

use std::collections::BTreeMap;

use sealpost_shared::Fingerprint;
use sealpost_shared::id::Slug;

use super::SqlStore;
use super::database::Alone;
use super::statement::sql;
use crate::store::StoreError;
use crate::store::rows::PolicyVersionRow;

impl SqlStore {
    pub(super) async fn note_relay_keys_once(&self, keys: &[Fingerprint]) -> Result<bool, StoreError> {
        let mut tx = self.database.begin().await?;
        tx.alone(Alone::RelayKeys).await?;
        let noted: Vec<(String,)> = tx.on().all(sql("SELECT fingerprint FROM relay_keys")).await?;
        let is_noted = |key: &Fingerprint| noted.iter().any(|(noted,)| noted == key.as_str());
        let Some(key) = keys.first().filter(|key| !is_noted(key)) else { return Ok(!keys.is_empty()) };
        if !noted.is_empty() && !keys.iter().any(is_noted) {
            return Ok(false);
        }
        tx.on().run(sql("INSERT INTO relay_keys (fingerprint) VALUES ($1)").bind(key.as_str())).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(super) async fn read_policy_versions(&self) -> Result<BTreeMap<Slug, u32>, StoreError> {
        let rows: Vec<PolicyVersionRow> =
            self.database.all(sql("SELECT team, version FROM policy_versions")).await?;
        rows.into_iter().map(<(Slug, u32)>::try_from).collect()
    }

    pub(super) async fn note_policy_versions_once(
        &self,
        versions: &BTreeMap<Slug, u32>,
    ) -> Result<(), StoreError> {
        let mut tx = self.database.begin().await?;
        for (team, version) in versions {
            let note = sql("INSERT INTO policy_versions (team, version) VALUES ($1, $2)
                 ON CONFLICT (team) DO UPDATE SET version = excluded.version
                 WHERE policy_versions.version < excluded.version");
            tx.on().run(note.bind(team.as_str()).bind(*version)).await?;
        }
        tx.commit().await
    }
}
