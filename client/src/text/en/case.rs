//! English: a case and its clock.

use sealpost_client_core::hand_on::Way;
use sealpost_client_core::outbox::WaitReason;
use sealpost_shared::letter::ReplyKind;
use sealpost_shared::policy::{Clocks, Escalation};
use sealpost_shared::timeline::{LadderReason, PromiseId, PromiseState, StepState, Witness};
use sealpost_shared::wire::v1::Deleter;

use super::form::size;
use super::{problem, span};
use crate::services::intl;
use crate::text::{CaseText, LadderText, Outbox, ReceiptText, Replies, Timeline, Upload};

pub(super) const CASE: CaseText = CaseText {
    unknown_title: "This case is not on this device",
    unknown: "Cases are kept in the browser in which they were written.",
    state_waiting: "Waiting in the outbox",
    state_sent: "Sent",
    state_unreceipted: "Sent, but without a receipt you can show",
    state_refused: "Refused by the server",
    state_closed: "Closed",
    state_tracked: "Tracked here",
    state_to_carry: "Sealed, not sent yet",
    of_step: "This belongs to a step of another case.",
    to_case: "Go to that case",
    close: "The matter is settled: close the case",
    close_sure: "Close the case? Its clocks stop. The team is not told. You can open it again.",
    close_yes: "Close the case",
    close_no: "Keep it open",
    closed: "You closed this case.",
    reopen: "Open it again",
    reopened: "The case is open again, and its clocks run as if it had never been closed.",
    number: "Case number",
    clock_was_wrong: "Was this device's clock wrong when you sent it? Then count from the receipt: from the end of the hour that it names.",
    count_from_receipt: "Count from the receipt",
    counted_from_receipt: "The clocks now run from the receipt.",
    sent_to: |name| format!("to {name}"),
    clock: |received| {
        format!(
            "This device and the receipt disagree about when you sent the report: the receipt says {received}. Check this device's clock. The times below follow this device."
        )
    },
    deleted: |deletion| {
        let at = intl::date_and_time(deletion.at, super::EN.locale);
        let who = match deletion.by {
            Deleter::Team => format!("The team deleted this case from the server ({at})."),
            Deleter::Policy => format!(
                "The server deleted this case ({at}), because the policy keeps cases for so long after the last word and no longer."
            ),
        };
        format!(
            "{who} What you have here stays, and the dates below still hold. Nothing more comes or goes under this case: to reach the team, write a new report, or take the next step below."
        )
    },
    policy_expired: |at| {
        format!(
            "The team's policy expired on {at}. This case keeps the promises that were in force when you opened it."
        )
    },
};

pub(super) const OUTBOX: Outbox = Outbox {
    title: "Outbox",
    queued: "Your report is sealed and about to be sent.",
    sending: "Sending…",
    working: "Many reports are coming in, so the server asks this device for some computing before it takes yours. Nothing of your report is shown to anybody.",
    stop_working: "Stop for now",
    not_started: "Waiting in the outbox. The clocks have not started: they start when the report is sent.",
    no_receipt: "Sent, but without a receipt you can show: the server took your report and gave no good receipt for it. The clocks run from the first time it took it. Your sealed copy stays here, and this page goes on asking for a receipt.",
    try_now: "Try now",
    take_back: "Take the text back into the form",
    take_back_why: "The server will not take this sealed report. Your text is still here: take it back, and send it again sealed anew.",
    missing_why: "Or take the text back into the form, and send it again sealed anew. Do that only if no other device has sent it.",
    why: |why| {
        match why {
        WaitReason::Unreachable => "The server cannot be reached just now.".to_owned(),
        WaitReason::Busy { code } => problem(*code).to_owned(),
        WaitReason::Strange { status } => {
            format!(
                "Something answered that is not the server (status {status}): a proxy or a login page of the network, perhaps."
            )
        }
        WaitReason::BadReceipt { sentence } => {
            format!(
                "The server answered with a receipt that is not genuine, so it is not believed and your copy stays here. {sentence}"
            )
        }
        WaitReason::Unchecked { sentence } => format!("The receipt could not be checked. {sentence}"),
        WaitReason::Missing => {
            "The sealed copy is not on this device, so it cannot be sent from here. Send it from the device that wrote it, or save all cases there once more and open that file here.".to_owned()
        }
    }
    },
    refused: |code| format!("The server refuses the report: {}", problem(code)),
    next_try: |when| format!("Next attempt by itself {when}."),
};

