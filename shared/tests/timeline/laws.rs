//! Laws that hold for every policy, record and moment.

use proptest::prelude::*;
use sealpost_shared::letter::{ReplyKind, Severity};
use sealpost_shared::policy::Policy;
use sealpost_shared::timeline::{
    Case, Event, EventKind, PromiseState, StepState, TimelineView, Witness, view,
};

use crate::{PRESETS, Timestamp, case, event, hours, in_calendar};

const HOUR: i64 = 3600;
/// Ten weeks: longer than every clock of the presets but the longest embargoes.
const WEEKS: i64 = 70 * 24 * HOUR;

fn sent_at() -> Timestamp {
    "2026-10-01T12:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(sent_at().seconds() + seconds)
}

/// A preset, in one of three calendars, for a case of any gravity.
fn any_policy() -> impl Strategy<Value = Policy> {
    let calendar = prop_oneof![
        Just(""),
        Just("zone = \"Europe/Berlin\"\nzone_rule = \"CET-1CEST,M3.5.0,M10.5.0/3\"\nholidays = [\"10-03\"]"),
        Just(
            "zone = \"America/New_York\"\nzone_rule = \"EST5EDT,M3.2.0,M11.1.0\"\nshift = \"next-business-day\""
        ),
    ];
    let severity = prop_oneof![Just(None), Just(Some(Severity::Low)), Just(Some(Severity::Critical))];
    (0..PRESETS.len(), calendar, severity, any::<bool>()).prop_map(|(n, calendar, severity, exploited)| {
        in_calendar(PRESETS[n], calendar).for_case(severity, exploited)
    })
}

fn any_kind(policy: &Policy) -> impl Strategy<Value = EventKind> + use<> {
    let reply = prop_oneof![
        Just(ReplyKind::Acknowledgement),
        Just(ReplyKind::Answer),
        Just(ReplyKind::Update),
        Just(ReplyKind::Closing)
    ];
    let steps: Vec<_> = policy.escalation.steps.iter().map(|step| step.id.clone()).collect();
    let stages: Vec<_> = policy.disclosure.stages.iter().map(|stage| stage.id.clone()).collect();
    let until = (0..3 * WEEKS).prop_map(after);
    prop_oneof![
        2 => Just(EventKind::Received),
        2 => Just(EventKind::AutoReply),
        2 => Just(EventKind::FollowUp),
        6 => reply.prop_map(|kind| EventKind::HumanReply { kind }),
        6 => proptest::sample::select(steps).prop_map(|step| EventKind::StepTaken { step }),
        3 => proptest::sample::select(stages).prop_map(|stage| EventKind::StageReached { stage }),
        2 => until.clone().prop_map(|until| EventKind::EmbargoProposed { until }),
        2 => until.prop_map(|until| EventKind::EmbargoAgreed { until }),
        1 => Just(EventKind::EmbargoLifted),
        1 => Just(EventKind::Published),
        1 => Just(EventKind::Closed),
    ]
}

/// A policy, a sent report and what happened, also shortly before the sending by somebody's slow clock.
fn any_history() -> impl Strategy<Value = (Policy, Vec<Event>)> {
    any_policy().prop_flat_map(|policy| {
        let witness = prop_oneof![Just(Witness::Reporter), Just(Witness::Relay), Just(Witness::Team)];
        let one = (-2 * HOUR..WEEKS, any_kind(&policy), witness);
        let one = one.prop_map(|(seconds, kind, by)| Event { at: after(seconds), kind, by });
        let events = proptest::collection::vec(one, 0..14);
        (Just(policy), events).prop_map(|(policy, mut events)| {
            events.push(event(sent_at(), EventKind::Sent));
            (policy, events)
        })
    })
}

fn any_history_and_shuffle() -> impl Strategy<Value = (Policy, Vec<Event>, Vec<Event>)> {
    any_history()
        .prop_flat_map(|(policy, events)| (Just(policy), Just(events.clone()), Just(events).prop_shuffle()))
}

fn any_now() -> impl Strategy<Value = Timestamp> {
    (-HOUR..WEEKS + WEEKS / 2).prop_map(after)
}

