//! Every word the page says, as a typed catalogue: a language that lacks a sentence does not compile.

mod en;

use sealpost_client_core::by_hand::{ByHandError, CameBy};
use sealpost_client_core::case_record::How;
use sealpost_client_core::draft::{Fault, Field};
use sealpost_client_core::elsewhere::FactsError;
use sealpost_client_core::gravity::Effect;
use sealpost_client_core::hand_on::Way;
use sealpost_client_core::outbox::WaitReason;
use sealpost_client_core::readiness::{Blocker, Warning};
use sealpost_client_core::reminders::About;
use sealpost_client_core::span::{Relative, Span};
use sealpost_client_core::team::Doubt;
use sealpost_client_core::zone::ZoneFit;
use sealpost_shared::letter::{EmbargoWord, ReplyKind, Severity};
use sealpost_shared::policy::{Clocks, Escalation, Length, Policy, Role, Step};
use sealpost_shared::problem::ProblemCode;
use sealpost_shared::timeline::{LadderReason, PromiseId, PromiseState, StepState, Witness};
use sealpost_shared::wire::v1::Deletion;

use crate::services::files::FileError;
use crate::services::relay::RelayError;
use crate::services::store::StoreError;
use crate::services::vault::VaultError;
use crate::state::team::TeamFailure;

/// The words of the chosen language. There is one so far.
pub(crate) fn text() -> &'static Text {
    &en::EN
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($word:ident),* $(,)? } { $($said:ident: $form:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name {
                $(pub(crate) $word: &'static str,)*
                $(pub(crate) $said: $form,)*
            }
        )*
    };
}

