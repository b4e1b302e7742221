//! Letters that go another way: handed on to another desk, or sealed to a certificate that the reporter found.

use sealpost_client_core::vault::{CheckedCertificate, HandOn, HandedOn, SealToCertificate};
use sealpost_keys::{CaseKey, phrase};

use super::*;

const NOTE: &str = "Nobody has answered since Monday.";

/// The team's policy with a coordinator who has a key of his own.
fn with_coordinator(team: &Team, coordinator: &SigningKey) -> BundleResponse {
    let before = "id = \"coordinator\"\nrole = \"coordinator\"";
    let keys = format!("{before}\nfingerprints = [\"{}\"]", coordinator.fingerprint());
    let policy = team.policy().replace(before, &keys);
    let mut bundle = team.bundle();
    bundle.policy_signature = team.key.sign_detached_armored(policy.as_bytes(), now()).unwrap();
    bundle.policy = policy;
    bundle.certificates.push(coordinator.certificate().to_armored());
    bundle
}

fn coordinator() -> SigningKey {
    let made = "2026-01-02T00:00:00Z".parse().unwrap();
    SigningKey::generate_team("Coordinator <coordinator@example.org>", made).unwrap()
}

struct Case {
    team: Team,
    coordinator: SigningKey,
    secret: Secret,
    sealed: SealedReport,
}

impl Case {
    fn new() -> Self {
        let (team, secret) = (Team::new(), secret());
        let sealed = sealed(report(&team, &secret));
        Self { team, coordinator: coordinator(), secret, sealed }
    }

    fn hand_on(&self) -> HandOn {
        HandOn {
            bundle: with_coordinator(&self.team, &self.coordinator),
            desk: "coordinator".parse().unwrap(),
            words: self.secret.words.clone(),
            index: 1,
            from: 0,
            title: "Trying to reach the security team".to_owned(),
            note: NOTE.to_owned(),
            own_copy: self.sealed.own_copy.clone(),
            receipts: vec![("receipt.asc".to_owned(), "Signed.".to_owned())],
            now: now(),
        }
    }
}

fn handed_on(request: HandOn) -> HandedOn {
    match ask(&VaultRequest::HandOn(Box::new(request))) {
        VaultAnswer::HandedOn(handed_on) => handed_on,
        other => panic!("{other:?}"),
    }
}

fn open(sealed: &str, key: &SigningKey) -> sealpost_keys::Contents {
    let bytes = BASE64.decode(sealed.as_bytes()).unwrap();
    let opened = open_letter(&SealedLetter::from_bytes_unchecked(bytes), key).unwrap();
    opened.verify_reporter(now()).unwrap().into_contents()
}

#[test]
fn a_report_is_sealed_again_to_the_coordinator_under_a_cover_note() {
    let case = Case::new();
    let handed = handed_on(case.hand_on());
    assert_eq!(handed.secret.index, 1);
    assert_ne!(handed.secret.case, case.secret.case);
    assert_ne!(handed.secret.capability, case.secret.capability);
    assert_eq!(handed.sealed.own_copy, None);
    let contents = open(&handed.sealed.sealed, &case.coordinator);
    assert_eq!(contents.text.trim_end(), format!("{NOTE}\n\n---\n\nIn `parse`."));
    let names: Vec<&str> = contents.attachments.iter().map(sealpost_keys::Attachment::name).collect();
    assert_eq!(names, ["poc.py", "receipt.asc"]);
    let Some(LetterData::Report(data)) = contents.data else { panic!("no case data") };
    assert_eq!(
        (data.title.as_str(), data.desk.as_str(), data.case),
        ("Overflow", "coordinator", handed.secret.case)
    );
    assert_eq!(contents.reporter_certificate.unwrap().fingerprint(), handed.secret.fingerprint);
}

#[test]
fn a_pointer_carries_nothing_of_the_report() {
    let case = Case::new();
    let handed = handed_on(HandOn { own_copy: None, receipts: Vec::new(), ..case.hand_on() });
    let contents = open(&handed.sealed.sealed, &case.coordinator);
    assert_eq!(contents.text.trim_end(), NOTE);
    assert!(contents.attachments.is_empty());
    let Some(LetterData::Report(data)) = contents.data else { panic!("no case data") };
    assert_eq!(data.title, "Trying to reach the security team");
}

#[test]
fn the_own_copy_opens_with_the_words_alone_and_names_no_other_key() {
    let case = Case::new();
    let copy = case.sealed.own_copy.unwrap();
    let key = CaseKey::derive(&phrase::from_words(&case.secret.words).unwrap(), 0);
    let bytes = SealedLetter::from_bytes_unchecked(BASE64.decode(copy.as_bytes()).unwrap());
    assert!(open_letter(&bytes, &case.team.key).is_err(), "the team's key opens the reporter's own copy");
    let own = key.certificate().judge(now()).unwrap();
    sealpost_keys::check_sealed(bytes.as_bytes(), Some(own.encryption_key_ids())).unwrap();
    assert_eq!(open_letter(&bytes, &key).unwrap().unverified().text.trim_end(), "In `parse`.");
}

