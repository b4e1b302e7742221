//! The one clock. Workers have none: the page hands `now` to whoever needs it.

use sealpost_shared::Timestamp;

/// The device's time.
pub(crate) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit an i64 for 290 million years"
    )]
    let seconds = (js_sys::Date::now() / 1000.0) as i64;
    Timestamp::from_seconds(seconds)
}
