//! The lengths of time a policy promises: hours and calendar days.

use crate::time::Duration;

/// What a team promises, counted from the moment of sending or from its last human message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// "Your report will be acknowledged within …", from sending.
    pub acknowledge: Duration,
    /// "… and you'll receive a more detailed response within …", from sending.
    pub answer: Duration,
    /// "… will keep you informed … sent at least every …", from the last human message.
    pub update: Duration,
    /// How long before a deadline a reminder is due.
    pub warn_before: Duration,
}

/// The longest length a policy may name: longer is a slip of the pen, not a promise.
const MAX_HOURS: i64 = 10 * 366 * 24;

/// Reads `24h` (hours) or `5d` (days of 24 hours). Nothing else: months and years have no fixed length.
///
/// # Errors
/// A sentence that says how a length is written.
pub fn parse_length(text: &str) -> Result<Duration, &'static str> {
    const HOW: &str = "a length of time is a whole number of hours or days, as in \"24h\" or \"5d\"";
    let (number, hours_each) = if let Some(number) = text.strip_suffix('h') {
        (number, 1)
    } else if let Some(number) = text.strip_suffix('d') {
        (number, 24)
    } else {
        return Err(HOW);
    };
    if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
        return Err(HOW);
    }
    let hours = number
        .parse::<i64>()
        .ok()
        .and_then(|n| n.checked_mul(hours_each))
        .ok_or(HOW)?;
    if hours > MAX_HOURS {
        Err("a length of time is at most ten years")
    } else {
        Ok(Duration::from_hours(hours))
    }
}
