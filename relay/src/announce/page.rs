//! Advisories as pages: HTML without a script, so that anybody can read them and a feed can lead to them. Nothing of a document
//! becomes markup that it did not write in Markdown.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};
use sealpost_advisory::{Advisory, facts};
use sealpost_shared::policy::Policy;

use super::atom::word;
use super::{escaped, signed_url};
use crate::store::{AdvisoryRecord, StoredAdvisory};

/// No script, no form, no frame, nothing from elsewhere: one stylesheet.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types";

/// The stylesheet of these pages.
pub(crate) const STYLE: &str = include_str!("page.css");

/// Every advisory of a team.
pub(crate) fn list(origin: &str, policy: &Policy, records: &[AdvisoryRecord]) -> String {
    let identity = &policy.identity;
    let (team, name) = (&identity.slug, escaped(&identity.name));
    let mut body = format!(
        "<h1>Security advisories</h1>\n<p class=\"lead\">{name}, {}</p>\n",
        escaped(&identity.project)
    );
    if records.is_empty() {
        body.push_str("<p>Nothing has been published yet. The feed below will tell when something is.</p>\n");
    } else {
        body.push_str("<ol class=\"list\">\n");
        records.iter().for_each(|record| item(&mut body, team.as_str(), record));
        body.push_str("</ol>\n");
    }
    let feeds = format!(
        "<h2>Follow</h2>\n<ul>\n<li><a href=\"{origin}/v1/teams/{team}/advisories.atom\">Atom feed</a> for feed readers</li>\n\
         <li><a href=\"{origin}/v1/teams/{team}/osv\">OSV</a> for programs</li>\n</ul>\n"
    );
    body.push_str(&feeds);
    document(&format!("Security advisories: {name}"), origin, team.as_str(), &body)
}

fn item(body: &mut String, team: &str, record: &AdvisoryRecord) {
    let severity =
        record.severity.map(|severity| format!(" <span class=\"severity {0}\">{0}</span>", word(severity)));
    let withdrawn = record.withdrawn.map_or("", |_| " <span class=\"severity\">withdrawn</span>");
    let aliases =
        std::iter::once(record.id.to_string()).chain(record.aliases.iter().map(|alias| escaped(alias)));
    body.push_str(&format!("<li><a href=\"/t/{team}/advisories/{}\">{}</a>{}{withdrawn}\n<p>{}</p>\n<p class=\"hint\"><time datetime=\"{}\">{}</time>, {}</p></li>\n",
        record.id,
        escaped(&record.title),
        severity.unwrap_or_default(),
        escaped(&record.summary),
        record.published,
        day(&record.published.to_string()),
        aliases.collect::<Vec<_>>().join(", ")));
}

/// One advisory.
pub(crate) fn one(origin: &str, policy: &Policy, stored: &StoredAdvisory, advisory: &Advisory) -> String {
    let team = policy.identity.slug.as_str();
    let mut body = format!(
        "<p class=\"hint\"><a href=\"/t/{team}/advisories\">All advisories</a></p>\n<h1>{}</h1>\n",
        escaped(&advisory.title)
    );
    if advisory.withdrawn.is_some() {
        body.push_str("<p class=\"notice\">This advisory was withdrawn: it no longer holds.</p>\n");
    }
    body.push_str(&format!("<p class=\"lead\">{}</p>\n<dl>\n", escaped(&advisory.summary)));
    for (name, value) in facts(advisory) {
        body.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(&value)));
    }
    body.push_str(&format!("</dl>\n<article>\n{}</article>\n", markdown(&advisory.body)));
    body.push_str(&rest(advisory));
    body.push_str(&signature(origin, policy, stored));
    document(&format!("{}: {}", advisory.id, escaped(&advisory.title)), origin, team, &body)
}

