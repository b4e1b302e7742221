//! Looking at the relay before something is written: two members who answer at the same moment are told of each other, and what the
//! reporter said since is not passed over.

use anyhow::{Result, ensure};
use clap::Args;
use sealpost_keys::SealedLetter;
use sealpost_shared::EntryId;
use sealpost_shared::letter::LetterData;
use sealpost_shared::wire::v1::{Author, EntryInfo};

use super::Writing;
use crate::bundle::sha256;
use crate::config::usage;
use crate::dossier::Dossier;
use crate::members::Members;
use crate::relay_api::RelayApi;
use crate::session::Session;
use crate::times::{self, CLOCKS_APART, length, utc};

/// More new letters than these are counted, not opened.
const MAX_NAMED: usize = 5;

/// Whether to write into a case that is not up to date here.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct AnywayArgs {
    /// Write although the relay has letters in this case that were not pulled.
    #[arg(long)]
    pub(crate) anyway: bool,
}

impl Writing<'_> {
    /// Asks before anything is written, if the relay has letters in this case that are not here. A relay that is away is no hindrance:
    /// what is written waits for it.
    ///
    /// # Errors
    /// A usage error where nobody can be asked; else when the person says no.
    pub(crate) fn look_first(&self, args: AnywayArgs) -> Result<()> {
        // Whatever is wrong with the relay is said when the letter is sent, and is sealed and kept by then.
        let news = if args.anyway { Vec::new() } else { self.news().unwrap_or_default() };
        if news.is_empty() {
            return Ok(());
        }
        let came = format!("{} is not up to date here: {}", self.dossier.case.short(), news.join("; "));
        if !self.context.ui.can_ask() {
            return usage(format!(
                "{came}. Nothing was sent. `sealpost pull` fetches it; to write all the same pass --anyway"
            ));
        }
        let question = format!("{came}. Write without having read it? Type yes to go on:");
        ensure!(self.context.ui.confirm(&question)?, "nothing was sent; `sealpost pull` fetches what came");
        Ok(())
    }

    /// What the relay has in this case and this machine has not, one sentence each.
    fn news(&self) -> Result<Vec<String>> {
        let settings = &self.desk.settings;
        let api = RelayApi::new(&settings.relay)?;
        let mut session =
            Session::start(self.context, settings, &self.desk.bundle, self.keyring.as_ref(), &api)?;
        let new = unseen(&mut session, &api, &self.dossier)?;
        self.warn_ahead(&api);
        let (case, members) = (self.dossier.case, self.members()?);
        let mut news = Vec::new();
        for info in new.iter().take(MAX_NAMED) {
            let sealed = session.call(|token| api.entry(case, info.entry, token)).unwrap_or_default();
            news.push(self.describe(info, sealed, &members));
        }
        if let Some(more @ 1..) = new.len().checked_sub(MAX_NAMED) {
            news.push(format!("and {more} more letters came"));
        }
        Ok(news)
    }

    /// Who wrote a letter, and when. What is not a good signature of a member is nobody's word.
    fn describe(&self, info: &EntryInfo, sealed: Vec<u8>, members: &Members) -> String {
        let arrived = utc(info.received);
        if info.author == Author::Reporter {
            return format!("the reporter wrote (arrived {arrived}, to the hour)");
        }
        let word =
            if sha256(&sealed) == info.sha256 { self.member_said(info.entry, sealed, members) } else { None };
        word.unwrap_or_else(|| format!("something by the team came, {arrived} (to the hour)"))
    }

    fn member_said(&self, entry: EntryId, sealed: Vec<u8>, members: &Members) -> Option<String> {
        let opened = self.keyring.open(&SealedLetter::from_bytes_unchecked(sealed)).ok()?;
        let desk = self.desk.bundle.desk(&self.desk.settings.desk).ok()?;
        let letter = opened.verify_team(&self.desk.bundle.members(desk), self.now).ok()?;
        let name = members.name(letter.signer());
        match letter.contents().data.as_ref()? {
            LetterData::Reply(reply) if (reply.case, reply.entry) == (self.dossier.case, entry) => {
                Some(format!(
                    "{name} wrote to the reporter ({}), {}",
                    times::kind(reply.kind),
                    utc(reply.written_at)
                ))
            }
            LetterData::Desk(said) if (said.case, said.entry) == (self.dossier.case, entry) => {
                Some(format!("{name} left a note or took a step, {}", utc(said.written_at)))
            }
            _ => None,
        }
    }

    /// Says once that this machine's clock is ahead: a letter that is dated ahead counts from then only, and its writer does not see it.
    pub(super) fn warn_ahead(&self, api: &RelayApi) {
        let Some(date) = api.date() else { return };
        let ahead = (self.context.now() - date).seconds();
        if ahead > CLOCKS_APART && !self.warned.replace(true) {
            self.context.ui.warn(&format!(
                "this machine's clock is {} ahead of the relay's ({}): what you write is dated ahead, and keeps a promise from that time \
                 only. Set the clock right (timedatectl set-ntp true) before you write more",
                length(ahead),
                utc(date)
            ));
        }
    }
}

/// The letters that the relay has in a case and this machine has not.
///
/// # Errors
/// When the relay does not say.
pub(crate) fn unseen(session: &mut Session<'_>, api: &RelayApi, dossier: &Dossier) -> Result<Vec<EntryInfo>> {
    let is_new = |info: &EntryInfo| !dossier.items.iter().any(|item| item.entry == info.entry);
    let (mut after, mut new) = (0, Vec::new());
    loop {
        let page = session.call(|token| api.entries(dossier.case, after, token))?;
        if page.entries.is_empty() || page.next <= after {
            return Ok(new);
        }
        after = page.next;
        new.extend(page.entries.into_iter().filter(is_new));
    }
}
