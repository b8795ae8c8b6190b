//! Memoranda: parties, signatories and their mandates, renewals, follow-ups.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_invalid, commune, create, id, partnership, sorted_labels, two_towns, warnings,
    with,
};
use serde_json::{Value, json};

fn memorandum(title: &str, parties: &[&str]) -> Value {
    let parties: Vec<Value> =
        parties.iter().map(|id| json!({"party": {"id": id, "kind": "authority"}})).collect();
    json!({
        "identifiers": [{"scheme": "slug", "value": title}], "category": "twinning_oath", "title": {"fr": title},
        "status": "signed", "parties": parties
    })
}

on_both!(who_signed_a_text_stays_a_party_of_the_partnership, empty, |app| {
    two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    let joined = id(&create(app, "partnerships", &partnership(&[CANNES, SHIZUOKA])));
    let signed = with(&memorandum("signed", &[CANNES, SHIZUOKA]), &json!({"partnership": {"id": joined}}));
    create(app, "memoranda", &signed);
    let other = partnership(&["insee_com:13055", SHIZUOKA]);
    assert_invalid(
        app.put(&format!("/v1/partnerships/{joined}"), Some("*"), &other),
        &[("/parties", "party_signed")],
    );
    let more = partnership(&[CANNES, SHIZUOKA, "insee_com:13055"]);
    app.put(&format!("/v1/partnerships/{joined}"), Some("*"), &more).expect(200);
    app.put(&format!("/v1/partnerships/{joined}"), Some("*"), &partnership(&[CANNES, SHIZUOKA])).expect(200);
});

on_both!(who_signs_is_a_party_and_parties_are_of_the_partnership, empty, |app| {
    two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    let joined = id(&create(app, "partnerships", &partnership(&[CANNES, SHIZUOKA])));
    let stranger =
        with(&memorandum("a", &[CANNES, "insee_com:13055"]), &json!({"partnership": {"id": joined}}));
    assert_invalid(app.post("/v1/memoranda", &stranger), &[("/parties/1/party", "not_party_of_partnership")]);
    let signatory = json!({"signatories": [{"party": {"id": SHIZUOKA, "kind": "authority"}}]});
    assert_invalid(
        app.post("/v1/memoranda", &with(&memorandum("a", &[CANNES]), &signatory)),
        &[("/signatories/0/party", "not_a_party")],
    );
    assert_invalid(
        app.post("/v1/memoranda", &memorandum("a", &[CANNES, CANNES])),
        &[("/parties/1/party", "repeated")],
    );
    assert_eq!(app.post("/v1/memoranda", &memorandum("a", &[])).expect(422).faults()[0].0, "/parties");
    create(app, "memoranda", &with(&memorandum("a", &[CANNES]), &json!({"partnership": {"id": joined}})));
    assert_eq!(sorted_labels(app, &format!("/v1/memoranda?partnership={joined}")), ["a"]);
    assert_eq!(sorted_labels(app, "/v1/memoranda?authority=insee_com:13055").len(), 0);
});

on_both!(a_mandate_that_does_not_cover_the_signature_is_mentioned, empty, |app| {
    two_towns(app);
    let mayor = json!({"name": {"fr": "x"}, "mandates": [{"role": "mayor", "since": {"edtf": "2014"}, "until": {"edtf": "2020"}}]});
    let mayor = id(&create(app, "people", &mayor));
    let sign = |title: &str, signed: &str| {
        let more = json!({"signed": {"edtf": signed}, "signatories": [{"party": {"id": CANNES, "kind": "authority"}, "person": {"id": mayor}}]});
        warnings(&create(app, "memoranda", &with(&memorandum(title, &[CANNES]), &more)))
    };
    let outside = ("/signatories/0/person".to_owned(), "mandate_does_not_cover".to_owned());
    assert_eq!(sign("a", "2021-05"), std::slice::from_ref(&outside));
    assert_eq!(sign("b", "2013"), [outside]);
    assert_eq!(sign("c", "2020-12"), []);
    assert_eq!(sign("d", "202X"), []);
    assert_eq!(sorted_labels(app, &format!("/v1/memoranda?person={mayor}")).len(), 4);
});

on_both!(dates_follow_one_another, empty, |app| {
    two_towns(app);
    let dates = |signed: &str, from: &str, expires: &str| {
        with(
            &memorandum("a", &[CANNES]),
            &json!({"signed": {"edtf": signed}, "in_force_from": {"edtf": from}, "expires": {"edtf": expires}}),
        )
    };
    assert_invalid(
        app.post("/v1/memoranda", &dates("2021", "2020", "2022")),
        &[("/in_force_from", "end_before_start")],
    );
    assert_invalid(
        app.post("/v1/memoranda", &dates("2021", "2022", "2021")),
        &[("/expires", "end_before_start")],
    );
    create(app, "memoranda", &dates("2021", "2022", "2027"));
    assert_eq!(sorted_labels(app, "/v1/memoranda?expires[before]=2028&signed[within]=2021"), ["a"]);
    assert_eq!(sorted_labels(app, "/v1/memoranda?expires[before]=2027").len(), 0);
});

on_both!(a_text_does_not_renew_itself, empty, |app| {
    two_towns(app);
    create(app, "memoranda", &memorandum("a", &[CANNES]));
    create(app, "memoranda", &with(&memorandum("b", &[CANNES]), &json!({"renewal_of": {"id": "slug:a"}})));
    let back = json!({"renewal_of": {"id": "slug:b"}});
    assert_invalid(app.patch("/v1/memoranda/slug:a", Some("*"), &back), &[("/renewal_of", "cycle")]);
    assert_eq!(sorted_labels(app, "/v1/memoranda?renewal_of=slug:a"), ["b"]);
});

on_both!(follow_ups_say_something_and_are_found, empty, |app| {
    two_towns(app);
    let with_follow_ups =
        |title: &str, list: Value| with(&memorandum(title, &[CANNES]), &json!({"follow_ups": list}));
    assert_invalid(
        app.post("/v1/memoranda", &with_follow_ups("a", json!([{"leaders": []}]))),
        &[("/follow_ups/0", "empty")],
    );
    let wrong = json!([{"status": "late", "leaders": [{"id": "slug:none", "kind": "person"}, {"id": "slug:x", "kind": "visit"}]}]);
    let faults = app.post("/v1/memoranda", &with_follow_ups("a", wrong)).expect(422).faults();
    assert!(faults.contains(&("/follow_ups/0/status".into(), "unknown_code".into())), "{faults:?}");
    assert!(faults.contains(&("/follow_ups/0/leaders/1/kind".into(), "wrong_kind".into())), "{faults:?}");
    create(app, "memoranda", &with_follow_ups("a", json!([{"category": "visit", "status": "planned"}])));
    create(app, "memoranda", &with_follow_ups("b", json!([{"category": "meeting", "status": "done"}])));
    assert_eq!(sorted_labels(app, "/v1/memoranda?follow_up_status=planned"), ["a"]);
    assert_eq!(
        sorted_labels(app, "/v1/memoranda?follow_up_status=planned,done&follow_up_category=meeting"),
        ["b"]
    );
});