fn states(view: &TimelineView) -> Vec<StepState> {
    view.ladder.steps.iter().map(|step| step.state).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn late_arrivals_repetitions_and_disorder_give_the_same_view(
        (policy, events, shuffled) in any_history_and_shuffle(), now in any_now()
    ) {
        let whole = case(events.clone(), &policy);
        prop_assert_eq!(view(&whole, &policy, now), view(&case(shuffled, &policy), &policy, now));
        let twice = case(events.iter().chain(&events).cloned(), &policy);
        prop_assert_eq!(&twice, &whole);
        let stored: Case = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
        prop_assert_eq!(stored, whole);
    }

    #[test]
    fn a_promise_is_kept_in_time_late_after_it_and_pending_before(
        (policy, events) in any_history(), now in any_now()
    ) {
        for promise in view(&case(events, &policy), &policy, now).promises {
            prop_assert!(promise.due > sent_at());
            match (promise.state, promise.met_at) {
                (PromiseState::Kept, Some(met)) => prop_assert!(met <= promise.due && met >= sent_at()),
                (PromiseState::Late, Some(met)) => prop_assert!(met > promise.due && met <= now),
                (PromiseState::Late, None) => prop_assert!(now > promise.due),
                (PromiseState::Pending, None) => prop_assert!(now <= promise.due),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn nothing_opens_before_its_time_and_steps_open_in_order((policy, events) in any_history(), now in any_now()) {
        let record = case(events, &policy);
        let view = view(&record, &policy, now);
        let earliest = policy.after(sent_at(), policy.escalation.no_reply)
            .min(policy.after(sent_at(), policy.escalation.silence));
        if view.ladder.open {
            prop_assert!(now >= earliest && view.ladder.opens_at.unwrap() <= now && view.closed.is_none());
        }
        for (n, step) in view.ladder.steps.iter().enumerate() {
            if step.state == StepState::Open {
                prop_assert!(view.ladder.open && step.opens_at.unwrap() <= now);
                prop_assert!(n == 0 || view.ladder.steps[n - 1].state == StepState::Taken);
                prop_assert_eq!(record.may_take(&step.id, &policy, now), Ok(()));
            } else {
                prop_assert!(record.may_take(&step.id, &policy, now).is_err());
            }
            if step.state == StepState::Closed {
                prop_assert!(step.opens_at.is_none_or(|opens| opens > now));
            }
        }
    }

    #[test]
    fn what_is_next_lies_ahead_and_nothing_lies_nearer((policy, events) in any_history(), now in any_now()) {
        let view = view(&case(events, &policy), &policy, now);
        let pending = view.promises.iter().filter(|promise| promise.state == PromiseState::Pending);
        let opening = view.ladder.steps.iter().filter(|step| step.state == StepState::Closed);
        let dates = pending.map(|promise| promise.due).chain(opening.filter_map(|step| step.opens_at));
        let nearest = dates.min().filter(|_| view.closed.is_none());
        prop_assert_eq!(view.next.map(|next| next.at), nearest);
    }

    #[test]
    fn machines_and_the_reporter_stop_no_clock((policy, events) in any_history(), now in any_now(), late in 0..WEEKS) {
        let before = view(&case(events.clone(), &policy), &policy, now);
        for kind in [EventKind::AutoReply, EventKind::FollowUp, EventKind::Received] {
            let more = events.iter().cloned().chain([event(after(late), kind)]);
            let view = view(&case(more, &policy), &policy, now);
            prop_assert_eq!((&view.promises, &view.ladder), (&before.promises, &before.ladder));
        }
    }

    #[test]
    fn a_human_word_closes_the_ladder_and_takes_nothing_back((policy, events) in any_history(), late in 0..WEEKS) {
        let now = after(late);
        let before = view(&case(events.clone(), &policy), &policy, now);
        let reply = EventKind::HumanReply { kind: ReplyKind::Update };
        let quiet = view(&case(events.into_iter().chain([event(now, reply)]), &policy), &policy, now);
        prop_assert!(!quiet.ladder.open);
        let kept = |view: &TimelineView| {
            states(view).iter().map(|state| *state == StepState::Taken).collect::<Vec<_>>()
        };
        prop_assert_eq!(kept(&quiet), kept(&before));
    }

    #[test]
    fn a_closed_case_opens_nothing((policy, events) in any_history(), now in any_now()) {
        let closed = events.into_iter().chain([event(sent_at() + hours(1), EventKind::Closed)]);
        let view = view(&case(closed, &policy), &policy, now.max(sent_at() + hours(1)));
        prop_assert!(!view.ladder.open && view.next.is_none() && view.ladder.opens_at.is_none());
        prop_assert!(!states(&view).contains(&StepState::Open));
        prop_assert!(view.promises.iter().all(|promise| promise.state != PromiseState::Pending));
    }

    #[test]
    fn a_closing_word_after_publication_ends_the_clocks_and_without_it_is_a_word_like_another(
        (policy, events) in any_history(), reached in 0..WEEKS, wait in 0..WEEKS, later in 0..WEEKS
    ) {
        let last = EventKind::StageReached { stage: policy.disclosure.stages.last().unwrap().id.clone() };
        let word = |kind| event(after(reached + wait), EventKind::HumanReply { kind });
        let now = after(reached + wait + later);
        let published = [event(after(reached), last.clone()), word(ReplyKind::Closing)];
        let ended = view(&case(events.iter().cloned().chain(published), &policy), &policy, now);
        prop_assert!(!ended.ladder.open && ended.next.is_none() && ended.ladder.opens_at.is_none());
        prop_assert!(ended.promises.iter().all(|promise| promise.state != PromiseState::Pending));
        let unpublished: Vec<_> = events.into_iter().filter(|event| event.kind != last).collect();
        let with = |kind| {
            let events = unpublished.iter().cloned().chain([word(kind)]);
            view(&case(events, &policy), &policy, now)
        };
        prop_assert_eq!(with(ReplyKind::Closing), with(ReplyKind::Answer));
    }

    #[test]
    fn the_embargo_outlasts_the_reporters_deadline_by_no_more_than_the_grace(
        (policy, events) in any_history(), now in any_now()
    ) {
        if let Some(embargo) = view(&case(events, &policy), &policy, now).embargo
            && let (Some(lifts), Some(deadline)) = (embargo.lifts_at, embargo.hard_deadline)
        {
            let grace = policy.disclosure.embargo.as_ref().and_then(|rule| rule.grace);
            let last = grace.filter(|_| embargo.agreed.is_some()).map(|grace| policy.after(deadline, grace));
            prop_assert!(lifts <= last.unwrap_or(deadline));
        }
    }
}
