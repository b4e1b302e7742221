//! What the pages share: signals, and the work that changes them. Decisions live in `sealpost-client-core`.

pub(crate) mod app;
pub(crate) mod attention;
pub(crate) mod by_file;
pub(crate) mod edit;
pub(crate) mod enclosing;
pub(crate) mod follow_up;
pub(crate) mod hand_on;
pub(crate) mod note;
pub(crate) mod replies;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod rules;
pub(crate) mod sending;
pub(crate) mod team;
pub(crate) mod uploads;
pub(crate) mod working;
