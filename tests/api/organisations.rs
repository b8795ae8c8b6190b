//! Organisations: members, presidencies, and no private address.

use crate::on_both;
use crate::support::records::{assert_invalid, create, sorted_labels, two_towns, warnings, with};
use serde_json::{Value, json};

fn group(slug: &str, more: &Value) -> Value {
    let body = json!({
        "identifiers": [{"scheme": "slug", "value": slug}], "category": "country_group", "name": {"fr": slug}
    });
    with(&body, more)
}

on_both!(no_private_address_is_kept, empty, |app| {
    let body = group(
        "a",
        &json!({
            "role": {"fr": "écrire à japon@cites.example"}, "objectives": [{"fr": "ok"}, {"ja": "電話 +81-54-221-1265"}],
            "contact": {"role": {"fr": "Référent, tél. +33 (0)1 53 41 81 81"}}
        }),
    );
    assert_invalid(
        app.post("/v1/organisations", &body),
        &[
            ("/role/fr", "private_contact"),
            ("/objectives/1/ja", "private_contact"),
            ("/contact/role/fr", "private_contact"),
        ],
    );
    let email = group("a", &json!({"contact": {"role": {"fr": "x"}, "email": "a@b.example"}}));
    assert_invalid(app.post("/v1/organisations", &email), &[("/contact/email", "unknown_member")]);
    create(
        app,
        "organisations",
        &group("a", &json!({"contact": {"role": {"fr": "Référent Japon"}, "url": "https://a.example/"}})),
    );
});

on_both!(presidencies_that_overlap_are_mentioned, empty, |app| {
    two_towns(app);
    let term = |since: &str, until: &str| json!({"authority": {"id": "insee_com:06029"}, "since": {"edtf": since}, "until": {"edtf": until}});
    let ask = |slug: &str, terms: Vec<Value>| {
        warnings(&create(app, "organisations", &group(slug, &json!({"presidencies": terms}))))
    };
    let overlap = ("/presidencies/1".to_owned(), "presidencies_overlap".to_owned());
    assert_eq!(ask("a", vec![term("2011", "2015"), term("2013", "2017")]), [overlap]);
    assert_eq!(ask("b", vec![term("2011", "2015"), term("2015", "2017")]), []);
    let backwards = group(
        "c",
        &json!({
            "presidencies": [term("2012", "2011")],
            "members": [{"member": {"id": "insee_com:06029", "kind": "authority"}, "since": {"edtf": "2012"}, "until": {"edtf": "2011"}}]
        }),
    );
    assert_invalid(
        app.post("/v1/organisations", &backwards),
        &[("/presidencies/0/until", "end_before_start"), ("/members/0/until", "end_before_start")],
    );
});

on_both!(no_organisation_is_part_of_itself, empty, |app| {
    create(app, "organisations", &group("a", &json!({})));
    create(app, "organisations", &group("b", &json!({"parent": {"id": "slug:a"}})));
    let up = json!({"parent": {"id": "slug:b"}});
    assert_invalid(app.patch("/v1/organisations/slug:a", Some("*"), &up), &[("/parent", "cycle")]);
    assert_eq!(sorted_labels(app, "/v1/organisations?parent=slug:a"), ["b"]);
});

on_both!(members_are_of_two_kinds_and_are_found, empty, |app| {
    two_towns(app);
    create(app, "organisations", &group("a", &json!({})));
    let member = |id: &str, kind: &str| json!({"members": [{"member": {"id": id, "kind": kind}, "role": "executive_city"}]});
    create(app, "organisations", &group("b", &member("insee_com:06029", "authority")));
    create(app, "organisations", &group("c", &member("slug:a", "organisation")));
    assert_eq!(sorted_labels(app, "/v1/organisations?member=insee_com:06029"), ["b"]);
    assert_eq!(sorted_labels(app, "/v1/organisations?member=slug:a,insee_com:06029"), ["b", "c"]);
    assert_eq!(sorted_labels(app, "/v1/organisations?role=executive_city").len(), 2);
    assert_invalid(
        app.post("/v1/organisations", &group("d", &member("slug:a", "person"))),
        &[("/members/0/member/kind", "wrong_kind")],
    );
    create(
        app,
        "authorities",
        &json!({
            "identifiers": [{"scheme": "slug", "value": "a"}], "country": "FR", "level": "region", "name": {"fr": "x"}
        }),
    );
    let unclear = group("e", &json!({"members": [{"member": {"id": "slug:a"}}]}));
    assert_invalid(app.post("/v1/organisations", &unclear), &[("/members/0/member/id", "kind_needed")]);
});
