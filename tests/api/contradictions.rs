//! What sources say over the whole registry, and where they disagree.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{assert_faults, citation, commune, create, id, items, source, with};
use serde_json::{Value, json};

fn contradictions(app: &TestApp, query: &str) -> Vec<Value> {
    items(app, &format!("/v1/contradictions?limit=500&{query}"))
}

/// The French name, the member, the difference.
fn told(all: &[Value]) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter()
        .map(|one| (text(&one["record"]["name"]["fr"]), text(&one["pointer"]), text(&one["difference"])))
        .collect()
}

on_both!(where_it_comes_from_that_paris_and_tokyo_have_been_partners_since_1982, seeded, |app| {
    let path = "/v1/partnerships/slug:paris-tokyo/citations?pointer=/since";
    let [only] = items(app, path).try_into().unwrap();
    assert!(only["quote"].as_str().unwrap().ends_with("avec le maire de Tokyo qui date de 1982."));
    assert_eq!(only["source"]["kind"], "source");
    assert_eq!((&only["rank"], &only["difference"]), (&json!("normal"), &json!("none")));
    assert!(only["note"]["en"].as_str().unwrap().contains("Anne Hidalgo"));
    let record = app.get("/v1/partnerships/slug:paris-tokyo").json();
    let all = items(app, "/v1/partnerships/slug:paris-tokyo/citations");
    assert_eq!(all.len(), record["citations"].as_array().unwrap().len());
    for (position, (listed, held)) in all.iter().zip(record["citations"].as_array().unwrap()).enumerate() {
        assert_eq!(listed["position"], position);
        for name in ["source", "quote", "pointer", "value", "origin", "certainty"] {
            assert_eq!(listed[name], held[name]);
        }
    }
    app.get("/v1/partnerships/slug:none/citations").expect(404);
    app.get("/v1/towns/slug:none/citations").expect(404);
});

