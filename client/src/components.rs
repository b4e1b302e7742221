//! Pieces of pages: they read signals, pick markup and call back. They decide nothing.

pub(crate) mod button;
pub(crate) mod by_hand;
pub(crate) mod carry;
pub(crate) mod field;
pub(crate) mod fingerprint;
pub(crate) mod hand_on;
pub(crate) mod handed;
pub(crate) mod keep;
pub(crate) mod keys;
pub(crate) mod ladder;
pub(crate) mod live;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod promises;
pub(crate) mod public_note;
pub(crate) mod receipt;
pub(crate) mod replies;
pub(crate) mod rules;
pub(crate) mod stages;
pub(crate) mod step;
pub(crate) mod timeline;
pub(crate) mod upload;
pub(crate) mod when;
pub(crate) mod words;
pub(crate) mod write;
