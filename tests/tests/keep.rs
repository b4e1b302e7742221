//! What a reporter takes along: reminders that another program reads, and evidence that somebody else can check.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sealpost_tests::browser::{Browser, Tab};
use sealpost_tests::stack::{Stack, succeeded};
use serde_json::Value;

const TITLE: &str = "Heap overflow in the frame parser";
const SENTENCE: &str = "The parser trusts the length field of a CONTINUATION frame";
const REPLY: &str = "Thank you, a person has read this";

/// Reads a calendar file as Python's icalendar does, and says each entry as JSON.
const READER: &str = r#"
import json, sys
from icalendar import Calendar
calendar = Calendar.from_ical(open(sys.argv[1], "rb").read())
entries = []
for event in calendar.walk("VEVENT"):
    alarms = [alarm["TRIGGER"].dt.total_seconds() for alarm in event.walk("VALARM")]
    entries.append({
        "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]), "summary": str(event["SUMMARY"]),
        "start": int(event["DTSTART"].dt.timestamp()), "zone": str(event["DTSTART"].dt.utcoffset()), "alarms": alarms,
    })
print(json.dumps({"errors": [str(e) for e in calendar.errors], "entries": entries}))
"#;

fn python() -> PathBuf {
    std::env::var_os("SEALPOST_CALENDAR_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

/// What Python's icalendar finds in a file.
fn read_calendar(stack: &Stack, file: &str) -> Result<Value> {
    let path = stack.path("reminders.ics");
    std::fs::write(&path, file)?;
    let output = Command::new(python()).args(["-c", READER]).arg(&path).output();
    let output =
        output.context("there is no Python with icalendar; run the tests with `cargo xtask test`")?;
    let said =
        succeeded("reading the calendar with Python (run the tests with `cargo xtask test`)", &output)?;
    Ok(serde_json::from_str(&said)?)
}

/// Reads the `datetime` of a `<time>` inside the element, in seconds since 1970.
async fn seconds(tab: &Tab, name: &str) -> Result<u64> {
    let script = format!("Date.parse(document.querySelector('[data-test=\"{name}\"] time').dateTime) / 1000");
    tab.script(&script).await?.as_u64().with_context(|| format!("{name} has no time"))
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_open_in_another_program_and_name_nobody() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let case = tab.send_report(&stack, TITLE, SENTENCE).await?;
    tab.see("sent", "").await?;
    let sent = seconds(&tab, "sent").await?;
    let (name, first) = tab.saved("save-reminders").await?;
    ensure!(name == "reminders.ics", "{name}");
    let read = read_calendar(&stack, &first)?;
    ensure!(read["errors"] == Value::Array(Vec::new()), "{read}");
    let entries = read["entries"].as_array().context("a list of entries")?;
    let starts: Vec<u64> = entries.iter().filter_map(|entry| entry["start"].as_u64()).collect();
    // The confirmation after 24 hours; the answer, and the first step of the ladder, after 48.
    ensure!(starts == [sent + 86_400, sent + 172_800, sent + 172_800], "sent at {sent}: {read}");
    for entry in entries {
        ensure!(entry["alarms"].as_array().is_some_and(|alarms| alarms.len() == 1), "{entry}");
        ensure!(entry["zone"] == "0:00:00", "{entry}");
    }
    let lower = first.to_lowercase();
    for word in ["seal", "relay", "vulnerab", "security", "ferrisware", "demo", "127.0.0.1", "icalendar"] {
        ensure!(!lower.contains(word), "{word} stands in {first}");
    }
    ensure!(!lower.contains(&case) && !first.contains(TITLE), "{first}");

    let (_, second) = tab.saved("save-reminders").await?;
    let again = read_calendar(&stack, &second)?;
    let uids = |read: &Value| -> Vec<String> {
        read["entries"].as_array().into_iter().flatten().map(|entry| entry["uid"].to_string()).collect()
    };
    ensure!(uids(&again) == uids(&read) && uids(&read).len() == 3, "{again}");
    let sequence = |read: &Value| read["entries"][0]["sequence"].as_u64();
    ensure!(sequence(&again) >= sequence(&read), "{again}");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_from_the_page_is_checked_by_somebody_else_and_holds_nothing_of_the_report() -> Result<()> {
    let stack = Stack::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.tab().await?;
    let case = tab.send_report(&stack, TITLE, SENTENCE).await?;
    stack.team(&["pull"])?;
    stack.team(&["ack", &case, "-m", REPLY])?;
    tab.see_attribute("promise-acknowledge", "data-state", "kept").await?;
    let (name, file) = tab.saved("save-evidence").await?;
    ensure!(name.starts_with("evidence-") && name.ends_with(".json"), "{name}");
    let path = stack.path("evidence.json");
    std::fs::write(&path, &file)?;
    let path = path.to_string_lossy().into_owned();
    let said = succeeded("verify-evidence", &stack.reporter(&["verify-evidence", &path])?)?;
    for words in [
        "signed by the team; by",
        "The relay held the sealed report in the hour from here.\n    (signed by the relay)",
        "A person of the team confirmed the report.\n    (the reporter's word, borne out by the relay",
        "Confirmation by a person was due. KEPT",
        "Everything in this file holds together.",
    ] {
        ensure!(said.contains(words), "{words}: {said}");
    }
    let (name, readable) = tab.saved("save-evidence-text").await?;
    ensure!(name.ends_with(".txt") && readable.contains("KEPT"), "{readable}");
    for text in [&file, &readable, &said] {
        for secret in [TITLE, SENTENCE, REPLY] {
            ensure!(!text.contains(secret), "{secret} stands in {text}");
        }
    }
    std::fs::write(stack.path("evidence.json"), file.replace("acknowledgement", "answer"))?;
    let changed = stack.reporter(&["verify-evidence", &path])?;
    ensure!(!changed.status.success(), "changed evidence was believed");
    ensure!(tab.complaints().is_empty(), "the console complained: {:?}", tab.complaints());
    Ok(())
}
