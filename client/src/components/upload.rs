//! Large files on their way: how far, how fast, why not, and what the person can do.

use leptos::prelude::*;
use sealpost_client_core::outbox::{State, Trigger};
use sealpost_client_core::span::{Relative, Span};
use sealpost_client_core::upload::Upload;
use sealpost_shared::{CaseId, Duration};

use super::button::button;
use super::live::{live, maybe, said};
use super::outbox::state_name;
use crate::state::app::App;
use crate::text::text;

/// The files beside a case's report, while they are not at the relay.
pub(crate) fn upload(app: App, case: CaseId) -> AnyView {
    let found = Memo::new(move |_| {
        app.uploads.all.with(|all| all.iter().find(|upload| upload.case == case).cloned())
    });
    maybe(move || found.get().map(|upload| shown(app, &upload)))
}

fn shown(app: App, upload: &Upload) -> AnyView {
    let words = &text().upload;
    let (case, size, stored) = (upload.case, upload.size, upload.done);
    let done = move || {
        app.uploads.going.with(|going| if going.case == Some(case) { going.done.max(stored) } else { stored })
    };
    let line = move || (words.progress)(done(), size);
    let rate = move || {
        app.uploads.going.with(|going| {
            let rate = going.pace.bytes_per_second().filter(|_| going.case == Some(case));
            let left = going.pace.seconds_left(size.saturating_sub(going.done));
            rate.zip(left).map_or_else(String::new, |(rate, left)| {
                let left = Span::of(Duration::from_seconds(i64::try_from(left).unwrap_or(i64::MAX)));
                (words.rate)(rate, left)
            })
        })
    };
    let names: Vec<AnyView> =
        upload.files.iter().map(|file| view! { <li>{file.name.clone()}</li> }.into_any()).collect();
    // The letter goes first: until then the team knows nothing.
    let known = (upload.state != State::Queued || upload.stopped).then(|| format!("{} ", words.known));
    let state = if upload.stopped { "stopped" } else { state_name(&upload.state) };
    view! {
        <section class="outbox" data-test="upload" data-state=state>
            <h2>{words.title}</h2>
            <p>{known}{words.what}</p>
            <ul class="files">{names}</ul>
            <progress max=size.to_string() prop:value=move || done().to_string() aria-label=words.title></progress>
            <p data-test="upload-progress">{said(line)}" "<span class="hint" data-test="upload-rate">{said(rate)}</span></p>
            {standing(app, upload)}
        </section>
    }
    .into_any()
}

fn standing(app: App, upload: &Upload) -> AnyView {
    let words = &text().upload;
    let case = upload.case;
    let go_on = move || app.send_files(Trigger::Button, Some(case));
    if upload.stopped {
        return view! { <p>{words.stopped}</p>{button("", "upload-go-on", words.go_on, go_on)} }.into_any();
    }
    match &upload.state {
        State::Queued => view! { <p class="hint">{words.queued}</p> }.into_any(),
        State::Sending { .. } => live(move || {
            if app.uploads.going.with(|going| going.case == Some(case)) {
                button("quiet", "upload-stop", words.stop, move || app.uploads.stop(app, case))
            } else {
                view! { <p class="hint">{words.elsewhere}</p> }.into_any()
            }
        }),
        State::Waiting { until, why } => {
            let (until, why) = (*until, (text().outbox.why)(why));
            let next = move || {
                let relative = Relative::of(until.max(app.now.get()), app.now.get());
                (text().outbox.next_try)(&(text().time.relative)(relative))
            };
            view! {
                <p data-test="upload-why">{why}</p>
                <p class="hint">{said(next)}</p>
                <div class="row">
                    {button("", "upload-go-on", text().outbox.try_now, go_on)}
                    {button("quiet", "upload-stop", words.stop, move || app.uploads.stop(app, case))}
                </div>
            }
            .into_any()
        }
        State::Refused { code } => {
            view! { <p class="fault" data-test="upload-why">{(words.refused)(*code)}</p>{button("", "upload-go-on", text().outbox.try_now, go_on)} }.into_any()
        }
    }
}
