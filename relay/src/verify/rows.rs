//! The rows: pages, counts, letters and advisories against their digests, and receipts against the relay's key.

use data_encoding::HEXLOWER;
use sealpost_shared::receipt::Receipt;
use sha2::{Digest as _, Sha256};

use super::Walk;
use crate::store::inspect::EntryClaim;

/// What a receipt has to say.
pub(super) struct Said<'a> {
    pub(super) team: &'a str,
    pub(super) desk: &'a str,
    pub(super) case: &'a str,
    pub(super) entry: &'a str,
    pub(super) sha256: &'a str,
}

impl Walk<'_> {
    /// What the database says of itself.
    pub(super) async fn database(&mut self) {
        match self.inspection.damage().await {
            Ok(lines) => lines.into_iter().for_each(|line| self.findings.fault("database", line)),
            Err(error) => self.findings.fault("database", error.to_string()),
        }
        match self.inspection.wrong_tallies().await {
            Ok(tallies) => {
                for wrong in tallies {
                    let what = format!(
                        "its row counts {} {}, but there are {}",
                        wrong.said, wrong.what, wrong.found
                    );
                    self.findings.fault(wrong.place, what);
                }
            }
            Err(error) => self.findings.fault("database", error.to_string()),
        }
        match self.inspection.count_cases().await {
            Ok(cases) => self.findings.cases = cases.unsigned_abs(),
            Err(error) => self.findings.fault("cases", error.to_string()),
        }
    }

    /// Every letter.
    pub(super) async fn entries(&mut self) {
        let mut last = (String::new(), String::new());
        loop {
            match self.inspection.entry_behind((&last.0, &last.1)).await {
                Ok(Some(claim)) => {
                    self.entry(&claim);
                    last = (claim.case_id, claim.entry_id);
                }
                Ok(None) => return,
                Err(error) => {
                    let (case, entry) = last;
                    let what = format!("cannot be read behind case {case}, entry {entry}: {error}");
                    return self.findings.fault("letters", what);
                }
            }
        }
    }

    fn entry(&mut self, claim: &EntryClaim) {
        self.findings.entries += 1;
        let place = format!("case {}, entry {}", claim.case_id, claim.entry_id);
        if claim.deleted.is_some() {
            if !claim.letter.is_empty() || !claim.receipt.is_empty() || claim.size != 0 {
                self.findings.fault(place, "its case was deleted, but something of it is still there");
            }
            return;
        }
        if i64::try_from(claim.letter.len()) != Ok(claim.size) {
            let what = format!("the letter has {} bytes and not {}", claim.letter.len(), claim.size);
            self.findings.fault(&place, what);
        }
        if HEXLOWER.encode(&Sha256::digest(&claim.letter)) != claim.sha256 {
            self.findings.fault(&place, "the letter is not what its digest says");
        }
        let said = Said {
            team: &claim.team,
            desk: &claim.desk,
            case: &claim.case_id,
            entry: &claim.entry_id,
            sha256: &claim.sha256,
        };
        if let Some(receipt) = self.receipt(&place, &claim.receipt, &said)
            && receipt.received.seconds() != claim.received
        {
            self.findings.fault(place, "the receipt names another time of arrival");
        }
    }

    /// Checks a receipt; hands it out if it is one.
    pub(super) fn receipt(&mut self, place: &str, text: &str, said: &Said<'_>) -> Option<Receipt> {
        let Ok((receipt, _)) = self.keys?.verify_receipt(text, self.now) else {
            self.findings.fault(place, "the receipt is damaged, or not signed by this relay");
            return None;
        };
        let same = receipt.team.as_str() == said.team
            && receipt.desk.as_str() == said.desk
            && receipt.case.to_string() == said.case
            && receipt.entry.to_string() == said.entry
            && receipt.sha256 == said.sha256;
        if !same {
            self.findings.fault(place, "the receipt is for something else");
        }
        Some(receipt)
    }

    /// Every advisory.
    pub(super) async fn advisories(&mut self) {
        let mut last = (String::new(), String::new());
        loop {
            match self.inspection.advisory_behind((&last.0, &last.1)).await {
                Ok(Some(claim)) => {
                    self.findings.advisories += 1;
                    if HEXLOWER.encode(&Sha256::digest(claim.signed.as_bytes())) != claim.sha256 {
                        let place = format!("team {}, advisory {}", claim.team, claim.advisory_id);
                        self.findings.fault(place, "the text is not what its digest says");
                    }
                    last = (claim.team, claim.advisory_id);
                }
                Ok(None) => return,
                Err(error) => {
                    let (team, advisory) = last;
                    let what = format!("cannot be read behind team {team}, advisory {advisory}: {error}");
                    return self.findings.fault("advisories", what);
                }
            }
        }
    }
}