pub(super) const UPLOAD: Upload = Upload {
    title: "Files on their way",
    known: "The team has your report and knows which files belong to it.",
    what: "They lie sealed on this device until the server has all of them. Leave this page open, or come back to it: it goes on where it stopped.",
    queued: "They go as soon as the report itself has arrived.",
    elsewhere: "Another window of this browser may be sending them.",
    stop: "Stop sending the files",
    stopped: "You stopped sending. The report is with the team, the files are not.",
    go_on: "Go on sending",
    arrived: "The files beside the report have arrived, and the server signed a receipt for them.",
    progress: |done, all| format!("{} of {}", size(done), size(all)),
    rate: |rate, left| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
        let rate = rate as u64;
        format!("{} a second, {} left", size(rate), span(left))
    },
    refused: |code| format!("The server refuses the files: {}", problem(code)),
};

pub(super) const TIMELINE: Timeline = Timeline {
    title: "What was promised",
    title_measure: "What you measure by",
    measure: "The team did not promise this: it is the measure you chose. Texts for others therefore name no promise.",
    sent: "You sent the report",
    sent_note: "Every clock starts here.",
    received: "The server signed a receipt",
    received_note: "It has the sealed report. The receipt itself names only the hour. This is not an answer: only a person of the team can give one.",
    closed: "You closed the case",
    next_title: "What comes next",
    now_title: "What you can do now",
    now_show: "Show me how",
    now_none: "You have taken every step that the policy names. What the team or your contacts write from here on is shown below; what comes another way you can put on record.",
    embargo_lifted: "The embargo ended early",
    published: "The team published",
    stage: |title| format!("Stage reached: {title}"),
    embargo_proposed: |until| format!("Proposed: nothing in public until {until}"),
    embargo_agreed: |until| format!("Agreed: nothing in public until {until}"),
    follow_up: "You wrote again",
    auto_reply: "An automatic answer came",
    auto_reply_note: "A machine answered. It keeps no promise and stops no clock: only a person can.",
    witness: |witness| match witness {
        Witness::Reporter => "by your own record",
        Witness::Relay => "signed by the server",
        Witness::Team => "signed by the team",
    },
    promise: |promise| match promise {
        PromiseId::Acknowledge => "Confirmation by a person",
        PromiseId::Answer => "Detailed answer",
        PromiseId::Update => "News",
    },
    state: |state| match state {
        PromiseState::Pending => "Open",
        PromiseState::Kept => "Kept",
        PromiseState::Late => "Late",
    },
    sentence: |promise, clocks: &Clocks| match promise {
        PromiseId::Acknowledge => format!("“Acknowledged within {}” of sending", clocks.acknowledge),
        PromiseId::Answer => format!("“A detailed response within {}” of sending", clocks.answer),
        PromiseId::Update => format!("“An update at least every {}”", clocks.update),
    },
    met: |date, state| match state {
        PromiseState::Late => format!("Came late, on {date}"),
        PromiseState::Pending | PromiseState::Kept => format!("Came on {date}"),
    },
    kept_by: |length| format!("{} before it was due", span(length)),
    late_by: |length| format!("{} late", span(length)),
    reply: |kind| match kind {
        ReplyKind::Acknowledgement => "The team confirmed your report",
        ReplyKind::Answer => "The team answered",
        ReplyKind::Update => "The team sent news",
        ReplyKind::Closing => "The team would close the case",
        ReplyKind::Stage => "The team told how far it is",
        ReplyKind::Embargo => "The team wrote about the embargo",
    },
    next_promise: |promise| match promise {
        PromiseId::Acknowledge => "A person of the team should have confirmed your report by",
        PromiseId::Answer => "The detailed answer should be here by",
        PromiseId::Update => "The next news should be here by",
    },
    next_step: |name| format!("If the team stays silent, you may turn to {name} from"),
    now_step: |name| {
        format!(
            "The team has been silent for too long. You may turn to {name} now. You need not: nothing happens until you do."
        )
    },
    now_step_soon: |before, name| {
        format!(
            "You turned to {before} a short while ago. Give them time to answer: a day or two is fair. The policy would let you turn to {name} already; when you do is for you to say."
        )
    },
    tally: |state, count| match state {
        PromiseState::Kept => format!("{count} kept"),
        PromiseState::Late => format!("{count} late"),
        PromiseState::Pending => format!("{count} still open"),
    },
    step_taken: |name| format!("You turned to {name}"),
};

