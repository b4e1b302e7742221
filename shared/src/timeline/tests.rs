//! The classic policy's sentences one by one, and the laws every policy obeys.

#![expect(
    clippy::unwrap_used,
    reason = "test code outside `#[test]` functions; this module is compiled for tests only"
)]

use proptest::prelude::*;

use super::*;
use crate::letter::ReplyKind;
use crate::policy::Policy;
use crate::time::{Duration, Timestamp};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const SENT: i64 = 1_800_000_000;

fn classic() -> Policy {
    Policy::from_toml(crate::policy::tests::CLASSIC).unwrap()
}

fn at(after_sent: i64) -> Timestamp {
    Timestamp::from_seconds(SENT + after_sent)
}

fn event(after_sent: i64, kind: EventKind) -> Event {
    Event { at: at(after_sent), kind, by: Witness::Reporter }
}

fn reply(after_sent: i64, kind: ReplyKind) -> Event {
    event(after_sent, EventKind::HumanReply { kind })
}

fn taken(after_sent: i64, step: &str) -> Event {
    event(after_sent, EventKind::StepTaken { step: step.parse().unwrap() })
}

fn case(events: &[Event]) -> Case {
    let policy = classic();
    let sent = Case::default().apply(event(0, EventKind::Sent), &policy).unwrap();
    events.iter().fold(sent, |case, event| case.apply(event.clone(), &policy).unwrap())
}

fn seen(events: &[Event], after_sent: i64) -> TimelineView {
    view(&case(events), &classic(), at(after_sent))
}

fn promise(view: &TimelineView, id: PromiseId) -> PromiseView {
    *view.promises.iter().rfind(|promise| promise.id == id).unwrap()
}

fn states(view: &TimelineView) -> Vec<StepState> {
    view.ladder.steps.iter().map(|step| step.state).collect()
}

#[test]
fn your_report_will_be_acknowledged_within_24_hours() {
    assert_eq!(promise(&seen(&[], DAY), PromiseId::Acknowledge).state, PromiseState::Pending);
    assert_eq!(promise(&seen(&[], DAY + 1), PromiseId::Acknowledge).state, PromiseState::Late);
    let kept = seen(&[reply(DAY, ReplyKind::Acknowledgement)], 9 * DAY);
    assert_eq!(promise(&kept, PromiseId::Acknowledge).state, PromiseState::Kept);
    let late = promise(&seen(&[reply(DAY + 1, ReplyKind::Acknowledgement)], 9 * DAY), PromiseId::Acknowledge);
    assert_eq!((late.state, late.met_at), (PromiseState::Late, Some(at(DAY + 1))));
}

#[test]
fn what_rests_on_the_reporters_word_alone_can_be_taken_back() {
    let by_hand = reply(HOUR, ReplyKind::Answer);
    let both = case(&[by_hand.clone(), reply(2 * HOUR, ReplyKind::Update)]);
    let left = both.clone().without(&by_hand).unwrap();
    assert_eq!(left, case(&[reply(2 * HOUR, ReplyKind::Update)]));
    assert_eq!(left.without(&by_hand), Err(StaysError::Unknown));
    let undone = case(std::slice::from_ref(&by_hand)).without(&by_hand).unwrap();
    assert!(view(&undone, &classic(), at(2 * DAY)).ladder.open);
}

#[test]
fn what_others_signed_and_the_sending_stay_on_record() {
    let signed = |by| Event { by, ..reply(HOUR, ReplyKind::Answer) };
    let (team, relay) = (signed(Witness::Team), signed(Witness::Relay));
    let case = case(&[team.clone(), relay.clone(), signed(Witness::Reporter)]);
    assert_eq!(case.clone().without(&team), Err(StaysError::Signed));
    assert_eq!(case.clone().without(&relay), Err(StaysError::Signed));
    assert_eq!(case.clone().without(&event(0, EventKind::Sent)), Err(StaysError::Sent));
    let left = case.without(&signed(Witness::Reporter)).unwrap();
    assert!(left.events().any(|event| *event == team));
}

#[test]
fn a_detailed_response_comes_within_48_hours() {
    let acknowledged = [reply(HOUR, ReplyKind::Acknowledgement)];
    assert_eq!(promise(&seen(&acknowledged, 2 * DAY), PromiseId::Answer).state, PromiseState::Pending);
    assert_eq!(promise(&seen(&acknowledged, 2 * DAY + 1), PromiseId::Answer).state, PromiseState::Late);
    let answered = seen(&[reply(2 * DAY, ReplyKind::Answer)], 3 * DAY);
    assert_eq!(promise(&answered, PromiseId::Answer).state, PromiseState::Kept);
    assert_eq!(promise(&answered, PromiseId::Acknowledge).state, PromiseState::Late);
}

