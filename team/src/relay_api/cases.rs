//! Cases and their entries.

use anyhow::{Context as _, Result};
use sealpost_shared::id::Slug;
use sealpost_shared::wire::v1::{ChallengeResponse, Deletion, EntriesResponse};
use sealpost_shared::{CaseId, EntryId, limits};

use super::error::ApiError;
use super::http::{Taken, bearer};
use super::{MAX_PAGE_BYTES, MAX_SHORT_BYTES, RelayApi};

/// What a challenge is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A letter.
    Letter,
    /// A chunk of a file.
    Chunk,
}

impl RelayApi {
    /// Opens a case. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`]. Once this gave an answer, the relay has taken the letter.
    pub(crate) fn put_case(
        &self,
        team: &Slug,
        desk: &Slug,
        case: CaseId,
        capability: &str,
        sealed: &[u8],
        proof: Option<&str>,
    ) -> Result<Taken> {
        let request = self.agent.put(self.url(&format!("v1/teams/{team}/desks/{desk}/cases/{case}")));
        let request = match proof {
            Some(proof) => request.header("Sealpost-Proof", proof),
            None => request,
        };
        self.send(request, capability, sealed)
    }

    /// What sending something costs now; `None` at a relay that asks for nothing and knows no such question.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn challenge(
        &self,
        (team, desk): (&Slug, &Slug),
        size: usize,
        of: Of,
    ) -> Result<Option<ChallengeResponse>> {
        let of = match of {
            Of::Letter => "",
            Of::Chunk => "&of=chunk",
        };
        let url = self.url(&format!("v1/teams/{team}/challenge?desk={desk}&size={size}{of}"));
        match self.json(self.agent.get(url), MAX_SHORT_BYTES) {
            Err(error) if ApiError::is_not_found(&error) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Appends to a case; gives the receipt's text. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_entry(
        &self,
        case: CaseId,
        entry: EntryId,
        token: &str,
        sealed: &[u8],
    ) -> Result<String> {
        self.put(&format!("v1/cases/{case}/entries/{entry}"), token, sealed)?.receipt()
    }

    /// Appends to a case with the proof of work that a reporter's letters cost once there are many.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn put_paid_entry(
        &self,
        case: CaseId,
        entry: EntryId,
        token: &str,
        sealed: &[u8],
        proof: &str,
    ) -> Result<String> {
        let request = self.agent.put(self.url(&format!("v1/cases/{case}/entries/{entry}")));
        self.send(request.header("Sealpost-Proof", proof), token, sealed)?.receipt()
    }

    /// Entries of a case after `after`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn entries(&self, case: CaseId, after: u64, token: &str) -> Result<EntriesResponse> {
        let url = self.url(&format!("v1/cases/{case}/entries?after={after}"));
        self.json(bearer(self.agent.get(url), token), MAX_PAGE_BYTES)
    }

    /// The sealed bytes of one entry.
    ///
    /// # Errors
    /// See [`ApiError`]; also when there are more bytes than a letter may have.
    pub(crate) fn entry(&self, case: CaseId, entry: EntryId, token: &str) -> Result<Vec<u8>> {
        let url = self.url(&format!("v1/cases/{case}/entries/{entry}"));
        let answer = self.sent(bearer(self.agent.get(url), token).call())?;
        self.bytes(answer, limits::MAX_LETTER_BYTES as u64)
    }

    /// The receipt of one entry, unverified.
    ///
    /// # Errors
    /// See [`ApiError`]; also when it is no text.
    pub(crate) fn receipt(&self, case: CaseId, entry: EntryId, token: &str) -> Result<String> {
        let url = self.url(&format!("v1/cases/{case}/entries/{entry}/receipt"));
        let answer = self.sent(bearer(self.agent.get(url), token).call())?;
        String::from_utf8(self.bytes(answer, MAX_SHORT_BYTES)?).context("the relay's receipt is not text")
    }

    /// Deletes a case. Repeating it is harmless.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub(crate) fn delete_case(&self, case: CaseId, token: &str) -> Result<Deletion> {
        let url = self.url(&format!("v1/cases/{case}"));
        self.json(bearer(self.agent.delete(url), token), MAX_SHORT_BYTES)
    }
}
