//! Writing a report: keys first, then the form, then the words, then it is sealed and sent.

pub(super) mod attachments;
pub(super) mod details;

use leptos::prelude::*;
use sealpost_client_core::draft::Field;
use sealpost_shared::id::Slug;

use crate::components::button::button;
use crate::components::field::{Named, fault_line, fault_of, line, lines, tick};
use crate::components::keys::keys;
use crate::components::live::{live, maybe, said};
use crate::components::words::words;
use crate::services::browser::{self, StoragePromise};
use crate::services::database::CLOSED_BY_BROWSER;
use crate::state::app::App;
use crate::state::report::{Form, Step};
use crate::state::team;
use crate::text::text;

/// The page.
pub(crate) fn report(slug: Slug) -> AnyView {
    let app = App::get();
    team::load(app, &slug);
    let form = Form::open(app, slug.clone(), true);
    browser::on_window("pagehide", move || form.save_now());
    browser::on_window(CLOSED_BY_BROWSER, move || form.save_again(app));
    let name = {
        let slug = slug.clone();
        move || {
            app.team
                .with(|state| state.checked(&slug).map(|checked| checked.team.policy.identity.name.clone()))
        }
    };
    let title = move || (text().report.title)(&name().unwrap_or_default());
    let is_writing =
        Memo::new(move |_| matches!(form.step.get(), Step::Opening | Step::Writing | Step::Preparing));
    let body = move || {
        if is_writing.get() { writing(app, form, slug.clone()) } else { keeping(app, form, slug.clone()) }
    };
    view! { <h1 tabindex="-1">{said(title)}</h1>{live(body)} }.into_any()
}

/// Whether the team can be written to, as far as is known now.
fn can_send(app: App, slug: &Slug) -> Option<bool> {
    app.team.with(|state| match state {
        team::TeamState::Failed(..) => Some(false),
        state => state.checked(slug).map(|checked| checked.readiness.can_send()),
    })
}

fn writing(app: App, form: Form, slug: Slug) -> AnyView {
    let (title, report) = (fault_of(form, Field::Title), fault_of(form, Field::Report));
    let words = &text().report;
    let is_opening = move || form.step.get() == Step::Opening;
    view! {
        {keys(app, slug.clone())}
        {overtaken(app, form)}
        {faults(form)}
        // The attribute keeps what is typed out of the file from which the browser restores its tabs.
        <form novalidate=true autocomplete="off" aria-busy=move || is_opening().to_string() on:submit=move |event| {
            event.prevent_default();
            form.go_on();
        }>
            <fieldset class="plain" prop:disabled=is_opening>
                {line(Named { id: "title", label: words.title_field, hint: words.title_hint }, form.title, Some(title))}
                {lines(Named { id: "report", label: words.report_field, hint: words.report_hint }, form.report, report)}
                {outline(form)}
                {details::details(form)}
                {attachments::attachments(app, form)}
            </fieldset>
            {failure(form)}
            {go_on(app, form, slug)}
        </form>
    }
    .into_any()
}

pub(super) fn outline(form: Form) -> AnyView {
    let is_empty = Memo::new(move |_| form.report.with(|text| text.trim().is_empty()));
    let insert = move || {
        form.report.set(text().report.template.to_owned());
        browser::focus("#report");
    };
    view! {
        <Show when=move || is_empty.get()>
            {button("quiet", "outline", text().report.use_template, insert)}
        </Show>
    }
    .into_any()
}

fn go_on(app: App, form: Form, slug: Slug) -> AnyView {
    let words = &text().report;
    let blocked = Memo::new(move |_| can_send(app, &slug) == Some(false));
    let busy = move || form.step.get() == Step::Preparing;
    let label = move || if busy() { words.preparing } else { words.go_on };
    let note = move || if blocked.get() { words.blocked } else { words.next_step };
    let kept = move || match (app.keeping.get().lasts(), form.saved.get(), app.promise.get()) {
        (false, _, _) => words.kept_in_memory,
        (true, _, _) if form.overtaken.get() => words.not_saved,
        (true, false, _) => words.saving,
        (true, true, _) if !form.is_stored() => "",
        (true, true, StoragePromise::NotAsked) => words.saved,
        (true, true, StoragePromise::Given) => words.saved_promised,
        (true, true, StoragePromise::NotGiven) => words.saved_not_promised,
    };
    view! {
        <div class="row send">
            <button type="submit" class="big" data-test="continue" disabled=move || blocked.get() || busy()>{label}</button>
            <p class="hint">{note}</p>
        </div>
        <p class="hint" data-test="saved">{kept}</p>
    }
    .into_any()
}

