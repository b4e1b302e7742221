//! Taking a step towards a desk with a key: the cover note as it is being changed, the seal, and the outbox.

use data_encoding::BASE64;
use leptos::prelude::*;
use sealpost_client_core::case_record::{CaseRecord, StepOf};
use sealpost_client_core::hand_on::Way;
use sealpost_client_core::outbox::{Item, Trigger};
use sealpost_client_core::readiness::Readiness;
use sealpost_client_core::team::Team;
use sealpost_client_core::vault::{HandOn, HandedOn, VaultAnswer, VaultRequest, file_name};
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::policy::{Place, Step};
use sealpost_shared::problem::ProblemCode;
use wasm_bindgen_futures::spawn_local;

use super::app::App;
use crate::components::receipt::PGP;
use crate::services::records::{self, carried};
use crate::services::relay::{self, RelayError};
use crate::services::store::StoreError;
use crate::services::vault::{self, VaultError};
use crate::services::{browser, clock};
use crate::state::edit::edit;
use crate::text::text;

/// What a person writes to a desk of the ladder: kept while the page is open, because the ladder is drawn again when a clock turns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Handing {
    /// For which case, step and state of the record.
    of: RwSignal<String>,
    /// The note as it stands.
    pub(crate) note: RwSignal<String>,
    /// The vault is sealing.
    pub(crate) busy: RwSignal<bool>,
    /// What failed, in words.
    pub(crate) failure: RwSignal<Option<String>>,
    /// The person compared a key that is new since the case began.
    pub(crate) compared: RwSignal<bool>,
    /// The person pressed the button and is asked once more.
    pub(crate) sure: RwSignal<bool>,
}

impl Handing {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            of: RwSignal::default(),
            note: RwSignal::default(),
            busy: RwSignal::default(),
            failure: RwSignal::default(),
            compared: RwSignal::default(),
            sure: RwSignal::default(),
        }
    }

    /// Takes up what was written for this step, or begins with the prepared note. News of the case begins a new note.
    pub(crate) fn take_up(self, record: &CaseRecord, step: &Slug, prepared: &str) {
        let of = format!("{} {step} {} {}", record.case, record.events.events().count(), record.own_copy);
        if self.of.with_untracked(|old| *old != of) {
            self.note.set(prepared.to_owned());
            self.failure.set(None);
            self.compared.set(false);
            self.sure.set(false);
            self.of.set(of);
        }
    }
}

/// A desk that can be sealed to now: the team's current policy names it, and its certificates are usable.
pub(crate) fn ready(app: App, record: &CaseRecord, step: &Step) -> Option<(Team, Readiness)> {
    let Place::Desk(id) = &step.place else { return None };
    app.team.with(|state| {
        let checked = state.checked(&record.team)?;
        let desk = checked.team.policy.desk(id)?;
        let readiness = Readiness::judge_step(&checked.team, desk, Some(&checked.known), &record.policy);
        Some((checked.team.clone(), readiness))
    })
}

/// Whether it may be sealed to the desk now: its keys are good, and the person compared those that are new.
pub(crate) fn may_seal(app: App, readiness: &Readiness) -> bool {
    readiness.can_send() && (readiness.new_keys.is_empty() || app.handing.compared.get())
}

/// Seals cover note and report to the desk and puts the letter into the outbox; the step is on record with it.
pub(crate) fn send(app: App, record: CaseRecord, step: Step) {
    work(app, async move {
        let now = clock::now();
        let (team, handed) = seal(app, &record, &step).await?;
        let of = StepOf { case: record.case, step: step.id.clone() };
        let Place::Desk(id) = &step.place else { return Err(nowhere()) };
        let desk = team.policy.desk(id).ok_or_else(nowhere)?;
        let child = record.handed_on(&step.id, &team, desk, &handed, now);
        let item = Item::queued(&handed.sealed, child.team.clone(), child.desk.clone());
        let bytes = BASE64.decode(handed.sealed.sealed.as_bytes()).map_err(|_| nowhere())?;
        let stored = carried::queue_step(&child, &of, &item, &bytes, now).await;
        stored.map_err(|error| (text().errors.store)(error).to_owned())?;
        app.handing.sure.set(false);
        app.say(text().hand_on.queued);
        app.reload();
        app.flush(Trigger::Online);
        Ok(())
    });
}

