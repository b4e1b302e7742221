//! The real program against the real relay, with real gpg; between them a proxy that is honest until told otherwise.

#![expect(clippy::unwrap_used, reason = "test code: a failed step is a failed test")]

mod advisory;
mod alone;
mod answering;
mod at_once;
mod called_deleted;
mod clock;
mod decrypt_sh;
mod deleting;
mod embargo;
mod enclosures;
mod evidence;
mod foreign;
mod forge;
mod glances;
mod hostile;
mod interrupted;
mod lost;
mod policy;
mod proxy;
mod publish;
mod restored;
mod said;
mod smtp;
mod story;
mod together;
mod upkeep;
mod world;
