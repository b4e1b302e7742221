//! `sealpost case --evidence`: what was promised and kept, for others to check, without the report.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sealpost_keys::{CaseKey, RelayKeys, UncheckedCert};
use sealpost_shared::evidence::{self, Evidence, Facts, PolicyProof, ReplyFact, readable};
use sealpost_shared::policy::Policy;
use sealpost_shared::receipt::Receipt;
use sealpost_shared::timeline::{Case, Event, EventKind, Witness, view};
use sealpost_shared::{EntryId, Fingerprint};
use zeroize::Zeroizing;

use super::{CaseArgs, Followed, Source};
use crate::cmd::report::CaseFile;
use crate::config::Context;
use crate::files;
use crate::relay_api::RelayApi;
use crate::ui::causes;

/// Eight lines and a signature.
const MAX_RECEIPT_BYTES: u64 = 64 * 1024;

/// What is known of a case.
pub(super) struct Known<'a> {
    pub(super) key: &'a CaseKey,
    pub(super) file: Option<&'a CaseFile>,
    pub(super) folder: Option<&'a Path>,
    pub(super) followed: Option<&'a Followed>,
    pub(super) source: &'a Source,
    pub(super) record: &'a Case,
}

/// Writes the file and, beside it, the text to read.
///
/// # Errors
/// When the disk refuses. A receipt that the relay does not give is told and left out.
pub(super) fn write(context: &Context, args: &CaseArgs, known: &Known<'_>, path: &Path) -> Result<()> {
    let (receipts, texts): (Vec<_>, _) = receipts(context, args, known)?.into_iter().unzip();
    let facts = facts(context, known, &receipts, texts)?;
    let policy = &known.source.policy;
    let text = readable(&facts, &facts.lines(policy, &receipts));
    let signature = known.key.sign_detached_armored(facts.canonical()?.as_bytes(), context.now())?;
    let evidence = Evidence {
        evidence: evidence::VERSION,
        facts,
        certificate: Some(known.key.certificate().to_armored()),
        signature: Some(signature),
    };
    let beside = beside(path);
    files::replace(path, &serde_json::to_vec_pretty(&evidence)?)?;
    files::replace(&beside, text.as_bytes())?;
    context.ui.note(&format!(
        "Evidence, without the report: {} (to check) and {} (to read).",
        path.display(),
        beside.display()
    ));
    Ok(())
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".txt");
    name.into()
}

fn facts(context: &Context, known: &Known<'_>, receipts: &[Receipt], texts: Vec<String>) -> Result<Facts> {
    let (Source { policy, bundle }, made_at) = (known.source, context.now());
    let of_report = receipts.iter().find(|receipt| receipt.entry == known.key.case_id().into());
    let mut facts = Facts {
        made_at,
        case: known.key.case_id(),
        team: policy.identity.slug.clone(),
        desk: known.file.map_or_else(|| policy.team_desk().id.clone(), |file| file.desk.clone()),
        severity: known.file.and_then(|file| file.severity),
        exploited: known.file.is_some_and(|file| file.exploited),
        policy: PolicyProof {
            text: bundle.policy.clone(),
            signature: Some(bundle.policy_signature.clone()),
            certificate: certificate(bundle, &policy.identity.signed_by),
        },
        letter_sha256: known
            .file
            .map(|file| file.sha256.clone())
            .or_else(|| of_report.map(|r| r.sha256.clone())),
        relay_certificate: Some(bundle.relay.certificate.clone()),
        receipts: texts,
        replies: replies(known),
        events: signed_record(known.record, of_report, policy)?,
        view: view(&Case::default(), policy, made_at),
    };
    facts.keep_gravity_only_where_it_counts(policy);
    let held = policy.clone().for_case(facts.severity, facts.exploited);
    facts.view = view(&facts.events, &held, made_at);
    Ok(facts)
}

fn certificate(bundle: &sealpost_shared::wire::v1::BundleResponse, signer: &Fingerprint) -> Option<String> {
    let is_the_signers = |armored: &&String| {
        UncheckedCert::parse_one(armored.as_bytes()).is_ok_and(|cert| cert.fingerprint() == *signer)
    };
    bundle.certificates.iter().find(is_the_signers).cloned()
}

/// The record with what the relay signed in place of what it only said.
fn signed_record(record: &Case, receipt: Option<&Receipt>, policy: &Policy) -> Result<Case> {
    let own = record.events().filter(|event| event.kind != EventKind::Received).cloned();
    let received =
        receipt.map(|receipt| Event { at: receipt.received, kind: EventKind::Received, by: Witness::Relay });
    Ok(own.chain(received).try_fold(Case::default(), |case, event| case.apply(event, policy))?)
}

fn replies(known: &Known<'_>) -> Vec<ReplyFact> {
    let fresh = known.followed.map(|followed| followed.replies.as_slice()).unwrap_or_default();
    let signer = |entry: EntryId| {
        fresh.iter().find(|reply| reply.reply.entry == entry).map(|reply| reply.signer.clone())
    };
    match known.file {
        Some(file) => {
            let fact = |heard: &crate::cmd::report::Heard| ReplyFact {
                entry: heard.entry,
                kind: heard.kind,
                at: heard.at,
                signed_by: signer(heard.entry),
            };
            file.heard.iter().map(fact).collect()
        }
        None => {
            let fact = |reply: &super::TeamReply| ReplyFact {
                entry: reply.reply.entry,
                kind: reply.reply.kind,
                at: reply.at(),
                signed_by: Some(reply.signer.clone()),
            };
            fresh.iter().map(fact).collect()
        }
    }
}

/// The good receipts of the report and of every reply, with their texts.
fn receipts(context: &Context, args: &CaseArgs, known: &Known<'_>) -> Result<Vec<(Receipt, String)>> {
    let keys = RelayKeys::parse(known.source.bundle.relay.certificate.as_bytes())
        .context("the relay's certificate")?;
    let entries = std::iter::once(known.key.case_id().into())
        .chain(replies(known).iter().map(|reply| reply.entry))
        .collect::<Vec<_>>();
    let mut good = Vec::new();
    for entry in entries {
        let text = receipt(args, known, entry);
        let verified = text.and_then(|text| Ok((keys.verify_receipt(&text, context.now())?.0, text)));
        match verified {
            Ok(receipt) => good.push(receipt),
            Err(why) => context.ui.warn(&format!("no receipt of entry {entry}: {}", causes(&why))),
        }
    }
    Ok(good)
}

/// The receipt of the report is in the folder; the others only the relay has.
fn receipt(args: &CaseArgs, known: &Known<'_>, entry: EntryId) -> Result<String> {
    if entry == known.key.case_id().into()
        && let Some(path) = known.folder.map(|folder| folder.join("receipt.asc")).filter(|path| path.exists())
    {
        return files::read_text(&path, MAX_RECEIPT_BYTES);
    }
    known.followed.context("the relay could not be asked")?;
    let relay = args
        .relay
        .clone()
        .or_else(|| known.file.map(|file| file.relay.clone()))
        .context("no relay is known")?;
    let token = Zeroizing::new(known.key.capability().to_token());
    RelayApi::new(&relay)?.receipt(known.key.case_id(), entry, &token)
}
