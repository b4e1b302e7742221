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
    let text =
        FORMAT.with(|format| format.get_or_init(|| formatter(locale)).call1(&JsValue::NULL, &js_date(at)));
    text.ok().and_then(|text| text.as_string()).unwrap_or_else(|| at.to_string())
}

/// An instant as a field for date and time holds it: in the reader's zone, to the minute.
pub(crate) fn to_field(at: Timestamp) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "minutes of a time zone")]
    let west = js_date(at).get_timezone_offset() as i64;
    let local = Timestamp::from_seconds(at.seconds() - west * 60).to_string();
    local.chars().take("2026-11-23T12:00".len()).collect()
}

/// What a field for date and time holds, as an instant; `None` while it is not complete.
pub(crate) fn from_field(text: &str) -> Option<Timestamp> {
    // Without a zone the browser reads it in the reader's own.
    let milliseconds = Date::parse(text);
    #[expect(clippy::cast_possible_truncation, reason = "clamped into the years 1970 to 9999 by the type")]
    let seconds = (milliseconds / 1000.0) as i64;
    milliseconds.is_finite().then(|| Timestamp::from_seconds(seconds))
}

/// What the browser knows of a time zone.
#[derive(Debug)]
pub(crate) struct Zone(Function);

impl Zone {
    /// The zone of that name; `None` if the browser knows none.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let options = Object::new();
        for (key, value) in [("timeZone", name), ("timeZoneName", "longOffset")] {
            // Setting a plain key of a fresh object cannot fail.
            let _ = Reflect::set(&options, &key.into(), &value.into());
        }
        // Called by name, because the browser throws where it does not know the zone.
        let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
        let maker: Function = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?.dyn_into().ok()?;
        let made = Reflect::construct(&maker, &Array::of2(&"en-US".into(), &options)).ok()?;
        Some(Self(made.unchecked_into::<Intl::DateTimeFormat>().format()))
    }

    /// How far it is ahead of UTC at an instant, in seconds.
    pub(crate) fn offset(&self, at: Timestamp) -> Option<i32> {
        let said = self.0.call1(&JsValue::NULL, &js_date(at)).ok()?.as_string()?;
        let (_, offset) = said.rsplit_once("GMT")?;
        if offset.is_empty() {
            return Some(0);
        }
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        let ahead = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
        Some(if offset.starts_with('-') { -ahead } else { ahead })
    }
}

fn js_date(at: Timestamp) -> Date {
    #[expect(clippy::cast_precision_loss, reason = "seconds until the year 9999 are exact in an f64")]
    let milliseconds = at.seconds() as f64 * 1000.0;
    Date::new(&JsValue::from_f64(milliseconds))
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
