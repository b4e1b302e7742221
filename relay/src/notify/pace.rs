//! How many mails a desk gets in an hour: a flood of reports must not become a flood of mail. In memory only.

use std::collections::HashMap;

use sealpost_shared::Timestamp;

use crate::store::DeskAddress;

/// More reports than a team reads in an hour. What comes on top is told in one mail.
const MAILS_PER_HOUR: usize = 20;

/// How many mails went to each desk in the present hour.
#[derive(Debug, Default)]
pub struct Pace {
    sent: HashMap<DeskAddress, (Timestamp, usize)>,
}

impl Pace {
    /// How many more may go out in this hour.
    pub(super) fn left(&self, desk: &DeskAddress, now: Timestamp) -> usize {
        match self.sent.get(desk) {
            Some((hour, sent)) if *hour == now.rounded_to_hour() => MAILS_PER_HOUR.saturating_sub(*sent),
            _ => MAILS_PER_HOUR,
        }
    }

    /// Counts one.
    pub(super) fn take(&mut self, desk: &DeskAddress, now: Timestamp) {
        let hour = now.rounded_to_hour();
        let counted = self.sent.entry(desk.clone()).or_insert((hour, 0));
        if counted.0 != hour {
            *counted = (hour, 0);
        }
        counted.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_its_mails_and_the_next_has_them_anew() {
        let desk = DeskAddress { team: "demo".parse().unwrap(), desk: "team".parse().unwrap() };
        let at = |seconds: i64| Timestamp::from_seconds(1_795_435_200 + seconds);
        let mut pace = Pace::default();
        for sent in 0..MAILS_PER_HOUR {
            assert_eq!(pace.left(&desk, at(10)), MAILS_PER_HOUR - sent);
            pace.take(&desk, at(10));
        }
        assert_eq!(pace.left(&desk, at(3599)), 0);
        assert_eq!(pace.left(&desk, at(3600)), MAILS_PER_HOUR);
        pace.take(&desk, at(3600));
        assert_eq!(pace.left(&desk, at(3600)), MAILS_PER_HOUR - 1);
    }
}
