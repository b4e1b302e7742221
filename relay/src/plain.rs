//! The page for browsers that run no script: the policy in sentences, the keys, and how to report with gpg and mail. Useful on paper.
//!
//! Rendered from the team's own checked policy; everything that comes from it is escaped.

use std::fmt::Write as _;

use sealpost_keys::UncheckedCert;
use sealpost_shared::policy::explain::{self, contact_name, explain};
use sealpost_shared::policy::{Desk, Policy};
use sealpost_shared::wire::v1::{OFFLINE_PAGE, TeamSummary};
use sealpost_shared::{Fingerprint, Timestamp};

use crate::teams::{Offline, Team, TeamDesk};

/// The one stylesheet of these pages.
pub(crate) const STYLE: &str = include_str!("plain.css");

/// The list of teams, for a relay that serves several or none.
pub(crate) fn list(teams: &[TeamSummary]) -> String {
    let mut body = String::from("<h1>Report a vulnerability</h1>\n");
    if teams.is_empty() {
        body.push_str("<p>This server serves no team yet.</p>\n");
    } else {
        body.push_str("<p>Whom do you want to reach?</p>\n<ul>\n");
        for team in teams {
            let (slug, name, project) = (&team.slug, escaped(&team.name), escaped(&team.project));
            push(&mut body, format_args!("<li><a href=\"/plain/{slug}\">{name}</a>, {project}</li>\n"));
        }
        body.push_str("</ul>\n");
    }
    page("Report a vulnerability", &body)
}

/// One team's page. `origin` is where people reach this relay.
pub(crate) fn team(team: &Team, desk: Option<&TeamDesk>, origin: &str, now: Timestamp) -> String {
    let policy = &team.policy;
    let identity = &policy.identity;
    let name = escaped(&identity.name);
    let mut body = format!("<h1>Report a vulnerability to {name}</h1>\n");
    push(&mut body, format_args!("<p>{name} looks after {}. ", escaped(&identity.project)));
    body.push_str(
        "This page works without JavaScript, and on paper. With JavaScript and WebAssembly, \
         <a href=\"/\">the other page</a> encrypts for you and keeps the clock.</p>\n",
    );
    keys(&mut body, policy, desk, now);
    steps(&mut body, policy, origin);
    offline(&mut body, policy, team.offline.page());
    for section in explain(policy) {
        let (tag, id) = (if section.ordered { "ol" } else { "ul" }, escaped(&section.id));
        push(&mut body, format_args!("<section id=\"{id}\"><h2>{}</h2>\n<{tag}>\n", escaped(&section.title)));
        for sentence in &section.sentences {
            push(&mut body, format_args!("<li>{}</li>\n", escaped(sentence)));
        }
        push(&mut body, format_args!("</{tag}></section>\n"));
    }
    contacts(&mut body, policy);
    page(&format!("Report a vulnerability to {}", identity.name), &body)
}

fn keys(body: &mut String, policy: &Policy, desk: Option<&TeamDesk>, now: Timestamp) {
    let slug = &policy.identity.slug;
    body.push_str("<section id=\"keys\"><h2>The keys to encrypt to</h2>\n");
    body.push_str("<p>Compare each fingerprint with what the project publishes in another place. If one differs, stop.</p>\n<ul>\n");
    for cert in desk.iter().flat_map(|desk| &desk.sealed_to) {
        let (fingerprint, names) = (cert.fingerprint(), escaped(&cert.user_ids().join(", ")));
        push(
            body,
            format_args!(
                "<li><code>{}</code><br>{names}, {}<br>",
                in_groups(&fingerprint),
                validity(cert, now)
            ),
        );
        push(
            body,
            format_args!("<a href=\"/plain/{slug}/{fingerprint}.asc\" download>Save this key</a></li>\n"),
        );
    }
    push(
        body,
        format_args!(
            "</ul>\n<p>The policy is signed by <code>{}</code>: ",
            in_groups(&policy.identity.signed_by)
        ),
    );
    push(body, format_args!("<a href=\"/plain/{slug}/policy.toml\" download>policy.toml</a>, "));
    push(
        body,
        format_args!("<a href=\"/plain/{slug}/policy.toml.asc\" download>its signature</a>.</p></section>\n"),
    );
}

fn validity(cert: &UncheckedCert, now: Timestamp) -> String {
    match cert.judge(now) {
        Ok(good) => good.expires().map_or("does not expire".to_owned(), |at| format!("valid until {at}")),
        Err(why) => {
            format!("<strong>not usable, do not encrypt to it: {}</strong>", escaped(&why.to_string()))
        }
    }
}

fn steps(body: &mut String, policy: &Policy, origin: &str) {
    let identity = &policy.identity;
    let desk = policy.team_desk();
    let recipients: String =
        desk.fingerprints.iter().map(|fingerprint| format!(" --recipient {fingerprint}")).collect();
    let contact = escaped(&identity.contact);
    let subject = "Vulnerability%20report%20(encrypted)";
    push(
        body,
        format_args!(
            "<section id=\"how\"><h2>How to report with gpg and mail</h2>\n<ol>\n\
             <li>Save every key above and compare its fingerprint.</li>\n\
             <li>Write the report into a file, <code>report.txt</code>: what happens, how to make it happen, what an attacker gains.</li>\n\
             <li>Encrypt it, to every key of the list:\n<pre>gpg --import *.asc\n\
             gpg --armor --trust-model always --encrypt{recipients} report.txt</pre></li>\n\
             <li>Mail the file <code>report.txt.asc</code> to <a href=\"mailto:{contact}?subject={subject}\">{contact}</a>. \
             Subject and addresses of a mail are not encrypted: say nothing of the problem there. \
             Attach your own public key, or no answer can be encrypted.</li>\n\
             <li>Write down when you sent it: every promise below counts from there. <a href=\"/#/track\">The other page \
             tracks a report that was sent by mail</a>, on any device with JavaScript.\n\
             <p class=\"line\">Sent on <span class=\"fill\"></span> at <span class=\"fill\"></span> UTC</p></li>\n\
             </ol>\n<p>With the Sealpost command line, which gives a receipt and keeps the clock:</p>\n\
             <pre>sealpost report --relay {} --team {} --title \"…\" --text report.txt --fingerprint {}</pre>\n</section>\n",
            escaped(origin),
            identity.slug,
            identity.signed_by,
        ),
    );
}