on_both!(citations_are_listed_over_the_whole_registry, seeded, |app| {
    let count = |query: &str| {
        app.get(&format!("/v1/citations?count=exact&limit=1&{query}")).expect(200).json()["page"]["total"]
            .clone()
    };
    let mut held = 0;
    let mut names = 0;
    for kind in kakehashi::domain::kind::Kind::ALL {
        for record in items(app, &format!("/v1/{}?limit=500", kind.path())) {
            let citations = record["citations"].as_array().unwrap();
            held += citations.len();
            names +=
                citations.iter().filter(|one| one["pointer"].as_str().unwrap().starts_with("/name")).count();
        }
    }
    assert_eq!(count(""), held);
    assert_eq!(count("pointer=/name"), names);
    assert_eq!(count("reason=source_typo&kind=session"), 7);
    assert_eq!(count("source=slug:none"), 0);
    let mut walked = 0;
    let mut next = Some("/v1/citations?limit=100&source=slug:cuf-japan-country-group".to_owned());
    while let Some(path) = next {
        let page = app.get(&path).expect(200).json();
        walked += page["items"].as_array().unwrap().len();
        next = page["page"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(count("source=slug:cuf-japan-country-group"), walked);
    assert_faults(app.get("/v1/citations?rank=best"), 400, &[("rank", "invalid_parameter")]);
});

on_both!(the_inconsistencies_of_the_sources_are_told_worst_first, seeded, |app| {
    let all = contradictions(app, "");
    let severities: Vec<i64> = all.iter().map(|one| one["severity"].as_i64().unwrap()).collect();
    assert!(severities.is_sorted_by(|one, other| one >= other), "{severities:?}");
    let told = told(&all);
    let has = |name: &str, pointer: &str, difference: &str| {
        let found =
            told.iter().any(|(one, at, how)| one.contains(name) && at == pointer && how == difference);
        assert!(found, "{name} {pointer} {difference}: {told:#?}");
    };
    // Dates mistyped (I01, I02), a duration (I03), a missing year (I04, I06), precision (I05).
    has("Sengen", "/date", "date");
    has("8es Rencontres", "/dates", "date");
    has("Auvergne-Rhône-Alpes – Préfecture", "/since", "compatible");
    has("9es Rencontres", "/dates", "compatible");
    // Titles and identity (I07, I08), names of the same link (I09), wording (I10).
    has("Masuzoe", "/mandates/role", "value");
    has("Tokyo", "/level", "value");
    has("Paris – Kyoto", "/category", "value");
    has("8es Rencontres", "/theme/fr", "wording");
    // A rhythm that was not kept and dates given up (I11), what is older than its group (I12).
    has("7es Rencontres", "/dates", "date");
    has("1res Rencontres", "", "wording");
    has("Groupe-pays", "/founded", "date");

    let level = contradictions(app, "authority=dantai:130001&kind=authority&severity[gte]=4");
    let [level] = level.as_slice() else { panic!("{level:#?}") };
    assert_eq!((&level["reading"]["value"], &level["status"]), (&json!("prefecture"), &json!("explained")));
    assert!(level["reading"]["note"]["en"].as_str().unwrap().contains("no “city of Tokyo”"));
    let said: Vec<(&str, &Value)> = level["citations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["rank"].as_str().unwrap(), &one["value"]))
        .collect();
    assert_eq!(
        said,
        [("preferred", &Value::Null), ("deprecated", &json!("city")), ("deprecated", &json!("city"))]
    );
    let typos = contradictions(app, "reason=source_typo&kind=session");
    assert_eq!(typos.len(), 7);
    assert!(typos.iter().all(|one| one["pointer"] == "/date" && one["difference"] == "date"));
    let (open, explained) = (contradictions(app, "status=open"), contradictions(app, "status=explained"));
    assert_eq!(open.len() + explained.len(), all.len());
    assert!(open.iter().all(|one| one["status"] == "open"));
});

on_both!(contradictions_follow_the_record, empty, |app| {
    let document = id(&source(app, "a", &json!({})));
    let says = |value: &str| with(&citation(&document, "/level", value), &json!({"value": value}));
    let body =
        with(&commune("06029", "Cannes"), &json!({"citations": [says("commune"), says("metropolis")]}));
    create(app, "authorities", &body);
    let [one] = contradictions(app, "").try_into().unwrap();
    assert_eq!((&one["severity"], &one["status"]), (&json!(4), &json!("open")));
    assert_eq!(one["citations"][1]["quote"], "metropolis");
    assert_eq!(contradictions(app, "status=explained"), [] as [Value; 0]);
    let agreed = with(&body, &json!({"citations": [says("commune")]}));
    app.put("/v1/authorities/insee_com:06029", None, &agreed).expect(200);
    assert_eq!(contradictions(app, ""), [] as [Value; 0]);
    app.put("/v1/authorities/insee_com:06029", None, &body).expect(200);
    app.delete("/v1/authorities/insee_com:06029", Some("*")).expect(204);
    assert_eq!(contradictions(app, ""), [] as [Value; 0]);
    for (query, parameter) in [
        ("sort=name", "sort"),
        ("status=closed", "status"),
        ("severity[gte]=5", "severity[gte]"),
        ("kind=x", "kind"),
    ] {
        assert_faults(
            app.get(&format!("/v1/contradictions?{query}")),
            400,
            &[(parameter, "invalid_parameter")],
        );
    }
});

on_both!(citations_follow_a_source_that_is_merged_and_forget_what_is_erased, empty, |app| {
    let [loser, survivor] = ["a", "b"].map(|title| id(&source(app, title, &json!({}))));
    let admin = app.new_key("registry", &["admin"], &[]);
    let body =
        with(&commune("06029", "Cannes"), &json!({"citations": [citation(&loser, "/name", "Cannes")]}));
    create(app, "authorities", &body);
    let merge = app.request("POST", &format!("/v1/sources/{loser}/merge-into/{survivor}")).key(&admin);
    merge.header("if-match", "*").send().expect(200);
    let [one] = items(app, &format!("/v1/citations?source={survivor}")).try_into().unwrap();
    assert_eq!((&one["source"]["id"], &one["quote"]), (&json!(survivor), &json!("Cannes")));
    let erase = app.request("DELETE", "/v1/authorities/insee_com:06029?erase=true").key(&admin);
    erase.if_match(Some("*")).send().expect(204);
    assert_eq!(items(app, "/v1/citations"), [] as [Value; 0]);
    app.get("/v1/authorities/insee_com:06029/citations").expect(410);
});
