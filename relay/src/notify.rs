//! Tells desks by mail that something came in, if their team and the operator want that. Mail is a notice and nothing more: whatever
//! becomes of it, the letter is stored, and no receipt and no clock hangs on it.

mod mail;
mod pace;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sealpost_shared::Timestamp;
use tokio::task::JoinHandle;

use crate::state::Relay;
use crate::store::{DeskAddress, Notice, StoreError};
use crate::teams::notice::{Content, Notice as Wanted};

pub use server::{MailError, MailServer, SmtpAddress};

use mail::{Mail, Outcome};
pub use pace::Pace;

/// How often the queue is looked at although nothing came in: what failed is tried again then.
const EVERY: Duration = Duration::from_secs(30);

/// After so many tries, five days, nobody expects it any more; the letter itself waits in the feed.
const MAX_TRIES: u32 = 40;

/// How long to wait after a try that failed: soon at first, then every three hours.
const BACK_OFF_SECONDS: [i64; 5] = [60, 300, 900, 3600, 3 * 3600];

/// Sends what is in the queue, now and whenever something comes in, until it is aborted.
pub(crate) fn start(relay: Arc<Relay>, server: MailServer) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut pace = Pace::default();
        loop {
            if let Err(error) = round(&relay, &server, &mut pace).await {
                tracing::error!(cause = %error, "the queue of notices cannot be read or written");
            }
            let _came_or_time_to_look = tokio::time::timeout(EVERY, relay.changes.something_came()).await;
        }
    })
}

/// Looks at the queue once.
///
/// # Errors
/// The store's. What the mail server says is no error: it is tried again.
pub async fn round(relay: &Relay, server: &MailServer, pace: &mut Pace) -> Result<(), StoreError> {
    let now = relay.clock.now();
    let mut by_desk: BTreeMap<(String, String), Vec<Notice>> = BTreeMap::new();
    for notice in relay.store.due_notices(now).await? {
        let key = (notice.desk.team.to_string(), notice.desk.desk.to_string());
        by_desk.entry(key).or_default().push(notice);
    }
    for notices in by_desk.into_values() {
        let Some(desk) = notices.first().map(|first| first.desk.clone()) else { continue };
        match relay.teams.notice(&desk) {
            Some(wanted) => Round { relay, server, wanted, desk, now }.send(notices, pace).await?,
            // Nobody wants to be told any more.
            None => relay.store.settle_notices(&ids(&notices)).await?,
        }
    }
    Ok(())
}

fn ids(notices: &[Notice]) -> Vec<i64> {
    notices.iter().map(|notice| notice.id).collect()
}

/// One desk's turn.
struct Round<'a> {
    relay: &'a Relay,
    server: &'a MailServer,
    wanted: Wanted,
    desk: DeskAddress,
    now: Timestamp,
}

impl Round<'_> {
    /// Sends each letter, or one word for all where only a word is wanted, or where a flood would fill the mailbox.
    async fn send(&self, notices: Vec<Notice>, pace: &mut Pace) -> Result<(), StoreError> {
        let left = pace.left(&self.desk, self.now);
        if left == 0 {
            let next_hour = Timestamp::from_seconds(self.now.rounded_to_hour().seconds() + 3600);
            return self.relay.store.postpone_notices(&ids(&notices), next_hour, false).await;
        }
        if self.wanted.content == Content::Word || notices.len() > left {
            pace.take(&self.desk, self.now);
            return self.word(&notices).await;
        }
        for notice in notices {
            pace.take(&self.desk, self.now);
            self.letter(notice).await?;
        }
        Ok(())
    }

    async fn word(&self, notices: &[Notice]) -> Result<(), StoreError> {
        let mail = Mail { to: &self.wanted.to, desk: &self.desk, origin: &self.relay.identity.origin };
        let outcome = self.server.send(mail.word(notices.len(), self.now)).await;
        self.settle(notices, outcome).await
    }

    /// A letter that the mail server will never take is at least announced.
    async fn letter(&self, notice: Notice) -> Result<(), StoreError> {
        let Some(letter) = self.relay.store.letter(notice.case, notice.entry).await? else {
            return self.relay.store.settle_notices(&[notice.id]).await;
        };
        let mail = Mail { to: &self.wanted.to, desk: &self.desk, origin: &self.relay.identity.origin };
        let made = mail.letter(notice.case, notice.entry, letter, self.now);
        let outcome = self.server.send(made).await;
        if outcome == Outcome::Refused {
            tracing::warn!("the mail server refuses a sealed letter; the desk is told in a word");
            return self.word(&[notice]).await;
        }
        self.settle(&[notice], outcome).await
    }

    async fn settle(&self, notices: &[Notice], outcome: Outcome) -> Result<(), StoreError> {
        let ids = ids(notices);
        let tries = notices.iter().map(|notice| notice.tries).max().unwrap_or_default();
        match outcome {
            Outcome::Sent => self.relay.store.settle_notices(&ids).await,
            Outcome::Failed if tries < MAX_TRIES => {
                let step = BACK_OFF_SECONDS.get(tries as usize).or(BACK_OFF_SECONDS.last());
                let due = Timestamp::from_seconds(self.now.seconds() + step.copied().unwrap_or(3600));
                self.relay.store.postpone_notices(&ids, due, true).await
            }
            Outcome::Failed | Outcome::Refused => {
                let (team, desk) = (self.desk.team.as_str(), self.desk.desk.as_str());
                tracing::error!(team, desk, "a desk cannot be told by mail; what came in waits in its feed");
                self.relay.store.settle_notices(&ids).await
            }
        }
    }
}
