//! `sealpost advisory publish`: the policy's list, step by step, on the day the embargo lifts.

use anyhow::{Context as _, Result, bail, ensure};
use sealpost_advisory::{Advisory, Format};
use sealpost_shared::policy::Doer;
use sealpost_shared::{Duration, Timestamp};
use serde_json::{Value, json};

use super::before::{self, Clocks};
use super::journal::{Journal, Step, StepState, beside};
use super::mail::{self, Announcement, Unsent};
use super::{PublishArgs, check, export, parsed, text_of};
use crate::bundle::sha256;
use crate::cmd::Desk;
use crate::cmd::send::look::unseen;
use crate::config::{Context, usage};
use crate::dossier::Dossier;
use crate::keyring::{self, Keyring};
use crate::relay_api::RelayApi;
use crate::session::Session;
use crate::ui::count;
use crate::{files, times};

/// The most bytes of a signed document.
const MAX_SIGNED_BYTES: u64 = 256 * 1024;

/// A step is late only after this: “within 0h” begins with the embargo's end, and walking through the list takes minutes.
const GRACE: Duration = Duration::from_seconds(15 * 60);

/// One publication under way.
struct Publishing<'a> {
    context: &'a Context,
    args: &'a PublishArgs,
    desk: Desk,
    keyring: Box<dyn Keyring>,
    advisory: Advisory,
    text: String,
    journal: Journal,
}

/// Publishes a document: does what it can, asks for what a person must do, and writes down what was done.
///
/// # Errors
/// When the embargo is not over, the document has errors or changed, or a step fails; what was done stays done.
pub(crate) fn run(context: &Context, args: &PublishArgs) -> Result<()> {
    let text = text_of(&args.file)?;
    let advisory = parsed(&args.file, &text)?;
    let desk = Desk::open(context, &args.team)?;
    ensure!(
        advisory.team == desk.settings.team,
        "the document is of the team “{}”, the settings name “{}”; pass --team",
        advisory.team,
        desk.settings.team
    );
    let keyring = keyring::find(&desk.settings.key)?;
    let now = context.now();
    let begun = Journal::read(&args.file, &text)?;
    let journal = begun.unwrap_or_else(|| Journal::begin(&advisory, &text, desk.bundle.policy(), now));
    let mut publishing = Publishing { context, args, desk, keyring, advisory, text, journal };
    if args.dry_run {
        publishing.say(now, true);
        return Ok(());
    }
    publishing.check()?;
    publishing.walk()
}

