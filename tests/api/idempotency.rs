//! A request that is sent again is answered again, and done once.

use crate::on_both;
use crate::support::records::{assert_faults, change_count, create, id};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

fn post(app: &TestApp, token: &str, body: &Value) -> TestResponse {
    app.request("POST", "/v1/sources").key(&app.key).header("idempotency-key", token).json(body).send()
}

on_both!(a_repeated_request_gets_the_answer_of_the_first, empty, |app| {
    let body = json!({"title": {"en": "once"}});
    let first = post(app, "a-1", &body).expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    for _ in 0..3 {
        let again = post(app, "a-1", &body).expect(201);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!((again.text.as_str(), again.etag()), (first.text.as_str(), first.etag()));
        assert_eq!(again.header("location"), first.header("location"));
    }
    assert_eq!(change_count(app), 1);
    // Quoted as a structured field it is the same; white space in the body says nothing.
    let spaced = app.request("POST", "/v1/sources").key(&app.key).header("idempotency-key", "\"a-1\"");
    let spaced = spaced.body("application/json", "{ \"title\": {\"en\": \"once\"} }").send();
    assert_eq!(spaced.expect(201).json()["id"], first.json()["id"]);
    assert_eq!(
        post(app, "a-1", &json!({"title": {"en": "other"}})).expect(422).json()["code"],
        "idempotency_key_reused"
    );
    assert_ne!(post(app, "a-2", &body).expect(201).json()["id"], first.json()["id"]);
    let other = app.new_key("other", &["write"], &[]);
    let theirs =
        app.request("POST", "/v1/sources").key(&other).header("idempotency-key", "a-1").json(&body).send();
    assert_ne!(theirs.expect(201).json()["id"], first.json()["id"], "tokens are of one key");
    assert_eq!(change_count(app), 3);
});

on_both!(a_patch_is_done_once_though_its_version_has_passed, empty, |app| {
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &json!({"title": {"en": "x"}}))));
    let change_request = || {
        let call =
            app.request("PATCH", &path).key(&app.key).if_match(Some("\"1\"")).header("idempotency-key", "p");
        call.body("application/merge-patch+json", r#"{"reliability": "press"}"#).send()
    };
    let first = change_request().expect(200);
    app.patch(&path, Some("\"2\""), &json!({"reliability": "other"})).expect(200);
    assert_eq!(change_request().expect(200).text, first.text);
    assert_eq!(app.get(&path).json()["reliability"], "other");
});

on_both!(a_refused_request_may_be_tried_again, empty, |app| {
    let wrong = json!({"title": {"en": "x"}, "reliability": "unknown"});
    post(app, "r", &wrong).expect(422);
    post(app, "r", &wrong).expect(422);
    post(app, "r", &json!({"title": {"en": "x"}})).expect(201);
    assert_eq!(change_count(app), 1);
});

on_both!(an_answer_is_forgotten_after_a_week, empty, |app| {
    let body = json!({"title": {"en": "x"}});
    let first = post(app, "w", &body).expect(201).json();
    app.clock.set("2026-11-29T11:59:00Z".parse().unwrap());
    assert_eq!(post(app, "w", &body).expect(201).json()["id"], first["id"]);
    app.clock.set("2026-11-29T12:00:01Z".parse().unwrap());
    assert_ne!(post(app, "w", &body).expect(201).json()["id"], first["id"]);
});

on_both!(of_many_at_once_one_is_done_and_the_others_are_told, empty, |app| {
    let body = json!({"title": {"en": "race"}});
    let answers: Vec<TestResponse> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..12).map(|_| scope.spawn(|| post(app, "race", &body))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let fresh = answers
        .iter()
        .filter(|answer| answer.status == 201 && answer.header("idempotency-replayed").is_none());
    assert_eq!(fresh.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (409, Some("request_in_flight")),
            "{}",
            answer.text
        );
    }
    assert_eq!(change_count(app), 1);
});

on_both!(a_key_is_made_once_and_its_text_is_not_kept, empty, |app| {
    let admin = app.new_key("registry", &["admin"], &[]);
    let body = json!({"name": "n", "origin": "clair", "scopes": ["write"]});
    let make = || {
        app.request("POST", "/v1/keys")
            .key(&admin)
            .header("idempotency-key", "k")
            .json(&body)
            .send()
            .expect(201)
    };
    let (first, again) = (make().json(), make().json());
    assert_eq!(first["id"], again["id"]);
    assert!(first["key"].is_string() && again.get("key").is_none());
});

on_both!(a_token_must_be_one, empty, |app| {
    for wrong in ["", "\"\"", &"x".repeat(256)] {
        assert_faults(
            post(app, wrong, &json!({"title": {"en": "x"}})),
            400,
            &[("Idempotency-Key", "invalid_header")],
        );
    }
    assert_eq!(change_count(app), 0);
});

on_both!(an_answer_that_showed_what_is_erased_is_gone, empty, |app| {
    let body = json!({"title": {"en": "private"}});
    let record = post(app, "e", &body).expect(201).json();
    let admin = app.new_key("registry", &["admin"], &[]);
    let path = format!("/v1/sources/{}?erase=true", id(&record));
    app.request("DELETE", &path).key(&admin).if_match(Some("*")).send().expect(204);
    let again = post(app, "e", &body).expect(410);
    assert_eq!(again.json()["code"], "erased");
    assert!(!again.text.contains("private"));
    assert_eq!(change_count(app), 2, "and it is not done again");
});
