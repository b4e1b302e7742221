//! Whether the relay answers, agrees on the time, and takes the team's folder.

use sealpost_shared::Timestamp;
use sealpost_shared::id::Slug;

use super::Finding;
use crate::relay_api::{Probed, RelayApi};
use crate::times::{CLOCKS_APART, length, utc};
use crate::ui::causes;

/// What the relay says of a team that it serves. The doctor judges policy and certificates itself, in its own words.
const OF_A_SERVED_TEAM: [&str; 5] =
    ["policy-expired", "policy-not-yet", "policy-ends-soon", "certificate-unusable", "certificate-ends-soon"];

/// Asks the relay how it is; whether what it serves can be judged by this machine's clock comes beside it.
pub(super) fn look(api: &RelayApi, team: &Slug, now: Timestamp) -> (Vec<Finding>, bool) {
    let answer = match api.probe("readyz") {
        Ok(answer) => answer,
        Err(why) => {
            let todo = "start the relay (sealpost-relay serve …), or correct --relay; then run this again: what the relay serves \
                        was not looked at";
            return (vec![Finding::wrong("relay", causes(&why), todo)], false);
        }
    };
    let clock = answer.date.map(|date| clock(date, now));
    let usable = clock.as_ref().is_none_or(Finding::is_good);
    let folder = refused(&answer, team);
    (std::iter::once(ready(&answer)).chain(clock).chain(folder).collect(), usable)
}

fn ready(answer: &Probed) -> Finding {
    if answer.status == 200 {
        return Finding::good("relay", "answers, and can write");
    }
    let says = format!("answers with status {}", answer.status);
    Finding::wrong("relay", says, "look at the relay's log: it cannot write")
}

fn clock(date: Timestamp, now: Timestamp) -> Finding {
    let apart = (now - date).seconds();
    if apart.abs() <= CLOCKS_APART {
        return Finding::good("clock", "agrees with the relay's");
    }
    let side = if apart > 0 { "ahead of" } else { "behind" };
    Finding::wrong(
        "clock",
        format!("this machine's is {} {side} the relay's ({})", length(apart.abs()), utc(date)),
        "set this machine's clock right (timedatectl set-ntp true), or tell who runs the relay; then run this again: policy and \
         certificates cannot be judged by a wrong clock",
    )
}

/// **Rule:** PROTOCOL.md, "Requests": a line of `readyz` for each thing that needs somebody, `team {slug}: {code}: {words}`.
fn refused(answer: &Probed, team: &Slug) -> Option<Finding> {
    let text = String::from_utf8_lossy(&answer.bytes);
    let start = format!("team {team}: ");
    let mut codes = text.lines().filter_map(|line| line.strip_prefix(&start)?.split(':').next());
    let code = codes.find(|code| !OF_A_SERVED_TEAM.contains(code))?;
    let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    Some(Finding::wrong(
        "team's folder",
        format!(
            "the relay refuses what lies there now ({code}); what it took before, if anything, stays in service"
        ),
        todo(&code),
    ))
}

fn todo(code: &str) -> &'static str {
    match code {
        "bad-signature" => {
            "sealpost policy sign policy.toml, put both files there, and let the relay read them again"
        }
        "bad-policy" => "sealpost policy check policy.toml, then sign it, and let the relay read it again",
        "older-policy" => {
            "raise identity.version in policy.toml, then: sealpost policy sign policy.toml, and let the relay read it again"
        }
        "expired" | "subkey-expired" => {
            "gpg --quick-set-expire FINGERPRINT 1y (with '*' behind it for subkeys), export the key to certs/ there, and let the relay \
             read it again"
        }
        _ => "ask who runs the relay for its log: it names the file and what is wrong with it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_refused_of_the_own_team_is_told() {
        let team: Slug = "rust".parse().unwrap();
        let answer = |line: &str| Probed {
            status: 200,
            date: None,
            bytes: format!("ok\n{line}: refused, not served; the log says why\n").into_bytes(),
        };
        let found = refused(&answer("team rust: bad-signature"), &team).unwrap();
        assert!(found.says.contains("(bad-signature)") && found.todo.unwrap().contains("policy sign"));
        for other in ["team rust: policy-ends-soon", "team rusty: bad-signature", "store"] {
            assert!(refused(&answer(other), &team).is_none(), "{other}");
        }
    }

    #[test]
    fn a_clock_is_ahead_or_behind() {
        let at = Timestamp::from_seconds;
        assert!(clock(at(1_000_000), at(1_000_300)).is_good());
        assert!(clock(at(1_000_000), at(1_003_600)).says.contains("60 min ahead of the relay's"));
        assert!(clock(at(1_000_000), at(913_600)).says.contains("24 h behind the relay's"));
    }
}
