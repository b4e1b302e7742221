//! One file per page.

pub(crate) mod case;
pub(crate) mod cases;
pub(crate) mod paper;
pub(crate) mod report;
pub(crate) mod restore;
pub(crate) mod seal;
pub(crate) mod settings;
pub(crate) mod start;
pub(crate) mod team;
pub(crate) mod track;
pub(crate) mod unknown;
