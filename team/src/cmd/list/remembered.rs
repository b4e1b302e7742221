//! Rows from what was kept of cases that have not changed since; everything else is opened.

use std::collections::BTreeMap;

use anyhow::Result;
use sealpost_shared::CaseId;
use sealpost_shared::letter::Severity;
use sealpost_shared::policy::Policy;

use super::row::CaseRow;
use crate::dossier::{Dossier, Reader};
use crate::glance::{Glance, Glances, Kept};
use crate::members::Members;

/// What is remembered of a desk.
pub(super) struct Remembered<'a> {
    reader: &'a Reader<'a>,
    glances: Option<Glances<'a>>,
    /// What is to be kept from now on, of cases that were opened in this run.
    news: Kept,
    /// Cases that were shown as they are remembered.
    used: usize,
    policies: BTreeMap<(String, Option<Severity>, bool), Option<Policy>>,
}

impl<'a> Remembered<'a> {
    /// Opens what is kept, if anything.
    pub(super) fn open(reader: &'a Reader<'a>) -> Self {
        let glances = Glances::open(reader);
        Self { reader, glances, news: Kept::new(), used: 0, policies: BTreeMap::new() }
    }

    /// The row of a case that has not changed since it was kept.
    pub(super) fn row(&mut self, case: CaseId, members: &Members) -> Option<CaseRow> {
        let (stamp, glance) = self.glances.as_ref()?.kept.get(&case)?;
        if self.reader.store.stamp(case).as_ref() != Some(stamp) {
            return None;
        }
        let named = (glance.policy_sha256.clone(), glance.severity, glance.exploited);
        let policy = self.policies.entry(named).or_insert_with(|| {
            let policy = self.reader.named_policy(&glance.policy_sha256)?;
            Some(policy.for_case(glance.severity, glance.exploited))
        });
        let row = CaseRow::remembered(case, glance, policy.as_ref()?, members, self.reader.now);
        self.used += 1;
        Some(row)
    }

    /// Opens a case, and remembers it if it is whole.
    pub(super) fn read(&mut self, case: CaseId) -> Result<Dossier> {
        // Taken before the letters are read: what comes meanwhile makes the glance worthless.
        let stamp = self.reader.store.stamp(case).filter(|stamp| stamp.is_resting(self.reader.now));
        let dossier = self.reader.read(case)?;
        if let (Some(stamp), Some(glance)) = (stamp, Glance::of(&dossier)) {
            self.news.insert(case, (stamp, glance));
        }
        Ok(dossier)
    }

    /// Keeps what was learnt. Where that fails, the next list opens the same letters again.
    pub(super) fn keep(self) {
        let Some(mut glances) = self.glances else { return };
        let gone = glances.kept.len() - self.used;
        if self.news.is_empty() && gone == 0 {
            return;
        }
        let mut kept = std::mem::take(&mut glances.kept);
        if gone > 0 {
            let store = self.reader.store;
            kept.retain(|case, (stamp, _)| store.stamp(*case).as_ref() == Some(stamp));
        }
        kept.extend(self.news);
        let _ = glances.keep(&kept);
    }
}
