//! The relay: carries sealed letters between reporters and teams, and cannot read them. It has no decryption key and no
//! decryption code, stores only what is encrypted to the desk it is addressed to, and remembers nothing of who came.
//!
//! Everything can be used without a socket ([`assemble`], [`router`]) or with one ([`start`]). **Rule:** docs/PROTOCOL.md.

mod announce;
pub mod api;
pub mod arrival;
pub mod backup;
pub mod blobs;
pub mod changes;
pub mod client_files;
pub mod clock;
pub mod config;
mod connections;
pub mod error;
pub mod extract;
mod listener;
mod metrics;
mod middleware;
pub mod migrate;
pub mod notify;
pub mod place;
mod plain;
pub mod relay_key;
mod retention;
mod routes;
pub mod server;
mod signals;
pub mod state;
pub mod store;
mod sweeper;
pub mod teams;
mod tls;
pub mod upload;
pub mod verify;
mod wkd;
pub mod work;

pub use clock::{Clock, SystemClock};
pub use config::Config;
pub use relay_key::RelayKeyError;
pub use routes::router;
pub use server::{RunError, Running, StartError, assemble, run, start};
pub use state::Relay;
pub use sweeper::sweep;
pub use tls::TlsError;
