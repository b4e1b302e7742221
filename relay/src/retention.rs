//! How long cases are kept: until their team deletes them, or for as long as its policy says after the last word.
//! **Rule:** PROTOCOL.md, "Deleting".

use sealpost_shared::policy::{Length, Policy, Standing};
use sealpost_shared::wire::v1::{Deleter, Deletion};
use sealpost_shared::{CaseId, Duration, Timestamp};

use crate::state::Relay;
use crate::store::{RestingCase, StoreError};
use crate::teams::Team;

/// Arrival is stored rounded down to the hour.
const HOUR: Duration = Duration::from_seconds(3600);

/// Deletes a case; hands out the deletion that holds. Files of its blobs that cannot be removed now are the sweeper's.
///
/// # Errors
/// The store's.
pub(crate) async fn delete(relay: &Relay, case: CaseId, deletion: Deletion) -> Result<Deletion, StoreError> {
    let deleted = relay.store.delete_case(case, deletion).await?;
    for object in &deleted.objects {
        let _left_to_the_sweeper = relay.blobs.remove(object).await;
    }
    Ok(deleted.deletion)
}

/// Deletes every case whose time is over; says how many.
///
/// # Errors
/// The store's.
pub(crate) async fn retire(relay: &Relay) -> Result<usize, StoreError> {
    let (now, mut retired) = (relay.clock.now(), 0);
    for team in relay.teams.current().iter() {
        retired += retire_of(relay, team, now).await?;
    }
    Ok(retired)
}

/// A policy that is not in force deletes nothing. That is also what a clock stops at that was set far ahead.
async fn retire_of(relay: &Relay, team: &Team, now: Timestamp) -> Result<usize, StoreError> {
    let Some(keep) =
        team.policy.reports.retention.filter(|_| team.policy.identity.standing(now) == Standing::InForce)
    else {
        return Ok(0);
    };
    // Nothing younger can be over; what is only perhaps over is asked of the calendar.
    let until = Timestamp::from_seconds(now.seconds() - shortest(keep).seconds());
    let mut retired = 0;
    loop {
        let oldest = relay.store.resting_cases(team.slug(), until).await?;
        let over = oldest.into_iter().filter(|resting| is_over(&team.policy, keep, *resting, now));
        let over: Vec<RestingCase> = over.collect();
        if over.is_empty() {
            return Ok(retired);
        }
        for resting in over {
            let deletion = Deletion { by: Deleter::Policy, at: now.rounded_to_hour() };
            delete(relay, resting.case, deletion).await?;
            retired += 1;
        }
    }
}

/// The least that a length can be on any calendar: a day has 23 hours when clocks are put forward.
fn shortest(length: Length) -> Duration {
    let hours = match length {
        Length::Hours(hours) => i64::from(hours),
        Length::Days(days) | Length::BusinessDays(days) => i64::from(days) * 23,
    };
    Duration::from_hours(hours)
}

fn is_over(policy: &Policy, keep: Length, resting: RestingCase, now: Timestamp) -> bool {
    policy.calendar.after(resting.last_received + HOUR, keep) <= now
}