#[test]
fn you_are_informed_at_least_every_five_days() {
    let events = [reply(HOUR, ReplyKind::Answer)];
    assert_eq!(promise(&seen(&events, HOUR + 5 * DAY), PromiseId::Update).due, at(HOUR + 5 * DAY));
    assert_eq!(promise(&seen(&events, HOUR + 5 * DAY), PromiseId::Update).state, PromiseState::Pending);
    assert_eq!(promise(&seen(&events, HOUR + 5 * DAY + 1), PromiseId::Update).state, PromiseState::Late);
    let updated = seen(&[reply(HOUR, ReplyKind::Answer), reply(3 * DAY, ReplyKind::Update)], 4 * DAY);
    assert_eq!(promise(&updated, PromiseId::Update).due, at(8 * DAY));
    assert!(seen(&[], 9 * DAY).promises.iter().all(|promise| promise.id != PromiseId::Update));
}

#[test]
fn a_missed_update_stays_on_record() {
    let view = seen(&[reply(HOUR, ReplyKind::Answer), reply(7 * DAY, ReplyKind::Update)], 8 * DAY);
    let updates: Vec<_> = view.promises.iter().filter(|promise| promise.id == PromiseId::Update).collect();
    assert_eq!(updates.len(), 2);
    assert_eq!((updates[0].state, updates[0].met_at), (PromiseState::Late, Some(at(7 * DAY))));
    assert_eq!(updates[1].state, PromiseState::Pending);
}

#[test]
fn no_reply_within_48_hours_opens_the_ladder_and_not_a_second_before() {
    let before = seen(&[], 2 * DAY - 1);
    assert!(!before.ladder.open);
    assert_eq!(before.ladder.reason, LadderReason::AwaitingFirstReply);
    assert_eq!(states(&before), [StepState::Closed; 3]);
    let then = seen(&[], 2 * DAY);
    assert!(then.ladder.open);
    assert_eq!(then.ladder.reason, LadderReason::NoReply);
    assert_eq!(states(&then), [StepState::Open, StepState::Closed, StepState::Closed]);
}

#[test]
fn five_days_of_silence_open_the_ladder_and_not_a_second_before() {
    let events = [reply(HOUR, ReplyKind::Acknowledgement)];
    assert!(!seen(&events, HOUR + 5 * DAY - 1).ladder.open);
    assert_eq!(seen(&events, 3 * DAY).ladder.reason, LadderReason::AwaitingUpdate);
    let then = seen(&events, HOUR + 5 * DAY);
    assert!(then.ladder.open);
    assert_eq!(then.ladder.reason, LadderReason::Silence);
}

#[test]
fn a_late_acknowledgement_alone_does_not_open_the_ladder() {
    let view = seen(&[], DAY + HOUR);
    assert_eq!(promise(&view, PromiseId::Acknowledge).state, PromiseState::Late);
    assert!(!view.ladder.open);
}

#[test]
fn an_automatic_answer_does_not_stop_the_clock() {
    for kind in [EventKind::AutoReply, EventKind::Received, EventKind::FollowUp] {
        let (with, without) = (seen(&[event(HOUR, kind.clone())], 2 * DAY), seen(&[], 2 * DAY));
        assert_eq!((with.promises, with.ladder), (without.promises, without.ladder), "{kind:?}");
    }
}

#[test]
fn coordinator_then_back_up_then_forum() {
    let one = [taken(2 * DAY, "coordinator")];
    assert_eq!(states(&seen(&one, 2 * DAY)), [StepState::Taken, StepState::Open, StepState::Closed]);
    let two = [taken(2 * DAY, "coordinator"), taken(2 * DAY + 1, "backup")];
    assert_eq!(states(&seen(&two, 2 * DAY + 1)), [StepState::Taken, StepState::Taken, StepState::Open]);
}

#[test]
fn a_human_word_closes_the_ladder_again_and_taken_steps_stay_on_record() {
    let events = [taken(2 * DAY, "coordinator"), reply(3 * DAY, ReplyKind::Answer)];
    let quiet = seen(&events, 3 * DAY);
    assert!(!quiet.ladder.open);
    assert_eq!(states(&quiet), [StepState::Taken, StepState::Closed, StepState::Closed]);
    assert_eq!(states(&seen(&events, 8 * DAY)), [StepState::Taken, StepState::Open, StepState::Closed]);
}