fn rest(advisory: &Advisory) -> String {
    let mut out = String::new();
    if let Some(workaround) = &advisory.workaround {
        out.push_str(&format!("<h2>Workaround</h2>\n<p>{}</p>\n", escaped(workaround)));
    }
    let mut list = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            out.push_str(&format!("<h2>{title}</h2>\n<ul>\n{}\n</ul>\n", items.join("\n")));
        }
    };
    let link = |url: &str| format!("<a href=\"{0}\" rel=\"noreferrer noopener\">{0}</a>", escaped(url));
    let references = advisory.url.iter().map(|url| format!("<li>{}</li>", link(url)));
    let others =
        advisory.references.iter().map(|each| format!("<li>{}: {}</li>", each.kind.word(), link(&each.url)));
    list("References", references.chain(others).collect());
    let moments =
        advisory.timeline.iter().map(|each| format!("<li>{}: {}</li>", each.at, escaped(&each.what)));
    list("Timeline", moments.collect());
    let thanks = advisory
        .credits
        .iter()
        .map(|each| format!("<li>{} ({})</li>", escaped(&each.name), each.kind.word().replace('-', " ")));
    list("Thanks", thanks.collect());
    out
}

fn signature(origin: &str, policy: &Policy, stored: &StoredAdvisory) -> String {
    let (team, id) = (&policy.identity.slug, &stored.record.id);
    let signed = signed_url(origin, team, id);
    format!(
        "<h2>Signature</h2>\n<p>Signed by <code class=\"fingerprint\">{}</code>, a member of the team. This page comes from the relay and \
         proves nothing by itself; the signed text does, against a key that you compared with what the project publishes elsewhere:</p>\n\
         <pre>curl -s {signed} | gpg --verify</pre>\n\
         <p><a href=\"{signed}\">Signed text</a> · <a href=\"{origin}/v1/teams/{team}/osv/{id}.json\">OSV</a></p>\n",
        stored.record.signer.grouped(),
    )
}

fn document(title: &str, origin: &str, team: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<link rel=\"stylesheet\" href=\"/advisories.css\">\n\
         <link rel=\"alternate\" type=\"application/atom+xml\" title=\"Security advisories\" href=\"{origin}/v1/teams/{team}/advisories.atom\">\n\
         </head>\n<body>\n<header><a href=\"/#/t/{team}\">Report a vulnerability</a></header>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn day(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

/// Markdown as HTML. Raw HTML is shown as text, images as their description, and links lead to the web or to a mailbox.
fn markdown(text: &str) -> String {
    let mut skipped = 0_usize;
    let events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let safe = events.filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            if !leads_out(link_type, &dest_url) {
                skipped += 1;
                return None;
            }
            Some(Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id }))
        }
        Event::End(TagEnd::Link) if skipped > 0 => {
            skipped -= 1;
            None
        }
        Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
            level: below(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        })),
        Event::End(TagEnd::Heading(level)) => Some(Event::End(TagEnd::Heading(below(level)))),
        other => Some(other),
    });
    let mut out = String::new();
    html::push_html(&mut out, safe);
    out
}

fn leads_out(kind: LinkType, url: &str) -> bool {
    kind == LinkType::Email || ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The page has its own first heading.
const fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_document_becomes_markup_of_its_own() {
        let html = markdown(
            "# A\n\n<script>alert(1)</script>\n\nb <img src=x onerror=alert(1)> ![c](https://e/x.png \"t\")\n\n\
             [d](javascript:alert(1)) [e](https://example.org \"f\") <g@example.org> `<i>`\n",
        );
        assert!(html.contains("<h2>A</h2>"), "{html}");
        for bad in ["<script", "<img", "javascript:", "title="] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(
            html.contains("&lt;script&gt;") && html.contains("<a href=\"https://example.org\">e</a>"),
            "{html}"
        );
        assert!(html.contains(" d ") || html.contains(">d ") || html.contains("d <a"), "{html}");
        assert!(html.contains("mailto:g@example.org"), "{html}");
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escaped("<a href='x'>&\"\u{0}\u{ffff}"),
            "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\u{fffd}\u{fffd}"
        );
    }
}
