//! `sealpost case`: a case as its reporter sees it, with the twelve words.

mod args;
mod embargo;
mod evidence;
mod offline;
mod say;
mod write;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_keys::open::Contents;
use sealpost_keys::{CaseKey, OpenError, SealedLetter, UncheckedCert, open_letter, phrase};
use sealpost_shared::letter::{LetterData, Reply};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{Case, Event, EventKind, Witness, view};
use sealpost_shared::wire::v1::{Author, BundleResponse, EntryInfo};
use sealpost_shared::{Fingerprint, Timestamp, limits};
use zeroize::Zeroizing;

pub(crate) use self::args::CaseArgs;
use super::report::{self, CaseFile, Heard, Said, trusted_signer};
use crate::bundle::{self, Bundle, MAX_BUNDLE_BYTES, SignerOption, sha256};
use crate::config::{Context, UsageError, usage};
use crate::dossier::{events, human, judge_reply};
use crate::files;
use crate::relay_api::{ApiError, RelayApi};
use crate::ui::causes;

/// Twelve words and blanks.
const MAX_WORDS_BYTES: u64 = 4096;

/// A case's file with some hundred replies.
const MAX_CASE_FILE_BYTES: u64 = 512 * 1024;

/// A verified reply of the team.
struct TeamReply {
    reply: Reply,
    received: Timestamp,
    signer: Fingerprint,
    contents: Contents,
}

impl TeamReply {
    /// When it counts from: a reply that arrived later than it says was not there before.
    fn at(&self) -> Timestamp {
        human(&self.reply, Some(self.received)).at
    }
}

/// What came back for a case.
struct Followed {
    entries: Vec<EntryInfo>,
    replies: Vec<TeamReply>,
    refused: Vec<String>,
    /// Entries that are sealed to the desk alone.
    desk_notes: usize,
}

/// A policy, and the bundle it came in.
#[derive(Clone)]
struct Source {
    policy: Policy,
    bundle: BundleResponse,
}

/// What the relay said, as far as it could be asked.
struct Asked {
    followed: Followed,
    source: Source,
    bundle: Bundle,
    api: RelayApi,
    /// Why the report has no good receipt, if it was tried again and has none.
    unsent: Option<anyhow::Error>,
}

/// Shows the reporter's timeline and the team's verified replies. With a folder the timeline is shown also when the relay errs:
/// nobody but the team's people can stop a clock.
///
/// # Errors
/// When the words are wrong, or the relay, its bundle or its receipt is not right; with a folder, after the timeline was shown. A
/// reply that does not count is no error: it is named.
pub(crate) fn run(context: &Context, args: &CaseArgs) -> Result<()> {
    let words = Zeroizing::new(files::read_text(&args.words_file, MAX_WORDS_BYTES)?);
    let key = case_key(&words)?;
    let args = &in_folder(args, &words, &key)?;
    let mut file = args.folder.as_deref().map(read_folder).transpose()?;
    if let Some(file) = &file {
        ensure!(file.case == key.case_id(), "these words belong to another case than this folder");
    }
    let kept = args.folder.as_deref().and_then(kept_source);
    let (asked, problem) = match ask(context, args, file.as_mut(), kept.as_ref(), &key) {
        Ok(mut asked) => {
            let problem = asked.unsent.take();
            (Some(asked), problem)
        }
        Err(why) if why.is::<UsageError>() || kept.is_none() => return Err(why),
        Err(why) => (None, Some(why)),
    };
    if let (Some(folder), Some(file), Some(asked)) = (&args.folder, &mut file, &asked) {
        remember(file, &asked.followed, folder)?;
    }
    let source =
        kept.or_else(|| asked.as_ref().map(|asked| asked.source.clone())).context("no policy is known")?;
    let policy = match &file {
        Some(file) => source.policy.clone().for_case(file.severity, file.exploited),
        None => source.policy.clone(),
    };
    let followed = asked.as_ref().map(|asked| &asked.followed);
    let before = record(followed, file.as_ref(), None, &policy)?;
    let before = view(&before, &policy, context.now());
    let (said, problem) = match (&asked, problem) {
        (Some(Asked { bundle, api, .. }), None) => {
            embargo::check(args, &embargo::by_team(followed, file.as_ref()))?;
            let pen = write::Pen { context, key: &key, api, bundle };
            match pen.send(args, file.as_mut(), &before) {
                Ok(said) => (said, None),
                Err(why) if why.is::<UsageError>() => return Err(why),
                Err(why) => (None, Some(why)),
            }
        }
        (_, problem) => (None, problem),
    };
    let record = record(followed, file.as_ref(), said.as_ref(), &policy)?;
    let view = view(&record, &policy, context.now());
    let case = say::Seen {
        key: &key,
        file: file.as_ref(),
        followed,
        said: said.as_ref(),
        problem: problem.as_ref(),
        view: &view,
    };
    say::show(context, &case);
    if let Some(path) = &args.evidence {
        let folder = args.folder.as_deref();
        let known = evidence::Known {
            key: &key,
            file: file.as_ref(),
            folder,
            followed,
            source: &source,
            record: &record,
        };
        evidence::write(context, args, &known, path)?;
    }
    match problem {
        Some(why) if ApiError::is_deleted(&why) => Err(why),
        Some(why) if asked.is_none() && args.writes().is_some() => Err(why.context(
            "your letter was not written, because the relay could not be asked for the team's keys; try again later",
        )),
        Some(why) => Err(why
            .context("the relay was not as it should be; the times above are from your own folder and hold")),
        None => Ok(()),
    }
}