/// Seals the same into a file for the reporter to carry. The step is not on record by that: nothing was sent yet.
pub(crate) fn save(app: App, record: CaseRecord, step: Step) {
    work(app, async move {
        let (_, handed) = seal(app, &record, &step).await?;
        let question = VaultRequest::Armor { sealed: handed.sealed.sealed };
        let armored =
            vault::expect(vault::ask(&question).await.map_err(|e| said(&e))?, |answer| match answer {
                VaultAnswer::Armored { text } => Some(text),
                _ => None,
            });
        browser::download(&file_name(handed.sealed.case), PGP, &armored.map_err(|e| said(&e))?);
        let used = handed.secret.index;
        edit(app, record.case, Some(text().hand_on.saved), move |record| {
            record.handed = record.handed.max(used);
            Ok(())
        });
        Ok(())
    });
}

/// Whether a letter that waits in the outbox got through after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrived {
    Yes,
    No,
    Unknown,
}

/// A connection can break after the letter was taken, so the relay is asked about a letter that may have left.
async fn has_arrived(child: CaseId) -> Result<Arrived, StoreError> {
    let tried = |item: &Item| item.case == child && item.may_have_left;
    if !records::outbox().await?.iter().any(tried) {
        return Ok(Arrived::No);
    }
    let record = records::case(child).await?;
    Ok(match relay::entries(child, &record.secret.capability, 0, false).await {
        Ok(_) | Err(RelayError::Deleted(_)) => Arrived::Yes,
        Err(RelayError::Problem(ProblemCode::NotFound)) => Arrived::No,
        Err(_) => Arrived::Unknown,
    })
}

/// Takes the step back whose letter waits in the outbox.
pub(crate) fn take_back(app: App, child: CaseId, of: StepOf) {
    spawn_local(async move {
        match has_arrived(child).await {
            Ok(Arrived::No) => {}
            Ok(Arrived::Yes) => {
                app.flush(Trigger::Button);
                return app.fail(text().hand_on.arrived);
            }
            Ok(Arrived::Unknown) => return app.fail(text().hand_on.may_have_arrived),
            Err(error) => return app.fail_store(error),
        }
        match carried::take_back_step(child, &of).await {
            Ok(()) => {
                app.reload();
                app.say(text().hand_on.taken_back);
            }
            Err(error) => app.fail_store(error),
        }
    });
}

fn work(app: App, work: impl Future<Output = Result<(), String>> + 'static) {
    let Handing { busy, failure, .. } = app.handing;
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    failure.set(None);
    spawn_local(async move {
        failure.set(work.await.err());
        busy.set(false);
    });
}

fn said(error: &VaultError) -> String {
    (text().errors.vault)(error)
}

fn nowhere() -> String {
    text().hand_on.not_ready.to_owned()
}

async fn seal(app: App, record: &CaseRecord, step: &Step) -> Result<(Team, HandedOn), String> {
    let ready = untrack(|| ready(app, record, step).filter(|(_, readiness)| may_seal(app, readiness)));
    let (team, _) = ready.ok_or_else(nowhere)?;
    let Place::Desk(desk) = step.place.clone() else { return Err(nowhere()) };
    let policy = record.policy().map_err(|_| nowhere())?;
    let with_report = Way::of(record, &policy, step) == Way::Sealed { with_report: true };
    let own_copy = if with_report {
        let copy = carried::own_copy(record.case).await;
        Some(BASE64.encode(&copy.map_err(|error| (text().errors.store)(error).to_owned())?))
    } else {
        None
    };
    let receipt = record.receipt.as_ref().filter(|_| with_report);
    let name = format!("receipt-{}.asc", record.case.short());
    let question = VaultRequest::HandOn(Box::new(HandOn {
        bundle: team.bundle.clone(),
        desk,
        words: record.secret.words.clone(),
        index: record.next_index(),
        from: record.secret.index,
        title: text().ladder.mail_subject.to_owned(),
        note: app.handing.note.get_untracked(),
        own_copy,
        receipts: receipt.map(|receipt| (name, receipt.signed.clone())).into_iter().collect(),
        now: clock::now(),
    }));
    let answer = vault::ask(&question).await.map_err(|e| said(&e))?;
    let handed = vault::expect(answer, |answer| match answer {
        VaultAnswer::HandedOn(handed) => Some(handed),
        _ => None,
    });
    Ok((team, handed.map_err(|e| said(&e))?))
}
