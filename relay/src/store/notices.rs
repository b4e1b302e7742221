//! What a store promises about letters of which a desk is still to be told by mail.

use async_trait::async_trait;
use sealpost_shared::{CaseId, EntryId, Timestamp};

use super::{DeskAddress, StoreError};

/// A letter of which its desk is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its place in the queue.
    pub id: i64,
    /// The desk.
    pub desk: DeskAddress,
    /// The case.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
    /// How often it was tried.
    pub tries: u32,
}

/// The queue of notices. A letter joins it in the transaction that stores it ([`super::NewEntry::notify`]), and leaves it with its case.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Those whose time has come, oldest first, at most 500. Where several relays share the queue, nobody else is handed the same for the
    /// next ten minutes.
    async fn due_notices(&self, now: Timestamp) -> Result<Vec<Notice>, StoreError>;

    /// Takes some off the queue. Those that are gone already are no error.
    async fn settle_notices(&self, ids: &[i64]) -> Result<(), StoreError>;

    /// Lets some wait until `due`, and counts a try if `tried`.
    async fn postpone_notices(&self, ids: &[i64], due: Timestamp, tried: bool) -> Result<(), StoreError>;
}