impl Publishing<'_> {
    /// What must hold before anybody is told.
    fn check(&self) -> Result<()> {
        let settings = &self.desk.settings;
        let api = RelayApi::new(&settings.relay)?;
        let clocks = Clocks::read(self.context, &api);
        clocks.check_document(&self.advisory)?;
        if let Some(case) = &self.args.case {
            let reader = self.desk.reader(self.keyring.as_ref(), self.context.now());
            let dossier = reader.read(self.desk.store.find(case)?)?;
            self.check_up_to_date(&api, &dossier)?;
            clocks.check_case(&self.advisory, &dossier, case)?;
        }
        if self.journal.steps.iter().any(|step| step.by == Doer::Relay && !step.is_done()) {
            let signed = self.journal.signed_sha256.as_deref();
            before::check_unpublished(&api, &settings.team, &self.advisory, signed)?;
        }
        Ok(())
    }

    /// What was not pulled may be about the embargo.
    fn check_up_to_date(&self, api: &RelayApi, dossier: &Dossier) -> Result<()> {
        let settings = &self.desk.settings;
        let mut session =
            Session::start(self.context, settings, &self.desk.bundle, self.keyring.as_ref(), api)?;
        let new = unseen(&mut session, api, dossier)?.len();
        ensure!(
            new == 0,
            "the relay has {} in {} that {} not pulled, and may be about the embargo; run `sealpost pull`, then this again. Nothing was published",
            count(new, "letter", "letters"),
            dossier.case.short(),
            if new == 1 { "was" } else { "were" }
        );
        Ok(())
    }

    fn walk(&mut self) -> Result<()> {
        self.record_by_hand()?;
        let server = mail::server(&self.args.mail)?;
        let signed = self.sign()?;
        export::write(&self.advisory, &self.formats(), &beside(&self.args.file, "published"))?;
        for n in 0..self.journal.steps.len() {
            let Some(step) = self.journal.steps.get(n).filter(|step| !step.is_done()).cloned() else {
                continue;
            };
            let done = match (step.by, &server) {
                (Doer::Relay, _) => self.to_relay(&signed)?,
                (Doer::Mail, Some(server)) => self.by_mail(n, &step, server, &signed)?,
                (Doer::Mail, None) => self.as_file(&step, n, &signed)?,
                (Doer::Person, _) => self.ask(n, &step.action, &step)?,
            };
            if !done {
                break;
            }
            self.set(n, StepState::Done { at: self.context.now() })?;
        }
        self.say(self.context.now(), false);
        Ok(())
    }

    /// `--done` and `--again`: what a person knows about a step.
    fn record_by_hand(&mut self) -> Result<()> {
        let now = self.context.now();
        for n in self.args.done.clone() {
            let step = self.step(n)?;
            ensure!(
                step.by != Doer::Relay,
                "step {n} is done by this program: run `sealpost advisory publish` and it is"
            );
            if !step.is_done() {
                self.set(n - 1, StepState::Done { at: now })?;
            }
        }
        if let Some(n) = self.args.again {
            ensure!(!self.step(n)?.is_done(), "step {n} is done already, and nothing is done twice");
            self.set(n - 1, StepState::Open)?;
        }
        Ok(())
    }

    fn step(&self, n: usize) -> Result<&Step> {
        let step = n.checked_sub(1).and_then(|index| self.journal.steps.get(index));
        step.map_or_else(
            || usage(format!("there is no step {n}; there are {}", self.journal.steps.len())),
            Ok,
        )
    }

    fn set(&mut self, n: usize, state: StepState) -> Result<()> {
        self.journal.steps.get_mut(n).context("a step of this journal")?.state = state;
        self.journal.write(&self.args.file)
    }

    /// Signs the document once; the same bytes serve every later run.
    fn sign(&mut self) -> Result<String> {
        let path = beside(&self.args.file, "asc");
        if let Some(known) = &self.journal.signed_sha256 {
            let signed = files::read_text(&path, MAX_SIGNED_BYTES).context(
                "the signed document was lost; put it back, what was published must not differ from it",
            )?;
            ensure!(
                sha256(signed.as_bytes()) == *known,
                "{} is not what was signed when publishing began; put it back as it was",
                path.display()
            );
            return Ok(signed);
        }
        let signed = self.keyring.sign_cleartext(&self.text, self.context.now());
        let signed = signed.context("cannot sign the advisory; nothing was published")?;
        files::replace(&path, signed.as_bytes())?;
        self.journal.signed_sha256 = Some(sha256(signed.as_bytes()));
        self.journal.write(&self.args.file)?;
        Ok(signed)
    }

    fn formats(&self) -> Vec<Format> {
        let lacking = check::lacking(&self.advisory);
        Format::ALL.into_iter().filter(|format| lacking.iter().all(|(other, _)| other != format)).collect()
    }

    /// Doing it again is harmless: the relay knows the same bytes again.
    fn to_relay(&self, signed: &str) -> Result<bool> {
        let settings = &self.desk.settings;
        let api = RelayApi::new(&settings.relay)?;
        let mut session =
            Session::start(self.context, settings, &self.desk.bundle, self.keyring.as_ref(), &api)?;
        session
            .call(|token| api.put_advisory(&settings.team, &self.advisory.id, token, signed))
            .context("the advisory is not on the relay yet; run the same command again")?;
        let shown = api.advisory(&settings.team, &self.advisory.id).unwrap_or_default();
        ensure!(
            shown == signed.as_bytes(),
            "the relay says that it has the advisory, and does not show it to the public; run the same command again, and ask who runs it"
        );
        Ok(true)
    }

    /// A mail that was sent cannot be told from one that was not if the line breaks at the wrong moment. So what is begun is written down
    /// first, and then only a person decides.
    fn by_mail(
        &mut self,
        n: usize,
        step: &Step,
        server: &lettre::SmtpTransport,
        signed: &str,
    ) -> Result<bool> {
        if let StepState::Started { at, mark } = &step.state {
            bail!(
                "the announcement was begun {} and may or may not be sent: look for {mark} in the list's archive. If it is there, pass \
                 --done {}; if not, --again {0}",
                times::utc(*at),
                n + 1
            );
        }
        let announcement = self.announcement(signed)?;
        mail::reach(server)?;
        let started = StepState::Started { at: self.context.now(), mark: announcement.mark.clone() };
        self.set(n, started)?;
        match announcement.send(server) {
            Ok(()) => Ok(true),
            Err(refused @ Unsent::Refused(_)) => {
                self.set(n, StepState::Open)?;
                Err(refused.into())
            }
            Err(unknown) => Err(unknown).with_context(|| {
                format!(
                    "look for {} in the list's archive; if it is there, pass --done {}; if not, --again {1}",
                    announcement.mark,
                    n + 1
                )
            }),
        }
    }

    fn announcement(&self, signed: &str) -> Result<Announcement> {
        if self.args.mail.mail_to.is_empty() {
            return usage("say whom the announcement goes to with --mail-to (or SEALPOST_MAIL_TO)");
        }
        let policy = self.desk.bundle.policy();
        let (to, now) = (&self.args.mail.mail_to, self.context.now());
        Announcement::make(&self.advisory, policy, to, signed, self.keyring.as_ref(), now)
    }

    /// Without a mail server a person sends the file.
    fn as_file(&self, step: &Step, n: usize, signed: &str) -> Result<bool> {
        let path = beside(&self.args.file, "eml");
        if !path.exists() {
            self.announcement(signed)?.write(&path)?;
        }
        mail::check_addressed(&path, &self.args.mail.mail_to)?;
        let what = format!("{}: send {} with your mail program", step.action, path.display());
        if !self.context.ui.can_ask() {
            self.context.ui.say(&format!("{}. {what}.", n + 1));
        }
        self.ask(n, &what, step)
    }

    /// Asks a person; where nobody can be asked, it stays open.
    fn ask(&self, n: usize, what: &str, step: &Step) -> Result<bool> {
        let ui = self.context.ui;
        if !ui.can_ask() {
            return Ok(false);
        }
        let left = left(step.due, self.context.now());
        ui.confirm(&format!("{}. {what} ({left}). Do it now, then type yes: ", n + 1))
    }

    fn say(&self, now: Timestamp, dry: bool) {
        let (ui, journal) = (self.context.ui, &self.journal);
        let steps: Vec<Value> =
            journal.steps.iter().enumerate().map(|(n, step)| as_json(n + 1, step, now)).collect();
        ui.json(&json!({
            "id": journal.id, "published": self.advisory.published, "dry_run": dry, "left": journal.left(), "steps": steps,
            "signed": journal.signed_sha256.as_ref().map(|_| beside(&self.args.file, "asc")),
            "journal": Journal::path(&self.args.file),
        }));
        let title = if dry { "What will be done for" } else { "Publishing" };
        ui.heading(&format!("{title} {}: embargo until {}", journal.id, times::utc(self.advisory.published)));
        journal.steps.iter().enumerate().for_each(|(n, step)| ui.say(&line(n + 1, step, now)));
        let next = journal.steps.iter().position(|step| !step.is_done());
        match next.and_then(|n| Some((n + 1, journal.steps.get(n)?))) {
            None => ui.say("Everything is done."),
            Some((n, step)) if !dry && step.by != Doer::Relay => {
                ui.say(&format!(
                    "When step {n} is done: sealpost advisory publish {} --done {n}",
                    self.args.file.display()
                ));
            }
            Some(_) => {}
        }
    }
}

