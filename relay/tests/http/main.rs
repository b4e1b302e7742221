//! The relay as its callers see it: every row of PROTOCOL.md's table and every refusal, without a socket where none is needed.

#![expect(
    clippy::unwrap_used,
    reason = "in a test, unwrap is the assertion; clippy knows only of #[test] functions"
)]

mod access;
mod advisories;
mod app;
mod bad_days;
mod blobs;
mod build;
mod cases;
mod deletion;
mod disks;
mod entries;
mod feed;
mod keeping;
mod listeners;
mod login;
mod logs;
mod migrate;
mod notices;
mod offline;
mod openapi;
mod over_servers;
mod plain;
mod postgres;
mod process;
mod proof;
mod races;
mod reload;
mod rotation;
mod s3;
mod shared;
mod socket;
mod start;
mod teams;
mod two_relays;
mod well_known;
