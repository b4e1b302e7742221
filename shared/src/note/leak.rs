//! What the check found in a note, and what a person is told about it.

/// Something in a note that must not be public.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak {
    /// The piece as it stands in the note, or the report's word that is spread over several.
    pub piece: String,
    /// Why it may not stand there.
    pub why: Why,
    /// The word to allow, where only the reporter can tell whether it is harmless. Never for versions, identifiers, code, words of the
    /// title, and words that name a kind of problem.
    pub word: Option<String>,
}

/// Why a piece of a note may not be public.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It occurs in the report and is no everyday word.
    InReport,
    /// It looks like a form of this word, which occurs in the report.
    FormOf(String),
    /// It is the report's word, broken up.
    InReportBrokenUp,
    /// A CVE, CWE, GHSA or other id: whoever reads it can look the problem up.
    Identifier,
    /// It looks like a version, or the number of a line, a port or a ticket.
    Version,
    /// It looks like a path, a function, a symbol, an address in memory, a link to a thing, or other code.
    Code,
    /// Its letters are of several alphabets, or signs that look like letters: nothing can be compared with it.
    Disguised,
}

impl Why {
    /// A sentence for the reporter, to stand behind the piece.
    #[must_use]
    pub fn sentence(&self) -> String {
        let sentence = match self {
            Self::InReport => {
                "stands in your report and is no everyday word: whoever knows the project may guess the rest from it."
            }
            Self::FormOf(word) => return format!("is much like “{word}”, which stands in your report."),
            Self::InReportBrokenUp => {
                "stands in your report and can be put together again from the pieces here."
            }
            Self::Identifier => {
                "is an identifier of a vulnerability or weakness: whoever reads it can look it up."
            }
            Self::Version => {
                "looks like a version or the number of a line or port, which says where to look."
            }
            Self::Code => "looks like code, a path or a link to a thing, which says where to look.",
            Self::Disguised => {
                "mixes alphabets, or has signs that only look like letters. Write it in plain letters."
            }
        };
        sentence.to_owned()
    }
}
