//! What travels as JSON between relay, page and command line. **Rule:** PROTOCOL.md is the contract.

pub mod v1;
