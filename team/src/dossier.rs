//! A case as its team sees it: every entry opened, every signature judged, and the clock that follows. Shown, never kept.

pub(crate) mod events;
mod judge;

use anyhow::Result;
use sealpost_keys::open::Contents;
use sealpost_keys::{SealedLetter, UncheckedCert};
use sealpost_shared::desk::{DeskEntry, DeskLog, DeskState, Said, counts_from};
use sealpost_shared::letter::{CaseData, Reply, ReplyKind};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, TimelineView, Witness, view};
use sealpost_shared::wire::v1::{Author, Deletion};
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};

use crate::bundle::Bundle;
use crate::config::TeamSettings;
use crate::keyring::Keyring;
use crate::local::Store;
use crate::ui::title;

use self::judge::Judge;
pub(crate) use self::judge::judge_reply;

/// What opens and judges the letters of a desk.
pub(crate) struct Reader<'a> {
    /// The ciphertext.
    pub(crate) store: &'a Store,
    /// Certificates and the policy in force.
    pub(crate) bundle: &'a Bundle,
    /// The key that opens.
    pub(crate) keyring: &'a dyn Keyring,
    /// Team and desk.
    pub(crate) settings: &'a TeamSettings,
    /// The moment everything is judged at.
    pub(crate) now: Timestamp,
}

/// One entry, opened or not.
#[derive(Debug)]
pub(crate) struct Item {
    /// Its id.
    pub(crate) entry: EntryId,
    /// Whose credential wrote it, by the relay.
    pub(crate) author: Author,
    /// Arrival, rounded down to the hour; `None` for a letter of our own that is not back yet.
    pub(crate) received: Option<Timestamp>,
    /// A letter of our own that the relay has not taken yet: nobody else can have read it, so it keeps no promise.
    pub(crate) is_unsent: bool,
    /// What stands inside, or why it says nothing.
    pub(crate) letter: Result<Letter>,
    /// Nobody here knows what stands inside: it could not be opened.
    pub(crate) is_unread: bool,
}

impl Item {
    /// When its writer says it was written; `None` for what cannot be read.
    fn written_at(&self) -> Option<Timestamp> {
        match self.letter.as_ref().ok()? {
            Letter::FromTeam { reply, .. } => Some(reply.written_at),
            Letter::FromDesk { entry, .. } => Some(entry.written_at),
            Letter::FromReporter { signed_at, .. } => Some(*signed_at),
            Letter::Unverified { .. } => None,
        }
    }
}

/// What an entry says, once its signature was judged.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A letter of the reporter, signed by the case's key.
    FromReporter { contents: Contents, signed_at: Timestamp },
    /// A statement of the team, signed by a member.
    FromTeam { contents: Contents, reply: Reply, signer: Fingerprint },
    /// A word of the desk to itself, signed by a member.
    FromDesk { contents: Contents, entry: DeskEntry, signer: Fingerprint },
    /// Opened, but no signature counts: by an unknown hand.
    Unverified { contents: Contents, why: String },
}

impl Letter {
    /// What stands inside, whoever wrote it.
    pub(crate) const fn contents(&self) -> &Contents {
        match self {
            Self::FromReporter { contents, .. }
            | Self::FromTeam { contents, .. }
            | Self::FromDesk { contents, .. }
            | Self::Unverified { contents, .. } => contents,
        }
    }
}

/// A case, opened.
#[derive(Debug)]
pub(crate) struct Dossier {
    /// Which.
    pub(crate) case: CaseId,
    /// Every entry in order.
    pub(crate) items: Vec<Item>,
    /// The certificate of the verified first letter: where replies go.
    pub(crate) reporter: Option<UncheckedCert>,
    /// The data of the first letter.
    pub(crate) data: Option<CaseData>,
    /// The policy the case is measured by.
    pub(crate) policy: Policy,
    /// What the members told each other.
    pub(crate) desk: DeskState,
    /// By whom and when it was deleted at the relay, if a pull was told so.
    pub(crate) deletion: Option<Deletion>,
    /// What is odd and does not stop anything.
    pub(crate) warnings: Vec<String>,
    events: Case,
}