/// The page in one file, with everything that is needed to check it before it is opened.
fn offline(body: &mut String, policy: &Policy, page: Option<&Offline>) {
    let Some(Offline { described, .. }) = page else { return };
    let (slug, signer) = (&policy.identity.slug, &policy.identity.signed_by);
    push(
        body,
        format_args!(
            "<section id=\"offline\"><h2>A page for a computer that is never online</h2>\n\
             <p>One file that seals a report without any network and keeps nothing. Save both, check them, and open the first in a browser \
             with JavaScript and WebAssembly:</p>\n<ul>\n\
             <li><a href=\"/plain/{slug}/{OFFLINE_PAGE}\" download>{OFFLINE_PAGE}</a> ({} KiB)<br>SHA-256 <code>{}</code></li>\n\
             <li><a href=\"/plain/{slug}/{OFFLINE_PAGE}.asc\" download>its signature</a>, by <code>{}</code>, the key that signs the policy \
             (<a href=\"/plain/{slug}/{signer}.asc\" download>save it</a>)</li>\n\
             </ul>\n<pre>gpg --import {signer}.asc\ngpg --verify {OFFLINE_PAGE}.asc {OFFLINE_PAGE}\nsha256sum {OFFLINE_PAGE}</pre>\n\
             <p>gpg must name that key and say “Good signature”. A server could give you another file and another fingerprint: compare the \
             fingerprint with what the project publishes elsewhere.</p></section>\n",
            described.bytes.div_ceil(1024),
            described.sha256,
            in_groups(signer),
        ),
    );
}

fn contacts(body: &mut String, policy: &Policy) {
    body.push_str("<section id=\"contacts\"><h2>Addresses</h2>\n<dl>\n");
    for desk in &policy.desks {
        push(body, format_args!("<dt>{}</dt>\n", escaped(&contact_name(&desk.name, desk.role))));
        for uri in &desk.uris {
            push(body, format_args!("<dd>{}</dd>\n", address(uri)));
        }
        if !desk.fingerprints.is_empty() {
            push(body, format_args!("<dd>{}</dd>\n", desk_keys(policy, desk)));
        }
    }
    for step in &policy.escalation.steps {
        if let sealpost_shared::policy::Place::Public(url) = &step.place {
            push(body, format_args!("<dt>{}</dt>\n", escaped(&explain::step_name(policy, step))));
            push(body, format_args!("<dd>{}</dd>\n", address(url)));
        }
    }
    body.push_str("</dl></section>\n");
}

fn desk_keys(policy: &Policy, desk: &Desk) -> String {
    let slug = &policy.identity.slug;
    let links = desk.fingerprints.iter().map(|fingerprint| {
        format!("<a href=\"/plain/{slug}/{fingerprint}.asc\" download>key {}</a>", in_groups(fingerprint))
    });
    links.collect::<Vec<_>>().join(", ")
}

/// An address as text, and as a link where a browser can follow it and the policy cannot smuggle a script in.
fn address(uri: &str) -> String {
    let shown = escaped(uri);
    let leads = ["mailto:", "https://", "http://", "tel:", "matrix:", "irc:", "ircs:"];
    if leads.iter().any(|scheme| uri.starts_with(scheme)) {
        format!("<a href=\"{shown}\" rel=\"noreferrer noopener\">{shown}</a>")
    } else {
        shown
    }
}

/// Groups of four, as people compare them.
fn in_groups(fingerprint: &Fingerprint) -> String {
    let digits: Vec<char> = fingerprint.as_str().chars().collect();
    digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
         <link rel=\"stylesheet\" href=\"/plain.css\">\n<link rel=\"icon\" href=\"/icons/seal.svg\">\n<main>\n{body}</main>\n</html>\n",
        escaped(title)
    )
}

/// Text as it may stand in an element or in a quoted attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn push(body: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = body.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_policy_becomes_markup() {
        assert_eq!(escaped("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
        assert_eq!(address("javascript:alert(1)"), "javascript:alert(1)");
        assert!(address("https://example.org/\"><script>").ends_with("&lt;script&gt;</a>"));
        let teams =
            [TeamSummary { slug: "demo".parse().unwrap(), name: "<b>".to_owned(), project: "\"".to_owned() }];
        let list = list(&teams);
        assert!(list.contains("<a href=\"/plain/demo\">&lt;b&gt;</a>, &quot;"), "{list}");
    }

    #[test]
    fn a_fingerprint_is_shown_in_groups_of_four() {
        let fingerprint = "5769C88BF5DD3D14A234A7ACEFB9860AE7520DAC".parse().unwrap();
        assert_eq!(in_groups(&fingerprint), "5769 C88B F5DD 3D14 A234 A7AC EFB9 860A E752 0DAC");
    }
}
