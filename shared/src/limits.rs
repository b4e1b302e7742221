//! Every bound on what comes from outside, each with its reason. PROTOCOL.md, "Limits", repeats them for people.

/// The most bytes of one sealed letter. A long report is under 64 KiB; 1 MiB leaves room for screenshots and a
/// small proof of concept, and still fits a phone's memory several times over.
pub const MAX_LETTER_BYTES: usize = 1 << 20;

/// The most bytes of plaintext inside a letter. Encryption and signature add under 4 KiB, padding at most 12 %.
pub const MAX_LETTER_PLAIN_BYTES: usize = 900 * 1024;

/// The most bytes of a policy file. The longest preset has under 8 KiB.
pub const MAX_POLICY_BYTES: usize = 64 * 1024;

/// The most bytes of one certificate in binary. A large one with many signatures has 100 KiB.
pub const MAX_CERT_BYTES: usize = 256 * 1024;

/// The most certificates of one desk: a letter carries one session key packet for each.
pub const MAX_DESK_CERTS: usize = 16;

/// The most bytes of a login statement with its signature: twelve short lines and one RSA 4096 signature.
pub const MAX_STATEMENT_BYTES: usize = 8 * 1024;

/// The longest life of a login statement, in seconds: long enough for a slow smartcard and a PIN, too short to collect.
pub const MAX_STATEMENT_SECONDS: i64 = 10 * 60;

/// The life of a session token, in seconds: a working day.
pub const SESSION_SECONDS: i64 = 12 * 3600;

/// The life of a proof-of-work challenge, in seconds: a slow phone on a slow line, several times over.
pub const CHALLENGE_SECONDS: i64 = 30 * 60;

/// The most zero bits a client works for: a minute of one browser thread at four million hashes a second. A relay that asks for
/// more is not believed to mean it.
pub const MAX_PROOF_BITS: u8 = 28;

/// So many bytes of further letters a reporter adds to a case without work: a correspondence of 256 ordinary letters, or one of the largest.
pub const FREE_LETTERS_BYTES: u64 = MAX_LETTER_BYTES as u64;

/// The most entries in one case. A case that lives a year with an update a day has 365.
pub const MAX_CASE_ENTRIES: u32 = 2_000;

/// The most rows in one page of a feed or an entry list; the next page starts where it ends.
pub const MAX_PAGE_ROWS: u32 = 500;

/// The most bytes of letters in one answer for many of them: one of the largest, or 150 ordinary ones. A slow line (20 KiB/s) has it
/// in a minute, and a relay holds no more for one who asks.
pub const MAX_BATCH_BYTES: usize = MAX_LETTER_BYTES;

/// The longest a long poll waits, in seconds: under the idle time-outs of ordinary proxies (60 s).
pub const MAX_WAIT_SECONDS: u32 = 25;

/// The longest title, in characters: one line on a phone in landscape, twice.
pub const MAX_TITLE_CHARS: usize = 160;

/// The longest report text, in bytes of UTF-8.
pub const MAX_REPORT_BYTES: usize = 512 * 1024;

/// The most attachments inside one letter.
pub const MAX_ATTACHMENTS: usize = 32;

/// The fewest bytes of a blob's chunk that is not its last: fewer would make more rows and requests than data is worth.
pub const MIN_CHUNK_BYTES: usize = 1 << 20;

/// The most bytes of one chunk of a blob: what a line that is cut can lose, and what a relay reads at most at one time.
pub const MAX_CHUNK_BYTES: usize = 8 << 20;

/// The most chunks of one blob: a GiB in the smallest chunks.
pub const MAX_BLOB_CHUNKS: u32 = 1024;

/// The most blobs of one case: one for its first letter, and some for what turns up later.
pub const MAX_CASE_BLOBS: u32 = 16;

/// The most files in one enclosure: their names stand in the letter, which is bounded itself.
pub const MAX_ENCLOSED_FILES: usize = 500;

/// How many MiB of files a case may enclose where its policy does not say: a disk image of a small device, a long trace.
pub const DEFAULT_ENCLOSURES_MIB: u32 = 256;

/// The most MiB of files that a policy may allow: encrypted and padded they still fit [`MAX_BLOB_CHUNKS`].
pub const MAX_ENCLOSURES_MIB: u32 = 900;

/// The most sealed bytes for `mib` MiB of files: padding adds at most 12 % (Padmé), the tar a header and a rest of a block for each
/// file, encryption a few KiB.
#[must_use]
pub const fn max_blob_bytes(mib: u32) -> u64 {
    if mib == 0 {
        return 0;
    }
    let files = (mib as u64) << 20;
    files + files / 100 * 12 + (2 << 20)
}