impl Dossier {
    /// The title on one bounded line, when the report could be opened and says one.
    pub(crate) fn title(&self) -> Option<String> {
        self.data.as_ref().map(|data| title(&data.title)).filter(|title| !title.is_empty())
    }

    /// Whether the first letter carries the signature of the case's key.
    pub(crate) fn is_verified(&self) -> bool {
        matches!(self.items.first(), Some(Item { letter: Ok(Letter::FromReporter { .. }), .. }))
    }

    /// Why nothing at all could be opened, as without gpg or the secret key.
    pub(crate) fn why_closed(&self) -> Option<&anyhow::Error> {
        let first = self.items.first()?.letter.as_ref().err()?;
        self.items.iter().all(|item| item.is_unread).then_some(first)
    }

    /// Why the clock cannot be told: the report, or a letter that the team may have kept a promise with, was not read.
    pub(crate) fn why_unknown(&self) -> Option<&anyhow::Error> {
        let counts = |item: &&Item| item.author == Author::Team || item.entry == EntryId::from(self.case);
        self.items.iter().filter(counts).find(|item| item.is_unread)?.letter.as_ref().err()
    }

    /// Letters to the reporter that wait here until the relay takes them.
    pub(crate) fn unsent(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.is_unsent && matches!(item.letter, Ok(Letter::FromTeam { .. })))
    }

    /// Whether the team's last word was that it regards the case as closed, and the reporter has not written since.
    pub(crate) fn is_closed(&self) -> bool {
        let is_word = |item: &&Item| {
            !item.is_unsent
                && matches!(item.letter, Ok(Letter::FromTeam { .. } | Letter::FromReporter { .. }))
        };
        let last = self.items.iter().rfind(is_word);
        let closing = |item: &Item| matches!(&item.letter, Ok(Letter::FromTeam { reply, .. }) if reply.kind == ReplyKind::Closing);
        last.is_some_and(closing)
    }

    /// When the first entry arrived.
    pub(crate) fn received(&self) -> Option<Timestamp> {
        self.items.first().and_then(|item| item.received)
    }

    /// Everything that happened, as far as the letters could be read; see [`Self::why_unknown`].
    pub(crate) const fn record(&self) -> &Case {
        &self.events
    }

    /// What is promised, kept and late at `now`; `None` when that cannot be told, see [`Self::why_unknown`].
    pub(crate) fn view(&self, now: Timestamp) -> Option<TimelineView> {
        self.why_unknown().is_none().then(|| view(&self.events, &self.policy, now))
    }

    /// What is promised in a case that nobody answered, though not every letter of it could be opened: its clock runs from its arrival.
    pub(crate) fn unanswered_view(&self, now: Timestamp) -> Option<TimelineView> {
        self.items
            .iter()
            .all(|item| item.author == Author::Reporter)
            .then(|| view(&self.events, &self.policy, now))
    }

    /// What would be promised, kept and late if this reply was sent; of a case whose clock can be told.
    ///
    /// # Errors
    /// Never in practice: replies contradict nothing.
    pub(crate) fn view_with(&self, reply: &Reply, now: Timestamp) -> Result<TimelineView> {
        let events = self.events.clone().apply(human(reply, None), &self.policy)?;
        Ok(view(&events, &self.policy, now))
    }
}

/// A reply as the clock counts it: from its arrival, in the hour `received`, if it says it was written before.
pub(crate) fn human(reply: &Reply, received: Option<Timestamp>) -> Event {
    let at = received.map_or(reply.written_at, |hour| hour.max(reply.written_at));
    Event { at, kind: EventKind::HumanReply { kind: reply.kind }, by: Witness::Team }
}

/// The sealed bytes of one entry with what the relay says about it.
struct Sealed {
    entry: EntryId,
    author: Author,
    received: Option<Timestamp>,
    is_unsent: bool,
    letter: Result<SealedLetter>,
}

