//! What became of a step that was sealed and sent: where its letter stands, its receipt, and what came back.

use leptos::prelude::*;
use sealpost_client_core::by_hand::CameBy;
use sealpost_client_core::case_record::{CaseRecord, ReplyContent, SeenReply};
use sealpost_client_core::outbox::{Item, State, Trigger};
use sealpost_client_core::vault::OpenedReply;
use sealpost_shared::CaseId;
use sealpost_shared::id::Slug;
use sealpost_shared::letter::ReplyKind;
use sealpost_shared::timeline::{EventKind, Witness};

use super::button::button;
use super::live::live;
use super::receipt::PGP;
use super::replies::reply;
use crate::services::store::StoreError;
use crate::services::{browser, clock};
use crate::state::app::App;
use crate::state::edit::edit;
use crate::state::hand_on as handing;
use crate::text::text;

/// Every letter that this step of the case sent; nothing where it was taken by hand.
pub(crate) fn handed(app: App, case: CaseId, step: &Slug) -> AnyView {
    let step = step.clone();
    let children = Memo::new(move |_| {
        let is_of = |record: &&CaseRecord| {
            record.step_of.as_ref().is_some_and(|of| of.case == case && of.step == step)
        };
        app.cases.with(|cases| cases.iter().flatten().filter(is_of).cloned().collect::<Vec<CaseRecord>>())
    });
    let shown = move || {
        let outbox = app.outbox.get();
        let of = |child: &CaseRecord| outbox.iter().find(|item| item.opens(child.case)).cloned();
        let shown: Vec<AnyView> =
            children.with(|children| children.iter().map(|child| letter(app, child, of(child))).collect());
        shown.into_any()
    };
    live(shown)
}

fn letter(app: App, child: &CaseRecord, item: Option<Item>) -> AnyView {
    let words = &text().hand_on;
    let (state, said) = standing(child, item.as_ref());
    let waiting = item.filter(|_| child.events.sent().is_none()).map(|item| waiting(app, child, &item));
    let name = format!("receipt-{}.asc", child.case.short());
    let receipt = child.receipt.clone().map(|stored| {
        button("link", "hand-on-receipt", words.receipt, move || {
            browser::download(&name, PGP, &stored.signed);
        })
    });
    let answers: Vec<AnyView> = child.replies.iter().rev().map(|seen| answer(app, child, seen)).collect();
    view! {
        <div class="handed" data-test="handed" data-state=state data-case=child.case.to_string()>
            <p><span class="state">{said}</span>" "{receipt}</p>
            {waiting}
            {answers}
        </div>
    }
    .into_any()
}

fn standing(child: &CaseRecord, item: Option<&Item>) -> (&'static str, &'static str) {
    let words = &text().hand_on;
    if child.receipt.is_some() {
        ("sent", words.state_sent)
    } else if child.lacks_receipt() {
        ("unreceipted", text().case.state_unreceipted)
    } else if item.is_some_and(|item| matches!(item.state, State::Refused { .. })) {
        ("refused", text().case.state_refused)
    } else {
        ("waiting", text().case.state_waiting)
    }
}

/// While the letter lies in the outbox, the step can be taken back.
fn waiting(app: App, child: &CaseRecord, item: &Item) -> AnyView {
    let words = &text().outbox;
    let why = match &item.state {
        State::Queued | State::Sending { .. } => words.sending.to_owned(),
        State::Waiting { why, .. } => (words.why)(why),
        State::Refused { code } => (words.refused)(*code),
    };
    let (case, of) = (child.case, child.step_of.clone());
    let take_back = move || {
        if let Some(of) = of.clone() {
            handing::take_back(app, case, of);
        }
    };
    view! {
        <p data-test="hand-on-why">{why}</p>
        <div class="row">
            {button("", "hand-on-now", words.try_now, move || app.flush(Trigger::Button))}
            {button("quiet", "hand-on-undo", text().hand_on.undo, take_back)}
        </div>
    }
    .into_any()
}

/// An answer of the contact. Whether it counts for the case is the reporter's to say.
fn answer(app: App, child: &CaseRecord, seen: &SeenReply) -> AnyView {
    let ReplyContent::Verified(opened) = &seen.content else { return reply(app, seen) };
    let count = child.step_of.as_ref().map(|of| count(app, of.case, opened));
    view! { {reply(app, seen)}{count} }.into_any()
}

fn count(app: App, case: CaseId, opened: &OpenedReply) -> AnyView {
    let words = &text().hand_on;
    let at = opened.written_at;
    let came = match opened.kind {
        ReplyKind::Acknowledgement => CameBy::Acknowledgement,
        ReplyKind::Answer => CameBy::Answer,
        ReplyKind::Update | ReplyKind::Stage | ReplyKind::Embargo | ReplyKind::Closing => CameBy::Update,
    };
    let record = app.case(case);
    let is_counted = move || {
        record.with(|record| {
            record.as_ref().is_some_and(|record| {
                record.events.events().any(|event| {
                    event.at == at
                        && event.by == Witness::Reporter
                        && matches!(event.kind, EventKind::HumanReply { .. })
                })
            })
        })
    };
    let put = move || {
        edit(app, case, Some(text().by_hand.saved), move |record| {
            record.came_by(came, at, clock::now()).map_err(|_| StoreError::Overtaken)
        });
    };
    let shown = move || {
        if is_counted() {
            view! { <p class="hint">{words.counted}</p> }.into_any()
        } else {
            view! { <p class="hint">{words.count_note}</p>{button("quiet", "hand-on-count", words.count, put)} }
                .into_any()
        }
    };
    live(shown)
}
