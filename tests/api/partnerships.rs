//! Partnerships: both countries, one open relation between the same authorities, a label made of the parties.

use crate::on_both;
use crate::support::records::{
    CANNES, SHIZUOKA, assert_invalid, change_count, citation, commune, create, id, partnership,
    sorted_labels, source, two_towns, with,
};
use serde_json::json;

on_both!(a_partnership_joins_both_countries, empty, |app| {
    two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    let post = |parties: &[&str]| app.post("/v1/partnerships", &partnership(parties));
    assert_invalid(post(&[CANNES, "insee_com:13055"]), &[("/parties", "both_sides")]);
    assert_invalid(post(&[SHIZUOKA]), &[("/parties", "both_sides")]);
    assert_invalid(post(&[CANNES, SHIZUOKA, CANNES]), &[("/parties/2/authority", "repeated")]);
    assert_eq!(post(&[]).expect(422).faults()[0].0, "/parties");
    post(&[CANNES, SHIZUOKA, "insee_com:13055"]).expect(201);
});

on_both!(the_same_authorities_have_one_open_partnership, empty, |app| {
    two_towns(app);
    let first = create(app, "partnerships", &partnership(&[CANNES, SHIZUOKA]));
    let again = partnership(&[SHIZUOKA, CANNES]);
    let problem = app.post("/v1/partnerships", &again).expect(409).json();
    assert_eq!((&problem["code"], &problem["existing"]["id"]), (&json!("parties_taken"), &first["id"]));
    app.post("/v1/partnerships", &with(&again, &json!({"status": "ended", "until": {"edtf": "1990"}})))
        .expect(201);
    app.patch(&format!("/v1/partnerships/{}", id(&first)), Some("*"), &json!({"status": "superseded"}))
        .expect(200);
    app.post("/v1/partnerships", &again).expect(201);
});

on_both!(the_status_and_the_dates_agree, empty, |app| {
    two_towns(app);
    let document = id(&source(app, "a", &json!({})));
    let path = "/v1/partnerships/slug:a";
    let put = |more| app.put(path, None, &with(&partnership(&[CANNES, SHIZUOKA]), &more));
    assert_invalid(put(json!({"status": "ended"})), &[("/status", "end_needed")]);
    assert_invalid(put(json!({"status": "dormant"})), &[("/status", "activity_needed")]);
    assert_invalid(
        put(json!({"since": {"edtf": "1991"}, "until": {"edtf": "1990"}})),
        &[("/until", "end_before_start")],
    );
    put(json!({"since": {"edtf": "1991-06"}, "until": {"edtf": "1991"}})).expect(201);
    put(json!({"status": "ended", "status_reason": {"fr": "x"}})).expect(200);
    put(json!({"status": "dormant", "last_activity": {"edtf": "2001"}})).expect(200);
    put(json!({"status": "dormant", "citations": [citation(&document, "/status", "q")]})).expect(200);
});

on_both!(a_nameless_partnership_is_called_after_its_parties, empty, |app| {
    two_towns(app);
    let made = create(app, "partnerships", &partnership(&[CANNES, SHIZUOKA]));
    assert_eq!(made["label"]["fr"], "Cannes – Shizuoka");
    let path = format!("/v1/partnerships/{}", id(&made));
    let before = change_count(app);
    app.patch("/v1/authorities/dantai:221007", Some("*"), &json!({"name": {"fr": "Suruga", "ja": "駿河"}}))
        .expect(200);
    let now = app.get(&path).json();
    assert_eq!(
        now["label"],
        json!({"fr": "Cannes – Suruga", "ja": "Cannes – 駿河", "en": "Cannes – Suruga"})
    );
    assert_eq!((&now["version"], change_count(app)), (&json!(1), before + 1));
    assert_eq!(sorted_labels(app, "/v1/partnerships?q=suruga"), ["Cannes – Suruga"]);
    assert_eq!(sorted_labels(app, "/v1/partnerships?q=shizuoka").len(), 0);
    let named = app.patch(&path, Some("\"1\""), &json!({"name": {"ja": "姉妹都市"}})).expect(200).json();
    assert_eq!(named["label"]["fr"], "姉妹都市");
});

on_both!(partnerships_are_found_by_party_level_and_region, seeded, |app| {
    let asked = |query: &str| sorted_labels(app, &format!("/v1/partnerships?{query}")).len();
    assert_eq!(asked("authority=insee_com:75056"), 2);
    assert_eq!(asked("region=insee_reg:11"), 2);
    assert_eq!(asked("region=dantai:220001"), 1);
    assert_eq!(asked("region=insee_reg:84"), 1);
    assert_eq!(asked("region=insee_reg:84,dantai:220001"), 2);
    assert_eq!(asked("region=insee_reg:44"), 0);
    assert_eq!(asked("level=region"), 1);
    assert_eq!(asked("level=commune"), 4);
    assert_eq!(asked("since[before]=1980"), 2);
    assert_eq!(asked("since[exists]=false"), 1);
    assert_eq!(asked("theme=economy&status=active"), 1);
});

on_both!(the_criteria_of_clair_are_told_one_by_one, empty, |app| {
    two_towns(app);
    let body = |criteria| with(&partnership(&[CANNES, SHIZUOKA]), &json!({"clair_criteria": criteria}));
    let wrong = app.post(
        "/v1/partnerships",
        &body(json!({"signed_by_heads": true, "assembly_approved": "maybe", "x": 1})),
    );
    assert_invalid(
        wrong,
        &[
            ("/clair_criteria/signed_by_heads", "wrong_type"),
            ("/clair_criteria/assembly_approved", "unknown_code"),
            ("/clair_criteria/x", "unknown_member"),
        ],
    );
    let told = json!({"signed_by_heads": "yes", "not_field_limited": "no", "assembly_approved": "unknown"});
    assert_eq!(create(app, "partnerships", &body(told.clone()))["clair_criteria"], told);
});
