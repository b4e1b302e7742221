//! Which promises a case without a relay is measured by: a preset or a policy file, and what the reporter knows of the team.

use data_encoding::BASE64;
use leptos::ev::Event;
use leptos::prelude::*;
use sealpost_client_core::elsewhere::{Facts, FactsError, adapt};
use sealpost_client_core::vault::{ReadPolicy, VaultAnswer, VaultRequest};
use sealpost_client_core::zone::{self, ZoneFit};
use sealpost_shared::id::Slug;
use sealpost_shared::{Fingerprint, Timestamp, limits};
use wasm_bindgen_futures::spawn_local;

use crate::services::{clock, files, intl, relay, vault};
use crate::text::text;

/// A policy that was read, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) policy: ReadPolicy,
    pub(crate) is_preset: bool,
}

/// The chooser's signals. Copied freely: each is a handle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The name of the chosen preset, the name of the file, or nothing.
    pub(crate) chosen: RwSignal<String>,
    pub(crate) read: RwSignal<Option<Read>>,
    /// Why the choice could not be read, in words.
    pub(crate) failure: RwSignal<Option<String>>,
    /// What cannot be told of the choice, in words.
    pub(crate) doubt: RwSignal<Option<String>>,
    pub(crate) project: RwSignal<String>,
    pub(crate) contact: RwSignal<String>,
    /// Addresses of the ladder's steps.
    pub(crate) addresses: RwSignal<Vec<(Slug, String)>>,
}

impl Rules {
    /// Nothing chosen.
    pub(crate) fn new() -> Self {
        Self {
            chosen: RwSignal::default(),
            read: RwSignal::default(),
            failure: RwSignal::default(),
            doubt: RwSignal::default(),
            project: RwSignal::default(),
            contact: RwSignal::default(),
            addresses: RwSignal::default(),
        }
    }

    /// Takes one of the app's own presets.
    pub(crate) fn choose(self, name: &str) {
        self.begin(name);
        let name = name.to_owned();
        if name.is_empty() {
            return;
        }
        spawn_local(async move {
            match relay::preset(&name).await {
                Ok(toml) => self.take(&name, toml, true).await,
                Err(error) => self.fail(&name, (text().errors.relay)(error)),
            }
        });
    }

    /// Takes a policy file of the reporter's.
    pub(crate) fn open(self, event: &Event) {
        let Some(file) = files::chosen(event).into_iter().next() else { return };
        let name = file.name();
        self.begin(&name);
        spawn_local(async move {
            let bytes = files::read(&file, limits::MAX_POLICY_BYTES).await.ok();
            let bytes = bytes.and_then(|read| BASE64.decode(read.base64.as_bytes()).ok());
            match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(toml) => self.take(&name, toml, false).await,
                None => self.fail(&name, text().track.unreadable.to_owned()),
            }
        });
    }

    fn begin(self, name: &str) {
        self.chosen.set(name.to_owned());
        self.read.set(None);
        self.failure.set(None);
        self.doubt.set(None);
    }

    fn fail(self, name: &str, why: String) {
        if self.chosen.try_get_untracked().is_some_and(|chosen| chosen == name) {
            self.failure.set(Some(why));
        }
    }

    async fn take(self, name: &str, toml: String, is_preset: bool) {
        let answer = vault::ask(&VaultRequest::ReadPolicy { toml }).await;
        let policy = answer.and_then(|answer| {
            vault::expect(answer, |answer| match answer {
                VaultAnswer::Policy(policy) => Some(policy),
                _ => None,
            })
        });
        // Another one may have been chosen meanwhile, or the page left.
        if self.chosen.try_get_untracked().is_none_or(|chosen| chosen != name) {
            return;
        }
        match policy {
            Ok(policy) => match zone_fit(&policy) {
                (ZoneFit::Differs, zone) => self.fail(name, (text().track.zone_differs)(&zone)),
                (fit, zone) => {
                    self.doubt.set((text().track.zone_doubt)(fit, &zone));
                    self.show(Read { policy, is_preset });
                }
            },
            Err(error) => self.fail(name, (text().errors.vault)(&error)),
        }
    }

    fn show(self, read: Read) {
        let file = &read.policy.policy;
        if !read.is_preset {
            self.project.set(file.identity.project.clone());
            self.contact.set(file.identity.contact.clone());
        }
        let known = self.addresses.get_untracked();
        let kept = |id: &Slug| known.iter().find(|(step, _)| step == id).map(|(_, known)| known.clone());
        let steps = file.escalation.steps.iter().map(|step| &step.id);
        self.addresses.set(steps.map(|id| (id.clone(), kept(id).unwrap_or_default())).collect());
        self.read.set(Some(read));
    }

    /// The policy with the reporter's facts in it.
    ///
    /// # Errors
    /// What is missing or wrong, in words, and the field that mends it.
    pub(crate) fn adapted(
        self,
        certificate: Option<Fingerprint>,
        starts: Timestamp,
    ) -> Result<ReadPolicy, (String, &'static str)> {
        let words = &text().track;
        let Some(read) = self.read.get_untracked() else {
            return Err((words.no_rules.to_owned(), "#rules"));
        };
        let facts = Facts {
            project: self.project.get_untracked(),
            contact: self.contact.get_untracked(),
            addresses: self.addresses.get_untracked(),
            certificate,
        };
        match adapt(read.policy.policy, &facts, read.is_preset, starts) {
            Ok(policy) => Ok(ReadPolicy { policy, sha256: read.policy.sha256, is_measure: read.is_preset }),
            Err(error) => {
                let field = match error {
                    FactsError::Project => "#project",
                    FactsError::Contact => "#contact",
                    FactsError::Address(_) => "#addresses input",
                    FactsError::Policy(_) => "#rules",
                };
                Err(((words.facts_error)(&error), field))
            }
        }
    }
}

/// How the policy's time zone compares with the browser's own, and the zone's name. There is no zone database in a wasm.
fn zone_fit(read: &ReadPolicy) -> (ZoneFit, String) {
    let Ok(policy) = read.policy.clone().check() else { return (ZoneFit::Fits, String::new()) };
    let name = policy.calendar.zone_name.clone();
    let zone = intl::Zone::named(&name);
    let fit = zone::judge(&policy, clock::now(), |at| zone.as_ref()?.offset(at));
    (fit, name)
}
