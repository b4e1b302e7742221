//! Dates in the reader's own time zone, through the browser's Intl.

use std::cell::OnceCell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use sealpost_shared::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    static FORMAT: OnceCell<Function> = const { OnceCell::new() };
}

/// The day, date, hour and zone of an instant, such as "Tue, 24 Nov 2026, 13:00 CET".
pub(crate) fn date_and_time(at: Timestamp, locale: &str) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are exact in an f64")]
    let milliseconds = at.seconds() as f64 * 1000.0;
    let date = Date::new(&JsValue::from_f64(milliseconds));
    let text = FORMAT.with(|format| format.get_or_init(|| formatter(locale)).call1(&JsValue::NULL, &date));
    text.ok().and_then(|text| text.as_string()).unwrap_or_else(|| at.to_string())
}

fn formatter(locale: &str) -> Function {
    let options = Object::new();
    for (key, value) in [
        ("weekday", "short"),
        ("day", "numeric"),
        ("month", "short"),
        ("year", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
        ("hourCycle", "h23"),
        ("timeZoneName", "short"),
    ] {
        // Setting a plain key of a fresh object cannot fail.
        let _ = Reflect::set(&options, &key.into(), &value.into());
    }
    let locales = Array::of1(&locale.into());
    Intl::DateTimeFormat::new(&locales, options.unchecked_ref()).format()
}
