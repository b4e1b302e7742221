//! The OpenAPI document: it is the one that is checked in, it has every route and no other, and answers are as it says.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use sealpost_relay::api::{document, document_text};
use serde_json::Value;

use crate::build::{OpenCase, World, bearer, seal};

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "head"];

#[test]
fn the_document_that_is_checked_in_is_current() {
    let kept = include_str!("../../../docs/openapi.json");
    assert!(
        kept == document_text(),
        "docs/openapi.json is old: cargo run -p sealpost-relay -- openapi >docs/openapi.json"
    );
}

/// What the table of routes says, read from its source: the router itself does not tell.
fn routes() -> BTreeSet<(String, String)> {
    let source = include_str!("../../src/routes.rs");
    let (_, v1) = source.split_once("let v1 = Router::new()").unwrap();
    let (v1, _) = v1.split_once(".fallback(").unwrap();
    let mut found = BTreeSet::new();
    for route in v1.split(".route(").skip(1) {
        let mut parts = route.trim_start().trim_start_matches('"').splitn(2, '"');
        let (path, handlers) = (parts.next().unwrap(), parts.next().unwrap());
        for method in METHODS.iter().filter(|method| handlers.contains(&format!("{method}("))) {
            found.insert(((*method).to_owned(), format!("/v1{path}")));
        }
    }
    found
}

fn described(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, of): (&String, &Value)| {
        of.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(methods).collect()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    assert_eq!(described(&document()), routes());
    assert!(routes().len() > 20);
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| walk(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let (document, mut references) = (document(), BTreeSet::new());
    walk(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

impl World {
    /// Asks, and holds the answer against the document.
    async fn ask_described(
        &self,
        operation: (&str, &str),
        path: &str,
        token: &str,
        body: Vec<u8>,
    ) -> StatusCode {
        let document = document();
        let (method, described) = operation;
        let request =
            Request::builder().method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap());
        let request =
            request.uri(path).header("authorization", bearer(token)).body(Body::from(body)).unwrap();
        let answer = self.ask(request).await;
        let responses = &document["paths"][described][method]["responses"];
        let said = &responses[answer.status.as_u16().to_string()];
        assert!(said.is_object(), "{method} {path}: {} is not described", answer.status);
        if let Some(content) = said["content"].as_object().filter(|_| !answer.body.is_empty()) {
            let kind = answer.header("content-type");
            let is_same = |one: &String| one == kind || kind.starts_with(&format!("{one};"));
            assert!(content.keys().any(is_same), "{method} {path}: {kind} is not described");
        }
        answer.status
    }
}

/// Every operation with ids that are there, ids that are not, and no ids at all; as the reporter, a member, and a stranger.
#[tokio::test]
async fn answers_are_as_the_document_says() {
    let world = World::with(|config| config.price.bits = 0).await;
    let case = world.open_case().await;
    let member = world.log_in("team", &world.keys.alice, 1).await;
    let fresh = OpenCase::new(&world.team_cert());
    let (there, nowhere) = (case.id().to_string(), "ab".repeat(16));
    let letter = seal(&case.key, &world.team_cert(), "more");
    let mut statuses = BTreeSet::new();
    let operations: Vec<_> =
        described(&document()).into_iter().filter(|(method, _)| method != "delete").collect();
    for (method, path) in &operations {
        for id in [there.as_str(), nowhere.as_str(), "no-id", "%00"] {
            let asked = path.replace("{team}", "demo").replace("{desk}", "team").replace("{n}", "0");
            let asked = asked.replace("{case}", id).replace("{entry}", id).replace("{blob}", &nowhere);
            let asked =
                asked.replace("{id}", "RS-1").replace("{file}", "RS-1.json") + "?after=0&desk=team&size=1";
            for token in [case.token(), member.clone(), fresh.token(), "no-token".to_owned()] {
                for body in [letter.clone(), b"{}".to_vec(), Vec::new()] {
                    statuses.insert(world.ask_described((method, path), &asked, &token, body).await.as_u16());
                }
            }
        }
    }
    let delete = format!("/v1/cases/{there}");
    for token in [case.token(), member.clone(), member] {
        statuses.insert(
            world.ask_described(("delete", "/v1/cases/{case}"), &delete, &token, Vec::new()).await.as_u16(),
        );
    }
    let gone = format!("/v1/cases/{there}/entries");
    statuses.insert(
        world
            .ask_described(("get", "/v1/cases/{case}/entries"), &gone, &case.token(), Vec::new())
            .await
            .as_u16(),
    );
    for status in [200, 201, 400, 403, 404, 410, 422] {
        assert!(statuses.contains(&status), "{status} never came: {statuses:?}");
    }
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
}
