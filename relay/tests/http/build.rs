//! Builders: a team with real keys, a relay with its own clock, letters, and requests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt as _;
use sealpost_keys::proof::Work;
use sealpost_keys::{
    CaseKey, CaseSecret, Letter, LoginStatement, SigningKey, TeamCert, UncheckedCert, seal_letter,
};
use sealpost_relay::work::Price;
use sealpost_relay::{Clock, Config, Relay, assemble, router};
use sealpost_shared::letter::{CaseData, LetterData};
use sealpost_shared::wire::v1::{ChallengeResponse, Problem, SessionResponse};
use sealpost_shared::{CaseId, Duration, Timestamp};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::over_servers;

pub(crate) const ORIGIN: &str = "https://relay.example";
pub(crate) const PLANTED: &str = "planted plaintext: the parser overflows";

pub(crate) fn noon() -> Timestamp {
    "2026-11-23T12:34:56Z".parse().unwrap()
}

/// A clock that stands still until a test moves it.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn at(at: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(at.seconds())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.seconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

/// One team: the desk `team` of Alice, `coordinator` of Carol, and `backup` without a key.
pub(crate) struct TeamKeys {
    pub(crate) alice: SigningKey,
    pub(crate) carol: SigningKey,
}

impl TeamKeys {
    pub(crate) fn make(now: Timestamp) -> Self {
        let key = |id: &str| SigningKey::generate_team(id, now).unwrap();
        Self { alice: key("Alice <security@demo.example>"), carol: key("Carol <coordinator@demo.example>") }
    }

    pub(crate) fn write_policy(&self, folder: &Path, policy: &str, now: Timestamp) {
        fs::write(folder.join("policy.toml"), policy).unwrap();
        let signature = self.alice.sign_detached_armored(policy.as_bytes(), now).unwrap();
        fs::write(folder.join("policy.toml.asc"), signature).unwrap();
    }

    pub(crate) fn policy(&self, slug: &str) -> String {
        let (alice, carol) = (self.alice.fingerprint(), self.carol.fingerprint());
        format!(
            r#"[identity]
slug = "{slug}"
name = "Demo Security Team"
project = "Ferrisware"
version = 1
effective = "2026-01-01T00:00:00Z"
expires = "2027-01-01T00:00:00Z"
contact = "Security@{slug}.example"
signed_by = "{alice}"
[clocks]
acknowledge = "24h"
answer = "48h"
update = "5d"
[escalation]
no_reply = "48h"
silence = "5d"
steps = [{{ id = "coordinator", to = "coordinator", carries = "full" }}]
[[desks]]
id = "team"
role = "team"
name = "Demo Security Team"
fingerprints = ["{alice}"]
[[desks]]
id = "coordinator"
role = "coordinator"
name = "Coordinator"
fingerprints = ["{carol}"]
[[desks]]
id = "backup"
role = "backup"
name = "Back-up"
uris = ["mailto:backup@demo.example"]
"#
        )
    }

    pub(crate) fn write(&self, teams: &Path, slug: &str, now: Timestamp) {
        self.write_with(teams, slug, now, "");
    }

    pub(crate) fn write_with(&self, teams: &Path, slug: &str, now: Timestamp, more: &str) {
        let folder = teams.join(slug);
        fs::create_dir_all(folder.join("certs")).unwrap();
        self.write_policy(&folder, &(self.policy(slug) + more), now);
        for (name, key) in [("alice.asc", &self.alice), ("carol.asc", &self.carol)] {
            fs::write(folder.join("certs").join(name), key.certificate().to_armored()).unwrap();
        }
    }
}

