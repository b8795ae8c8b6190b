//! Publications: dossiers and directories, by edition.

use crate::on_both;
use crate::support::records::{assert_invalid, create, id, items, sorted_labels, with};
use serde_json::{Value, json};

fn publication(title: &str, more: &Value) -> Value {
    with(&json!({"category": "report", "title": {"fr": title}}), more)
}

on_both!(a_publication_has_a_category_and_a_title, empty, |app| {
    assert_invalid(
        app.post(
            "/v1/publications",
            &json!({"published": {"edtf": "2022-13"}, "publisher": {"id": "slug:nobody"}}),
        ),
        &[("/category", "required"), ("/title", "required"), ("/published/edtf", "invalid_date")],
    );
    assert_invalid(
        app.post(
            "/v1/publications",
            &publication("a", &json!({"publisher": {"id": "slug:nobody"}, "languages": ["fr", "??"]})),
        ),
        &[("/languages/1", "bad_format"), ("/publisher/id", "no_such_reference")],
    );
});

on_both!(publications_are_found_by_what_who_and_when, empty, |app| {
    let body = json!({"category": "national_association", "name": {"fr": "CUF"}, "identifiers": [{"scheme": "slug", "value": "cuf"}]});
    let publisher = id(&create(app, "organisations", &body));
    for (title, more) in [
        ("a", json!({"category": "guide", "publisher": {"id": publisher}, "published": {"edtf": "2010"}})),
        (
            "b",
            json!({"publisher": {"id": "slug:cuf"}, "published": {"edtf": "2024-09"}, "languages": ["ja", "fr", "ja"]}),
        ),
        ("c", json!({})),
    ] {
        create(app, "publications", &publication(title, &more));
    }
    for (query, titles) in [
        ("category=guide", vec!["a"]),
        ("category=guide,report", vec!["a", "b", "c"]),
        ("publisher=slug:cuf", vec!["a", "b"]),
        ("published[within]=2024", vec!["b"]),
        ("published[exists]=false", vec!["c"]),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/publications?{query}")), titles, "{query}");
    }
    let newest = items(app, "/v1/publications?sort=-published");
    assert_eq!(newest[0]["languages"], json!(["fr", "ja"]));
    let titles: Vec<&str> = newest.iter().map(|item| item["title"]["fr"].as_str().unwrap()).collect();
    assert_eq!(titles, ["b", "a", "c"]);
});

on_both!(the_dossier_and_the_directory_stand_in_the_sources, seeded, |app| {
    let told: Vec<Value> = items(app, "/v1/publications?sort=published")
        .iter()
        .map(|item| {
            json!([
                item["category"],
                item["title"]["fr"],
                item["edition"]["fr"],
                item["published"]["edtf"],
                item["publisher"]["name"]["fr"]
            ])
        })
        .collect();
    let cuf = "Cités Unies France";
    let directory = "Répertoire des partenariats de coopération décentralisée franco-japonais";
    assert_eq!(
        told,
        [
            json!(["country_dossier", "Dossier-pays Japon", "cinquième édition", "2022-10", cuf]),
            json!(["directory", directory, "nouvelle édition", "2024-09", cuf]),
        ]
    );
    assert_eq!(sorted_labels(app, "/v1/publications?source=slug:cuf-japan-country-group").len(), 2);
});
