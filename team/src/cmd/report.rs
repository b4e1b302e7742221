//! `sealpost report`: a report without a browser. Sealed here; the twelve words are shown once and kept nowhere.

mod args;
mod enclose;
mod folder;
pub(in crate::cmd) mod work;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use sealpost_keys::{Attachment, CaseKey, CaseSecret, Letter, SealedLetter, phrase, seal_letter};
use sealpost_shared::letter::{CaseData, Enclosures, LetterData, check_title, room_for_files};
use sealpost_shared::policy::Standing;
use sealpost_shared::timeline::{Case, Event, EventKind, TimelineView, Witness, view};
use sealpost_shared::wire::v1::BundleResponse;
use sealpost_shared::{EntryId, Fingerprint, Timestamp, limits};
use serde_json::json;
use zeroize::Zeroizing;

pub(crate) use self::args::ReportArgs;
pub(super) use self::enclose::upload;
pub(super) use self::folder::{CaseFile, Heard, Said};
use super::show::say_promises;
use crate::bundle::{self, Bundle, MAX_BUNDLE_BYTES, SignerOption};
use crate::config::{Context, usage};
use crate::relay_api::RelayApi;
use crate::{files, times};

/// A report, sealed.
struct SealedReport {
    words: Zeroizing<String>,
    key: CaseKey,
    letter: SealedLetter,
    file: CaseFile,
}

/// Seals a report and sends it.
///
/// # Errors
/// When a field cannot be sent, the fingerprint is not confirmed, a certificate is unusable or the relay refuses. What was sealed
/// stays in its folder.
pub(crate) fn run(context: &Context, args: &ReportArgs) -> Result<()> {
    check_title(&args.title)?;
    let text = files::read_text(&args.text, limits::MAX_REPORT_BYTES as u64)?;
    let (attachments, enclosed) = attachments(&args.attach, text.len())?;
    let fetched = fetch(args)?;
    let relay =
        args.relay.clone().unwrap_or_else(|| fetched.relay.origin.clone()).trim_end_matches('/').to_owned();
    let signer = trusted_signer(context, args.fingerprint.as_ref(), args.trust_first_use, &fetched)?;
    let bundle = Bundle::check(fetched, &args.team, &signer, SignerOption::FirstFingerprint, context.now())?;
    let now = context.now();
    if let Standing::Expired { at } = bundle.policy().identity.standing(now) {
        context.ui.warn(&format!("the team did not renew its policy, which expired {}", times::utc(at)));
    }
    let written = Written { relay, text, attachments, enclosed };
    let (mut sealed, folder) = seal(context, args, &bundle, written, now)?;
    keep(&folder, &bundle, &sealed)?;
    show_words(context, &sealed);
    let outcome =
        if args.out.is_some() { Ok(None) } else { send(context, &bundle, &mut sealed, &folder).map(Some) };
    let enclosed = match &outcome {
        Ok(Some(())) => enclose::upload(context, &bundle, &sealed.file, &sealed.key, &folder),
        _ => Ok(()),
    };
    let view = promised(&bundle, &sealed.file, now)?;
    context.ui.json(&json!({
        "case": sealed.file.case, "short": sealed.file.case.short(), "folder": folder, "words": sealed.words.as_str(),
        "sha256": sealed.file.sha256, "fingerprint": signer, "sent": sealed.file.sent.is_some(),
        "receipt": matches!(outcome, Ok(Some(()))), "enclosures": sealed.file.enclosures.as_ref().map(|_| enclosed.is_ok() && sealed.file.sent.is_some()),
        "timeline": view,
    }));
    match outcome {
        Ok(sent) => say(context, &folder, sent.is_some(), &view, now),
        Err(why) => return Err(unconfirmed(context, &folder, &sealed.file, &view, why)),
    }
    enclosed.with_context(|| {
        format!("the report arrived and the clocks run; its large files did not all arrive. `sealpost case {} --words-file -` sends the rest", folder.display())
    })
}

/// What a report is made of, beside its fields.
struct Written {
    relay: String,
    text: String,
    attachments: Vec<Attachment>,
    /// Files that are too large for the letter.
    enclosed: Vec<PathBuf>,
}

/// Says what counts although no good receipt came.
fn unconfirmed(
    context: &Context,
    folder: &Path,
    file: &CaseFile,
    view: &TimelineView,
    why: anyhow::Error,
) -> anyhow::Error {
    let folder = folder.display();
    let Some(at) = file.sent else {
        return why.context(format!(
            "the report is sealed in {folder} but no receipt came; `sealpost case {folder} --words-file -` sends it again"
        ));
    };
    say_promises(context.ui, view, at);
    why.context(format!(
        "the relay took the report and the clocks run from {}, but its receipt is not good. The report is kept in {folder}; \
         `sealpost case {folder} --words-file -` sends it again and asks for another receipt",
        times::utc(at)
    ))
}

