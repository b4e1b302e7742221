//! Telling a desk by mail while the mail server is away, says no, or a flood comes in. What a good mail looks like is a story of the whole system.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use sealpost_relay::config::SmtpSettings;
use sealpost_relay::notify::{MailServer, Pace, round};
use sealpost_shared::Duration;

use crate::build::{World, bearer};

/// A mail server that answers each mail with the next of its replies, and then with the last.
struct Server {
    settings: SmtpSettings,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(replies: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = SmtpSettings {
            address: format!("smtp-local://{}", listener.local_addr().unwrap()).parse().unwrap(),
            from: "relay@demo.example".parse().unwrap(),
            login: None,
            ca: None,
        };
        let mails = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut replies) = (Arc::clone(&mails), replies.to_vec());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let reply = if replies.len() > 1 { replies.remove(0) } else { replies[0] };
                // A client that hangs up is no trouble of the next.
                let _hung_up = serve(&stream.unwrap(), reply, &kept);
            }
        });
        Self { settings, mails }
    }

    /// The subject of each mail that was offered so far.
    fn subjects(&self) -> Vec<String> {
        let mails = self.mails.lock().unwrap();
        let subject =
            |mail: &String| mail.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
        mails.iter().map(subject).collect()
    }
}

/// RFC 5321, as much of it as is needed for one mail. The mail is kept, before and whatever is answered.
fn serve(stream: &TcpStream, reply: &str, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut answer = stream.try_clone()?;
    let (mut lines, mut mail, mut inside) = (BufReader::new(stream).lines(), String::new(), false);
    answer.write_all(b"220 here\r\n")?;
    loop {
        let line = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
        let said = match (inside, line.as_str()) {
            (true, ".") => {
                kept.lock().unwrap().push(mail);
                return answer.write_all(format!("{reply}\r\n").as_bytes());
            }
            (true, _) => {
                mail.push_str(&format!("{line}\n"));
                continue;
            }
            (false, "DATA") => "354 go on",
            (false, _) => "250 ok",
        };
        inside = line == "DATA";
        answer.write_all(format!("{said}\r\n").as_bytes())?;
    }
}

const LETTER: &str = "A sealed letter for demo/team";
const WORD: &str = "Something is waiting for demo/team";

/// A relay whose team wants letters by mail.
async fn telling(server: &Server) -> (World, MailServer) {
    let settings = server.settings.clone();
    let world = World::with(|config| {
        let text = "[[notice]]\ndesk = \"team\"\nto = [\"alice@demo.example\"]\nsend = \"letter\"\n";
        fs::write(config.teams.join("demo/notice.toml"), text).unwrap();
        config.smtp = Some(settings);
    })
    .await;
    (world, MailServer::open(&server.settings).unwrap())
}

#[tokio::test]
async fn a_mail_that_was_not_taken_is_tried_again_later_and_later() {
    let server = Server::start(&["451 come again", "451 come again", "250 taken"]);
    let (world, mail) = telling(&server).await;
    world.open_case().await;
    let mut pace = Pace::default();
    for (seconds, tried) in [(0, 1), (59, 1), (1, 2), (299, 2), (1, 3), (86_400, 3)] {
        world.clock.advance(Duration::from_seconds(seconds));
        round(&world.relay, &mail, &mut pace).await.unwrap();
        assert_eq!(server.subjects().len(), tried);
    }
}

#[tokio::test]
async fn what_was_not_told_is_told_after_a_restart() {
    let away = Server::start(&["451 come again"]);
    let (mut world, mail) = telling(&away).await;
    world.open_case().await;
    round(&world.relay, &mail, &mut Pace::default()).await.unwrap();
    let back = Server::start(&["250 taken"]);
    world.config.smtp = Some(back.settings.clone());
    let world = world.reopened().await;
    world.clock.advance(Duration::from_seconds(60));
    let mail = MailServer::open(&back.settings).unwrap();
    round(&world.relay, &mail, &mut Pace::default()).await.unwrap();
    assert_eq!(back.subjects(), [LETTER]);
}