#[test]
fn a_step_waits_as_long_as_the_policy_says() {
    let waiting = crate::policy::tests::CLASSIC
        .replace("to = \"backup\", carries", "to = \"backup\", wait = \"24h\", carries");
    let policy = Policy::from_toml(&waiting).unwrap();
    let case = case(&[taken(3 * DAY, "coordinator")]);
    let state = |after| view(&case, &policy, at(after)).ladder.steps[1].state;
    assert_eq!((state(4 * DAY - 1), state(4 * DAY)), (StepState::Closed, StepState::Open));
}

#[test]
fn a_steps_wait_is_counted_from_the_step_before_it_also_after_a_new_silence() {
    let waiting = crate::policy::tests::CLASSIC
        .replace("to = \"backup\", carries", "to = \"backup\", wait = \"24h\", carries");
    let policy = Policy::from_toml(&waiting).unwrap();
    let case = case(&[taken(3 * DAY, "coordinator"), reply(4 * DAY, ReplyKind::Answer)]);
    let state = |after| view(&case, &policy, at(after)).ladder.steps[1].state;
    assert_eq!((state(9 * DAY - 1), state(9 * DAY)), (StepState::Closed, StepState::Open));
}

#[test]
fn a_reply_that_a_slow_clock_dates_before_the_report_counts_from_the_sending() {
    let view = seen(&[reply(-HOUR, ReplyKind::Answer)], DAY);
    assert_eq!(promise(&view, PromiseId::Acknowledge).met_at, Some(at(0)));
    assert_eq!(view.ladder.opens_at, Some(at(5 * DAY)));
    assert_eq!(promise(&view, PromiseId::Update).due, at(5 * DAY));
}

#[test]
fn a_step_may_be_taken_only_when_it_is_open() {
    let (policy, case) = (classic(), case(&[]));
    let (coordinator, forum) = ("coordinator".parse().unwrap(), "forum".parse().unwrap());
    let early = case.may_take(&coordinator, &policy, at(DAY));
    let opens_at = Some(at(2 * DAY));
    assert_eq!(early, Err(NotYet::Closed { opens_at, reason: LadderReason::AwaitingFirstReply }));
    assert_eq!(case.may_take(&coordinator, &policy, at(2 * DAY)), Ok(()));
    assert!(case.may_take(&forum, &policy, at(99 * DAY)).is_err());
    assert!(case.may_take(&"moon".parse().unwrap(), &policy, at(99 * DAY)).is_err());
}

#[test]
fn nothing_runs_before_the_report_is_sent() {
    let view = view(&Case::default(), &classic(), at(99 * DAY));
    assert_eq!((view.sent, view.next, view.promises.len()), (None, None, 0));
    assert_eq!(view.ladder.reason, LadderReason::NotSent);
}

#[test]
fn a_closed_case_opens_nothing() {
    let view = seen(&[event(DAY, EventKind::Closed)], 99 * DAY);
    assert_eq!((view.closed, view.ladder.open, view.next.clone()), (Some(at(DAY)), false, None));
    assert_eq!(view.ladder.reason, LadderReason::CaseClosed);
    assert_eq!(states(&view), [StepState::Closed; 3]);
}

#[test]
fn what_is_next_is_the_nearest_date() {
    let next = seen(&[], 0).next.unwrap();
    assert_eq!((next.what, next.at), (NextWhat::PromiseDue { promise: PromiseId::Acknowledge }, at(DAY)));
    let quiet = seen(&[reply(HOUR, ReplyKind::Answer)], 2 * HOUR).next.unwrap();
    assert_eq!(quiet.at, at(HOUR + 5 * DAY));
    assert_eq!(seen(&[], 3 * DAY).next, None);
}

#[test]
fn a_case_is_sent_once() {
    let again = case(&[]).apply(event(5, EventKind::Sent), &classic());
    assert_eq!(again, Err(TransitionError::AlreadySent(at(0))));
    assert_eq!(case(&[event(0, EventKind::Sent)]), case(&[]));
}

#[test]
fn the_events_json_is_frozen() {
    let event = Event {
        at: "2026-11-23T12:00:00Z".parse().unwrap(),
        kind: EventKind::HumanReply { kind: ReplyKind::Acknowledgement },
        by: Witness::Team,
    };
    let json = r#"{"at":"2026-11-23T12:00:00Z","event":"human_reply","kind":"acknowledgement","by":"team"}"#;
    assert_eq!(serde_json::to_string(&event).unwrap(), json);
    assert_eq!(serde_json::from_str::<Event>(json).unwrap(), event);
}

