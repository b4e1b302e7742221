//! The vault as the page uses it: JSON in, JSON out, against a team with real keys.

use data_encoding::BASE64;
use sealpost_client_core::vault::{
    CLOCK, CheckedBundle, DraftAttachment, Reminder, ReportDraft, SealFollowUp, SealReport, SealedReport,
    Secret, VaultAnswer, VaultFailure, VaultRequest,
};
use sealpost_keys::{Letter, SealedLetter, SigningKey, UncheckedCert, open_letter, seal_reply, sign_receipt};
use sealpost_shared::evidence::{Evidence, Facts, PolicyProof};
use sealpost_shared::letter::{EmbargoWord, LetterData, Matter, MissedPromise, Reply, ReplyKind, Severity};
use sealpost_shared::policy::Policy;
use sealpost_shared::receipt::Receipt;
use sealpost_shared::timeline::{Case, Event, EventKind, PromiseId, Witness, view};
use sealpost_shared::wire::v1::{BundleResponse, RelayIdentity};
use sealpost_shared::{Duration, EntryId, Timestamp};

use crate::handle;

mod carried;
mod enclosures;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn ask(request: &VaultRequest) -> VaultAnswer {
    serde_json::from_str(&handle(&serde_json::to_string(request).unwrap())).unwrap()
}