fn fetch(args: &ReportArgs) -> Result<BundleResponse> {
    match (&args.bundle, &args.relay) {
        (Some(path), _) => {
            bundle::parse(&files::read(path, MAX_BUNDLE_BYTES)?).with_context(|| path.display().to_string())
        }
        (None, Some(relay)) => RelayApi::new(relay)?.bundle(&args.team),
        (None, None) => usage("name the relay with --relay, or give a bundle with --bundle"),
    }
}

/// Decides whose signature the policy must carry: told, believed on request, or confirmed by the person at the terminal.
///
/// # Errors
/// When nobody confirms it.
pub(super) fn trusted_signer(
    context: &Context,
    told: Option<&Fingerprint>,
    trust_first_use: bool,
    fetched: &BundleResponse,
) -> Result<Fingerprint> {
    if let Some(told) = told {
        return Ok(told.clone());
    }
    let claimed = bundle::claimed_signer(fetched)?;
    if trust_first_use {
        context.ui.warn(&format!("the relay was believed about the fingerprint {}", claimed.grouped()));
        return Ok(claimed);
    }
    if !context.ui.can_ask() {
        return usage(format!(
            "the policy says it is signed by {claimed}. Compare that with what the project publishes, then pass --fingerprint {claimed} (or --trust-first-use to believe the relay)"
        ));
    }
    let question = format!(
        "The policy says it is signed by\n\n    {}\n\nCompare this with what the project publishes elsewhere (its site, security.txt, its repository).\nIs it the same? Type yes to go on:",
        claimed.grouped()
    );
    ensure!(
        context.ui.confirm(&question)?,
        "the fingerprint was not confirmed, so nothing was sealed or sent"
    );
    Ok(claimed)
}

/// Reads the files that fit the letter; the others travel beside it.
fn attachments(paths: &[PathBuf], text_bytes: usize) -> Result<(Vec<Attachment>, Vec<PathBuf>)> {
    let (mut attachments, mut enclosed) = (Vec::new(), Vec::new());
    let mut room = room_for_files(text_bytes) as u64;
    for path in paths {
        let size = std::fs::metadata(path).map(|data| data.len()).unwrap_or_default();
        if size > room || attachments.len() == limits::MAX_ATTACHMENTS {
            enclosed.push(path.clone());
            continue;
        }
        let bytes = files::read(path, room)?;
        room -= bytes.len() as u64;
        attachments.push(Attachment::new(&enclose::name(path), "application/octet-stream", bytes));
    }
    Ok((attachments, enclosed))
}

/// Seals the files first, because the letter names them; both into the case's folder.
fn seal(
    context: &Context,
    args: &ReportArgs,
    bundle: &Bundle,
    written: Written,
    now: Timestamp,
) -> Result<(SealedReport, PathBuf)> {
    let Written { relay, text, attachments, enclosed } = written;
    let desk = bundle.policy().team_desk();
    let to = bundle.recipients(desk, now)?;
    let secret = CaseSecret::make_random();
    let key = CaseKey::derive(&secret, 0);
    let folder =
        args.out.clone().unwrap_or_else(|| format!("sealpost-case-{}", key.case_id().short()).into());
    make_folder(&folder)?;
    let mib = bundle.policy().reports.enclosures_mib();
    let enclosures = enclose::seal(context, &enclosed, mib, &to, &key, &folder, now);
    // Nothing of value lies in the folder yet.
    let enclosures = enclosures.inspect_err(|_| drop(std::fs::remove_dir_all(&folder)))?;
    let data = CaseData {
        case: key.case_id(),
        team: args.team.clone(),
        desk: desk.id.clone(),
        title: args.title.trim().to_owned(),
        written_at: now,
        product: args.product.clone(),
        versions: args.versions.clone(),
        severity: args.severity,
        exploited: args.exploited,
        public: args.public,
        credit: args.credit.clone(),
        policy_sha256: bundle.policy_sha256(),
        enclosures: enclosures.clone(),
    };
    let letter = Letter {
        text,
        data: LetterData::Report(data),
        reporter_certificate: Some(key.certificate()),
        attachments,
    };
    let letter = seal_letter(&letter, &to, &key, now);
    let letter = letter.inspect_err(|_| drop(std::fs::remove_dir_all(&folder)))?;
    let file = CaseFile {
        relay,
        team: args.team.clone(),
        desk: desk.id.clone(),
        case: key.case_id(),
        fingerprint: bundle.policy().identity.signed_by.clone(),
        sent: None,
        sha256: letter.sha256(),
        severity: args.severity,
        exploited: args.exploited,
        heard: Vec::new(),
        said: Vec::new(),
        // The names are in the letter, and nowhere in the clear.
        enclosures: enclosures.map(|enclosures| Enclosures { files: Vec::new(), ..enclosures }),
    };
    Ok((SealedReport { words: phrase::to_words(&secret), key, letter, file }, folder))
}