#[test]
fn a_clock_that_disagrees_with_the_receipt_is_told() {
    let differs = |after_sent: i64| {
        let view = seen(&[event(after_sent, EventKind::Received)], HOUR);
        view.warnings.iter().any(|warning| matches!(warning, Warning::ClockDiffers { .. }))
    };
    assert!(!differs(0) && !differs(-HOUR) && !differs(300) && !differs(-HOUR - 300));
    assert!(differs(301) && differs(-HOUR - 301));
}

#[test]
fn a_promise_about_to_be_missed_is_told() {
    let soon = |now: i64| seen(&[], now).warnings.contains(&due_soon(PromiseId::Acknowledge, DAY));
    assert!(!soon(18 * HOUR - 1) && soon(18 * HOUR) && soon(DAY) && !soon(DAY + 1));
}

fn due_soon(promise: PromiseId, due: i64) -> Warning {
    Warning::DueSoon { promise, due: at(due) }
}

/// The classic clocks with stages and an embargo of 90 days, 30 after a fix, 7 if exploited.
fn with_embargo(case_exploited: bool) -> Policy {
    let disclosure = r#"
[disclosure]
stages = [{ id = "confirmed", title = "Confirmed" }, { id = "fixes-ready", title = "Fixes ready" }]
embargo = { starts = "confirmed", preferred = "14d", maximum = "60d", hard_deadline = "90d", after_fix = "30d", exploited = "7d" }
"#;
    let text = format!("{}{disclosure}", crate::policy::tests::CLASSIC);
    Policy::from_toml(&text).unwrap().for_case(None, case_exploited)
}

fn embargo(events: &[Event], now: i64, exploited: bool) -> EmbargoView {
    let policy = with_embargo(exploited);
    let sent = Case::default().apply(event(0, EventKind::Sent), &policy).unwrap();
    let case = events.iter().fold(sent, |case, event| case.apply(event.clone(), &policy).unwrap());
    view(&case, &policy, at(now)).embargo.unwrap()
}

fn reached(after_sent: i64, stage: &str) -> Event {
    event(after_sent, EventKind::StageReached { stage: stage.parse().unwrap() })
}

fn proposed(after_sent: i64, until: i64) -> Event {
    event(after_sent, EventKind::EmbargoProposed { until: at(until) })
}

#[test]
fn the_embargo_runs_from_its_stage_and_the_shortest_proposal_wins() {
    let before = embargo(&[], DAY, false);
    assert_eq!((before.starts_at, before.lifts_at), (None, Some(at(90 * DAY))));
    let confirmed = [reached(DAY, "confirmed")];
    assert_eq!(embargo(&confirmed, 2 * DAY, false).lifts_at, Some(at(15 * DAY)));
    let both = [reached(DAY, "confirmed"), proposed(2 * DAY, 40 * DAY), proposed(3 * DAY, 30 * DAY)];
    assert_eq!(embargo(&both, 4 * DAY, false).lifts_at, Some(at(30 * DAY)));
    let agreed = [&both[..], &[event(4 * DAY, EventKind::EmbargoAgreed { until: at(35 * DAY) })]].concat();
    assert_eq!(embargo(&agreed, 5 * DAY, false).lifts_at, Some(at(35 * DAY)));
    assert_eq!(embargo(&agreed, 35 * DAY, false).ended_at, Some(at(35 * DAY)));
    assert_eq!(embargo(&agreed, 35 * DAY - 1, false).ended_at, None);
}

#[test]
fn an_embargo_that_would_end_before_the_sending_says_nothing() {
    let sent = at(0).seconds();
    let slips = [proposed(DAY, -sent), event(DAY, EventKind::EmbargoAgreed { until: at(0) })];
    let seen = embargo(&slips, 2 * DAY, false);
    assert_eq!((seen.proposed, seen.agreed, seen.ended_at), (None, None, None));
    let good = [&slips[..], &[proposed(DAY, 1)]].concat();
    assert_eq!(embargo(&good, 2 * DAY, false).ended_at, Some(at(1)));
}

#[test]
fn the_reporters_own_deadline_outlasts_every_agreement() {
    let agreed = [event(DAY, EventKind::EmbargoAgreed { until: at(200 * DAY) })];
    assert_eq!(embargo(&agreed, 2 * DAY, false).lifts_at, Some(at(90 * DAY)));
    assert_eq!(embargo(&agreed, 2 * DAY, true).lifts_at, Some(at(7 * DAY)));
    let fixed = [&agreed[..], &[reached(80 * DAY, "fixes-ready")]].concat();
    assert_eq!(embargo(&fixed, 81 * DAY, false).hard_deadline, Some(at(110 * DAY)));
    let early = [&agreed[..], &[event(3 * DAY, EventKind::EmbargoLifted)]].concat();
    assert_eq!(embargo(&early, 4 * DAY, false).ended_at, Some(at(3 * DAY)));
}

