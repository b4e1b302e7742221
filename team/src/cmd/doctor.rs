//! `sealpost doctor`: looks at keys, policy, relay, clock and store, and says what to type where something is wrong or soon will be.

mod checks;
mod directory;
mod relay;
mod store;

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use crate::args::TeamArgs;
use crate::config::{self, Context};
use crate::local::Store;
use crate::relay_api::RelayApi;

/// `sealpost doctor`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sealpost doctor\n  sealpost doctor --json | jq '.checks[] | select(.state != \"good\")'\n\nChanges nothing. Exit code 1 if something is wrong; what ends within 30 days is a warning."
)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) team: TeamArgs,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Good,
    /// It works, and somebody should see to it.
    Soon,
    /// It does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, serde::Serialize)]
pub(super) struct Finding {
    /// What.
    what: &'static str,
    state: State,
    /// What was found.
    says: String,
    /// What to type or do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

impl Finding {
    fn is_good(&self) -> bool {
        self.state == State::Good
    }

    fn good(what: &'static str, says: impl Into<String>) -> Self {
        Self { what, state: State::Good, says: says.into(), todo: None }
    }

    fn soon(what: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what, state: State::Soon, says: says.into(), todo: Some(todo.into()) }
    }

    fn wrong(what: &'static str, says: impl Into<String>, todo: impl Into<String>) -> Self {
        Self { what, state: State::Wrong, says: says.into(), todo: Some(todo.into()) }
    }
}

/// Looks at everything.
///
/// # Errors
/// When something is wrong.
pub(crate) fn run(context: &Context, args: &DoctorArgs) -> Result<()> {
    let settings = config::team(&context.home, &args.team)?;
    let store = Store::open(&context.home, &settings.team, &settings.desk)?;
    let api = RelayApi::new(&settings.relay)?;
    let findings = checks::all(context, &settings, &store, &api);
    context.ui.json(&json!({ "checks": findings }));
    for finding in &findings {
        let mark = match finding.state {
            State::Good => "good ",
            State::Soon => "soon ",
            State::Wrong => "WRONG",
        };
        let line = format!("{mark}  {:<13} {}", finding.what, finding.says);
        if finding.state == State::Wrong {
            context.ui.alarm(&line);
        } else {
            context.ui.say(&line);
        }
        if let Some(todo) = &finding.todo {
            context.ui.say(&format!("       → {todo}"));
        }
    }
    let wrong = findings.iter().filter(|finding| finding.state == State::Wrong).count();
    ensure!(wrong == 0, "{wrong} of {} things are wrong; each says what to do", findings.len());
    Ok(())
}