/// The summary of everything that must be mended; it takes the focus and leads to the fields.
pub(super) fn faults(form: Form) -> AnyView {
    let shown = move || {
        let faults = form.faults.get();
        (!faults.is_empty()).then(|| {
            let lines: Vec<AnyView> = faults
                .into_iter()
                .map(|(field, fault)| {
                    let id = (text().report.field)(field);
                    let go = move |event: leptos::ev::MouseEvent| {
                        event.prevent_default();
                        browser::focus(&format!("#{id}"));
                    };
                    view! { <li><a href=format!("#{id}") on:click=go>{(text().report.fault)(fault)}</a></li> }
                        .into_any()
                })
                .collect();
            view! {
                <div class="faults" id="faults" tabindex="-1" data-test="errors">
                    <h2>{text().report.faults}</h2><ul>{lines}</ul>
                </div>
            }
            .into_any()
        })
    };
    maybe(shown)
}

/// Another tab saved another text: the person says which stays.
pub(super) fn overtaken(app: App, form: Form) -> AnyView {
    let words = &text().report;
    let shown = move || {
        form.overtaken.get().then(|| {
            view! {
                <div class="notice warn" id="overtaken" tabindex="-1" role="alert" data-test="overtaken">
                    <p>{words.overtaken}</p>
                    <div class="row">
                        {button("", "keep-mine", words.keep_mine, move || form.choose(app, true))}
                        {button("quiet", "take-theirs", words.take_theirs, move || form.choose(app, false))}
                    </div>
                </div>
            }
            .into_any()
        })
    };
    maybe(shown)
}

pub(super) fn failure(form: Form) -> AnyView {
    let shown = move || {
        form.failure
            .get()
            .map(|words| view! { <p class="fault" role="alert" data-test="failure">{words}</p> }.into_any())
    };
    maybe(shown)
}

/// How far the sealing of large files is. The button stays the same one while the numbers change.
fn sealing_files(form: Form) -> AnyView {
    let words = &text().report;
    let is_sealing = Memo::new(move |_| form.enclosing.progress.with(Option::is_some));
    let far = move || form.enclosing.progress.get().unwrap_or_default();
    let line = move || (words.sealing_files)(far().0, far().1);
    let shown = move || {
        is_sealing.get().then(|| {
            view! {
                <div class="row" data-test="sealing-files">
                    <progress max=move || far().1.to_string() prop:value=move || far().0.to_string()
                        aria-label=text().words.sealing></progress>
                    <span>{said(line)}</span>
                    {button("quiet", "cancel-sealing", words.cancel, move || form.enclosing.cancel())}
                </div>
            }
            .into_any()
        })
    };
    maybe(shown)
}

fn keeping(app: App, form: Form, slug: Slug) -> AnyView {
    let speech = &text().words;
    let phrase = form.secret.with_untracked(|secret| secret.as_ref().map(|secret| secret.words.clone()));
    // While the team is still being checked, nobody is named as its signer.
    let shown = move || {
        app.team.with(|state| {
            let signer = state.checked(&slug).map(|checked| &checked.team.policy.identity.signed_by);
            Some(words(phrase.as_ref()?, &slug, signer))
        })
    };
    let missing = RwSignal::new(false);
    let fault =
        Memo::new(move |_| (missing.get() && !form.kept.get()).then(|| speech.kept_missing.to_owned()));
    let press = move |_| {
        if form.kept.get_untracked() { form.send(app, true) } else { missing.set(true) }
    };
    let busy = move || form.step.get() == Step::Sealing;
    view! {
        <section class="keep">
            <h2 id="words-title" tabindex="-1">{speech.title}</h2>
            <p>{speech.why}</p>
            {maybe(shown)}
            {tick("words-kept", speech.kept, form.kept)}
            {fault_line("words-kept", fault)}
            {failure(form)}
            <div class="row send">
                <button type="button" class="big" data-test="send" disabled=busy on:click=press>
                    {move || if busy() { speech.sealing } else { speech.send }}
                </button>
                {button("quiet", "back", speech.back, move || if !busy() { form.step.set(Step::Writing) })}
            </div>
            {sealing_files(form)}
            <p><button type="button" class="link" data-test="send-later-words" disabled=busy
                on:click=move |_| form.send(app, false)>{speech.later}</button></p>
            <p class="hint">{speech.later_why}</p>
        </section>
    }
    .into_any()
}
