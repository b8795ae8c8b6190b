//! Local authorities: codes, levels, countries and parents that agree; who is near, has a partner, was host.

use crate::on_both;
use crate::support::records::{
    assert_faults, assert_invalid, city, commune, create, edition, id, items, partnership, sorted_labels,
    two_towns, with,
};
use serde_json::json;

on_both!(the_level_fits_the_country_and_the_code, empty, |app| {
    let post = |body| app.post("/v1/authorities", &body);
    let at = "/identifiers/0/value";
    assert_invalid(
        post(with(&commune("06029", "x"), &json!({"level": "town", "identifiers": []}))),
        &[("/level", "level_mismatch")],
    );
    assert_invalid(
        post(with(&city("221007", "x"), &json!({"level": "region", "identifiers": []}))),
        &[("/level", "level_mismatch")],
    );
    assert_invalid(post(city("220001", "x")), &[(at, "level_mismatch")]);
    assert_invalid(
        post(with(&city("221007", "x"), &json!({"level": "prefecture"}))),
        &[(at, "level_mismatch")],
    );
    assert_invalid(
        post(with(&city("221007", "x"), &json!({"level": "special_ward"}))),
        &[(at, "level_mismatch")],
    );
    assert_invalid(post(city("131016", "x")), &[(at, "level_mismatch")]);
    post(with(&city("131016", "Chiyoda"), &json!({"level": "special_ward"}))).expect(201);
    assert_invalid(
        post(with(&commune("06029", "x"), &json!({"level": "region"}))),
        &[(at, "level_mismatch")],
    );
    let japanese = json!({"identifiers": [{"scheme": "dantai", "value": "221007"}]});
    assert_invalid(post(with(&commune("06029", "x"), &japanese)), &[(at, "wrong_country")]);
    let french = json!({"identifiers": [{"scheme": "iso3166_2", "value": "FR-06"}, {"scheme": "siren", "value": "210600292"}]});
    assert_invalid(
        post(with(&city("221007", "x"), &french)),
        &[(at, "wrong_country"), ("/identifiers/1/value", "wrong_country")],
    );
});

on_both!(codes_agree_with_each_other_and_with_the_parent, empty, |app| {
    let prefecture = |dantai: &str, iso: &str| {
        json!({
            "identifiers": [{"scheme": "dantai", "value": dantai}, {"scheme": "iso3166_2", "value": iso}],
            "country": "JP", "level": "prefecture", "name": {"fr": "x"}
        })
    };
    assert_invalid(
        app.post("/v1/authorities", &prefecture("220001", "JP-23")),
        &[("/identifiers", "parent_mismatch")],
    );
    create(app, "authorities", &prefecture("220001", "JP-22"));
    let department = json!({"identifiers": [{"scheme": "insee_dep", "value": "06"}], "country": "FR", "level": "department", "name": {"fr": "x"}});
    create(app, "authorities", &department);
    let below =
        |body, parent: &str| app.post("/v1/authorities", &with(&body, &json!({"parent": {"id": parent}})));
    assert_invalid(below(city("231002", "Nagoya"), "dantai:220001"), &[("/parent", "parent_mismatch")]);
    assert_invalid(below(commune("13055", "Marseille"), "insee_dep:06"), &[("/parent", "parent_mismatch")]);
    below(city("221007", "Shizuoka"), "dantai:220001").expect(201);
    below(commune("06029", "Cannes"), "insee_dep:06").expect(201);
});

on_both!(no_authority_is_above_itself, empty, |app| {
    let region = |slug: &str| json!({"identifiers": [{"scheme": "slug", "value": slug}], "country": "FR", "level": "region", "name": {"fr": slug}});
    for slug in ["a", "b", "c"] {
        create(app, "authorities", &region(slug));
    }
    let under = |slug: &str, parent: &str| {
        app.patch(
            &format!("/v1/authorities/slug:{slug}"),
            Some("*"),
            &json!({"parent": {"id": format!("slug:{parent}")}}),
        )
    };
    assert_invalid(under("a", "a"), &[("/parent", "cycle")]);
    under("b", "a").expect(200);
    under("c", "b").expect(200);
    assert_invalid(under("a", "c"), &[("/parent", "cycle")]);
});

