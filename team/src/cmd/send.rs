//! Sending a reply: sealed, kept, sent, and what it keeps of the promises.

use anyhow::{Context as _, Result};
use sealpost_keys::{Letter, SealedLetter};
use sealpost_shared::letter::{LetterData, Reply, ReplyKind};
use sealpost_shared::timeline::{PromiseState, PromiseView, TimelineView};
use sealpost_shared::{EntryId, Timestamp};
use serde_json::json;

use super::Desk;
use crate::args::TeamArgs;
use crate::config::Context;
use crate::dossier::Dossier;
use crate::keyring::{self, Keyring};
use crate::local::SentEntry;
use crate::relay_api::RelayApi;
use crate::session::{self, Session};
use crate::times;

/// What is to be said, to whom.
pub(crate) struct Outgoing<'a> {
    /// Case id or its beginning.
    pub(crate) case: &'a str,
    /// What it means for the clock.
    pub(crate) kind: ReplyKind,
    /// The prose.
    pub(crate) text: String,
}

/// Seals a reply to the reporter of the case's first letter, keeps it, and sends it.
///
/// # Errors
/// When the case has no verified reporter, the key cannot be used or the relay refuses. Once sealed, the reply is kept and the next
/// pull sends it.
pub(crate) fn send(context: &Context, team: &TeamArgs, outgoing: Outgoing<'_>) -> Result<()> {
    let desk = Desk::open(context, team)?;
    let _lock = desk.store.lock()?;
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let reader = desk.reader(keyring.as_ref(), now);
    let dossier = reader.read(desk.store.find(outgoing.case)?)?;
    let (reply, sealed) = seal(&desk, keyring.as_ref(), &dossier, outgoing, now)?;
    let sent = SentEntry { case: dossier.case, entry: reply.entry };
    desk.store.put_sent(&sent, sealed.as_bytes())?;
    let receipt = deliver(context, &desk, keyring.as_ref(), &sent, &sealed)
        .context("the reply is sealed and kept here, but not sent; the next `sealpost pull` sends it")?;
    desk.store.put_receipt(&sent, &receipt)?;
    say(context, &dossier, &reply, now)
}

fn seal(
    desk: &Desk,
    keyring: &dyn Keyring,
    dossier: &Dossier,
    outgoing: Outgoing<'_>,
    now: Timestamp,
) -> Result<(Reply, SealedLetter)> {
    let to = dossier.reporter.as_ref().with_context(|| {
        format!(
            "case {} has no verified first letter, so there is no key to answer to; `sealpost show` says why",
            dossier.case.short()
        )
    })?;
    let reply = Reply {
        case: dossier.case,
        entry: EntryId::from_bytes(session::make_random()?),
        to: to.fingerprint(),
        kind: outgoing.kind,
        written_at: now,
    };
    let letter = Letter {
        text: outgoing.text,
        data: LetterData::Reply(reply.clone()),
        reporter_certificate: None,
        attachments: Vec::new(),
    };
    let copies = desk.bundle.recipients(desk.bundle.desk(&desk.settings.desk)?, now)?;
    let sealed = keyring.seal_reply(&letter, to, &copies, now)?;
    Ok((reply, sealed))
}

fn deliver(
    context: &Context,
    desk: &Desk,
    keyring: &dyn Keyring,
    sent: &SentEntry,
    sealed: &SealedLetter,
) -> Result<String> {
    let api = RelayApi::new(&desk.settings.relay)?;
    let mut session = Session::start(context, &desk.settings, &desk.bundle, keyring, &api)?;
    session.call(|token| api.put_entry(sent.case, sent.entry, token, sealed.as_bytes()))
}

fn say(context: &Context, dossier: &Dossier, reply: &Reply, now: Timestamp) -> Result<()> {
    // Without every letter read nobody can say what was still open.
    let before = dossier.view(now);
    let after = before.is_some().then(|| dossier.view_with(reply, now)).transpose()?;
    let met = before.zip(after.as_ref()).map(|(before, after)| met(&before, after)).unwrap_or_default();
    context.ui.json(&json!({
        "case": dossier.case, "entry": reply.entry, "kind": reply.kind, "written_at": reply.written_at,
        "met": met.iter().map(|p| json!({ "promise": p.id, "due": p.due, "late": p.state == PromiseState::Late })).collect::<Vec<_>>(),
        "next": after.as_ref().map(|after| &after.next),
    }));
    context.ui.heading(&format!("Sent: {} to {}", times::kind(reply.kind), dossier.case.short()));
    for promise in met {
        let how = if promise.state == PromiseState::Late { "Done, but late:" } else { "Promise kept:" };
        context.ui.say(&format!("{how} {} by {}", times::promise(promise.id), times::utc(promise.due)));
    }
    match &after {
        Some(after) => times::next_line(after, now).iter().for_each(|next| context.ui.say(next)),
        None => context.ui.alarm("Promises: unknown, because not every letter of the case could be opened."),
    }
    Ok(())
}

/// Promises that this reply met.
fn met(before: &TimelineView, after: &TimelineView) -> Vec<PromiseView> {
    let waited = before
        .promises
        .iter()
        .filter(|promise| promise.met_at.is_none() && promise.state != PromiseState::Kept);
    waited
        .filter_map(|open| {
            let same = |p: &&PromiseView| (p.id, p.due) == (open.id, open.due);
            match after.promises.iter().find(same) {
                Some(now) if now.met_at.is_some() => Some(*now),
                Some(_) => None,
                // An update that came in time leaves the list: only missed ones stay on record.
                None => Some(PromiseView { state: PromiseState::Kept, ..*open }),
            }
        })
        .collect()
}
