//! Writing in a case: sealed, kept, sent, and what it keeps of the promises. One way for replies and for notes of the desk.

pub(crate) mod look;
mod outcome;

use std::cell::{Cell, RefCell};
use std::fs::File;

use anyhow::{Context as _, Result, bail};
use sealpost_keys::{Letter, SealedLetter, TeamCert};
use sealpost_shared::desk::{DeskEntry, DeskWord};
use sealpost_shared::letter::{LetterData, Matter, Reply, ReplyKind};
use sealpost_shared::{EntryId, Timestamp};

use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::{Dossier, Item, Letter as Opened};
use crate::keyring::{self, Keyring};
use crate::local::SentEntry;
use crate::members::Members;
use crate::receipts;
use crate::relay_api::{ApiError, RelayApi};
use crate::session::{self, Session};

/// What is to be said to the reporter.
pub(crate) struct Outgoing {
    /// What it means for the clock.
    pub(crate) kind: ReplyKind,
    /// The prose.
    pub(crate) text: String,
    /// What it says of the disclosure.
    pub(crate) matter: Matter,
}

/// What is true of every letter once it is sealed.
const KEPT: &str = "this is sealed and kept here, but not sent; the next `sealpost pull` sends it";

/// A desk with one of its cases open for writing; nobody else on this machine writes meanwhile. What is written is sealed and kept first, all
/// of it, and sent after that: a relay that is away costs no word.
pub(crate) struct Writing<'a> {
    context: &'a Context,
    desk: Desk,
    keyring: Box<dyn Keyring>,
    /// The case as it was before anything was written.
    pub(crate) dossier: Dossier,
    /// When this was begun.
    pub(crate) now: Timestamp,
    /// What was sealed and kept since, in this order.
    kept_now: RefCell<Vec<(SentEntry, SealedLetter)>>,
    /// It was said that the clock is ahead.
    warned: Cell<bool>,
    _lock: File,
}

/// A reply that is on its way, and whether it was on its way before: then it was not written twice.
pub(crate) struct Sent {
    /// What was said.
    pub(crate) reply: Reply,
    /// An earlier run was cut off after sealing exactly this.
    pub(crate) was_kept: bool,
}

impl<'a> Writing<'a> {
    /// Opens a case, `case` being its id or the beginning of it.
    ///
    /// # Errors
    /// When there is no such case, or the store, the key or the policy is not right.
    pub(crate) fn open(context: &'a Context, team: &TeamArgs, case: &str) -> Result<Self> {
        let desk = Desk::open(context, team)?;
        let lock = desk.store.lock()?;
        let keyring = keyring::find(&desk.settings.key)?;
        let now = context.now();
        let dossier = desk.reader(keyring.as_ref(), now).read(desk.store.find(case)?)?;
        let (kept_now, warned) = (RefCell::default(), Cell::default());
        Ok(Self { context, desk, keyring, dossier, now, kept_now, warned, _lock: lock })
    }

    /// Who is who at this desk.
    ///
    /// # Errors
    /// When the policy does not have the desk.
    pub(crate) fn members(&self) -> Result<Members> {
        Ok(Members::of(&self.desk.bundle, self.desk.bundle.desk(&self.desk.settings.desk)?))
    }

    /// The member who writes.
    pub(crate) fn own(&self) -> &sealpost_shared::Fingerprint {
        self.keyring.fingerprint()
    }

    /// Seals a reply to the reporter of the case's first letter and keeps it. If what an earlier run kept and could not send says the same,
    /// it is this reply, and nothing is written twice.
    ///
    /// # Errors
    /// When the case has no verified reporter, or the key cannot be used; nothing was kept then.
    pub(crate) fn reply(&self, outgoing: &Outgoing) -> Result<Sent> {
        if let Some(reply) = self.kept(outgoing) {
            return Ok(Sent { reply, was_kept: true });
        }
        let to = self.dossier.reporter.as_ref().with_context(|| self.nobody_to_answer())?;
        let reply = Reply {
            case: self.dossier.case,
            entry: EntryId::from_bytes(session::make_random()?),
            to: to.fingerprint(),
            kind: outgoing.kind,
            written_at: self.now,
            matter: outgoing.matter.clone(),
        };
        let mut recipients =
            vec![to.judge(self.now).context("the reporter's certificate cannot be sealed to")?];
        recipients.extend(self.recipients()?);
        self.keep(reply.entry, outgoing.text.clone(), LetterData::Reply(reply.clone()), &recipients)?;
        Ok(Sent { reply, was_kept: false })
    }

    /// Seals a word to the desk itself and keeps it.
    ///
    /// # Errors
    /// When the key cannot be used; nothing was kept then.
    pub(crate) fn tell_desk(&self, says: DeskWord, text: String) -> Result<DeskEntry> {
        let entry = DeskEntry {
            case: self.dossier.case,
            entry: EntryId::from_bytes(session::make_random()?),
            written_at: self.now,
            says,
        };
        self.keep(entry.entry, text, LetterData::Desk(entry.clone()), &self.recipients()?)?;
        Ok(entry)
    }