pub(super) const LADDER: LadderText = LadderText {
    title: "If the team stays silent",
    why_not: "Why can I not escalate yet?",
    opens: "Opens",
    opened: "Open since",
    public_note: "This is a public place. Say that you are trying to reach the security team, and not a word about the problem.",
    copy_pointer: "Copy this text",
    pointer_note: "The text names the case and the dates, and nothing about the problem.",
    take: "I have contacted them",
    take_note: "Nothing is sent by this page. Press this after you have written to them: then the step is on record and the next one opens.",
    mail_subject: "Trying to reach the security team",
    none: "The policy names nobody else to turn to.",
    write_mail: "Write the mail",
    posted: "I have posted it",
    posted_note: "Nothing is sent by this page. Press this after you have posted the note, so that this step is on record.",
    what: "Read what it would send",
    no_address: "The policy used here names no address for this. Look it up where the project publishes it.",
    how: |way| match way {
        Way::Sealed { with_report: true } => {
            "This page seals your report again, to their key, under a note with dates and promises that you can read and change first. It goes through this server, which cannot open it."
        }
        Way::Sealed { with_report: false } => {
            "This page seals a short text to their key and sends it through this server: case number and dates, nothing about the problem."
        }
        Way::Pointer => {
            "You write to them yourself. This page gives you the text: case number and dates, nothing about the problem."
        }
        Way::Note => {
            "You post a short note yourself. This page prepares it, and checks that it says nothing about the problem."
        }
    },
    after_previous: |name, wait| {
        if wait.is_zero() {
            format!("Not yet: the policy has an order. First you turn to {name}; this opens when you have.")
        } else {
            format!(
                "Not yet: the policy has an order. First you turn to {name}; this opens {wait} after that."
            )
        }
    },
    reason,
    state: |state| match state {
        StepState::Closed => "Not yet",
        StepState::Open => "Open now",
        StepState::Taken => "Taken",
    },
};

fn reason(reason: LadderReason, escalation: &Escalation) -> String {
    let (no_reply, silence) = (escalation.no_reply, escalation.silence);
    match reason {
        LadderReason::NotSent => {
            "The report has not been sent yet. Silence is counted from the moment it is sent.".to_owned()
        }
        LadderReason::AwaitingFirstReply => {
            format!(
                "The policy gives the team {no_reply} for its first answer. A late confirmation shows as late; it does not open the ladder earlier."
            )
        }
        LadderReason::AwaitingUpdate => {
            format!(
                "A person of the team has written, and even a confirmation counts as a reply. From here on the policy lets you escalate after {silence} without another word from a person."
            )
        }
        LadderReason::NoReply => {
            format!(
                "No person of the team has answered for {no_reply}. You may turn to others now, one after another."
            )
        }
        LadderReason::Silence => {
            format!("The team has been silent for {silence}. You may turn to others now, one after another.")
        }
        LadderReason::CaseClosed => "You closed the case, so there is nothing to escalate.".to_owned(),
        LadderReason::Published => {
            "It is published, and the team closed its work on it after that: no further word is owed, so there is nothing to escalate."
                .to_owned()
        }
    }
}

pub(super) const RECEIPT: ReceiptText = ReceiptText {
    title: "Receipt",
    what: "The server's signed statement that it holds your sealed report. Keep it: it proves that this server had it in that hour, whatever happens to the server.",
    download: "Download (.asc)",
    verify: "Verify it again",
    verifying: "Verifying…",
    good: "Genuine: signed by the server's key, and it names exactly the report you sealed.",
    how: "How to verify it without this page",
    show: "Show the text",
    bad: |sentence| format!("Not genuine: {sentence}"),
    how_gpg: |file| format!("gpg --import relay-key.asc\ngpg --verify {file}"),
};

pub(super) const REPLIES: Replies = Replies {
    title: "From the team",
    none: "Nothing yet through this page.",
    unverified: "Something arrived that we could not verify",
    unverified_note: "It may not come from the team, so it counts for nothing and no clock stops.",
    waiting: "This page looks for answers by itself while it is open.",
    signed_by: |fingerprint| format!("Signed by {fingerprint}"),
};