fn failed(request: &VaultRequest) -> VaultFailure {
    match ask(request) {
        VaultAnswer::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// A team with one key that signs its policy, and a relay.
struct Team {
    key: SigningKey,
    relay: SigningKey,
}

impl Team {
    fn new() -> Self {
        let made = "2026-01-02T00:00:00Z".parse().unwrap();
        Self {
            key: SigningKey::generate_team("Team <team@example.org>", made).unwrap(),
            relay: SigningKey::generate_relay("Relay <relay@example.org>", made).unwrap(),
        }
    }

    fn policy(&self) -> String {
        let preset = include_str!("../../../policies/rust-classic.toml");
        preset.replace(&"0".repeat(40), self.key.fingerprint().as_str())
    }

    fn bundle(&self) -> BundleResponse {
        let policy = self.policy();
        BundleResponse {
            policy_signature: self.key.sign_detached_armored(policy.as_bytes(), now()).unwrap(),
            policy,
            certificates: vec![self.key.certificate().to_armored()],
            relay: RelayIdentity {
                origin: "https://relay.example".to_owned(),
                certificate: self.relay.certificate().to_armored(),
            },
            offline: None,
        }
    }

    fn reply(&self, secret: &Secret, reporter: &UncheckedCert, entry: EntryId) -> String {
        let data = LetterData::Reply(Reply {
            case: secret.case,
            entry,
            to: secret.fingerprint.clone(),
            kind: ReplyKind::Answer,
            written_at: now() + Duration::from_hours(1),
            matter: Matter::default(),
        });
        let letter =
            Letter { text: "Thanks.".to_owned(), data, reporter_certificate: None, attachments: vec![] };
        BASE64.encode(seal_reply(&letter, reporter, &self.key, now()).unwrap().as_bytes())
    }
}

fn check(bundle: BundleResponse, now: Timestamp) -> VaultRequest {
    VaultRequest::CheckBundle { bundle, now }
}

fn checked(bundle: BundleResponse) -> CheckedBundle {
    match ask(&check(bundle, now())) {
        VaultAnswer::Bundle(bundle) => bundle,
        other => panic!("{other:?}"),
    }
}

fn secret() -> Secret {
    match ask(&VaultRequest::MakeSecret) {
        VaultAnswer::Secret(secret) => secret,
        other => panic!("{other:?}"),
    }
}

fn report(team: &Team, secret: &Secret) -> SealReport {
    let attachment = DraftAttachment {
        name: "poc.py".to_owned(),
        content_type: String::new(),
        base64: BASE64.encode(b"print(1)"),
    };
    SealReport {
        bundle: team.bundle(),
        desk: "team".parse().unwrap(),
        words: secret.words.clone(),
        report: ReportDraft {
            title: " Overflow ".to_owned(),
            text: "In `parse`.".to_owned(),
            attachments: vec![attachment],
            ..ReportDraft::default()
        },
        enclosures: None,
        now: now(),
    }
}

fn sealed(request: SealReport) -> SealedReport {
    match ask(&VaultRequest::SealReport(request)) {
        VaultAnswer::Sealed(sealed) => sealed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_genuine_bundle_is_believed_and_judged() {
    let team = Team::new();
    let bundle = checked(team.bundle());
    let desk = bundle.desks.first().unwrap();
    assert!(desk.usable());
    let cert = desk.certificates.first().unwrap();
    assert_eq!(cert.fingerprint, team.key.fingerprint());
    assert_eq!(cert.user_ids, ["Team <team@example.org>"]);
    assert_eq!(bundle.relay_fingerprint, team.relay.fingerprint());
    assert_eq!(bundle.members.len(), 1);
}

#[test]
fn a_slow_clock_is_told_from_a_false_policy() {
    let three_days_slow = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(failed(&check(Team::new().bundle(), three_days_slow)).code, CLOCK);
}

#[test]
fn a_changed_or_foreign_policy_is_not_believed() {
    let (team, stranger) = (Team::new(), Team::new());
    let mut changed = team.bundle();
    changed.policy = changed.policy.replace("24h", "96h");
    assert_eq!(failed(&check(changed, now())).code, "policy-signature");
    let mut foreign = team.bundle();
    foreign.policy_signature = stranger.bundle().policy_signature;
    foreign.certificates.extend(stranger.bundle().certificates);
    assert_eq!(failed(&check(foreign, now())).code, "policy-signature");
    let mut unsigned = team.bundle();
    unsigned.policy_signature = String::new();
    assert_eq!(failed(&check(unsigned, now())).code, "policy-signature");
    let mut unread = team.bundle();
    unread.policy = "colour = \"blue\"".to_owned();
    assert_eq!(failed(&check(unread, now())).code, "policy-rule");
}

#[test]
fn a_desk_with_an_unusable_certificate_seals_nothing() {
    let (team, secret) = (Team::new(), secret());
    let later = now() + Duration::from_hours(3 * 365 * 24);
    let mut late = report(&team, &secret);
    late.now = later;
    let VaultAnswer::Bundle(bundle) = ask(&check(team.bundle(), later)) else { panic!() };
    let problem = bundle.desks.first().unwrap().certificates.first().unwrap().problem.clone().unwrap();
    assert_eq!(problem.code, "expired");
    assert_eq!(failed(&VaultRequest::SealReport(late)).code, "certificate");
}

#[test]
fn a_report_reaches_the_team_and_its_reply_the_reporter() {
    let (team, secret) = (Team::new(), secret());
    let sealed = sealed(report(&team, &secret));
    assert_eq!(sealed.case, secret.case);
    assert_eq!(sealed.recipients, [team.key.fingerprint()]);
    let letter = SealedLetter::from_bytes_unchecked(BASE64.decode(sealed.sealed.as_bytes()).unwrap());
    assert_eq!((letter.sha256(), letter.as_bytes().len() as u64), (sealed.sha256, sealed.size));
    let opened = open_letter(&letter, &team.key).unwrap().verify_reporter(now()).unwrap().into_contents();
    let Some(LetterData::Report(data)) = opened.data else { panic!() };
    assert_eq!((data.title.as_str(), data.case), ("Overflow", secret.case));
    assert_eq!(opened.attachments.first().unwrap().bytes, b"print(1)");

    let entry = EntryId::from_bytes([3; 16]);
    let reply = team.reply(&secret, &opened.reporter_certificate.unwrap(), entry);
    let open = |entry, members| VaultRequest::OpenReply {
        sealed: reply.clone(),
        words: secret.words.to_uppercase(),
        index: secret.index,
        case: secret.case,
        entry,
        members,
        now: now(),
    };
    let members = vec![team.key.certificate().to_armored()];
    let VaultAnswer::Reply(answer) = ask(&open(entry, members.clone())) else { panic!() };
    assert_eq!((answer.kind, answer.text.as_str()), (ReplyKind::Answer, "Thanks."));
    assert_eq!((answer.signed_by, answer.written_at), (team.key.fingerprint(), now()));
    assert_eq!(failed(&open(EntryId::from_bytes([4; 16]), members)).code, "reply-elsewhere");
    let strangers = vec![Team::new().key.certificate().to_armored()];
    assert_eq!(failed(&open(entry, strangers)).code, "reply-signature");
}

#[test]
fn a_later_letter_is_signed_by_the_same_case_key_and_carries_the_reporters_own_record() {
    let (team, secret) = (Team::new(), secret());
    let until = now() + Duration::from_hours(240);
    let missed = vec![MissedPromise { promise: PromiseId::Acknowledge, due: now(), met_at: None }];
    let request = |words: &str| {
        VaultRequest::SealFollowUp(Box::new(SealFollowUp {
            bundle: team.bundle(),
            desk: "team".parse().unwrap(),
            words: words.to_owned(),
            index: secret.index,
            text: "On 1.4 too.".to_owned(),
            embargo: Some(EmbargoWord::Proposed { until }),
            missed: missed.clone(),
            now: now(),
        }))
    };
    let VaultAnswer::FollowUp(sealed) = ask(&request(&secret.words)) else { panic!() };
    let letter = SealedLetter::from_bytes_unchecked(BASE64.decode(sealed.sealed.as_bytes()).unwrap());
    assert_eq!(letter.sha256(), sealed.sha256);
    let opened = open_letter(&letter, &team.key).unwrap();
    let case_key = crate::secret::case_key(&secret.words, secret.index).unwrap();
    let contents = opened.verify_by(&[case_key.certificate()], now()).unwrap().into_contents();
    let Some(LetterData::FollowUp(data)) = contents.data else { panic!() };
    assert_eq!((data.case, data.entry, data.missed), (secret.case, sealed.entry, missed.clone()));
    assert_eq!(data.embargo, Some(EmbargoWord::Proposed { until }));
    assert_eq!(contents.text.trim(), "On 1.4 too.");
    assert_eq!(failed(&request("no words at all")).code, "words");
    let VaultAnswer::FollowUp(another) = ask(&request(&secret.words)) else { panic!() };
    assert_ne!(another.entry, sealed.entry, "every letter is an entry of its own");
}

#[test]
fn a_receipt_must_be_genuine_and_speak_of_the_letter() {
    let (team, secret) = (Team::new(), secret());
    let receipt = Receipt {
        relay: "https://relay.example".to_owned(),
        team: "example".parse().unwrap(),
        desk: "team".parse().unwrap(),
        case: secret.case,
        entry: secret.case.into(),
        sha256: "ab".repeat(32),
        received: now().rounded_to_hour(),
    };
    let signed = sign_receipt(&receipt, &team.relay, now()).unwrap();
    let verify = |sha256: &str, key: &SigningKey| VaultRequest::VerifyReceipt {
        receipt: signed.clone(),
        relay_certificate: key.certificate().to_armored(),
        entry: secret.case.into(),
        sha256: sha256.to_owned(),
        now: now(),
    };
    let good = ask(&verify(&receipt.sha256, &team.relay));
    assert!(matches!(good, VaultAnswer::Receipt { received, .. } if received == receipt.received));
    assert_eq!(failed(&verify(&"cd".repeat(32), &team.relay)).code, "receipt");
    assert_eq!(failed(&verify(&receipt.sha256, &team.key)).code, "receipt");
}

#[test]
fn a_relays_next_key_is_followed_only_where_the_one_before_vouched_for_it() {
    let team = Team::new();
    let next = team.relay.generate_next_relay("Relay", now(), now()).unwrap();
    let retired = team.relay.retired(now(), now()).unwrap().to_armored();
    let stranger = SigningKey::generate_relay("Relay", now()).unwrap().certificate().to_armored();
    let known = team.relay.certificate().to_armored();
    let served = next.certificate().to_armored() + &retired;
    let follows = |known: &str, served: &str| {
        let question = VaultRequest::FollowRelay { known: known.to_owned(), served: served.to_owned() };
        matches!(ask(&question), VaultAnswer::Follows { follows: true })
    };
    assert!(follows(&known, &served) && follows(&known, &known));
    assert!(!follows(&served, &known) && !follows(&known, &stranger));
    assert_eq!(
        failed(&VaultRequest::FollowRelay { known, served: stranger + &retired }).code,
        "relay-certificate"
    );
}

#[test]
fn mistakes_are_named_by_their_code() {
    let (team, secret) = (Team::new(), secret());
    assert_eq!(failed(&VaultRequest::RestoreSecret { words: "one two".to_owned(), index: 0 }).code, "words");
    let mut untitled = report(&team, &secret);
    untitled.report.title.clear();
    assert_eq!(failed(&VaultRequest::SealReport(untitled)).code, "field");
    let mut nowhere = report(&team, &secret);
    nowhere.desk = "nowhere".parse().unwrap();
    assert_eq!(failed(&VaultRequest::SealReport(nowhere)).code, "bad-request");
    let mut keyless = report(&team, &secret);
    keyless.desk = "backup".parse().unwrap();
    assert_eq!(failed(&VaultRequest::SealReport(keyless)).code, "certificate");
    let VaultAnswer::Failed(failure) = serde_json::from_str(&handle("{}")).unwrap() else { panic!() };
    assert_eq!(failure.code, "bad-request");
}

/// A case that was sent at half past eleven and has a receipt.
fn facts(team: &Team, secret: &Secret) -> Facts {
    let policy = Policy::from_toml(&team.policy()).unwrap();
    let (received, made_at) = ("2026-11-23T11:00:00Z".parse().unwrap(), now());
    let event = |at, kind, by| Event { at, kind, by };
    let events = [
        event("2026-11-23T11:30:00Z".parse().unwrap(), EventKind::Sent, Witness::Reporter),
        event(received, EventKind::Received, Witness::Relay),
    ];
    let events = events.into_iter().fold(Case::default(), |case, event| case.apply(event, &policy).unwrap());
    let receipt = Receipt {
        relay: "https://relay.example".to_owned(),
        team: "example".parse().unwrap(),
        desk: "team".parse().unwrap(),
        case: secret.case,
        entry: secret.case.into(),
        sha256: "ab".repeat(32),
        received,
    };
    // A relay that wants no evidence to be made gives out one receipt for another, one twice, and none.
    let stray = Receipt { entry: EntryId::from_bytes([5; 16]), ..receipt.clone() };
    let given =
        [&receipt, &receipt, &stray].map(|receipt| sign_receipt(receipt, &team.relay, now()).unwrap());
    Facts {
        made_at,
        case: secret.case,
        team: "example".parse().unwrap(),
        desk: "team".parse().unwrap(),
        severity: Some(Severity::High),
        exploited: false,
        policy: PolicyProof {
            text: team.policy(),
            signature: Some(team.bundle().policy_signature),
            certificate: Some(checked(team.bundle()).signer_certificate),
        },
        letter_sha256: Some("ab".repeat(32)),
        relay_certificate: Some(team.relay.certificate().to_armored()),
        receipts: given.into_iter().chain(["no receipt".to_owned()]).collect(),
        replies: Vec::new(),
        view: view(&events, &policy, made_at),
        events,
    }
}

fn make_evidence(facts: Facts, words: Option<String>) -> VaultRequest {
    VaultRequest::MakeEvidence { facts: Box::new(facts), words, index: 0, now: now() }
}

#[test]
fn evidence_is_signed_by_the_case_and_leaves_out_what_nobody_signed() {
    let (team, secret) = (Team::new(), secret());
    let VaultAnswer::Document(made) = ask(&make_evidence(facts(&team, &secret), Some(secret.words.clone())))
    else {
        panic!("no document")
    };
    assert!(made.readable.contains("signed by the relay") && !made.file.contains(&secret.words));
    let evidence: Evidence = serde_json::from_str(&made.file).unwrap();
    assert_eq!((evidence.facts.receipts.len(), evidence.facts.severity), (1, None));
    let cert = UncheckedCert::parse_one(evidence.certificate.unwrap().as_bytes()).unwrap();
    assert_eq!(cert.fingerprint(), secret.fingerprint);
    let signed = evidence.facts.canonical().unwrap();
    cert.verify_detached(signed.as_bytes(), evidence.signature.unwrap().as_bytes(), now()).unwrap();

    let VaultAnswer::Document(unsigned) = ask(&make_evidence(facts(&team, &secret), None)) else { panic!() };
    assert_eq!(serde_json::from_str::<Evidence>(&unsigned.file).unwrap().signature, None);
    let mut false_view = facts(&team, &secret);
    false_view.view.ladder.open = true;
    assert_eq!(failed(&make_evidence(false_view, None)).code, "evidence");
}

#[test]
fn a_policy_is_explained_with_the_bundle() {
    let explained = checked(Team::new().bundle()).explained;
    let [first, ..] = &explained[..] else { panic!("nothing explained") };
    assert_eq!(first.sentences[0], "A person confirms your report within 24 hours.");
}

#[test]
fn reminders_come_back_as_a_calendar_file() {
    let reminder = Reminder { key: "answer".to_owned(), title: "Look".to_owned(), at: now() };
    let reminders = vec![reminder];
    let question = VaultRequest::MakeReminders { seed: "s".to_owned(), sequence: 1, now: now(), reminders };
    let VaultAnswer::Document(document) = ask(&question) else { panic!("no document") };
    assert!(document.file.starts_with("BEGIN:VCALENDAR\r\n") && document.file.contains("SUMMARY:Look\r\n"));
}