#[test]
fn somebody_elses_letter_is_never_handed_on_as_the_reporters() {
    let (case, other) = (Case::new(), Case::new());
    let request = HandOn { own_copy: other.sealed.own_copy, ..case.hand_on() };
    assert_eq!(failed(&VaultRequest::HandOn(Box::new(request))).code, "own-copy");
    let request = HandOn { index: 0, ..case.hand_on() };
    assert_eq!(failed(&VaultRequest::HandOn(Box::new(request))).code, "bad-request");
}

#[test]
fn a_desk_without_a_usable_certificate_gets_nothing() {
    let case = Case::new();
    let mut request = case.hand_on();
    request.bundle.certificates.pop();
    assert_eq!(failed(&VaultRequest::HandOn(Box::new(request))).code, "certificate");
    let request = HandOn { desk: "backup".parse().unwrap(), ..case.hand_on() };
    assert_eq!(failed(&VaultRequest::HandOn(Box::new(request))).code, "certificate");
}

fn judge(file: &[u8]) -> VaultRequest {
    VaultRequest::JudgeCertificate { file: BASE64.encode(file), now: now() }
}

fn judged(file: &[u8]) -> CheckedCertificate {
    match ask(&judge(file)) {
        VaultAnswer::Certificate(checked) => checked,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_that_was_found_is_judged_and_sealed_to() {
    let team = Team::new();
    let found = judged(team.key.certificate().to_armored().as_bytes());
    assert_eq!((found.fingerprint.clone(), found.problem), (team.key.fingerprint(), None));
    assert_eq!(judged(&team.key.certificate().to_binary()).fingerprint, found.fingerprint);
    let secret = secret();
    let request = SealToCertificate {
        certificate: found.certificate,
        words: secret.words.clone(),
        report: report(&team, &secret).report,
        team: "ferrisware".parse().unwrap(),
        policy_sha256: "aa".repeat(32),
        now: now(),
    };
    let VaultAnswer::Sealed(sealed) = ask(&VaultRequest::SealToCertificate(request)) else {
        panic!("not sealed")
    };
    assert_eq!(open(&sealed.sealed, &team.key).text.trim_end(), "In `parse`.");
    let VaultAnswer::Armored { text } = ask(&VaultRequest::Armor { sealed: sealed.sealed }) else {
        panic!("no armor")
    };
    assert!(text.starts_with("-----BEGIN PGP MESSAGE-----"));
}

#[test]
fn what_is_no_certificate_is_told_in_words() {
    for file in [&b"hello"[..], b"", &[0; 400_000]] {
        assert_eq!(failed(&judge(file)).code, "certificate");
    }
    let late = VaultRequest::JudgeCertificate {
        file: BASE64.encode(&Team::new().key.certificate().to_binary()),
        now: "2025-01-01T00:00:00Z".parse().unwrap(),
    };
    let VaultAnswer::Certificate(early) = ask(&late) else { panic!("not judged") };
    assert!(early.problem.is_some(), "a certificate from the future is usable");
}

#[test]
fn a_policy_file_is_read_and_a_broken_one_is_told_with_its_line() {
    let preset = include_str!("../../../../policies/node.toml");
    let VaultAnswer::Policy(read) = ask(&VaultRequest::ReadPolicy { toml: preset.to_owned() }) else {
        panic!("not read")
    };
    assert_eq!(read.sha256.len(), 64);
    let broken = failed(&VaultRequest::ReadPolicy { toml: preset.replace("acknowledge", "aknowledge") });
    assert!(broken.code == "policy-rule" && broken.sentence.contains("line"), "{broken:?}");
}

#[test]
fn an_answer_by_mail_is_opened_and_says_whether_the_team_signed_it() {
    let (team, secret) = (Team::new(), secret());
    let key = CaseKey::derive(&phrase::from_words(&secret.words).unwrap(), 0);
    let data = LetterData::Reply(Reply {
        case: secret.case,
        entry: EntryId::from_bytes([1; 16]),
        to: secret.fingerprint.clone(),
        kind: ReplyKind::Answer,
        written_at: now(),
        matter: Matter::default(),
    });
    let letter =
        Letter { text: "We are on it.".to_owned(), data, reporter_certificate: None, attachments: vec![] };
    let armored = seal_reply(&letter, &key.certificate(), &team.key, now()).unwrap().to_armored();
    let open = |message: String, member: &SigningKey| VaultRequest::OpenMail {
        message,
        words: secret.words.clone(),
        members: vec![member.certificate().to_armored()],
        now: now(),
    };
    let mail = format!("Subject: Re: report\r\n\r\n{armored}\r\n-- \r\nJo");
    let VaultAnswer::Mail(opened) = ask(&open(mail, &team.key)) else { panic!("not opened") };
    assert_eq!((opened.text.trim_end(), opened.signed_by), ("We are on it.", Some(team.key.fingerprint())));
    let VaultAnswer::Mail(opened) = ask(&open(armored, &coordinator())) else { panic!("not opened") };
    assert_eq!(opened.signed_by, None);
    assert_eq!(failed(&open("Hello".to_owned(), &team.key)).code, "reply-malformed");
}
