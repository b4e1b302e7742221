//! What a new case, and every chunk of a file, costs its sender: a challenge that the relay need not remember, harder where many cases come from or go to.
//! Nobody is blocked, and nothing of this is stored or logged. **Rule:** PROTOCOL.md, "Proof of work".

mod pressure;

use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, Mac as _};
use sealpost_keys::SigningKey;
use sealpost_keys::proof::{ALG, Work};
use sealpost_shared::limits::{CHALLENGE_SECONDS, MAX_PROOF_BITS, MIN_CHUNK_BYTES};
use sealpost_shared::wire::v1::ChallengeResponse;
use sealpost_shared::{CaseId, Duration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

pub use pressure::Origin;
use pressure::{MAX_LEVEL, Pressure};

use crate::store::DeskAddress;
use crate::store::blobs::FilesShare;

/// Letters up to this size cost what the smallest costs; twice the size is one bit more. Nearly all reports are below.
const LIGHT_BYTES: u64 = 64 * 1024;

/// Chunks up to this size, the least there is, cost what the smallest costs.
const LIGHT_CHUNK_BYTES: u64 = MIN_CHUNK_BYTES as u64;

/// A MiB on the disk for good costs four times a small letter at rest: a quarter of a second of one browser thread, in which ten Mbit/s have
/// sent a third of it.
const CHUNK_BITS: u8 = 2;

/// Each time that half of what was left for files is gone, a chunk costs four times as much.
const HALVING_BITS: u8 = 2;

/// A desk whose challenges have become harder by one bit since one was given still takes that one: its solver began in good faith.
const GRACE_BITS: u8 = 1;

/// A quarter of a million hashes: some 60 ms of one browser thread, and well under a second on an old phone.
pub const DEFAULT_BITS: u8 = 18;

/// Two a minute, all day: more than any security team reads.
pub const DEFAULT_CASES_PER_HOUR: u32 = 120;

/// The name under which the relay's key is used here and nowhere else.
const KEY_LABEL: &[u8] = b"sealpost/1/challenge";

/// What an operator has decided.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    /// Zero bits for a small letter at rest; 0 asks for no work at all.
    pub bits: u8,
    /// Cases an hour that a desk takes at that price.
    pub cases_per_hour: u32,
}

impl Default for Price {
    fn default() -> Self {
        Self { bits: DEFAULT_BITS, cases_per_hour: DEFAULT_CASES_PER_HOUR }
    }
}

/// Whom a letter is for and from which part of the network it comes.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// The desk.
    pub desk: &'a DeskAddress,
    /// The part of the network.
    pub origin: Origin,
}

/// What is sent, as far as its price depends on it.
#[derive(Debug, Clone, Copy)]
pub enum Goods {
    /// The letter that opens a case, of so many bytes.
    Letter(u64),
    /// A chunk of a file, of so many bytes, to a desk that holds so much already.
    Chunk(u64, FilesShare),
}

/// A proof as it came: a challenge and a number.
#[derive(Debug, Clone)]
pub struct Proof {
    challenge: String,
    bits: u8,
    nonce: u64,
}

/// Gives challenges and checks proofs.
pub struct Gatekeeper {
    key: [u8; 32],
    price: Price,
    pressure: Mutex<Pressure>,
}

impl Gatekeeper {
    /// Works with the relay's own key: relays that share it take each other's challenges, and a restart forgets none.
    ///
    /// # Errors
    /// When the key cannot be spelled.
    pub fn new(relay_key: &SigningKey, price: Price) -> Result<Self, sealpost_keys::KeyError> {
        let secret = relay_key.to_armored()?;
        let key = mac(secret.as_bytes(), &[KEY_LABEL]);
        Ok(Self { key, price, pressure: Mutex::new(Pressure::new(price.cases_per_hour)) })
    }

    /// Whether a new case needs a proof at all.
    #[must_use]
    pub const fn asks(&self) -> bool {
        self.price.bits > 0
    }