fn make_folder(folder: &Path) -> Result<()> {
    ensure!(
        !folder.exists(),
        "{} is there already and stays as it is; choose another folder",
        folder.display()
    );
    files::private_folder(folder)
}

/// Writes the folder before anything is sent, so that a lost connection loses nothing.
fn keep(folder: &Path, bundle: &Bundle, sealed: &SealedReport) -> Result<()> {
    files::create(&folder.join("report.pgp"), sealed.letter.as_bytes(), 0o600)?;
    files::create(&folder.join("bundle.json"), &serde_json::to_vec(bundle.response())?, 0o600)?;
    sealed.file.keep(folder)
}

fn show_words(context: &Context, sealed: &SealedReport) {
    context.ui.heading(&format!(
        "Case {}: these twelve words open it again, and nothing else does.",
        sealed.file.case.short()
    ));
    context.ui.say(&format!("\n    {}\n", sealed.words.as_str()));
    context.ui.say("They are shown once. Write them down, and keep them from others.");
}

fn send(context: &Context, bundle: &Bundle, sealed: &mut SealedReport, folder: &Path) -> Result<()> {
    deliver(context, bundle, &mut sealed.file, &sealed.key, sealed.letter.as_bytes(), folder)
}

/// Sends the first letter and keeps the receipt once it was verified. Repeating it is harmless. The clocks start at the first
/// request that the relay answered with success, whatever its receipt is worth: a relay must not be able to stop them.
///
/// # Errors
/// When the relay refuses, or its receipt is not about this letter.
pub(super) fn deliver(
    context: &Context,
    bundle: &Bundle,
    file: &mut CaseFile,
    key: &CaseKey,
    letter: &[u8],
    folder: &Path,
) -> Result<()> {
    let capability = Zeroizing::new(key.capability().to_token());
    let at = context.now();
    let relay = RelayApi::new(&file.relay)?;
    let answer = work::put_case(context.ui, &relay, file, &capability, letter)?;
    if file.sent.is_none() {
        file.sent = Some(at);
        file.keep(folder)?;
    }
    let text = answer.receipt()?;
    let (receipt, _) =
        bundle.relay_keys().verify_receipt(&text, context.now()).context("the relay's receipt")?;
    let ours = receipt.relay == bundle.origin()
        && (&receipt.team, &receipt.desk) == (&file.team, &file.desk)
        && (receipt.case, receipt.entry) == (file.case, EntryId::from(file.case))
        && receipt.sha256 == file.sha256;
    ensure!(ours, "the relay gave a receipt for something else; treat the report as not received");
    files::create(&folder.join("receipt.asc"), text.as_bytes(), 0o600)
}

fn promised(bundle: &Bundle, file: &CaseFile, now: Timestamp) -> Result<TimelineView> {
    let policy = bundle.policy().clone().for_case(file.severity, file.exploited);
    let mut case = Case::default();
    if let Some(at) = file.sent {
        case = case.apply(Event { at, kind: EventKind::Sent, by: Witness::Reporter }, &policy)?;
    }
    Ok(view(&case, &policy, file.sent.unwrap_or(now)))
}

fn say(context: &Context, folder: &Path, sent: bool, view: &TimelineView, now: Timestamp) {
    let ui = context.ui;
    if sent {
        ui.heading("\nSent. The relay signed a receipt for exactly these bytes.");
        ui.say(&format!("{0}/ has report.pgp, receipt.asc and case.json.", folder.display()));
        say_promises(ui, view, now);
    } else {
        ui.heading(&format!("\nSealed into {}; nothing was sent.", folder.display()));
        ui.say("No clock runs yet: the clocks of the policy start when it is sent.");
    }
    let then = if sent { "Later" } else { "Send it" };
    ui.say(&format!("\n{then}: sealpost case {} --words-file -", folder.display()));
}
