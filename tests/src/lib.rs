//! Whole-system tests: the real relay and command line as processes, a real browser, real gpg, and a tap on the wire.
//!
//! Nothing here is a mock. What the product depends on is started for real, and what it must not leak is looked for.

pub mod browser;
pub mod gpg;
pub mod leaks;
pub mod peers;
pub mod site;
pub mod stack;
pub mod tap;