const fn who(by: Doer) -> &'static str {
    match by {
        Doer::Person => "you",
        Doer::Mail => "mail",
        Doer::Relay => "relay",
    }
}

fn left(due: Timestamp, now: Timestamp) -> String {
    if due > now {
        format!("{} left", times::relative(due, now).trim_start_matches("in "))
    } else if due + GRACE >= now {
        "due now".to_owned()
    } else {
        format!("was due {}", times::relative(due, now))
    }
}

fn line(n: usize, step: &Step, now: Timestamp) -> String {
    let state = match &step.state {
        StepState::Done { at } if *at <= step.due + GRACE => format!("done {}", times::utc(*at)),
        StepState::Done { at } => format!("done {}, late: was due {}", times::utc(*at), times::utc(step.due)),
        StepState::Started { at, .. } => format!("begun {}, outcome unknown", times::utc(*at)),
        StepState::Open => format!("open, {}", left(step.due, now)),
    };
    format!("  {n}. [{}] {}: {state}", who(step.by), step.action)
}

fn as_json(n: usize, step: &Step, now: Timestamp) -> Value {
    let (state, at) = match &step.state {
        StepState::Open => ("open", None),
        StepState::Started { at, .. } => ("started", Some(at)),
        StepState::Done { at } => ("done", Some(at)),
    };
    json!({
        "step": n, "action": step.action, "by": step.by, "due": step.due, "state": state, "at": at,
        "seconds_left": (step.due - now).seconds(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_step_done_minutes_after_the_embargo_is_not_late() {
        let done = |seconds: i64| Step {
            action: "Announce".to_owned(),
            by: Doer::Mail,
            due: Timestamp::from_seconds(1_000_000),
            state: StepState::Done { at: Timestamp::from_seconds(1_000_000 + seconds) },
        };
        let said = |seconds: i64| line(1, &done(seconds), Timestamp::from_seconds(2_000_000));
        assert!(!said(120).contains("late"), "{}", said(120));
        assert!(said(1_200).contains("late: was due"), "{}", said(1_200));
    }

    #[test]
    fn what_is_left_is_told_until_it_is_over() {
        let now = Timestamp::from_seconds(1_000_000);
        assert_eq!(left(Timestamp::from_seconds(1_018_000), now), "5 h left");
        assert_eq!(left(Timestamp::from_seconds(992_000), now), "was due 2 h ago");
        assert_eq!(left(now, now), "due now");
        assert_eq!(left(Timestamp::from_seconds(999_100), now), "due now");
        assert_eq!(left(Timestamp::from_seconds(999_099), now), "was due 15 min ago");
        assert_eq!(beside(Path::new("a/DEMO-1.md"), "asc"), Path::new("a/DEMO-1.asc"));
    }
}
