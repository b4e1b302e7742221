//! The work that a relay asks for before it opens a case: what is done of it at a time, and how far it is.
//! **Rule:** PROTOCOL.md, "Proof of work".

use sealpost_shared::limits::MAX_PROOF_BITS;
use sealpost_shared::wire::v1::ChallengeResponse;

/// The only kind of work there is so far.
const ALG: &str = "sha256-1";

/// Numbers tried at a time: some 16 ms on a desk, under a tenth of a second on an old phone. In between, the vault answers others.
pub const PORTION: u64 = 1 << 16;

/// Portions after which it is worth showing that something is being done.
const UNSHOWN: u64 = 8;

/// How often a relay may ask for more in one attempt; then it is left for a while.
pub const TRIES: u32 = 3;

/// Whether a relay asks for something that is known and that a sane relay asks for.
#[must_use]
pub fn is_reasonable(challenge: &ChallengeResponse) -> bool {
    challenge.alg == ALG && challenge.bits <= MAX_PROOF_BITS
}

/// How much of the expected work is done after so many numbers, in percent; nothing while it is too early to show. It never says
/// that it is done: luck decides when.
#[must_use]
pub fn percent(bits: u8, tried: u64) -> Option<u8> {
    if tried < UNSHOWN * PORTION {
        return None;
    }
    let expected = 1_u128 << bits.min(MAX_PROOF_BITS);
    let done = (u128::from(tried) * 50 / expected).min(99);
    u8::try_from(done).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_shown_when_it_lasts_and_never_ends_before_the_work_does() {
        assert_eq!(percent(18, PORTION), None, "most are done before anybody looks");
        assert_eq!(percent(24, 1 << 23), Some(25));
        assert_eq!(percent(24, 1 << 24), Some(50));
        assert_eq!(percent(24, u64::MAX), Some(99));
        assert_eq!(percent(255, 1 << 27), Some(25));
    }

    #[test]
    fn work_of_another_kind_or_without_end_is_not_begun() {
        let expires = sealpost_shared::Timestamp::from_seconds(0);
        let asked = |alg: &str, bits| {
            let (alg, challenge) = (alg.to_owned(), String::new());
            is_reasonable(&ChallengeResponse { alg, challenge, bits, expires })
        };
        assert!(asked("sha256-1", 28) && !asked("sha256-1", 29) && !asked("equix-1", 1));
    }
}
