//! How fast bytes go, and how long the rest will take.

/// Samples older than this no longer count: a line that got faster or slower should show.
const WINDOW_MS: f64 = 20_000.0;

/// Less than this says nothing yet.
const LEAST_MS: f64 = 1_000.0;

/// The last seconds of a transfer. Times are milliseconds of any clock that never goes back.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pace {
    samples: Vec<(f64, u64)>,
}

impl Pace {
    /// Takes note that `done` bytes were through at `at_ms`.
    pub fn note(&mut self, at_ms: f64, done: u64) {
        if self.samples.last().is_some_and(|(_, before)| done < *before) {
            self.samples.clear();
        }
        self.samples.push((at_ms, done));
        let old = self.samples.iter().take_while(|(at, _)| at_ms - at > WINDOW_MS).count();
        self.samples.drain(..old.min(self.samples.len().saturating_sub(2)));
    }

    /// Bytes in a second; `None` until that can be told.
    #[must_use]
    pub fn bytes_per_second(&self) -> Option<f64> {
        let ((from, begin), (to, end)) = (self.samples.first()?, self.samples.last()?);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = (end - begin) as f64 * 1000.0 / (to - from);
        (to - from >= LEAST_MS && end > begin).then_some(rate)
    }

    /// Seconds until `left` more bytes are through, if it goes on like this.
    #[must_use]
    pub fn seconds_left(&self, left: u64) -> Option<u64> {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a guess for people"
        )]
        self.bytes_per_second().map(|rate| (left as f64 / rate).ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_seconds_count_and_nothing_is_guessed_from_nothing() {
        let mut pace = Pace::default();
        assert_eq!(pace.seconds_left(100), None);
        pace.note(0.0, 0);
        pace.note(500.0, 1_000);
        assert_eq!(pace.seconds_left(100), None);
        pace.note(2_000.0, 4_000);
        assert_eq!((pace.bytes_per_second(), pace.seconds_left(4_100)), (Some(2_000.0), Some(3)));
        for second in 3..60_u32 {
            pace.note(f64::from(second) * 1_000.0, 4_000 + u64::from(second) * 10);
        }
        assert_eq!(pace.bytes_per_second(), Some(10.0));
        pace.note(60_000.0, 0);
        assert_eq!(pace.bytes_per_second(), None, "begun again");
    }
}
