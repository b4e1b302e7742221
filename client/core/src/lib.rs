//! Everything of the browser app that needs no browser: the contract with the vault, the outbox, what a page shows.
//!
//! Knows neither leptos nor web-sys nor the OpenPGP library; the page and the vault both depend on it.

pub mod backup;
pub mod by_hand;
pub mod case_record;
pub mod cover_note;
pub mod draft;
pub mod elsewhere;
pub mod evidence;
pub mod gravity;
pub mod hand_on;
mod merge;
pub mod offline;
pub mod outbox;
pub mod pointer;
pub mod public_note;
pub mod readiness;
pub mod reminders;
pub mod restore;
pub mod span;
pub mod story;
pub mod team;
pub mod upload;
pub mod vault;
pub mod watch;
pub mod work;
pub mod zone;
