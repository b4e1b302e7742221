//! Proof of work: some computing for each new case, so that a flood of them costs much. Solved by reporters, verified by relays in
//! a microsecond. **Rule:** PROTOCOL.md, "Proof of work".

use sealpost_shared::CaseId;
use sha2::{Digest as _, Sha256};

/// The name of this kind of work on the wire.
pub const ALG: &str = "sha256-1";

/// One piece of work: a challenge for one letter that opens one case. Its result is worth nothing for another.
#[derive(Debug, Clone)]
pub struct Work {
    seed: [u8; 32],
    bits: u8,
}

impl Work {
    /// The work that a challenge of `bits` zero bits means for these sealed bytes; `sha256` is their digest in lowercase hexadecimal.
    #[must_use]
    pub fn new(challenge: &str, bits: u8, case: CaseId, sha256: &str) -> Self {
        let text = format!("Sealpost proof 1\n{challenge}\n{case}\n{sha256}\n");
        Self { seed: Sha256::digest(text).into(), bits }
    }

    /// Whether `nonce` is a solution.
    #[must_use]
    pub fn is_solved_by(&self, nonce: u64) -> bool {
        // 40 bytes: one block of SHA-256.
        let hash = Sha256::new().chain_update(self.seed).chain_update(nonce.to_be_bytes()).finalize();
        leading_zero_bits(&hash) >= u32::from(self.bits)
    }

    /// Tries `count` numbers from `first` on. Callers take small portions, and can show how far it is, or stop.
    #[must_use]
    pub fn search(&self, first: u64, count: u64) -> Option<u64> {
        (first..first.saturating_add(count)).find(|nonce| self.is_solved_by(*nonce))
    }
}

fn leading_zero_bits(hash: &[u8]) -> u32 {
    let zeros = hash.iter().take_while(|byte| **byte == 0).count();
    let rest = hash.get(zeros).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(zeros).unwrap_or(u32::MAX).saturating_mul(8) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn work(bits: u8) -> Work {
        Work::new("16.1795435200.00", bits, CaseId::from_bytes([7; 16]), SHA256)
    }

    #[test]
    fn a_solution_is_good_for_its_challenge_case_and_bytes_only() {
        let nonce = work(12).search(0, 1 << 20).unwrap();
        assert!(work(12).is_solved_by(nonce) && work(0).is_solved_by(nonce));
        let others = [
            Work::new("16.1795435201.00", 12, CaseId::from_bytes([7; 16]), SHA256),
            Work::new("16.1795435200.00", 12, CaseId::from_bytes([8; 16]), SHA256),
            Work::new("16.1795435200.00", 12, CaseId::from_bytes([7; 16]), &SHA256.replace('e', "f")),
        ];
        for other in others {
            assert!(
                !other.is_solved_by(nonce),
                "with twelve bits this goes wrong once in 4,096 vectors, and then always"
            );
        }
    }

    /// Frozen: computed with Python's hashlib as PROTOCOL.md says.
    #[test]
    fn the_first_solution_of_sixteen_bits_is_the_one_that_others_find() {
        assert_eq!(work(16).search(0, 1 << 22), Some(39_772));
    }

    #[test]
    fn zeros_are_counted_over_bytes() {
        assert_eq!(leading_zero_bits(&[0, 0, 0x1F, 0]), 19);
        assert_eq!(leading_zero_bits(&[0x80]), 0);
        assert_eq!(leading_zero_bits(&[0; 32]), 256);
    }
}
