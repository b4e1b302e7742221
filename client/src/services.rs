//! Everything that touches the browser. Only this folder names web_sys.

pub(crate) mod at_rest;
pub(crate) mod attention;
pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod database;
pub(crate) mod erase;
pub(crate) mod files;
pub(crate) mod intl;
pub(crate) mod json;
pub(crate) mod outbox;
pub(crate) mod records;
pub(crate) mod relay;
pub(crate) mod relay_keys;
pub(crate) mod sealed_disk;
pub(crate) mod store;
pub(crate) mod uploads;
pub(crate) mod vault;
pub(crate) mod work;
