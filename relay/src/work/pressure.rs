//! How many cases come, to each desk and from each part of the network, and how much harder that makes the next. In memory only; parts
//! of the network are known by a hash whose salt is thrown away every hour.

use std::collections::HashMap;
use std::net::IpAddr;

use rand::RngCore as _;
use sealpost_shared::{Duration, Timestamp};

use super::Route;
use crate::store::DeskAddress;

/// The most that pressure and size add together: with the default of 18 bits, 26 are 16 s of one browser thread.
pub(super) const MAX_LEVEL: u8 = 8;

/// After so long without a rise, it is one bit easier.
const QUIET: Duration = Duration::from_seconds(5 * 60);

/// Cases an hour from one part of the network at the price at rest: a whole team behind one address.
const ORIGIN_CASES_PER_HOUR: u32 = 20;

/// The most parts of the network that are counted at one time (a few MiB); over it all are forgotten and counting begins anew.
const MAX_ORIGINS: usize = 65_536;

/// How long one salt lasts.
const SALT_SECONDS: i64 = 3600;

/// A part of the network (an IPv4 /24, an IPv6 /56), or nobody knows which: a socket file, this machine, an onion service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin(Option<[u8; 7]>);

impl Origin {
    /// Where it comes from, as far as it is looked at. Everybody on this machine is nobody in particular: a proxy or Tor stands there.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if address.is_loopback() || address.is_unspecified() {
            return Self(None);
        }
        Self(Some(match address {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                [4, a, b, c, 0, 0, 0]
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, e, f, g, ..] = v6.octets();
                [a, b, c, d, e, f, g]
            }
        }))
    }
}

/// One bucket: allowance flows in over time, each case takes one, and an empty bucket raises the level.
#[derive(Debug, Clone)]
struct Bucket {
    allowance: f64,
    level: u8,
    /// When the allowance was last reckoned.
    at: Timestamp,
    /// When the level was last raised or lowered.
    changed: Timestamp,
}

/// The size of a bucket.
#[derive(Debug, Clone, Copy)]
struct Size {
    per_hour: f64,
}

impl Size {
    fn new(per_hour: u32) -> Self {
        Self { per_hour: f64::from(per_hour.max(1)) }
    }

    /// How many may come at once: a quarter of an hour's worth.
    fn burst(self) -> f64 {
        (self.per_hour / 4.0).max(1.0)
    }
}

impl Bucket {
    fn new(size: Size, now: Timestamp) -> Self {
        Self { allowance: size.burst(), level: 0, at: now, changed: now }
    }

    /// Brings it up to `now`. A clock that was set back lets nothing flow in and keeps the level.
    fn flow(&mut self, size: Size, now: Timestamp) {
        let passed = (now - self.at).seconds().max(0);
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 fit a float exactly for millions of years"
        )]
        let inflow = passed as f64 * size.per_hour / 3600.0;
        self.allowance = (self.allowance + inflow).min(size.burst());
        self.at = now;
        let quiet = (now - self.changed).seconds().max(0) / QUIET.seconds();
        if quiet > 0 {
            self.level = self.level.saturating_sub(u8::try_from(quiet).unwrap_or(u8::MAX));
            self.changed = now;
        }
        if now < self.changed {
            self.changed = now;
        }
    }

    fn take(&mut self, size: Size, now: Timestamp) {
        self.flow(size, now);
        self.allowance -= 1.0;
        if self.allowance < 0.0 {
            self.level = (self.level + 1).min(MAX_LEVEL);
            self.changed = now;
            self.allowance = size.burst() / 2.0;
        }
    }
}

/// Every bucket.
pub(super) struct Pressure {
    desk_size: Size,
    desks: HashMap<DeskAddress, Bucket>,
    origins: HashMap<[u8; 8], Bucket>,
    salt: [u8; 32],
    salt_made: i64,
}

impl Pressure {
    pub(super) fn new(desk_cases_per_hour: u32) -> Self {
        let desk_size = Size::new(desk_cases_per_hour);
        Self { desk_size, desks: HashMap::new(), origins: HashMap::new(), salt: [0; 32], salt_made: i64::MIN }
    }

    /// How much harder it is now for this way, in bits.
    pub(super) fn level(&mut self, route: Route<'_>, now: Timestamp) -> u8 {
        let desk_size = self.desk_size;
        let desk = self.desks.get_mut(route.desk).map_or(0, |bucket| {
            bucket.flow(desk_size, now);
            bucket.level
        });
        let key = self.key(route.origin, now);
        let origin = key.and_then(|key| self.origins.get_mut(&key)).map_or(0, |bucket| {
            bucket.flow(Size::new(ORIGIN_CASES_PER_HOUR), now);
            bucket.level
        });
        desk.saturating_add(origin).min(MAX_LEVEL)
    }

    /// Counts a case.
    pub(super) fn count(&mut self, route: Route<'_>, now: Timestamp) {
        let size = self.desk_size;
        // Only desks of teams that are served come here, so their number is bounded.
        let desk = self.desks.entry(route.desk.clone()).or_insert_with(|| Bucket::new(size, now));
        desk.take(size, now);
        if let Some(key) = self.key(route.origin, now) {
            if self.origins.len() >= MAX_ORIGINS {
                self.origins.clear();
            }
            let size = Size::new(ORIGIN_CASES_PER_HOUR);
            self.origins.entry(key).or_insert_with(|| Bucket::new(size, now)).take(size, now);
        }
    }

    pub(super) fn highest_level(&mut self, now: Timestamp) -> u8 {
        let size = self.desk_size;
        for bucket in self.desks.values_mut() {
            bucket.flow(size, now);
        }
        self.desks.values().map(|bucket| bucket.level).max().unwrap_or(0)
    }

    /// What a part of the network is called during this hour. A new hour has a new salt, and forgets those of the last.
    fn key(&mut self, origin: Origin, now: Timestamp) -> Option<[u8; 8]> {
        let prefix = origin.0?;
        let hour = now.seconds().div_euclid(SALT_SECONDS);
        if hour != self.salt_made {
            rand::rngs::OsRng.fill_bytes(&mut self.salt);
            self.salt_made = hour;
            self.origins.clear();
        }
        let [a, b, c, d, e, f, g, h, ..] = super::mac(&self.salt, &[&prefix]);
        Some([a, b, c, d, e, f, g, h])
    }
}
