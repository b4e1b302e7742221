//! `sealpost pull --watch`: waits at the relay until something comes, and tells the person.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use sealpost_shared::id::Slug;

use super::PullArgs;
use crate::config::Context;
use crate::local::Busy;
use crate::relay_api::ApiError;

/// The first pause after a relay was away, and the longest: a relay that comes back is noticed within a minute.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// A relay that held the line has no answer sooner than this, unless something came. One that does not hold it is not asked without a pause.
const HELD: Duration = Duration::from_secs(1);

/// What one round of pulling gave.
pub(super) struct Round {
    /// Reports that are new.
    pub(super) reports: usize,
    /// Other letters of reporters that are new; those of the own team are no news to it.
    pub(super) letters: usize,
    /// The desk.
    pub(super) desk: Slug,
    /// How the pull ended. What came before it failed counts.
    pub(super) outcome: Result<()>,
}

impl Round {
    const fn is_empty(&self) -> bool {
        self.reports + self.letters == 0
    }
}

/// Pulls, then waits and pulls again, until it is stopped. A relay that is away is waited for, and so is another program
/// of ours that is writing.
///
/// # Errors
/// Whatever does not pass by itself: another signer, a refused login, a full disk.
pub(super) fn watch(
    context: &Context,
    args: &PullArgs,
    mut pull: impl FnMut() -> Result<Round>,
    mut wait: impl FnMut() -> Result<()>,
) -> Result<()> {
    let mut pause = PAUSES.0;
    loop {
        let round = pull().and_then(|round| {
            tell(context, args, &round)?;
            let is_quiet = round.is_empty();
            round.outcome?;
            let asked = Instant::now();
            wait()?;
            Ok(is_quiet && asked.elapsed() < HELD)
        });
        match round {
            Ok(false) => pause = PAUSES.0,
            Ok(true) => {
                rest(pause);
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(why) if ApiError::is_outage(&why) || why.is::<Busy>() => {
                context.ui.note(&format!("{why:#}; trying again in {} s", pause.as_secs()));
                rest(pause);
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(why) => return Err(why),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "there is nothing to poll while the relay or another program is busy; the pause is the point"
)]
fn rest(pause: Duration) {
    std::thread::sleep(pause);
}

/// Tells the person and their command that something came: how much, and not a word of what.
fn tell(context: &Context, args: &PullArgs, round: &Round) -> Result<()> {
    if round.is_empty() {
        return Ok(());
    }
    let summary = format!("{} new at the desk “{}”", count(round), round.desk);
    if !args.no_notify {
        notify(&summary);
    }
    let Some(command) = &args.exec else { return Ok(()) };
    let status = Command::new("sh")
        .args(["-c", command])
        .env("SEALPOST_NEW_REPORTS", round.reports.to_string())
        .env("SEALPOST_NEW_LETTERS", round.letters.to_string())
        .env("SEALPOST_DESK", round.desk.as_str())
        .stdin(Stdio::null())
        .status();
    let status = status.with_context(|| format!("cannot start “{command}”"))?;
    if !status.success() {
        context.ui.warn(&format!("“{command}” ended with an error; watching goes on"));
    }
    ensure!(status.code() != Some(127), "the shell does not know “{command}”; correct --exec");
    Ok(())
}

fn count(round: &Round) -> String {
    match (round.reports, round.letters) {
        (reports, 0) => format!("{reports} report(s)"),
        (0, letters) => format!("{letters} letter(s)"),
        (reports, letters) => format!("{reports} report(s), {letters} letter(s)"),
    }
}

/// A desktop without notify-send shows nothing, and that is no error.
fn notify(summary: &str) {
    let mut command = Command::new("notify-send");
    command.args(["--app-name=sealpost", "Sealpost", summary]);
    let _shown = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}