#[test]
fn a_fix_late_in_time_keeps_details_back_for_its_whole_while() {
    let policy = Policy::from_toml(include_str!("../../../policies/project-zero-90-30.toml")).unwrap();
    let seen = |events: &[Event], now: i64| {
        let sent = Case::default().apply(event(0, EventKind::Sent), &policy).unwrap();
        let case = events.iter().fold(sent, |case, event| case.apply(event.clone(), &policy).unwrap());
        view(&case, &policy, at(now))
    };
    let lifts = |events: &[Event], now: i64| seen(events, now).embargo.unwrap().lifts_at;
    let fixed = reached(80 * DAY, "fixes-ready");
    assert_eq!(lifts(std::slice::from_ref(&fixed), 81 * DAY), Some(at(110 * DAY)));
    assert_eq!(lifts(&[reached(91 * DAY, "fixes-ready")], 92 * DAY), Some(at(90 * DAY)));
    // Fourteen days of grace, if both agree.
    let agreed = |until: i64| event(80 * DAY, EventKind::EmbargoAgreed { until: at(until) });
    assert_eq!(lifts(&[agreed(100 * DAY)], 81 * DAY), Some(at(100 * DAY)));
    let past = Warning::EmbargoPastDeadline { deadline: at(90 * DAY) };
    assert!(!seen(&[agreed(100 * DAY)], 81 * DAY).warnings.contains(&past));
    let long = seen(&[agreed(200 * DAY)], 81 * DAY);
    assert_eq!(long.embargo.unwrap().lifts_at, Some(at(104 * DAY)));
    assert!(long.warnings.contains(&past));
}

#[test]
fn an_unknown_stage_is_refused() {
    let wrong = Case::default().apply(reached(0, "moon"), &with_embargo(false));
    assert_eq!(wrong, Err(TransitionError::UnknownStage("moon".parse().unwrap())));
}

fn any_kind() -> impl Strategy<Value = EventKind> {
    let kind = prop_oneof![
        Just(ReplyKind::Acknowledgement),
        Just(ReplyKind::Answer),
        Just(ReplyKind::Update),
        Just(ReplyKind::Closing)
    ];
    let step = prop_oneof![Just("coordinator"), Just("backup"), Just("forum")];
    prop_oneof![
        Just(EventKind::Received),
        Just(EventKind::AutoReply),
        Just(EventKind::FollowUp),
        kind.prop_map(|kind| EventKind::HumanReply { kind }),
        step.prop_map(|step| EventKind::StepTaken { step: step.parse().unwrap() }),
    ]
}

fn any_events() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec((0..40 * DAY, any_kind()).prop_map(|(after, kind)| event(after, kind)), 0..12)
}

proptest! {
    #[test]
    fn order_of_arrival_does_not_matter(events in any_events(), now in 0..50 * DAY) {
        let mut reversed = events.clone();
        reversed.reverse();
        prop_assert_eq!(seen(&events, now), seen(&reversed, now));
    }

    #[test]
    fn nothing_opens_before_its_time(events in any_events(), now in 0..50 * DAY) {
        let view = seen(&events, now);
        prop_assert_eq!(view.ladder.open, view.ladder.opens_at.is_some_and(|opens| opens <= at(now)));
        for step in view.ladder.steps.iter().filter(|step| step.state == StepState::Open) {
            prop_assert!(view.ladder.open);
            prop_assert!(step.opens_at.unwrap() <= at(now));
        }
        prop_assert!(view.ladder.opens_at.unwrap() >= at(0) + Duration::from_hours(48));
    }

    #[test]
    fn a_deadline_lies_after_its_start(events in any_events(), now in 0..50 * DAY) {
        for promise in seen(&events, now).promises {
            prop_assert!(promise.due > at(0));
        }
    }

    #[test]
    fn what_comes_later_does_not_change_what_is_seen_now(events in any_events(), now in 0..40 * DAY) {
        let past: Vec<_> = events.iter().filter(|event| event.at <= at(now)).cloned().collect();
        // A receipt dated in the future is told at once: it shows that a clock is wrong.
        let (mut all, past) = (seen(&events, now), seen(&past, now));
        all.warnings.retain(|warning| !matches!(warning, Warning::ClockDiffers { .. }));
        let mut past = past;
        past.warnings.retain(|warning| !matches!(warning, Warning::ClockDiffers { .. }));
        prop_assert_eq!(all, past);
    }
}
