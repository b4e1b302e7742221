//! Whose letter it is: every signature judged, and every letter kept to the place it was written for.

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use sealpost_keys::{OpenedLetter, UncheckedCert, VerifiedLetter};
use sealpost_shared::desk::DeskEntry;
use sealpost_shared::letter::{CaseData, LetterData, Reply};
use sealpost_shared::wire::v1::Author;
use sealpost_shared::{CaseId, EntryId, Fingerprint, Timestamp};

use super::{Item, Letter, Reader, Sealed};

/// Judges the letters of one case, the first letter first.
pub(super) struct Judge<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) case: CaseId,
    /// The certificate of the first letter, once it was judged.
    pub(super) reporter: Option<UncheckedCert>,
    /// What the first letter says.
    pub(super) data: Option<CaseData>,
    /// The moments and words of later letters that name no place.
    pub(super) by_hand: Vec<(Timestamp, String)>,
}

impl Judge<'_> {
    /// Opens and judges one entry.
    pub(super) fn item(&mut self, sealed: Sealed) -> Item {
        let Sealed { entry, author, received, is_unsent, letter } = sealed;
        let opened =
            letter.and_then(|letter| self.reader.keyring.open(&letter).map_err(|why| self.no_access(why)));
        let is_unread = opened.is_err();
        let letter = opened.and_then(|opened| self.letter(entry, author, &opened));
        Item { entry, author, received, is_unsent, letter, is_unread }
    }

    /// A member whose own key no letter is sealed to needs to know that, and not what gpg says of each letter.
    fn no_access(&self, why: anyhow::Error) -> anyhow::Error {
        let (settings, own) = (self.reader.settings, self.reader.keyring.fingerprint());
        match self.reader.bundle.desk(&settings.desk) {
            Ok(desk) if !desk.fingerprints.contains(own) => anyhow!(
                "sealed to the desk “{}” and not to your key: you may pull and sign, but not read. To read what comes, have your \
                 fingerprint added to the desk's `fingerprints` in the policy",
                desk.id
            ),
            _ => why,
        }
    }

    fn letter(&mut self, entry: EntryId, author: Author, opened: &OpenedLetter) -> Result<Letter> {
        let data = opened.unverified().data.clone();
        if let Some(other) = data.as_ref().map(LetterData::case).filter(|case| *case != self.case) {
            bail!(
                "this letter was written for another case ({other}); it was put here by the relay or by a mistake, and is not shown"
            );
        }
        let verified = match data {
            Some(LetterData::Reply(reply)) => return self.reply(entry, reply, opened),
            Some(LetterData::Desk(said)) => return self.desk(entry, said, opened),
            data if entry == EntryId::from(self.case) => self.first(data, opened),
            None | Some(LetterData::Notice(_)) if author == Author::Team => return self.malformed(opened),
            data => self.follow_up(entry, data, opened),
        };
        Ok(match verified {
            Ok(letter) => {
                Letter::FromReporter { signed_at: letter.signed_at(), contents: letter.into_contents() }
            }
            Err(why) => Letter::Unverified { contents: opened.unverified().clone(), why: format!("{why:#}") },
        })
    }

    fn first(&mut self, data: Option<LetterData>, opened: &OpenedLetter) -> Result<VerifiedLetter> {
        if let Some(LetterData::Report(data)) = data {
            self.data = Some(data);
        }
        let letter = opened.verify_reporter(self.reader.now)?;
        self.meant_for_us(&letter)?;
        let data = self.data.as_ref().context("it says nothing in Sealpost's own form")?;
        let settings = self.reader.settings;
        ensure!(
            data.team == settings.team && data.desk == settings.desk,
            "it was written for the desk “{}” of “{}”",
            data.desk,
            data.team
        );
        self.reporter = letter.contents().reporter_certificate.clone();
        Ok(letter)
    }

    fn follow_up(
        &mut self,
        entry: EntryId,
        data: Option<LetterData>,
        opened: &OpenedLetter,
    ) -> Result<VerifiedLetter> {
        ensure!(
            !matches!(data, Some(LetterData::Report(_))),
            "this is a copy of the report; it says nothing here"
        );
        let cert = self
            .reporter
            .as_ref()
            .context("the case has no verified first letter to compare its key with")?;
        let letter = opened.verify_by(std::slice::from_ref(cert), self.reader.now)?;
        self.meant_for_us(&letter)?;
        if let Some(LetterData::FollowUp(follow_up)) = data {
            ensure!(
                follow_up.entry == entry,
                "this is a copy of the letter {}; it says nothing here",
                follow_up.entry
            );
            return Ok(letter);
        }
        // Written by hand, it names no place. Nobody signs the same words twice in one second.
        let words = (letter.signed_at(), letter.contents().text.clone());
        ensure!(
            !self.by_hand.contains(&words),
            "this is a copy of a letter that came before; it says nothing here"
        );
        self.by_hand.push(words);
        Ok(letter)
    }

    fn desk(&self, entry: EntryId, said: DeskEntry, opened: &OpenedLetter) -> Result<Letter> {
        let desk = self.reader.bundle.desk(&self.reader.settings.desk)?;
        let letter = opened.verify_team(&self.reader.bundle.members(desk), self.reader.now);
        let letter = letter
            .context("this says it is a note of the desk to itself, but no member of the desk signed it")?;
        ensure!(said.entry == entry, "this is a copy of the note {}; it says nothing here", said.entry);
        let signer = letter.signer().clone();
        Ok(Letter::FromDesk { contents: letter.into_contents(), entry: said, signer })
    }

    /// A member's letter in a form that nobody can read is not a letter by a stranger.
    fn malformed(&self, opened: &OpenedLetter) -> Result<Letter> {
        let desk = self.reader.bundle.desk(&self.reader.settings.desk)?;
        let letter = opened.verify_team(&self.reader.bundle.members(desk), self.reader.now);
        let letter = letter.context("this came from the team, but no member of the desk signed it")?;
        bail!(
            "signed by the member {}, but what it says has no form that this program knows; ask them what they wrote it with",
            letter.signer()
        )
    }

    /// A letter that names its recipients and not us was passed on by somebody.
    fn meant_for_us(&self, letter: &VerifiedLetter) -> Result<()> {
        let desk = self.reader.bundle.desk(&self.reader.settings.desk)?;
        let ours = |fingerprint| {
            desk.fingerprints.contains(fingerprint) || self.reader.keyring.fingerprint() == fingerprint
        };
        ensure!(
            letter.intended().is_empty() || letter.intended().iter().any(ours),
            "it was signed for somebody else and passed on"
        );
        Ok(())
    }

    fn reply(&self, entry: EntryId, reply: Reply, opened: &OpenedLetter) -> Result<Letter> {
        let desk = self.reader.bundle.desk(&self.reader.settings.desk)?;
        let to = self.reporter.as_ref().map(UncheckedCert::fingerprint);
        let letter = judge_reply(
            opened,
            &reply,
            entry,
            to.as_ref(),
            &self.reader.bundle.members(desk),
            self.reader.now,
        )?;
        let signer = letter.signer().clone();
        Ok(Letter::FromTeam { contents: letter.into_contents(), reply, signer })
    }
}

/// Decides whether a reply counts. **Rule:** PROTOCOL.md, "Inside a letter": signed by a member, and written for the place it was
/// found in. The caller has compared the case.
///
/// # Errors
/// Why it says nothing here.
pub(crate) fn judge_reply(
    opened: &OpenedLetter,
    reply: &Reply,
    entry: EntryId,
    to: Option<&Fingerprint>,
    members: &[UncheckedCert],
    now: Timestamp,
) -> Result<VerifiedLetter> {
    let letter = opened.verify_team(members, now);
    let letter =
        letter.context("this says it is a reply of the team, but no member of the desk signed it")?;
    ensure!(reply.entry == entry, "this is a copy of the reply {}; it says nothing here", reply.entry);
    ensure!(to.is_none_or(|to| *to == reply.to), "this reply was written to another reporter's key");
    Ok(letter)
}
