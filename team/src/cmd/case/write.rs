//! A second letter to the team: sealed like the first, kept in the folder until the relay gave a good receipt for it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::{CaseKey, Letter, SealedLetter, seal_letter};
use sealpost_shared::letter::{EmbargoWord, FollowUp, LetterData, MissedPromise};
use sealpost_shared::timeline::TimelineView;
use sealpost_shared::{EntryId, limits};
use zeroize::Zeroizing;

use super::CaseArgs;
use crate::bundle::Bundle;
use crate::cmd::report::work::{Goods, pay};
use crate::cmd::report::{CaseFile, Said};
use crate::cmd::write::{self, Draft};
use crate::config::Context;
use crate::local::SentEntry;
use crate::relay_api::{ApiError, Of, RelayApi};
use crate::{files, receipts, session};

/// What a letter needs to be sealed and sent.
pub(super) struct Pen<'a> {
    /// Where words go.
    pub(super) context: &'a Context,
    /// The case's key.
    pub(super) key: &'a CaseKey,
    /// The relay.
    pub(super) api: &'a RelayApi,
    /// The checked bundle.
    pub(super) bundle: &'a Bundle,
}

impl Pen<'_> {
    /// Sends what waits in the folder, then writes what the arguments say.
    ///
    /// # Errors
    /// See [`Self::write`].
    pub(super) fn send(
        &self,
        args: &CaseArgs,
        file: Option<&mut CaseFile>,
        view: &TimelineView,
    ) -> Result<Option<Said>> {
        if let (Some(folder), Some(file)) = (&args.folder, &file) {
            self.deliver_kept(folder, file)?;
        }
        self.write(args, file, view)
    }

    /// Writes what the arguments say; gives what is to be remembered, or nothing if nothing was to be written.
    ///
    /// # Errors
    /// When there is nothing to say, a certificate is unusable, or the relay refuses. In a folder the sealed letter stays, and the next
    /// `sealpost case` sends it.
    fn write(
        &self,
        args: &CaseArgs,
        file: Option<&mut CaseFile>,
        view: &TimelineView,
    ) -> Result<Option<Said>> {
        let Some(embargo) = args.writes() else { return Ok(None) };
        let draft = Draft { case: self.key.case_id(), what: "follow-up", begin: "" };
        let mut text = match (embargo, &args.words.message, &args.words.file) {
            (Some(word), None, None) => sentence(word),
            _ => write::words(self.context, &args.words, &draft)?,
        };
        if let (Some(word), true) = (embargo, text.trim().is_empty()) {
            text = sentence(word);
        }
        ensure!(
            !text.trim().is_empty(),
            "the letter is empty, so nothing was sent; say it with -m TEXT or --file FILE"
        );
        let now = self.context.now();
        let data = FollowUp {
            case: self.key.case_id(),
            entry: EntryId::from_bytes(session::make_random()?),
            written_at: now,
            embargo,
            missed: MissedPromise::all(&view.promises),
            enclosures: None,
        };
        let said = Said { entry: data.entry, at: now, embargo };
        let letter = Letter {
            text,
            data: LetterData::FollowUp(data),
            reporter_certificate: None,
            attachments: Vec::new(),
        };
        let to = self.bundle.recipients(self.bundle.policy().team_desk(), now)?;
        let sealed = seal_letter(&letter, &to, self.key, now)?;
        if let (Some(folder), Some(file)) = (&args.folder, file) {
            files::create(&sealed_path(folder, said.entry), sealed.as_bytes(), 0o600)?;
            file.said.push(said.clone());
            file.keep(folder)?;
        }
        draft.forget();
        self.deliver(args.folder.as_deref(), said.entry, &sealed)
            .with_context(|| not_sent(args.folder.as_deref()))?;
        Ok(Some(said))
    }

    /// Sends letters of the folder that have no good receipt yet.
    ///
    /// # Errors
    /// When the relay refuses or its receipt is not right; the letter stays.
    fn deliver_kept(&self, folder: &Path, file: &CaseFile) -> Result<()> {
        for said in file.said.iter().filter(|said| !receipt_path(folder, said.entry).exists()) {
            let path = sealed_path(folder, said.entry);
            let Some(bytes) = files::read_if_there(&path, limits::MAX_LETTER_BYTES as u64)? else { continue };
            let sealed = SealedLetter::from_bytes_unchecked(bytes);
            self.deliver(Some(folder), said.entry, &sealed).with_context(|| not_sent(Some(folder)))?;
            self.context.ui.note("A letter that was kept here was sent now, and its receipt is good.");
        }
        Ok(())
    }

    /// Once there are many letters, the relay asks for work.
    fn pay(&self, entry: EntryId, capability: &str, sealed: &SealedLetter) -> Result<String> {
        let (case, bytes) = (self.key.case_id(), sealed.as_bytes());
        let policy = self.bundle.policy();
        let desk = (&policy.identity.slug, &policy.team_desk().id);
        let goods = Goods { desk, case, bytes, of: Of::Letter };
        pay(self.context.ui, self.api, goods, &mut None, |proof| {
            self.api.put_paid_entry(case, entry, capability, bytes, proof.unwrap_or_default())
        })
    }

    fn deliver(&self, folder: Option<&Path>, entry: EntryId, sealed: &SealedLetter) -> Result<()> {
        let capability = Zeroizing::new(self.key.capability().to_token());
        let case = self.key.case_id();
        let text = match self.api.put_entry(case, entry, &capability, sealed.as_bytes()) {
            Err(error) if ApiError::is_proof_needed(&error) => self.pay(entry, &capability, sealed)?,
            answer => answer?,
        };
        let sent = SentEntry { case, entry };
        receipts::check(&text, self.bundle.relay_keys(), &sent, sealed, self.context.now())?;
        folder.map_or(Ok(()), |folder| files::create(&receipt_path(folder, entry), text.as_bytes(), 0o600))
    }
}

fn not_sent(folder: Option<&Path>) -> String {
    match folder {
        Some(folder) => format!(
            "the letter is sealed and kept in {0}, but no good receipt came; `sealpost case {0} --words-file -` sends it again",
            folder.display()
        ),
        None => "no good receipt came for the letter, and without a folder nothing is kept; write it again"
            .to_owned(),
    }
}

fn sentence(word: EmbargoWord) -> String {
    use crate::times::utc;
    match word {
        EmbargoWord::Proposed { until } => {
            format!("I propose that nothing becomes public before {}.", utc(until))
        }
        EmbargoWord::Agreed { until } => format!("I agree: nothing becomes public before {}.", utc(until)),
        EmbargoWord::Lifted => "I regard the embargo as over.".to_owned(),
    }
}

fn sealed_path(folder: &Path, entry: EntryId) -> PathBuf {
    folder.join(format!("letter-{entry}.pgp"))
}

fn receipt_path(folder: &Path, entry: EntryId) -> PathBuf {
    folder.join(format!("letter-{entry}.receipt.asc"))
}
