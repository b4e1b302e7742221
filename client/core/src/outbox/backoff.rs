//! How long to wait before the next attempt.

use sealpost_shared::Duration;

/// After the first failure: long enough for a relay to restart.
const FIRST_SECONDS: i64 = 5;
/// The longest wait: a report should not lie here for hours after the relay came back.
const LONGEST_SECONDS: i64 = 15 * 60;
/// The longest wait with its jitter.
pub(super) const LONGEST: Duration = Duration::from_seconds(LONGEST_SECONDS * 5 / 4);

/// The wait after the `attempts`th attempt failed: doubling from 5 s to 15 min, with up to a quarter more by `dice`.
#[must_use]
pub fn delay(attempts: u32, dice: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let base = (FIRST_SECONDS << doublings).min(LONGEST_SECONDS);
    let jitter = base * i64::from(dice % 1000) / 4000;
    Duration::from_seconds(base + jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = (0..=9).map(|n| delay(n, 0).seconds()).collect();
        assert_eq!(seconds, [5, 5, 10, 20, 40, 80, 160, 320, 640, 900]);
        assert_eq!(delay(u32::MAX, 999).seconds(), 900 + 224);
        assert!(delay(u32::MAX, u32::MAX) <= LONGEST);
    }
}