on_both!(numbers_and_places_have_their_bounds, empty, |app| {
    let post = |more| app.post("/v1/authorities", &with(&commune("06029", "x"), &more));
    assert_invalid(post(json!({"population": {"value": 5}})), &[("/population/as_of", "date_needed")]);
    assert_invalid(
        post(json!({"population": {"value": -1, "as_of": {"edtf": "2020"}}})),
        &[("/population/value", "out_of_range")],
    );
    assert_invalid(
        post(json!({"population": {"value": 1.5, "as_of": {"edtf": "2020"}}})),
        &[("/population/value", "wrong_type")],
    );
    assert_invalid(
        post(json!({"location": {"lat": 90.1, "lon": -180.1}, "area_km2": {"value": -1}})),
        &[
            ("/location/lat", "out_of_range"),
            ("/location/lon", "out_of_range"),
            ("/area_km2/value", "out_of_range"),
        ],
    );
    let alias =
        json!({"aliases": [{"text": {"fr": "x"}, "since": {"edtf": "2010"}, "until": {"edtf": "2009"}}]});
    assert_invalid(post(alias), &[("/aliases/0/until", "end_before_start")]);
    post(json!({"location": {"lat": -90, "lon": 180}, "area_km2": {"value": 0}})).expect(201);
});

on_both!(places_are_found_by_distance_and_by_box, empty, |app| {
    for (code, name, lat, lon) in [
        ("231002", "Nagoya", 35.1815, 136.9066),
        ("261009", "Kyoto", 35.0116, 135.7681),
        ("221007", "Shizuoka", 34.9756, 138.3828),
    ] {
        create(app, "authorities", &with(&city(code, name), &json!({"location": {"lat": lat, "lon": lon}})));
    }
    let fiji = json!({"identifiers": [], "country": "FR", "level": "commune", "location": {"lat": -14.3, "lon": -178.1}});
    create(app, "authorities", &with(&commune("98613", "Futuna"), &fiji));
    create(app, "authorities", &city("172014", "Kanazawa"));
    let near = |query: &str| sorted_labels(app, &format!("/v1/authorities?{query}"));
    assert_eq!(near("near=35.18,136.91,1"), ["Nagoya"]);
    assert_eq!(near("near=35.18,136.91,110"), ["Kyoto", "Nagoya"]);
    assert_eq!(near("near=35.18,136.91,140"), ["Kyoto", "Nagoya", "Shizuoka"]);
    assert_eq!(near("near=-14.3,179.9,300"), ["Futuna"]);
    assert_eq!(near("bbox=136,34,139,36"), ["Nagoya", "Shizuoka"]);
    assert_eq!(near("bbox=170,-20,-170,0"), ["Futuna"]);
    for wrong in ["near=35,136", "near=91,0,1", "near=35,136,-1", "bbox=1,2,3", "bbox=0,10,1,5", "near=a,b,c"]
    {
        let name = wrong.split('=').next().unwrap();
        assert_faults(app.get(&format!("/v1/authorities?{wrong}")), 400, &[(name, "invalid_parameter")]);
    }
});

on_both!(partners_and_hosts_are_found, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    create(app, "authorities", &commune("13055", "Marseille"));
    create(app, "partnerships", &partnership(&[&cannes, &shizuoka]));
    create(app, "rencontres", &edition(9, "planned", &cannes, "2026"));
    let asked = |query: &str| sorted_labels(app, &format!("/v1/authorities?{query}"));
    assert_eq!(asked("has_partner_in=JP"), ["Cannes"]);
    assert_eq!(asked("has_partner_in=FR"), ["Shizuoka"]);
    assert_eq!(asked("has_partner_in=FR,JP"), ["Cannes", "Shizuoka"]);
    assert_eq!(asked("hosted=true"), ["Cannes"]);
    assert_eq!(asked("hosted=false&country=FR"), ["Marseille"]);
    assert_faults(app.get("/v1/authorities?hosted=1"), 400, &[("hosted", "invalid_parameter")]);
    assert_faults(
        app.get("/v1/authorities?has_partner_in=DE"),
        400,
        &[("has_partner_in", "invalid_parameter")],
    );
});

on_both!(an_authority_that_was_merged_names_its_successor, empty, |app| {
    let [cannes, _] = two_towns(app);
    create(
        app,
        "authorities",
        &with(&commune("06150", "Ancienne"), &json!({"status": "merged", "successor": {"id": cannes}})),
    );
    create(
        app,
        "authorities",
        &with(&commune("06151", "Basse"), &json!({"parent": {"id": cannes}, "status": "active"})),
    );
    assert_eq!(sorted_labels(app, "/v1/authorities?successor=insee_com:06029"), ["Ancienne"]);
    assert_eq!(sorted_labels(app, "/v1/authorities?status=merged,abolished"), ["Ancienne"]);
    assert_eq!(sorted_labels(app, &format!("/v1/authorities?parent={cannes}")), ["Basse"]);
    assert_eq!(id(&items(app, "/v1/authorities?q=ancienne")[0]["successor"]), cannes);
});
