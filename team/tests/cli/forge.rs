//! Letters as somebody with a program of their own writes them.

use std::io::Write as _;
use std::process::Stdio;

use sealpost_keys::proof::Work;
use sealpost_keys::{
    CaseKey, CaseSecret, Letter, SealedLetter, UncheckedCert, letter_plaintext, seal_letter,
};
use sealpost_shared::letter::{CaseData, LetterData};
use sealpost_shared::wire::v1::ChallengeResponse;
use sealpost_shared::{EntryId, Timestamp};

use crate::world::{World, files};

/// A reporter without our program.
pub(crate) struct Stranger {
    pub(crate) key: CaseKey,
}

impl Stranger {
    pub(crate) fn new() -> Self {
        Self { key: CaseKey::derive(&CaseSecret::make_random(), 0) }
    }

    /// The first letter of the case.
    pub(crate) fn letter(&self, title: &str, text: &str, written_at: Timestamp) -> Letter {
        let data = CaseData {
            case: self.key.case_id(),
            team: "demo".parse().unwrap(),
            desk: "team".parse().unwrap(),
            title: title.to_owned(),
            written_at,
            product: String::new(),
            versions: String::new(),
            severity: None,
            exploited: false,
            public: false,
            credit: String::new(),
            policy_sha256: String::new(),
            enclosures: None,
        };
        Letter {
            text: text.to_owned(),
            data: LetterData::Report(data),
            reporter_certificate: Some(self.key.certificate()),
            attachments: Vec::new(),
        }
    }

    /// Sends a letter signed at `now`, as it should be; gives its bytes.
    pub(crate) fn send_signed(&self, world: &World, letter: &Letter, now: Timestamp) -> Vec<u8> {
        let cert = UncheckedCert::parse_one(&std::fs::read(cert(world)).unwrap()).unwrap();
        let sealed = seal_letter(letter, &[cert.judge(now).unwrap()], &self.key, now).unwrap();
        self.put(world, sealed.as_bytes());
        sealed.as_bytes().to_vec()
    }

    /// Sends these bytes as a later entry of the case.
    pub(crate) fn add(&self, world: &World, entry: EntryId, sealed: &[u8]) {
        let path = format!("/v1/cases/{}/entries/{entry}", self.key.case_id());
        let token = format!("Bearer {}", self.key.capability().to_token());
        let put = ureq::put(format!("{}{path}", world.proxy.origin)).header("Authorization", token);
        assert_eq!(put.content_type("application/octet-stream").send(sealed).unwrap().status(), 201);
    }

    /// Sends a letter without a signature, its plaintext changed by `edit`.
    pub(crate) fn send_unsigned(&self, world: &World, letter: &Letter, edit: impl Fn(String) -> String) {
        let plain = edit(String::from_utf8(letter_plaintext(letter).unwrap()).unwrap());
        self.put(world, &encrypted(world, plain.as_bytes(), "none"));
    }

    /// Sends a letter that is small on its way and has this many bytes once it is opened.
    pub(crate) fn send_bomb(&self, world: &World, bytes: usize) {
        self.put(world, &encrypted(world, &vec![b'A'; bytes], "zlib"));
    }

    fn prove(&self, world: &World, sealed: &[u8]) -> String {
        let query = format!("desk=team&size={}", sealed.len());
        let url = format!("{}/v1/teams/demo/challenge?{query}", world.proxy.origin);
        let answer = ureq::get(url).call().unwrap().body_mut().read_to_vec().unwrap();
        let challenge: ChallengeResponse = serde_json::from_slice(&answer).unwrap();
        let sha256 = SealedLetter::from_bytes_unchecked(sealed.to_vec()).sha256();
        let work = Work::new(&challenge.challenge, challenge.bits, self.key.case_id(), &sha256);
        format!("{} {}", challenge.challenge, work.search(0, 1 << 32).unwrap())
    }

    fn put(&self, world: &World, sealed: &[u8]) {
        let url = format!("{}/v1/teams/demo/desks/team/cases/{}", world.proxy.origin, self.key.case_id());
        let token = format!("Bearer {}", self.key.capability().to_token());
        let put = ureq::put(url).header("Authorization", token).content_type("application/octet-stream");
        let put = put.header("Sealpost-Proof", self.prove(world, sealed));
        assert_eq!(put.send(sealed).unwrap().status(), 201);
    }
}

fn encrypted(world: &World, plain: &[u8], compression: &str) -> Vec<u8> {
    let mut gpg = world.program("gpg");
    gpg.args(["--batch", "--trust-model", "always", "--compress-algo", compression, "--encrypt"]);
    gpg.arg("--recipient-file").arg(cert(world)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut gpg = gpg.spawn().unwrap();
    gpg.stdin.take().unwrap().write_all(plain).unwrap();
    gpg.wait_with_output().unwrap().stdout
}

fn cert(world: &World) -> std::path::PathBuf {
    files(&world.path("teams/demo/certs")).remove(0)
}
