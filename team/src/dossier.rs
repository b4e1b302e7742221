//! A case as its team sees it: every entry opened, every signature judged, and the clock that follows. Shown, never kept.

mod judge;

use anyhow::Result;
use sealpost_keys::open::Contents;
use sealpost_keys::{SealedLetter, UncheckedCert};
use sealpost_shared::letter::{CaseData, LetterData, Reply};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, TimelineView, Witness, view};
use sealpost_shared::wire::v1::Author;
use sealpost_shared::{CaseId, Duration, EntryId, Fingerprint, Timestamp};

use crate::bundle::Bundle;
use crate::config::TeamSettings;
use crate::keyring::Keyring;
use crate::local::Store;
use crate::times::utc;
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
    /// What stands inside, or why it says nothing.
    pub(crate) letter: Result<Letter>,
    /// Nobody here knows what stands inside: it could not be opened.
    pub(crate) is_unread: bool,
}

/// What an entry says, once its signature was judged.
#[derive(Debug)]
pub(crate) enum Letter {
    /// A letter of the reporter, signed by the case's key.
    FromReporter { contents: Contents, signed_at: Timestamp },
    /// A statement of the team, signed by a member.
    FromTeam { contents: Contents, reply: Reply, signer: Fingerprint },
    /// Opened, but no signature counts: by an unknown hand.
    Unverified { contents: Contents, why: String },
}

impl Letter {
    /// What stands inside, whoever wrote it.
    pub(crate) const fn contents(&self) -> &Contents {
        match self {
            Self::FromReporter { contents, .. }
            | Self::FromTeam { contents, .. }
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

    /// When the first entry arrived.
    pub(crate) fn received(&self) -> Option<Timestamp> {
        self.items.first().and_then(|item| item.received)
    }

    /// What is promised, kept and late at `now`; `None` when that cannot be told, see [`Self::why_unknown`].
    pub(crate) fn view(&self, now: Timestamp) -> Option<TimelineView> {
        self.why_unknown().is_none().then(|| view(&self.events, &self.policy, now))
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
        let mut judge = Judge { reader: self, case, reporter: None, data: None };
        let items: Vec<Item> = sealed.into_iter().map(|sealed| judge.item(sealed)).collect();
        let Judge { reporter, data, .. } = judge;
        let mut warnings = Vec::new();
        if let Some(Err(why)) = data.as_ref().map(CaseData::check) {
            warnings.push(format!("the report breaks a rule of its form: {why}"));
        }
        let mut policy = self.policy(data.as_ref(), &mut warnings);
        if let Some(data) = &data {
            policy = policy.for_case(data.severity, data.exploited);
        }
        let events = events(&items, data.as_ref(), &policy, &mut warnings)?;
        Ok(Dossier { case, items, reporter, data, policy, warnings, events })
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
                letter,
            });
        }
        for sent in self.store.sent(case)? {
            if let Some(letter) = self.store.sent_letter(&sent)? {
                sealed.push(Sealed {
                    entry: sent.entry,
                    author: Author::Team,
                    received: None,
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
        let text = self.store.policy(&data.policy_sha256);
        let kept = text.and_then(|text| Policy::from_toml(&text).ok());
        kept.unwrap_or_else(|| {
            warnings.push(
                "the report names a policy that was never pulled here; measured by the one in force"
                    .to_owned(),
            );
            self.bundle.policy().clone()
        })
    }
}

fn events(
    items: &[Item],
    data: Option<&CaseData>,
    policy: &Policy,
    warnings: &mut Vec<String>,
) -> Result<Case> {
    let mut case = Case::default();
    if let Some(at) = sent(items, data, warnings) {
        case = case.apply(Event { at, kind: EventKind::Sent, by: Witness::Reporter }, policy)?;
    }
    for item in items {
        case = match &item.letter {
            Ok(Letter::FromTeam { reply, .. }) => case.apply(human(reply, item.received), policy)?,
            Ok(Letter::FromReporter { contents, .. }) => match &contents.data {
                Some(LetterData::FollowUp(letter)) => {
                    let event =
                        Event { at: letter.written_at, kind: EventKind::FollowUp, by: Witness::Reporter };
                    case.apply(event, policy)?
                }
                _ => case,
            },
            _ => case,
        };
    }
    Ok(case)
}

/// Clocks start when the reporter pressed the button, if the letter arrived in that hour. Written long before, it waited for a
/// network and nobody could have answered; written after its arrival, the reporter's clock is wrong. Then the arrival counts.
fn sent(items: &[Item], data: Option<&CaseData>, warnings: &mut Vec<String>) -> Option<Timestamp> {
    let received = items.first().and_then(|item| item.received);
    let (Some(data), Some(hour)) = (data, received) else {
        return data.map(|data| data.written_at).or(received);
    };
    let an_hour = Duration::from_hours(1);
    if data.written_at + an_hour < hour {
        warnings.push(format!(
            "the report says it was written {} and arrived {}; its arrival counts",
            utc(data.written_at),
            utc(hour)
        ));
    } else if data.written_at > hour + an_hour {
        warnings.push(format!(
            "the report says it was written {}, after it arrived; its arrival counts",
            utc(data.written_at)
        ));
    } else {
        return Some(data.written_at.max(hour));
    }
    Some(hour)
}