#[tokio::test]
async fn a_server_that_takes_no_letters_is_given_a_word_and_then_left_alone() {
    let server = Server::start(&["552 too large", "250 taken", "554 never", "554 never"]);
    let (world, mail) = telling(&server).await;
    let mut pace = Pace::default();
    for expected in [&[LETTER, WORD][..], &[LETTER, WORD, LETTER, WORD], &[LETTER, WORD, LETTER, WORD]] {
        if server.subjects().len() < 4 {
            world.open_case().await;
        }
        round(&world.relay, &mail, &mut pace).await.unwrap();
        assert_eq!(server.subjects(), expected);
        world.clock.advance(Duration::from_hours(24));
    }
}

#[tokio::test]
async fn a_flood_of_reports_is_no_flood_of_mail() {
    let server = Server::start(&["250 taken"]);
    let (world, mail) = telling(&server).await;
    let mut pace = Pace::default();
    for _ in 0..3 {
        world.open_case().await;
    }
    round(&world.relay, &mail, &mut pace).await.unwrap();
    assert_eq!(server.subjects(), [LETTER; 3]);
    for _ in 0..18 {
        world.open_case().await;
    }
    round(&world.relay, &mail, &mut pace).await.unwrap();
    assert_eq!(server.subjects()[3..], [WORD], "more than are left in this hour");
    assert!(server.mails.lock().unwrap()[3].contains("18 sealed letters are waiting"));
}

#[tokio::test]
async fn nobody_is_told_of_what_the_team_wrote_deleted_or_does_not_want_any_more() {
    let server = Server::start(&["250 taken"]);
    let (world, mail) = telling(&server).await;
    let (case, deleted) = (world.open_case().await, world.open_case().await);
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let answer = crate::build::seal(&case.key, &world.team_cert(), "by the team");
    assert_eq!(world.put(&case.entry(5), &member, answer).await.status, StatusCode::CREATED);
    let request = Request::delete(format!("/v1/cases/{}", deleted.id()));
    world.ask(request.header("authorization", bearer(&member)).body(Body::empty()).unwrap()).await;
    round(&world.relay, &mail, &mut Pace::default()).await.unwrap();
    assert_eq!(server.subjects(), [LETTER], "the first letter of the one case");
    world.open_case().await;
    fs::remove_file(world.teams().join("demo/notice.toml")).unwrap();
    world.relay.read_teams_again().await.unwrap();
    round(&world.relay, &mail, &mut Pace::default()).await.unwrap();
    assert_eq!(server.subjects().len(), 1);
    // What came while nobody wanted it is not told later either.
    fs::write(
        world.teams().join("demo/notice.toml"),
        "[[notice]]\ndesk = \"team\"\nto = [\"a@demo.example\"]\nsend = \"word\"\n",
    )
    .unwrap();
    world.relay.read_teams_again().await.unwrap();
    round(&world.relay, &mail, &mut Pace::default()).await.unwrap();
    assert_eq!(server.subjects().len(), 1);
}

#[tokio::test]
async fn a_wrong_file_is_refused_with_its_rule() {
    for (text, rule) in [
        ("[[notice]]\ndesk = \"team\"\nto = []\nsend = \"word\"\n", "needs 1 to 16 addresses"),
        (
            "[[notice]]\ndesk = \"backup\"\nto = [\"a@demo.example\"]\nsend = \"word\"\n",
            "no desk “backup” with a certificate",
        ),
        ("[[notice]]\ndesk = \"team\"\nto = [\"a@demo.example\"]\nsend = \"all\"\n", "unknown variant"),
        ("[[notice]]\ndesk = \"team\"\nto = [\"nobody\"]\nsend = \"word\"\n", "to"),
        ("[[notices]]\n", "unknown field"),
    ] {
        let world = World::new().await;
        fs::write(world.teams().join("demo/notice.toml"), text).unwrap();
        world.relay.read_teams_again().await.unwrap();
        let faults = world
            .relay
            .teams
            .current()
            .faults()
            .iter()
            .map(|fault| fault.error.to_string())
            .collect::<Vec<_>>();
        let [fault] = &faults[..] else { panic!("{faults:?}") };
        assert!(fault.contains("notice.toml") && fault.contains(rule), "{fault}");
        assert_eq!(world.attention().await.len(), 1);
    }
}
