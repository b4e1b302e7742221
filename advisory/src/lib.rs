//! The advisory: one file that people write, its rules, and the formats that programs read.
//!
//! A document is a front part in TOML between two lines `+++` and a body in Markdown; docs/ADVISORY.md describes every field.
//! [`parse`] names every error with its line; whoever holds an [`Advisory`] holds one without any. No IO, no clock, no keys.

mod affected;
mod cwe;
mod draft;
mod export;
mod finding;
mod id;
mod model;
mod parse;
mod purl;
mod read;
mod score;
mod words;
mod wrap;

pub use affected::{open_contradicted, ranges_said};
pub use draft::{Draft, DraftPackage};
pub use export::{ExportError, Exported, Format, export, facts};
pub use finding::Finding;
pub use id::{AdvisoryId, AdvisoryIdError};
pub use model::{
    Advisory, Affected, Credit, CreditKind, Moment, Publisher, Range, RangeEnd, Reference, ReferenceKind,
    Weakness,
};
pub use parse::{MAX_DOCUMENT_BYTES, parse};
pub use score::{Score, ScoreVersion};
