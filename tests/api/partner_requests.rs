//! Partner requests: who looks for a partner, where and for what.

use crate::on_both;
use crate::support::records::{assert_invalid, create, id, items, sorted_labels, two_towns, with};
use serde_json::{Value, json};

fn request(authority: &str, wanted: &str, more: &Value) -> Value {
    let body = json!({"authority": {"id": authority}, "wanted_country": wanted, "text": {"fr": "Un échange sur le cinéma."}});
    with(&body, more)
}

on_both!(a_partner_is_wanted_in_the_other_country, empty, |app| {
    two_towns(app);
    assert_invalid(
        app.post("/v1/partner-requests", &json!({"themes": []})),
        &[("/authority", "required"), ("/wanted_country", "required"), ("/text", "required")],
    );
    for (authority, own, other) in [("insee_com:06029", "FR", "JP"), ("dantai:221007", "JP", "FR")] {
        let own = app.post("/v1/partner-requests", &request(authority, own, &json!({})));
        assert_invalid(own, &[("/wanted_country", "own_country")]);
        create(app, "partner-requests", &request(authority, other, &json!({})));
    }
});

on_both!(a_request_does_not_end_before_it_begins_nor_tell_a_mailbox, empty, |app| {
    two_towns(app);
    let wrong = json!({"opened": {"edtf": "2025"}, "closed": {"edtf": "2024-12"}, "text": {"fr": "Écrire à japon@cannes.example"}});
    assert_invalid(
        app.post("/v1/partner-requests", &request("insee_com:06029", "JP", &wrong)),
        &[("/closed", "end_before_start"), ("/text/fr", "private_contact")],
    );
    let same_year = json!({"opened": {"edtf": "2025"}, "closed": {"edtf": "2025"}});
    create(app, "partner-requests", &request("insee_com:06029", "JP", &same_year));
});

on_both!(a_request_is_called_after_who_looks_where, empty, |app| {
    let [cannes, _] = two_towns(app);
    let made = create(app, "partner-requests", &request(&cannes, "JP", &json!({})));
    let label = json!({
        "fr": "Cannes : partenaire recherché au Japon", "ja": "Cannes：日本の提携先を希望", "en": "Cannes: partner wanted in Japan"
    });
    assert_eq!(made["label"], label);
    app.patch(&format!("/v1/authorities/{cannes}"), Some("*"), &json!({"name": {"ja": "カンヌ"}}))
        .expect(200);
    let renamed = app.get(&format!("/v1/partner-requests/{}", id(&made))).expect(200).json();
    assert_eq!(
        (&renamed["label"]["ja"], &renamed["version"]),
        (&json!("カンヌ：日本の提携先を希望"), &json!(1))
    );
    let back = create(app, "partner-requests", &request("dantai:221007", "FR", &json!({})));
    assert_eq!(back["label"]["fr"], "Shizuoka : partenaire recherché en France");
});

on_both!(requests_are_found_by_who_where_and_what_for, empty, |app| {
    two_towns(app);
    create(
        app,
        "partner-requests",
        &request(
            "insee_com:06029",
            "JP",
            &json!({
                "themes": ["heritage"], "opened": {"edtf": "2024-04"}, "closed": {"edtf": "2025"}
            }),
        ),
    );
    create(app, "partner-requests", &request("dantai:221007", "FR", &json!({"opened": {"edtf": "2023"}})));
    let (cannes, shizuoka) =
        ("Cannes : partenaire recherché au Japon", "Shizuoka : partenaire recherché en France");
    for (query, label) in [
        ("wanted_country=JP", cannes),
        ("authority=dantai:221007", shizuoka),
        ("theme=culture", cannes),
        ("opened[before]=2024", shizuoka),
        ("closed[exists]=false", shizuoka),
        ("closed[within]=2025", cannes),
        ("q=cannes", cannes),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/partner-requests?{query}")), [label], "{query}");
    }
    let first = items(app, "/v1/partner-requests?sort=opened&limit=1");
    assert_eq!(first[0]["label"]["fr"], shizuoka);
});

on_both!(no_source_names_a_request_so_none_is_founded, seeded, |app| {
    assert_eq!(sorted_labels(app, "/v1/partner-requests"), Vec::<String>::new());
});
