//! Where the relay reads the time: one trait, so that tests decide what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use sealpost_shared::Timestamp;

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// The present instant, in UTC and whole seconds.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place where the relay reads a clock")]
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_seconds(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
    }
}
