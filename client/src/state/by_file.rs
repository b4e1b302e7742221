//! Writing to a team that only publishes a certificate: the certificate judged, the report sealed to it, and the file kept here.

use data_encoding::BASE64;
use leptos::ev::Event;
use leptos::prelude::*;
use sealpost_client_core::case_record::CaseRecord;
use sealpost_client_core::vault::{
    CheckedCertificate, MemberCertificate, ReportDraft, SealToCertificate, SealedReport, VaultAnswer,
    VaultRequest,
};
use sealpost_shared::id::Slug;
use sealpost_shared::limits;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::app::App;
use super::report::Form;
use super::rules::Rules;
use super::sending::make_secret;
use crate::page::Page;
use crate::services::records::carried;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock, files};
use crate::text::text;

/// The most of a chosen key file: armor adds a third and line ends.
const MAX_FILE_BYTES: usize = limits::MAX_CERT_BYTES / 2 * 3;

/// Under which name the draft of such a report is kept: there is one at a time.
pub(crate) fn draft_name() -> Slug {
    "report-in-a-file".parse().expect("letters and hyphens")
}

/// The certificate that was found, and the promises to measure by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByFile {
    pub(crate) pasted: RwSignal<String>,
    pub(crate) found: RwSignal<Option<CheckedCertificate>>,
    /// Why what was found is no certificate.
    pub(crate) fault: RwSignal<Option<String>>,
    pub(crate) rules: Rules,
    pub(crate) busy: RwSignal<bool>,
    /// What stops it from being sealed.
    pub(crate) failure: RwSignal<Option<String>>,
}

impl ByFile {
    /// Nothing found yet.
    pub(crate) fn new() -> Self {
        Self {
            pasted: RwSignal::default(),
            found: RwSignal::default(),
            fault: RwSignal::default(),
            rules: Rules::new(),
            busy: RwSignal::default(),
            failure: RwSignal::default(),
        }
    }

    /// Whether there is a certificate that can be sealed to.
    pub(crate) fn is_usable(self) -> bool {
        self.found.with(|found| found.as_ref().is_some_and(|found| found.problem.is_none()))
    }

    /// Judges the file that was chosen.
    pub(crate) fn choose(self, event: &Event) {
        self.open(files::chosen(event).into_iter().next());
    }

    /// Judges a file.
    pub(crate) fn open(self, file: Option<File>) {
        let Some(file) = file else { return };
        spawn_local(async move {
            match files::read(&file, MAX_FILE_BYTES).await {
                Ok(read) => self.judge(read.base64).await,
                Err(_) => self.fail(text().seal.unreadable.to_owned()),
            }
        });
    }

    /// Judges what was pasted.
    pub(crate) fn paste(self, pasted: String) {
        let file = BASE64.encode(pasted.as_bytes());
        let is_empty = pasted.trim().is_empty();
        self.pasted.set(pasted);
        if !is_empty {
            spawn_local(self.judge(file));
        }
    }

    async fn judge(self, file: String) {
        let answer = vault::ask(&VaultRequest::JudgeCertificate { file, now: clock::now() }).await;
        if self.found.try_get_untracked().is_none() {
            return;
        }
        match answer {
            Ok(VaultAnswer::Certificate(found)) => {
                self.fault.set(None);
                self.found.set(Some(found));
            }
            Ok(_) => self.fail(text().errors.vault_died.to_owned()),
            Err(error) => self.fail((text().errors.vault)(&error)),
        }
    }

    fn fail(self, why: String) {
        self.found.set(None);
        self.fault.set(Some(why));
    }

    /// Seals what stands in the form and keeps the file, or says what is missing and leads there.
    pub(crate) fn seal(self, app: App, form: Form) {
        if self.busy.get_untracked() || !form.is_complete() {
            return;
        }
        let usable = self.found.get_untracked().filter(|found| found.problem.is_none());
        let Some(found) = usable else {
            self.failure.set(Some(text().seal.no_key.to_owned()));
            return browser::focus("#key-file");
        };
        let policy = match self.rules.adapted(Some(found.fingerprint.clone()), clock::now()) {
            Ok(policy) => policy,
            Err((why, field)) => {
                self.failure.set(Some(why));
                return browser::focus(field);
            }
        };
        self.failure.set(None);
        self.busy.set(true);
        let report = form.leave();
        spawn_local(async move {
            match keep(report, found, policy).await {
                Ok(record) => {
                    app.reload();
                    app.ask_to_keep_storage();
                    browser::go_to(&Page::Case(record.case).hash());
                }
                Err(why) => {
                    form.stay();
                    let _ = self.failure.try_set(Some(why));
                    let _ = self.busy.try_set(false);
                }
            }
        });
    }
}

async fn keep(
    report: ReportDraft,
    found: CheckedCertificate,
    policy: sealpost_client_core::vault::ReadPolicy,
) -> Result<CaseRecord, String> {
    let said = |error: VaultError| (text().errors.vault)(&error);
    let died = || text().errors.vault_died.to_owned();
    let secret = make_secret().await.map_err(said)?;
    let question = VaultRequest::SealToCertificate(SealToCertificate {
        certificate: found.certificate.clone(),
        words: secret.words.clone(),
        report: report.clone(),
        team: policy.policy.identity.slug.clone(),
        policy_sha256: policy.sha256.clone(),
        now: clock::now(),
    });
    let VaultAnswer::Sealed(sealed) = vault::ask(&question).await.map_err(said)? else { return Err(died()) };
    let bytes = decode(&sealed).ok_or_else(died)?;
    let copy = sealed.own_copy.as_ref().and_then(|copy| BASE64.decode(copy.as_bytes()).ok());
    let desk = policy.policy.desks.iter().find(|desk| desk.role == sealpost_shared::policy::Role::Team);
    let certificate = MemberCertificate {
        desk: desk.map_or_else(draft_name, |desk| desk.id.clone()),
        fingerprint: found.fingerprint,
        certificate: found.certificate,
    };
    let record = CaseRecord::in_file(&report, policy, secret, &sealed, certificate, clock::now());
    let kept = carried::keep_case(&record, Some((&bytes, copy.as_deref())), Some(&draft_name())).await;
    kept.map_err(|error| (text().errors.store)(error).to_owned())?;
    Ok(record)
}

fn decode(sealed: &SealedReport) -> Option<Vec<u8>> {
    BASE64.decode(sealed.sealed.as_bytes()).ok()
}