fn ask(
    context: &Context,
    args: &CaseArgs,
    file: Option<&mut CaseFile>,
    kept: Option<&Source>,
    key: &CaseKey,
) -> Result<Asked> {
    let Some(relay) = args.relay.clone().or_else(|| file.as_ref().map(|file| file.relay.clone())) else {
        return usage("name the relay with --relay");
    };
    let Some(team) = args.team.clone().or_else(|| file.as_ref().map(|file| file.team.clone())) else {
        return usage("name the team with --team");
    };
    let api = RelayApi::new(&relay)?;
    let fetched = api.bundle(&team)?;
    let told = args.fingerprint.as_ref().or_else(|| file.as_ref().map(|file| &file.fingerprint));
    let signer = trusted_signer(context, told, args.trust_first_use, &fetched)?;
    // What a person typed may be mistyped; what was believed before may have changed.
    let is_known = args.fingerprint.is_none() || file.as_ref().is_some_and(|file| file.fingerprint == signer);
    let option = if is_known { SignerOption::Fingerprint } else { SignerOption::FirstFingerprint };
    let bundle = Bundle::check(fetched, &team, &signer, option, context.now())?;
    bundle::check_version(
        &bundle,
        kept.map_or(0, |kept| kept.policy.identity.version),
        args.accept_older_policy,
    )?;
    let sent = match (&args.folder, file) {
        (Some(folder), Some(file)) => send_if_needed(context, &bundle, file, key, folder),
        _ => Ok(()),
    };
    let followed = match follow(context, &api, &bundle, key) {
        Ok(followed) => followed,
        // Why it was not sent says more than that it is not there.
        Err(why) => return Err(sent.err().unwrap_or(why)),
    };
    let source = Source { policy: bundle.policy().clone(), bundle: bundle.response().clone() };
    Ok(Asked { followed, source, bundle, api, unsent: sent.err() })
}

/// Keeps what replies came: they count also while the relay cannot be asked.
fn remember(file: &mut CaseFile, followed: &Followed, folder: &Path) -> Result<()> {
    let known = file.heard.len();
    for reply in &followed.replies {
        if !file.heard.iter().any(|heard| heard.entry == reply.reply.entry) {
            let (entry, kind, at) = (reply.reply.entry, reply.reply.kind, reply.at());
            file.heard.push(Heard { entry, kind, at, matter: reply.reply.matter.clone() });
        }
    }
    if file.heard.len() == known { Ok(()) } else { file.keep(folder) }
}

fn read_folder(folder: &Path) -> Result<CaseFile> {
    let path = folder.join("case.json");
    serde_json::from_slice(&files::read(&path, MAX_CASE_FILE_BYTES)?).with_context(|| {
        format!(
            "{} is damaged; use the words with --relay, --team and --fingerprint instead of the folder",
            path.display()
        )
    })
}

/// The same with a folder in place of a file of the offline page.
fn in_folder(args: &CaseArgs, words: &str, key: &CaseKey) -> Result<CaseArgs> {
    let mut args = args.clone();
    if let Some(file) = args.folder.take_if(|path| path.is_file()) {
        args.folder = Some(offline::unpack(&file, words, key)?);
    }
    Ok(args)
}

fn case_key(words: &str) -> Result<CaseKey> {
    let secret = phrase::from_words(words).context("the twelve words")?;
    Ok(CaseKey::derive(&secret, 0))
}

/// The policy the case was opened under; a later one does not change the promises.
fn kept_source(folder: &Path) -> Option<Source> {
    let json = files::read_if_there(&folder.join("bundle.json"), MAX_BUNDLE_BYTES).ok().flatten()?;
    let bundle = bundle::parse(&json).ok()?;
    Some(Source { policy: Policy::from_toml(&bundle.policy).ok()?, bundle })
}

/// A folder without a receipt is a report that was sealed and perhaps never arrived.
fn send_if_needed(
    context: &Context,
    bundle: &Bundle,
    file: &mut CaseFile,
    key: &CaseKey,
    folder: &Path,
) -> Result<()> {
    if folder.join("receipt.asc").exists() {
        return report::upload(context, bundle, file, key, folder);
    }
    let Some(letter) = files::read_if_there(&folder.join("report.pgp"), limits::MAX_LETTER_BYTES as u64)?
    else {
        return Ok(());
    };
    ensure!(
        sha256(&letter) == file.sha256,
        "{}/report.pgp is damaged and was not sent; put a copy back in its place, or write a new report",
        folder.display()
    );
    report::deliver(context, bundle, file, key, &letter, folder)?;
    context.ui.note("The report had no receipt yet: it was sent now, and the receipt is good.");
    report::upload(context, bundle, file, key, folder)
}