/// A relay in a folder of its own, serving the team `demo`.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) keys: TeamKeys,
    pub(crate) relay: Arc<Relay>,
    pub(crate) config: Config,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings than the defaults.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::make("", change).await
    }

    /// With something more in the policy.
    pub(crate) async fn with_policy(more: &str) -> Self {
        Self::make(more, |_| {}).await
    }

    async fn make(more: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = TeamKeys::make(noon());
        keys.write_with(&folder.path().join("teams"), "demo", noon(), more);
        let mut config = Config::local(folder.path().join("teams"), folder.path().join("data"));
        // Many letters at once are the business of other tests, and no flood.
        config.price = Price { bits: 2, cases_per_hour: 1_000_000 };
        over_servers::settings(&mut config);
        change(&mut config);
        let clock = TestClock::at(noon());
        let relay = assemble(&config, ORIGIN.to_owned(), clock.clone()).await.unwrap();
        Self { folder, clock, keys, relay: Arc::new(relay), config }
    }

    pub(crate) fn teams(&self) -> PathBuf {
        self.folder.path().join("teams")
    }

    /// What `/readyz` says, after its first line.
    pub(crate) async fn attention(&self) -> Vec<String> {
        let answer = self.get("/readyz").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let text = answer.text();
        let mut lines = text.lines().map(str::to_owned);
        assert_eq!(lines.next().as_deref(), Some("ok"));
        lines.collect()
    }

    /// The same folders, opened anew.
    pub(crate) async fn reopened(self) -> Self {
        self.relay.store.close().await;
        let relay = assemble(&self.config, ORIGIN.to_owned(), self.clock.clone()).await.unwrap();
        Self { relay: Arc::new(relay), ..self }
    }

    /// The files that hold chunks.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(folder: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.path().is_dir() {
                    walk(&entry.path(), found);
                } else {
                    found.push(entry.file_name().into_string().unwrap());
                }
            }
        }
        let mut found = Vec::new();
        match over_servers::folder(&self.config) {
            Some(folder) if !folder.exists() => {}
            Some(folder) => walk(&folder, &mut found),
            None => walk(&self.config.data.join("blobs"), &mut found),
        }
        over_servers::keep_objects(&self.config, &mut found);
        found.sort();
        found
    }

    /// Puts a file among those that hold chunks.
    pub(crate) fn plant_file(&self, name: &str, bytes: &[u8]) {
        let path = self.config.data.join("blobs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, bytes).unwrap();
        // As old as everything else here: the test's clock stands in 2026.
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(noon().seconds().unsigned_abs());
        file.set_modified(at).unwrap();
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        Answer::read(router(self.relay.clone()).oneshot(request).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_as(&self, path: &str, token: &str) -> Answer {
        self.ask(Request::get(path).header("authorization", bearer(token)).body(Body::empty()).unwrap()).await
    }

    /// Puts something; what opens a case comes with the work that it costs.
    pub(crate) async fn put(&self, path: &str, token: &str, body: impl Into<Bytes>) -> Answer {
        let body = body.into();
        let proof = self.prove(path, &body).await;
        let request =
            Request::put(path).header("authorization", bearer(token)).header("sealpost-proof", proof);
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn prove(&self, path: &str, body: &[u8]) -> String {
        let Some(NewCasePath { challenge, case }) = NewCasePath::read(path, body.len()) else {
            return String::new();
        };
        let answer = self.get(&challenge).await;
        if answer.status == StatusCode::OK { solve(&answer.json(), case, body) } else { String::new() }
    }

    pub(crate) fn team_cert(&self) -> TeamCert {
        self.keys.alice.certificate().judge(noon()).unwrap()
    }

    pub(crate) fn coordinator_cert(&self) -> TeamCert {
        self.keys.carol.certificate().judge(noon()).unwrap()
    }

    pub(crate) fn relay_cert(&self) -> UncheckedCert {
        UncheckedCert::parse_one(self.relay.identity.certificate.as_bytes()).unwrap()
    }

    /// Opens a case at the desk `team` and hands out what its reporter then has.
    pub(crate) async fn open_case(&self) -> OpenCase {
        let case = OpenCase::new(&self.team_cert());
        let answer = self.put(&case.path(), &case.token(), case.letter.clone()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        case
    }

    pub(crate) fn statement(&self, desk: &str, nonce: u8) -> LoginStatement {
        LoginStatement {
            relay: ORIGIN.to_owned(),
            team: "demo".parse().unwrap(),
            desk: desk.parse().unwrap(),
            nonce: format!("{nonce:02x}").repeat(16),
            expires: self.clock.now() + Duration::from_seconds(300),
        }
    }

    pub(crate) async fn post_statement(&self, signed: String) -> Answer {
        let request = Request::post("/v1/sessions").header("content-type", "text/plain");
        self.ask(request.body(Body::from(signed)).unwrap()).await
    }

    /// Logs a member in at a desk.
    pub(crate) async fn log_in(&self, desk: &str, member: &SigningKey, nonce: u8) -> String {
        let signed =
            member.sign_cleartext(&self.statement(desk, nonce).to_string(), self.clock.now()).unwrap();
        let answer = self.post_statement(signed).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json::<SessionResponse>().token
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// What follows from the path that opens a case, or puts a chunk.
pub(crate) struct NewCasePath {
    pub(crate) challenge: String,
    pub(crate) case: CaseId,
}

impl NewCasePath {
    pub(crate) fn read(path: &str, size: usize) -> Option<Self> {
        if let Some(rest) = path.strip_prefix("/v1/cases/") {
            return Self::read_chunk(rest, size);
        }
        let (team, rest) = path.strip_prefix("/v1/teams/")?.split_once("/desks/")?;
        let (desk, case) = rest.split_once("/cases/")?;
        let challenge = format!("/v1/teams/{team}/challenge?desk={desk}&size={size}");
        Some(Self { challenge, case: case.parse().ok()? })
    }

    /// Chunks cost as well; the cases of these tests are the team's.
    fn read_chunk(rest: &str, size: usize) -> Option<Self> {
        let (case, rest) = rest.split_once("/blobs/")?;
        rest.split_once('/')?;
        let challenge = format!("/v1/teams/demo/challenge?desk=team&size={size}&of=chunk");
        Some(Self { challenge, case: case.parse().ok()? })
    }
}

fn work(challenge: &ChallengeResponse, case: CaseId, body: &[u8]) -> Work {
    use sha2::Digest as _;
    let sha256 = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(body));
    Work::new(&challenge.challenge, challenge.bits, case, &sha256)
}

/// Does the work and spells the header.
pub(crate) fn solve(challenge: &ChallengeResponse, case: CaseId, body: &[u8]) -> String {
    let nonce = work(challenge, case, body).search(0, 1 << 32).unwrap();
    format!("{} {nonce}", challenge.challenge)
}

/// Does the work for one letter so that it is surely, and not only probably, worth nothing for another.
pub(crate) fn solve_but(
    challenge: &ChallengeResponse,
    this: (CaseId, &[u8]),
    not: (CaseId, &[u8]),
) -> String {
    let (wanted, unwanted) = (work(challenge, this.0, this.1), work(challenge, not.0, not.1));
    let nonce = (0..).find(|nonce| wanted.is_solved_by(*nonce) && !unwanted.is_solved_by(*nonce)).unwrap();
    format!("{} {nonce}", challenge.challenge)
}

/// What a reporter holds: the case's keys and the sealed letter.
pub(crate) struct OpenCase {
    pub(crate) key: CaseKey,
    pub(crate) letter: Vec<u8>,
}

impl OpenCase {
    pub(crate) fn new(to: &TeamCert) -> Self {
        let key = CaseKey::derive(&CaseSecret::make_random(), 0);
        let letter = seal(&key, to, PLANTED);
        Self { key, letter }
    }

    pub(crate) fn id(&self) -> CaseId {
        self.key.case_id()
    }

    pub(crate) fn token(&self) -> String {
        self.key.capability().to_token()
    }

    pub(crate) fn path(&self) -> String {
        format!("/v1/teams/demo/desks/team/cases/{}", self.id())
    }

    pub(crate) fn blobs(&self) -> String {
        format!("/v1/cases/{}/blobs", self.id())
    }

    pub(crate) fn blob(&self, n: u8) -> String {
        format!("{}/{}", self.blobs(), format!("{n:02x}").repeat(16))
    }

    pub(crate) fn entries(&self) -> String {
        format!("/v1/cases/{}/entries", self.id())
    }

    pub(crate) fn entry_of_letter(&self) -> String {
        format!("{}/{}", self.entries(), self.id())
    }

    pub(crate) fn entry(&self, n: u8) -> String {
        format!("{}/{}", self.entries(), format!("{n:02x}").repeat(16))
    }
}

/// What the gate takes for a message of at least `bytes` to that certificate: a real session key packet, and a data packet of noise.
pub(crate) fn blob_message(to: &TeamCert, bytes: usize) -> Vec<u8> {
    let mut message = OpenCase::new(to).letter;
    assert_eq!(message[0], 0xC1, "a session key packet in the new format");
    message.truncate(2 + usize::from(message[1]));
    message.extend_from_slice(&[0xD2, 0xFF]);
    message.extend_from_slice(&u32::try_from(bytes).unwrap().to_be_bytes());
    message.push(1);
    let mut noise = 7_u32;
    message.extend((1..bytes).map(|_| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    }));
    message
}

pub(crate) fn seal(key: &CaseKey, to: &TeamCert, text: &str) -> Vec<u8> {
    let data = LetterData::Report(CaseData {
        case: key.case_id(),
        team: "demo".parse().unwrap(),
        desk: "team".parse().unwrap(),
        title: "An overflow".to_owned(),
        written_at: noon(),
        product: String::new(),
        versions: String::new(),
        severity: None,
        exploited: false,
        public: false,
        credit: String::new(),
        policy_sha256: "ab".repeat(32),
        enclosures: None,
    });
    let letter = Letter {
        text: text.to_owned(),
        data,
        reporter_certificate: Some(key.certificate()),
        attachments: Vec::new(),
    };
    seal_letter(&letter, std::slice::from_ref(to), key, noon()).unwrap().into_bytes()
}

/// A response, read to its end.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The refusal's code, after checking that status, type and body agree.
    pub(crate) fn code(&self) -> &'static str {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status.as_u16());
        assert_eq!(problem.kind, format!("urn:sealpost:problem:{}", problem.code.as_str()));
        problem.code.as_str()
    }
}