sections! {
    /// The catalogue.
    Text { locale } {
        app: AppText, status: Status, errors: Errors, start: Start, team: TeamText, keys: Keys, report: Report,
        words: Words, cases: Cases, case: CaseText, outbox: Outbox, upload: Upload, timeline: Timeline, stages: StagesText, write: WriteText,
        ladder: LadderText,
        settings: Settings, restore: Restore, note: NoteText, by_hand: ByHandText, receipt: ReceiptText, keep: KeepText,
        replies: Replies, time: Time,
        hand_on: HandOnText, track: TrackText, seal: SealText, carry: CarryText, paper: PaperText,
        attention: AttentionText,
    }
    /// The frame around every page.
    AppText {
        brand, your_cases, footer, unknown_title, unknown, to_start, offline, not_lasting, no_rest_key, storage_held, needs_network, all_erased, settings, update, update_now, close, copy,
        copied, not_copied, skip, loading,
    } {}
    /// What the polite live region says.
    Status { online, offline, sent, reply } {}
    /// What failed.
    Errors { vault_died, vault_unreachable, cleared } {
        store: fn(StoreError) -> &'static str,
        vault: fn(&VaultError) -> String,
        relay: fn(RelayError) -> String,
    }
    /// The start page.
    Start {
        title, report, choose, promises, secrecy, no_teams, policy_link, checking_promises, again, draft, draft_go_on, elsewhere, track, track_why,
        seal, seal_why,
    } {
        of: fn(&str) -> String,
        looks_after: fn(&str) -> String,
    }
    /// Promises and policy in sentences.
    TeamText {
        policy_page, advisories, offline, offline_what, offline_save, offline_signature, offline_check, offline_signed_by, contact, keys, how_to_compare_title, how_to_compare, signer, download_policy, no_key,
        in_public,
    } {
        title: fn(&str) -> String,
        promises: fn(&Clocks) -> [String; 3],
        if_silent: fn(&Escalation) -> String,
        contact_name: fn(&str, Role) -> String,
        public_place: fn(&str) -> String,
        step_name: fn(&Policy, &Step) -> String,
    }
    /// The box that says whether the keys can be trusted with a report.
    Keys {
        checking, usable, unusable, signed_by, sealed_to, instead, elsewhere, download, until, again, no_expiry,
        post_quantum, same_signer, doubtful, doubtful_instead, signer_now, signer_before, compared_signer, compared_version,
    } {
        doubt: fn(&Doubt) -> String,
        blocker: fn(&Blocker, &str) -> String,
        warning: fn(&Warning, &str) -> String,
        failure: fn(&TeamFailure) -> String,
        remembered: fn(&str) -> String,
    }
    /// The report form.
    Report {
        title_field, title_hint, report_field, report_hint, template, use_template, more, product, product_hint, versions,
        versions_hint, severity, severity_none, exploited, public, credit, credit_hint, attachments, beside, large_kept, not_saved, leave_out, cancel, remove, go_on, preparing,
        saved, saved_promised, saved_not_promised, saving, kept_in_memory, faults, optional, next_step, blocked, not_checked, overtaken, keep_mine, take_theirs,
    } {
        title: fn(&str) -> String,
        severities: fn(Severity) -> &'static str,
        field: fn(Field) -> &'static str,
        fault: fn(Fault) -> String,
        file_error: fn(&FileError) -> String,
        room: fn(usize, u32) -> String,
        size: fn(u64) -> String,
        lost: fn(&str) -> String,
        sealing_files: fn(u64, u64) -> String,
    }
    /// The twelve words.
    Words {
        title, why, copy, print, kept, kept_missing, send, sealing, later, later_why, back, again, again_why, done, in_clipboard,
        relay, team, signer, how,
    } {}
    /// Every case.
    Cases { title, none, report, here_only, files_left } {
        replies: fn(usize) -> String,
    }
    /// One case.
    CaseText {
        unknown_title, unknown, state_waiting, state_sent, state_unreceipted, state_refused, state_closed, state_tracked, state_to_carry, of_step, to_case, close, close_sure, close_yes, close_no,
        closed, reopen, reopened, number, clock_was_wrong, count_from_receipt, counted_from_receipt,
    } {
        sent_to: fn(&str) -> String,
        clock: fn(&str) -> String,
        policy_expired: fn(&str) -> String,
        deleted: fn(Deletion) -> String,
    }
    /// What is kept on this device.
    Settings {
        title, kept, promised, not_promised, erase, erase_what, erase_no_undo, erase_yes, erase_no, erasing, erased,
        not_all_erased, erased_note, left_databases, left_caches, left_workers, left_values, left_none, start_again,
        export, export_what, export_none, exporting,
    } {
        exported: fn(usize) -> String,
        erase_sure: fn(usize, usize) -> String,
    }
    /// Bringing cases back.
    Restore {
        title, link, what, label, hint, file, file_hint, begin, working, none, bad_receipt, bad_file, done, done_note, known_little,
    } {
        case_title: fn(&str) -> String,
        doubt: fn(&str) -> String,
    }
    /// The outbox, as seen from a case.
    Outbox { title, queued, sending, working, stop_working, not_started, no_receipt, try_now, take_back, take_back_why, missing_why } {
        why: fn(&WaitReason) -> String,
        refused: fn(ProblemCode) -> String,
        next_try: fn(&str) -> String,
    }
    /// Large files on their way.
    Upload { title, known, what, queued, elsewhere, stop, stopped, go_on, arrived } {
        progress: fn(u64, u64) -> String,
        rate: fn(f64, Span) -> String,
        refused: fn(ProblemCode) -> String,
    }
    /// Promises on the way.
    Timeline {
        title, title_measure, measure, sent, sent_note, received, received_note, closed, next_title, now_title, now_show, now_none, follow_up, embargo_lifted, published,
        auto_reply, auto_reply_note,
    } {
        stage: fn(&str) -> String,
        embargo_proposed: fn(&str) -> String,
        embargo_agreed: fn(&str) -> String,
        promise: fn(PromiseId) -> &'static str,
        state: fn(PromiseState) -> &'static str,
        sentence: fn(PromiseId, &Clocks) -> String,
        met: fn(&str, PromiseState) -> String,
        kept_by: fn(Span) -> String,
        late_by: fn(Span) -> String,
        reply: fn(ReplyKind) -> &'static str,
        witness: fn(Witness) -> &'static str,
        next_promise: fn(PromiseId) -> &'static str,
        next_step: fn(&str) -> String,
        now_step: fn(&str) -> String,
        now_step_soon: fn(&str, &str) -> String,
        tally: fn(PromiseState, usize) -> String,
        step_taken: fn(&str) -> String,
    }
    /// How far the team is.
    StagesText { title, nobody, not_yet, embargo, agreed, proposed, preferred, ended, deadline, counter } {
        handler: fn(&str) -> String,
        agree: fn(&str) -> String,
    }
    /// Writing to the team again.
    WriteText {
        title, what, label, until, until_hint, send, sealing, queued, waiting, empty, no_date, past, sent, receipt, now,
        take_back, from_elsewhere, elsewhere, overtaken, later, not_ready, saved,
    } {
        embargo: fn(EmbargoWord) -> String,
    }
    /// The ladder of a case.
    LadderText {
        title, why_not, opens, opened, public_note, copy_pointer, pointer_note, take, take_note, mail_subject,
        none, write_mail, posted, posted_note, what, no_address,
    } {
        how: fn(Way) -> &'static str,
        after_previous: fn(&str, Length) -> String,
        reason: fn(LadderReason, &Escalation) -> String,
        state: fn(StepState) -> &'static str,
    }
    /// A step towards a desk with a key.
    HandOnText {
        queued, saved, taken_back, arrived, may_have_arrived, not_ready, no_desk, usable, unusable, new_key, compared, compare_first, send_sure, send_yes, send_no, answers_here, note_label, note_hint, only_note,
        goes_along, with_receipt, without_files, sealing, undo_note, another_way, file_note, save_file, mail_body, state_sent, receipt, undo,
        counted, count, count_note,
    } {
        with_report: fn(&str) -> String,
        send: fn(&str) -> String,
    }
    /// Tracking a report that was sent another way.
    TrackText {
        title, lead, not_sent_yet, to_seal, what, case_title, case_title_hint, no_title, how_label, at, at_hint, rules_title, rules_label,
        rules_hint, rules_none, rules_file, team_title, project, project_hint, contact, contact_hint, addresses,
        addresses_hint, public_place, start, nothing_sent, unreadable, no_rules, no_date, future, gravity,
    } {
        effect: fn(Effect) -> String,
        zone_differs: fn(&str) -> String,
        zone_doubt: fn(ZoneFit, &str) -> Option<String>,
        preset: fn(&str) -> &'static str,
        how: fn(How) -> &'static str,
        facts_error: fn(&FactsError) -> String,
    }
    /// Writing to a team that only publishes a certificate.
    SealText {
        title, lead, key, key_why, key_file, key_hint, paste, key_text, usable, unusable, names, compare, report, seal,
        sealing, next, unreadable, no_key,
    } {}
    /// A sealed report that the reporter carries.
    CarryText {
        title, title_sent, save_first, save, attach, write_mail, then, at, sent, started, to_unknown, answer_title,
        answer_what, answer_label, answer_open, answer_record, unsigned, forget, forget_why, forget_done, delete,
        delete_sure, delete_yes, delete_no, copy_kept,
    } {
        to: fn(&str) -> String,
        mail_subject: fn(&str) -> String,
        mail_body: fn(&str) -> String,
    }
    /// The sheet for paper.
    PaperText {
        title, print, back, says, with_title, sent, promise, due, state, box_to_tick, nothing_came, in_order, after_that, address_line, note,
        note_hint, link,
    } {
        about: fn(&str) -> String,
        printed: fn(&str) -> String,
    }
    /// Badge and notification.
    AttentionText { title, what, ask, on, refused, passed, reply } {}
    /// The note for a public place.
    NoteText {
        label, hint, compare, compare_hint, too_long, good, title_only, nothing_known, empty, stopped, copy, forum, no_forum, again,
    } {
        harmless: fn(&str) -> String,
    }
    /// What came another way, recorded by hand.
    ByHandText {
        title, what, kind, choose, at, save, saved, undo, undone, choose_first, no_date, mend, mend_what, mend_at, mend_save, mended,
    } {
        came: fn(CameBy) -> &'static str,
        note: fn(CameBy) -> &'static str,
        error: fn(&ByHandError) -> &'static str,
    }
    /// The receipt.
    ReceiptText { title, what, download, verify, verifying, good, how, show } {
        bad: fn(&str) -> String,
        how_gpg: fn(&str) -> String,
    }
    /// Reminders and evidence.
    KeepText {
        title, reminders_what, reminders, evidence_what, evidence_alone, evidence, readable, saved, no_dates,
        no_policy,
    } {
        entry: fn(&About) -> &'static str,
    }
    /// What the team wrote.
    Replies { title, none, unverified, unverified_note, waiting } {
        signed_by: fn(&str) -> String,
    }
    /// Times in words.
    Time {} {
        relative: fn(Relative) -> String,
    }
}
