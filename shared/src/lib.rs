//! The domain of Sealpost: policy, timeline, case data, wire types, problem codes, limits.
//!
//! Pure: no input or output, no clock, no randomness, no cryptography. `now` is always a parameter.

pub mod desk;
pub mod evidence;
pub mod id;
pub mod letter;
pub mod limits;
pub mod note;
pub mod policy;
pub mod problem;
pub mod receipt;
pub mod time;
pub mod timeline;
pub mod wire;
pub mod words;

pub use id::{BlobId, CaseId, EntryId, Fingerprint};
pub use time::{Duration, Timestamp};
