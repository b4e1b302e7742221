//! Letters and certificates that somebody damaged or made up: each has its own error.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

mod letters;
mod make;