    /// A fresh challenge for what is to be sent.
    #[must_use]
    pub fn challenge(&self, route: Route<'_>, goods: Goods, now: Timestamp) -> ChallengeResponse {
        let bits = self.bits(route, goods, now);
        let expires = now + Duration::from_seconds(CHALLENGE_SECONDS);
        let challenge = format!("{bits}.{}.{}", expires.seconds(), self.seal(route.desk, bits, expires));
        ChallengeResponse { alg: ALG.to_owned(), challenge, bits, expires }
    }

    /// Reads a proof and checks all of it that needs no letter: whether the challenge is ours, for this desk, fresh, and hard
    /// enough for these goods now.
    #[must_use]
    pub fn admit(&self, header: &str, route: Route<'_>, goods: Goods, now: Timestamp) -> Option<Proof> {
        let (challenge, nonce) = header.split_once(' ')?;
        let mut parts = challenge.splitn(3, '.');
        let bits: u8 = parts.next()?.parse().ok()?;
        let expires = Timestamp::from_seconds(parts.next()?.parse().ok()?);
        let seal = parts.next()?;
        let ours = self.seal(route.desk, bits, expires).as_bytes().ct_eq(seal.as_bytes());
        // One that lasts longer than any we give was given before the clock was set back.
        let fresh = now < expires && expires <= now + Duration::from_seconds(CHALLENGE_SECONDS);
        let hard = bits.saturating_add(GRACE_BITS) >= self.bits(route, goods, now);
        let nonce = nonce.parse().ok()?;
        (bool::from(ours) && fresh && hard).then(|| Proof { challenge: challenge.to_owned(), bits, nonce })
    }

    /// Counts a case that is about to be opened.
    pub fn count(&self, route: Route<'_>, now: Timestamp) {
        self.pressure().count(route, now);
    }

    /// How much harder than at rest it is now at the hardest pressed desk, in bits.
    #[must_use]
    pub fn highest_level(&self, now: Timestamp) -> u8 {
        self.pressure().highest_level(now)
    }

    fn bits(&self, route: Route<'_>, goods: Goods, now: Timestamp) -> u8 {
        let level = self.pressure().level(route, now);
        let more = match goods {
            Goods::Letter(size) => doublings(size, LIGHT_BYTES).saturating_add(level).min(MAX_LEVEL),
            Goods::Chunk(size, share) => {
                let full = HALVING_BITS.saturating_mul(share.halvings());
                CHUNK_BITS
                    .saturating_add(doublings(size, LIGHT_CHUNK_BYTES))
                    .saturating_add(level.saturating_add(full).min(MAX_LEVEL))
            }
        };
        self.price.bits.saturating_add(more).min(MAX_PROOF_BITS)
    }

    fn seal(&self, desk: &DeskAddress, bits: u8, expires: Timestamp) -> String {
        let text = format!("{}/{}\n{bits}\n{}", desk.team, desk.desk, expires.seconds());
        let [seal @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = mac(&self.key, &[text.as_bytes()]);
        data_encoding::HEXLOWER.encode(&seal)
    }

    fn pressure(&self) -> std::sync::MutexGuard<'_, Pressure> {
        self.pressure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proof {
    /// Whether the work was done for these bytes; `sha256` is their digest in lowercase hexadecimal.
    #[must_use]
    pub fn holds(&self, case: CaseId, sha256: &str) -> bool {
        Work::new(&self.challenge, self.bits, case, sha256).is_solved_by(self.nonce)
    }
}

/// How often `light` must be doubled to hold `size`.
fn doublings(size: u64, light: u64) -> u8 {
    let times = size.div_ceil(light).max(1).checked_next_power_of_two().unwrap_or(1 << 63);
    u8::try_from(times.trailing_zeros()).unwrap_or(u8::MAX)
}

/// HMAC-SHA256.
fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
