//! Wakes those who wait for news. It knows that something was written, never what.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sealpost_shared::CaseId;
use tokio::sync::{Notify, broadcast};
use tokio::time::Instant;

use crate::store::{DeskAddress, StoreError};

/// How many changes a sleeper may miss before it simply looks again; it looks again at the first anyway.
const KEPT: usize = 64;

/// How often to look for what another relay wrote: soon enough for people who wait, and a query every two seconds for each of them.
const OTHERS_EVERY: Duration = Duration::from_secs(2);

/// What happened.
#[derive(Debug, Clone)]
pub enum Change {
    /// An entry was committed.
    Written {
        /// In this case.
        case: CaseId,
        /// At this desk.
        desk: Arc<DeskAddress>,
    },
    /// The relay is about to stop: answer now.
    Closing,
}

/// Tells all waiting requests of one relay process about each write.
#[derive(Debug, Clone)]
pub struct Changes {
    requests: broadcast::Sender<Change>,
    /// Who begins to wait after the relay began to stop must hear of it, too.
    closing: Arc<AtomicBool>,
    /// How often sleepers look by themselves, where other relays write as well.
    every: Duration,
    notices: Arc<Notify>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            requests: broadcast::Sender::new(KEPT),
            closing: Arc::default(),
            every: Duration::MAX,
            notices: Arc::default(),
        }
    }
}

impl Changes {
    /// Among relays that write to the same store, whose changes are not heard here.
    #[must_use]
    pub fn among_others() -> Self {
        Self { every: OTHERS_EVERY, ..Self::default() }
    }

    /// Tells everyone. Nobody listening is no error.
    pub fn announce(&self, change: Change) {
        if matches!(change, Change::Closing) {
            self.closing.store(true, Ordering::SeqCst);
        }
        let _listeners = self.requests.send(change);
        self.notices.notify_one();
    }

    /// Waits until something was announced since the last time, for the one that sends notices.
    pub(crate) async fn something_came(&self) {
        self.notices.notified().await;
    }

    /// How many requests wait at this moment.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.requests.receiver_count()
    }

    /// Fetches until there is something, the time is over or the relay stops. Asks the store once at the start and once for each
    /// change that `concerns` says matters; dropping the future ends it.
    ///
    /// # Errors
    /// The store's.
    pub async fn wait_for_some<T, F>(
        &self,
        wait: Duration,
        concerns: impl Fn(&CaseId, &DeskAddress) -> bool,
        fetch: impl Fn() -> F,
    ) -> Result<Vec<T>, StoreError>
    where
        F: Future<Output = Result<Vec<T>, StoreError>>,
    {
        // Listening begins before the first look: nothing can be written unseen between the two.
        let mut news = self.requests.subscribe();
        let deadline = Instant::now() + wait;
        loop {
            let found = fetch().await?;
            if !found.is_empty() || Instant::now() >= deadline || self.closing.load(Ordering::SeqCst) {
                return Ok(found);
            }
            let look = Instant::now().checked_add(self.every).map_or(deadline, |look| look.min(deadline));
            match tokio::time::timeout_at(look, next(&mut news, &concerns)).await {
                Ok(Woken::Look) | Err(_) => {}
                Ok(Woken::Stop) => return Ok(found),
            }
        }
    }
}

enum Woken {
    Look,
    Stop,
}

async fn next(
    news: &mut broadcast::Receiver<Change>,
    concerns: &impl Fn(&CaseId, &DeskAddress) -> bool,
) -> Woken {
    loop {
        match news.recv().await {
            Ok(Change::Written { case, desk }) if !concerns(&case, &desk) => {}
            Ok(Change::Written { .. }) | Err(broadcast::error::RecvError::Lagged(_)) => return Woken::Look,
            Ok(Change::Closing) | Err(broadcast::error::RecvError::Closed) => return Woken::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn desk() -> DeskAddress {
        DeskAddress { team: "demo".parse().unwrap(), desk: "team".parse().unwrap() }
    }

    #[tokio::test]
    async fn other_cases_do_not_wake_a_sleeper_and_its_own_does() {
        let (changes, looks) = (Changes::default(), Arc::new(AtomicUsize::new(0)));
        let mine = CaseId::from_bytes([1; 16]);
        let (waiting, counted) = (changes.clone(), looks.clone());
        let sleeper = tokio::spawn(async move {
            let fetch = || async {
                Ok(if counted.fetch_add(1, Ordering::SeqCst) == 0 { vec![] } else { vec!["news"] })
            };
            waiting.wait_for_some(Duration::from_secs(20), |case, _| *case == mine, fetch).await
        });
        while changes.waiting() == 0 || looks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let written = |case| Change::Written { case, desk: Arc::new(desk()) };
        changes.announce(written(CaseId::from_bytes([2; 16])));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        changes.announce(written(mine));
        assert_eq!(sleeper.await.unwrap().unwrap(), ["news"]);
        assert_eq!(changes.waiting(), 0);
    }

    #[tokio::test]
    async fn a_closing_relay_answers_at_once() {
        let changes = Changes::default();
        let waiting = changes.clone();
        let sleeper = tokio::spawn(async move {
            waiting
                .wait_for_some(Duration::from_secs(600), |_, _| true, || async { Ok(Vec::<u8>::new()) })
                .await
        });
        while changes.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        changes.announce(Change::Closing);
        assert!(sleeper.await.unwrap().unwrap().is_empty());
        let late =
            changes.wait_for_some(Duration::from_secs(600), |_, _| true, || async { Ok(Vec::<u8>::new()) });
        assert!(late.await.unwrap().is_empty(), "who comes late does not wait either");
    }
}
