//! The relay's OpenAPI 3.1 document, made of the types on the wire and a table of what each route takes and answers. **Rule:** PROTOCOL.md
//! is the contract; this is the part of it that machines read.

mod table;

use std::collections::BTreeMap;

use sealpost_shared::wire::v1;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use table::{Answer, Operation, Takes, Who};

use table::OPERATIONS;

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in OPERATIONS {
        paths.entry(operation.path).or_default().insert(operation.method.to_owned(), describe(operation));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sealpost relay",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Carries sealed reports. docs/PROTOCOL.md is the contract.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "capability": { "type": "http", "scheme": "bearer", "description": "the reporter's, of one case" },
                "session": { "type": "http", "scheme": "bearer", "description": "a member's, of one desk" },
            },
        },
    })
}

/// The document as it is checked in and served.
#[must_use]
pub fn document_text() -> String {
    let text = serde_json::to_string_pretty(&document()).expect("JSON values can be written");
    text + "\n"
}

fn describe(operation: &Operation) -> Value {
    let mut described = json!({
        "summary": operation.summary,
        "operationId": operation.id,
        "parameters": parameters(operation),
        "responses": responses(operation),
        "security": security(operation.who),
    });
    if let Some(body) = body(operation.takes) {
        described["requestBody"] = body;
    }
    described
}

fn security(who: Who) -> Value {
    match who {
        Who::Anyone => json!([]),
        Who::Reporter => json!([{ "capability": [] }]),
        Who::Team => json!([{ "session": [] }]),
        Who::Both => json!([{ "capability": [] }, { "session": [] }]),
    }
}

fn body(takes: Takes) -> Option<Value> {
    let of = |kind: &str, schema: Value| {
        Some(json!({ "required": true, "content": { kind: { "schema": schema } } }))
    };
    match takes {
        Takes::Nothing => None,
        Takes::Bytes => of("application/octet-stream", json!({})),
        Takes::Text => of("text/plain", json!({ "type": "string" })),
        Takes::Seal => of("application/json", reference("SealRequest")),
    }
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (status, answer) in operation.answers {
        responses.insert(status.to_string(), response(*answer));
    }
    for status in operation.refusals {
        responses
            .insert(status.to_string(), response(Answer::Json("application/problem+json", refusal(*status))));
    }
    Value::Object(responses)
}

/// A refusal's form: two of them carry more.
const fn refusal(status: u16) -> &'static str {
    match status {
        410 => "DeletedProblem",
        _ => "Problem",
    }
}

fn response(answer: Answer) -> Value {
    let content = |kind: &str, schema: Value| json!({ kind: { "schema": schema } });
    match answer {
        Answer::Nothing => json!({ "description": "done" }),
        Answer::Bytes => {
            json!({ "description": "sealed bytes", "content": content("application/octet-stream", json!({})) })
        }
        Answer::Json(kind, schema) => {
            json!({ "description": schema, "content": content(kind, reference(schema)) })
        }
        Answer::Object(kind) => json!({ "description": "JSON", "content": content(kind, json!({})) }),
        Answer::Text(kind) => {
            json!({ "description": "text", "content": content(kind, json!({ "type": "string" })) })
        }
        Answer::JsonOrText(schema) => json!({ "description": schema, "content": {
            "application/json": { "schema": reference(schema) },
            "text/plain": { "schema": { "type": "string" } },
        } }),
    }
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// What stands in the path, in the query, and in headers of our own.
fn parameters(operation: &Operation) -> Value {
    let is_of_cases = operation.path.ends_with("/deletions");
    let in_path = operation.path.split(['{', '}']).skip(1).step_by(2);
    let mut parameters: Vec<Value> =
        in_path.map(|name| parameter("path", (name, true), is_of_cases)).collect();
    parameters.extend(
        operation.query.iter().map(|(name, needed)| parameter("query", (name, *needed), is_of_cases)),
    );
    parameters.extend(
        operation.headers.iter().map(|(name, needed)| parameter("header", (name, *needed), is_of_cases)),
    );
    Value::Array(parameters)
}

fn parameter(place: &str, (name, needed): (&str, bool), is_of_cases: bool) -> Value {
    let schema = match name {
        // There it is the last case of the page before.
        "after" if is_of_cases => reference("CaseId"),
        "team" | "desk" => reference("Slug"),
        "case" => reference("CaseId"),
        "entry" => reference("EntryId"),
        "blob" => reference("BlobId"),
        "n" | "size" | "after" | "rows" => json!({ "type": "integer", "minimum": 0 }),
        "since" => reference("Timestamp"),
        "wait" => json!({ "type": "integer", "minimum": 0, "maximum": 25 }),
        "of" => json!({ "enum": ["letter", "chunk"] }),
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": place, "required": needed, "schema": schema })
}

/// Every type that the table names, and every type that those name.
fn schemas() -> BTreeMap<String, Value> {
    let mut found = Vec::new();
    macro_rules! collect {
        ($($name:ty),* $(,)?) => { $(
            found.push((<$name as ToSchema>::name().into_owned(), <$name as utoipa::PartialSchema>::schema()));
            <$name as ToSchema>::schemas(&mut found);
        )* };
    }
    collect!(
        v1::TeamsResponse,
        v1::BundleResponse,
        v1::ChallengeResponse,
        v1::EntriesResponse,
        v1::FeedResponse,
        v1::BlobsResponse,
        v1::ChunksResponse,
        v1::SealRequest,
        v1::SessionResponse,
        v1::AdvisoriesResponse,
        v1::Deletion,
        v1::DeletionsResponse,
        v1::Problem,
        v1::ProofProblem,
        v1::DeletedProblem,
        sealpost_shared::id::Slug,
        sealpost_shared::CaseId,
        sealpost_shared::EntryId,
        sealpost_shared::BlobId,
    );
    let value = |schema| serde_json::to_value(schema).expect("a schema is JSON");
    found.into_iter().map(|(name, schema)| (name, value(schema))).collect()
}