fn follow(context: &Context, api: &RelayApi, bundle: &Bundle, key: &CaseKey) -> Result<Followed> {
    let token = Zeroizing::new(key.capability().to_token());
    let entries = all_entries(api, key, &token).map_err(|why| match why {
        why if ApiError::is_not_found(&why) => why.context(
            "the relay has no case of these twelve words: check the words and the relay's address, or the report never arrived",
        ),
        why => why,
    })?;
    let members = bundle.members(bundle.policy().team_desk());
    let mut followed =
        Followed { entries: Vec::new(), replies: Vec::new(), refused: Vec::new(), desk_notes: 0 };
    let mut looked_at = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry.author == Author::Team) {
        if !looked_at.insert(entry.entry) {
            followed.refused.push(format!("entry {}: the relay lists it twice; it counts once", entry.entry));
            continue;
        }
        let reply = api.entry(key.case_id(), entry.entry, &token);
        match reply.and_then(|bytes| read_reply(bytes, entry, key, &members, context.now())) {
            Ok(reply) => followed.replies.push(reply),
            Err(why) if matches!(why.downcast_ref(), Some(OpenError::NotForThisKey)) => {
                followed.desk_notes += 1;
            }
            Err(why) if ApiError::is_outage(&why) => return Err(why),
            Err(why) => followed.refused.push(format!("entry {}: {}", entry.entry, causes(&why))),
        }
    }
    followed.entries = entries;
    Ok(followed)
}

fn all_entries(api: &RelayApi, key: &CaseKey, token: &str) -> Result<Vec<EntryInfo>> {
    let mut entries: Vec<EntryInfo> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.seq);
        let page = api.entries(key.case_id(), after, token)?;
        if page.entries.is_empty() {
            return Ok(entries);
        }
        let gapless = (after + 1..).zip(&page.entries).all(|(n, entry)| entry.seq == n);
        ensure!(gapless, "the relay keeps back an entry of this case; ask who runs it");
        entries.extend(page.entries);
        ensure!(
            entries.len() <= limits::MAX_CASE_ENTRIES as usize,
            "the relay lists more entries than a case can have"
        );
    }
}

fn read_reply(
    bytes: Vec<u8>,
    entry: &EntryInfo,
    key: &CaseKey,
    members: &[UncheckedCert],
    now: Timestamp,
) -> Result<TeamReply> {
    ensure!(sha256(&bytes) == entry.sha256, "the relay sent other bytes than it lists (SHA-256 differs)");
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(bytes), key)?;
    let Some(LetterData::Reply(reply)) = opened.unverified().data.clone() else {
        bail!("this is no reply of the team");
    };
    ensure!(reply.case == key.case_id(), "this reply was written for another case");
    let letter = judge_reply(&opened, &reply, entry.entry, Some(&key.fingerprint()), members, now)?;
    Ok(TeamReply {
        reply,
        received: entry.received,
        signer: letter.signer().clone(),
        contents: letter.into_contents(),
    })
}

/// Everything that is known to have happened.
fn record(
    followed: Option<&Followed>,
    file: Option<&CaseFile>,
    said: Option<&Said>,
    policy: &Policy,
) -> Result<Case> {
    let received = followed.and_then(|followed| followed.entries.first()).map(|entry| entry.received);
    let mut heard = Vec::new();
    if let Some(at) = file.and_then(|file| file.sent).or(received) {
        heard.push(Event { at, kind: EventKind::Sent, by: Witness::Reporter });
    }
    if let Some(at) = received {
        heard.push(Event { at, kind: EventKind::Received, by: Witness::Relay });
    }
    for known in file.iter().flat_map(|file| &file.heard) {
        heard.extend(events::said(known.kind, &known.matter, known.at));
    }
    // What was heard before keeps its time, whatever the relay says of it now.
    let is_new = |reply: &&TeamReply| {
        !file.is_some_and(|file| file.heard.iter().any(|heard| heard.entry == reply.reply.entry))
    };
    let replies = followed.iter().flat_map(|followed| &followed.replies).filter(is_new);
    heard.extend(replies.flat_map(|reply| events::said(reply.reply.kind, &reply.reply.matter, reply.at())));
    let kept = file.iter().flat_map(|file| &file.said);
    let by_team = embargo::by_team(followed, file);
    for said in kept.chain(said) {
        let reporter = |kind| Event { at: said.at, kind, by: Witness::Reporter };
        heard.push(reporter(EventKind::FollowUp));
        let word = said.embargo.map(|word| events::not_alone(word, |until| by_team.contains(&until)));
        heard.extend(word.map(|word| reporter(word.into())));
    }
    let mut case = Case::default();
    for event in heard {
        // A stage that the policy of this case does not have says nothing here.
        case = events::known(case.clone(), event, policy)?.unwrap_or(case);
    }
    Ok(case)
}