    /// Sends what is kept in this case, from earlier runs and from this one, in the order in which it was written. A letter that the relay
    /// refuses holds up no other.
    ///
    /// # Errors
    /// When the relay is away or refuses a letter; what was not sent stays, and the next pull sends it.
    pub(crate) fn send(&self) -> Result<()> {
        let settings = &self.desk.settings;
        let api = RelayApi::new(&settings.relay)?;
        let mut session =
            Session::start(self.context, settings, &self.desk.bundle, self.keyring.as_ref(), &api)
                .context(KEPT)?;
        let (mut refused, mut delivered) = (Ok(()), 0);
        for (sent, sealed) in self.kept_before()? {
            match self.deliver(&mut session, &api, &sent, &sealed) {
                Ok(()) => self.context.ui.note("sent what was kept here from before"),
                Err(error) if ApiError::is_outage(&error) => return Err(error.context(KEPT)),
                Err(error) if ApiError::is_deleted(&error) => return self.drop_all(),
                Err(error) => refused = refused.and(Err(error.context("of what was kept here from before"))),
            }
        }
        for (sent, sealed) in self.kept_now.borrow().iter() {
            match self.deliver(&mut session, &api, sent, sealed) {
                Err(error) if ApiError::is_deleted(&error) => break,
                outcome => outcome.context(KEPT)?,
            }
            delivered += 1;
        }
        self.warn_ahead(&api);
        if delivered < self.kept_now.borrow().len() { self.drop_all() } else { refused }
    }

    /// The case was deleted: what is kept for it reaches nobody any more.
    fn drop_all(&self) -> Result<()> {
        let (case, short) = (self.dossier.case, self.dossier.case.short());
        for sent in self.desk.store.sent(case)?.iter().filter(|sent| !self.desk.store.is_delivered(sent)) {
            self.desk.store.forget_sent(case, sent.entry)?;
        }
        self.kept_now.take();
        bail!(
            "{short} was deleted at the relay, by the team or because its time was over, so nothing was sent or kept. `sealpost delete {short} --yes` removes it here, too"
        )
    }

    /// Signs and seals a letter that no relay carries.
    ///
    /// # Errors
    /// When the letter breaks a limit, or the key cannot be used.
    pub(crate) fn seal(&self, letter: &Letter, to: &[TeamCert]) -> Result<SealedLetter> {
        self.keyring.seal(letter, to, self.now)
    }

    /// Whether this was sealed and kept, though perhaps not sent.
    pub(crate) fn was_kept(&self) -> bool {
        !self.kept_now.borrow().is_empty()
    }

    fn nobody_to_answer(&self) -> String {
        let short = self.dossier.case.short();
        self.dossier.why_closed().map_or_else(
            || {
                format!(
                    "case {short} has no verified first letter, so there is no key to answer to; `sealpost show` says why"
                )
            },
            |why| format!("case {short} cannot be read, so there is no key to answer to: {why:#}"),
        )
    }

    fn recipients(&self) -> Result<Vec<TeamCert>> {
        self.desk.bundle.recipients(self.desk.bundle.desk(&self.desk.settings.desk)?, self.now)
    }

    fn keep(&self, entry: EntryId, text: String, data: LetterData, to: &[TeamCert]) -> Result<()> {
        let letter = Letter { text, data, reporter_certificate: None, attachments: Vec::new() };
        let sealed = self.keyring.seal(&letter, to, self.now)?;
        let sent = SentEntry { case: self.dossier.case, entry };
        self.desk.store.put_sent(&sent, sealed.as_bytes())?;
        self.kept_now.borrow_mut().push((sent, sealed));
        Ok(())
    }

    /// What earlier runs kept in this case and could not send.
    fn kept_before(&self) -> Result<Vec<(SentEntry, SealedLetter)>> {
        let mut kept = Vec::new();
        for item in self.dossier.items.iter().filter(|item| item.is_unsent) {
            let sent = SentEntry { case: self.dossier.case, entry: item.entry };
            kept.extend(self.desk.store.sent_letter(&sent)?.map(|sealed| (sent, sealed)));
        }
        Ok(kept)
    }

    fn deliver(
        &self,
        session: &mut Session<'_>,
        api: &RelayApi,
        sent: &SentEntry,
        sealed: &SealedLetter,
    ) -> Result<()> {
        let receipt = session.call(|token| api.put_entry(sent.case, sent.entry, token, sealed.as_bytes()))?;
        receipts::check(&receipt, self.desk.bundle.relay_keys(), sent, sealed, self.context.now())?;
        self.desk.store.put_receipt(sent, &receipt)
    }

    /// The kept reply that says the same: an earlier run was cut off before the relay's receipt was kept.
    fn kept(&self, outgoing: &Outgoing) -> Option<Reply> {
        let same = |item: &&Item| match &item.letter {
            Ok(Opened::FromTeam { contents, reply, .. }) => {
                item.is_unsent
                    && reply.kind == outgoing.kind
                    && reply.matter == outgoing.matter
                    && contents.text.trim() == outgoing.text.trim()
            }
            _ => false,
        };
        match &self.dossier.items.iter().find(same)?.letter {
            Ok(Opened::FromTeam { reply, .. }) => Some(reply.clone()),
            _ => None,
        }
    }
}

/// Sends a reply and says what it kept of the promises.
///
/// # Errors
/// See [`Writing::reply`] and [`Writing::send`].
pub(crate) fn send(writing: &Writing<'_>, outgoing: &Outgoing) -> Result<()> {
    let sent = writing.reply(outgoing)?;
    writing.send()?;
    outcome::say(writing.context, &writing.dossier, &sent, writing.now)
}