impl Reader<'_> {
    /// Opens every entry of a case.
    ///
    /// # Errors
    /// When the store is damaged. A letter that cannot be opened is no error: its [`Item`] says why.
    pub(crate) fn read(&self, case: CaseId) -> Result<Dossier> {
        let mut sealed = self.sealed(case)?;
        // The first letter says whose case it is, so it is judged before the others, wherever the feed put it.
        sealed.sort_by_key(|sealed| sealed.entry != EntryId::from(case));
        let mut judge = Judge { reader: self, case, reporter: None, data: None, by_hand: Vec::new() };
        let mut items: Vec<Item> = sealed.into_iter().map(|sealed| judge.item(sealed)).collect();
        // What the feed has not brought back stands at the end, in the order in which it was written.
        items.sort_by_key(|item| item.received.is_none().then(|| item.written_at()));
        let Judge { reporter, data, .. } = judge;
        let mut warnings = Vec::new();
        if let Some(Err(why)) = data.as_ref().map(CaseData::check) {
            warnings.push(format!("the report breaks a rule of its form: {why}"));
        }
        let mut policy = self.policy(data.as_ref(), &mut warnings);
        if let Some(data) = &data {
            policy = policy.for_case(data.severity, data.exploited);
        }
        let events = events::events(&items, data.as_ref(), &policy, &mut warnings)?;
        let desk = log(&items).state();
        let deletion = self.store.deletion(case)?;
        Ok(Dossier { case, items, reporter, data, policy, desk, deletion, warnings, events })
    }

    fn sealed(&self, case: CaseId) -> Result<Vec<Sealed>> {
        let stored = self.store.entries(case)?;
        let mut sealed: Vec<Sealed> = Vec::with_capacity(stored.len());
        for known in stored {
            let letter = self.store.letter(case, &known);
            sealed.push(Sealed {
                entry: known.entry,
                author: known.author,
                received: Some(known.received),
                is_unsent: false,
                letter,
            });
        }
        for sent in self.store.sent(case)? {
            if let Some(letter) = self.store.sent_letter(&sent)? {
                sealed.push(Sealed {
                    entry: sent.entry,
                    author: Author::Team,
                    received: None,
                    is_unsent: !self.store.is_delivered(&sent),
                    letter: Ok(letter),
                });
            }
        }
        Ok(sealed)
    }

    /// The policy the report names, if some pull saw it; else the one in force.
    fn policy(&self, data: Option<&CaseData>, warnings: &mut Vec<String>) -> Policy {
        let Some(data) = data.filter(|data| data.policy_sha256 != self.bundle.policy_sha256()) else {
            return self.bundle.policy().clone();
        };
        self.named_policy(&data.policy_sha256).unwrap_or_else(|| {
            warnings.push(
                format!(
                    "the report was written under another version of the policy, which is not here, and the relay keeps none but the present one: \
                     promises are counted by version {}",
                    self.bundle.policy().identity.version
                ),
            );
            self.bundle.policy().clone()
        })
    }
}

impl Reader<'_> {
    /// The policy of this hash, if it is in force or some pull saw it.
    pub(crate) fn named_policy(&self, sha256: &str) -> Option<Policy> {
        if sha256 == self.bundle.policy_sha256() {
            return Some(self.bundle.policy().clone());
        }
        self.store.policy(sha256).and_then(|text| Policy::from_toml(&text).ok())
    }
}

/// What the members told each other. A word of our own that the relay has not taken yet counts here and nowhere else.
fn log(items: &[Item]) -> DeskLog {
    let mut log = DeskLog::default();
    for item in items {
        if let Ok(Letter::FromDesk { entry, signer, .. }) = &item.letter {
            log.add(Said {
                at: counts_from(entry.written_at, item.received),
                entry: item.entry,
                by: signer.clone(),
                word: entry.says.clone(),
            });
        }
    }
    log
}
