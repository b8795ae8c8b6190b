//! Answers that are given again: always what would be answered now, whoever has written; and their codings.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{city, commune, create, partnership};
use serde_json::json;
use std::thread::sleep;
use std::time::Duration;

/// What is asked of both servers: records, lists, what is computed over the registry, forms in several languages.
const ADDRESSES: [(&str, &str); 20] = [
    ("/v1/authorities", ""),
    ("/v1/authorities?limit=2&sort=-updated_at", ""),
    ("/v1/authorities?sort=-updated_at&limit=2", ""),
    ("/v1/authorities?q=nancy&count=exact", ""),
    ("/v1/authorities/insee_com:54395", ""),
    ("/v1/authorities/insee_com:54395?include=partnerships", ""),
    ("/v1/authorities/insee_com:54395/versions", ""),
    ("/v1/authorities/insee_com:54395/owners", ""),
    ("/v1/partnerships?fields=label,version", ""),
    ("/v1/partnerships?valid_on=2020-01-01", ""),
    ("/v1/partnerships?format=csv", "fr"),
    ("/v1/partnerships?format=csv", "ja"),
    ("/v1/partnerships?format=jsonld", ""),
    ("/v1/partnerships?format=atom", "en"),
    ("/v1/search?q=kanazawa", ""),
    ("/v1/search/suggest?q=na", ""),
    ("/v1/statistics/partnerships", ""),
    ("/v1/timeline", ""),
    ("/v1/changes?limit=500", ""),
    ("/catalog.jsonld", ""),
];

/// What a server answers: status, body, and the headers that say what it is.
fn answer(app: &TestApp, path: &str, language: &str) -> (u16, String, Vec<Option<String>>) {
    let call = app.request("GET", path);
    let answer = if language.is_empty() { call } else { call.header("accept-language", language) }.send();
    let header = |name| answer.header(name).map(str::to_owned);
    let headers = ["etag", "content-type", "content-language", "link", "vary"].map(header);
    // The servers have addresses of their own; other forms tell them, and their tags are made of them.
    let text = answer.text.replace(&app.url, "http://here");
    let has_address = path.contains("format=") || !path.starts_with("/v1/");
    (answer.status, text, headers.into_iter().skip(usize::from(has_address)).collect())
}

on_both!(answers_that_are_kept_are_what_would_be_read_after_writes_at_random, empty, |app| {
    let uncached = app.start_second_server(0);
    let nancy = create(app, "authorities", &commune("54395", "Nancy"));
    let kanazawa = create(app, "authorities", &city("172014", "金沢市"));
    let [nancy, kanazawa] = [nancy, kanazawa].map(|record| record["id"].as_str().unwrap().to_owned());
    let mut pair =
        create(app, "partnerships", &partnership(&[&nancy, &kanazawa]))["id"].as_str().map(str::to_owned);
    let mut seed = 20_261_124_u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    for step in 0..120 {
        match random(5) {
            0 => {
                let name = json!({"name": {"fr": format!("Nancy {step}"), "ja": "ナンシー"}});
                app.patch(&format!("/v1/authorities/{nancy}"), Some("*"), &name).expect(200);
            }
            1 => {
                if let Some(id) = pair.take() {
                    app.delete(&format!("/v1/partnerships/{id}"), Some("*")).expect(204);
                } else {
                    let made = create(app, "partnerships", &partnership(&[&nancy, &kanazawa]));
                    pair = made["id"].as_str().map(str::to_owned);
                }
            }
            _ => {
                for _ in 0..=random(4) {
                    let (path, language) = ADDRESSES[random(20) as usize];
                    assert_eq!(
                        answer(app, path, language),
                        answer(&uncached, path, language),
                        "{step}: {path}"
                    );
                }
            }
        }
    }
});

on_both!(what_another_process_writes_is_seen_within_the_bound, seeded, |app| {
    let other = app.start_second_server(kakehashi::http::response_cache::DEFAULT_CACHE_MIB);
    let bound = kakehashi::db::log_head::VISIBILITY_DELAY;
    let made = create(app, "authorities", &commune("54547", "Vandœuvre-lès-Nancy"));
    let path = format!("/v1/authorities/{}", made["id"].as_str().unwrap());
    for number in 0..10 {
        sleep(Duration::from_millis(7 * number));
        other.get(&path);
        let name = json!({"name": {"fr": format!("Nancy {number}")}});
        app.patch(&path, Some("*"), &name).expect(200);
        sleep(bound);
        assert_eq!(other.get(&path).json()["name"], name["name"], "{number}");
    }
});

on_both!(the_day_ends_what_was_kept_on_it, seeded, |app| {
    let first = app.get("/v1/rencontres/number:9").expect(200).json();
    assert_eq!(app.get("/v1/rencontres/number:9").json(), first);
    app.clock.set("2099-01-01T00:00:00Z".parse().unwrap());
    let later = app.get("/v1/rencontres/number:9").expect(200).json();
    assert_eq!(
        (&first["confirmation_overdue"], &later["confirmation_overdue"]),
        (&json!(false), &json!(true))
    );
});

on_both!(an_answer_is_the_same_in_both_codings_under_tags_of_their_own, seeded, |app| {
    let packed = |path: &str| app.request("GET", path).header("accept-encoding", "br, gzip;q=0.8");
    for path in ["/v1/authorities", "/v1/people?format=csv", "/openapi.json", "/v1/snapshot", "/docs/"] {
        // The first is made, the second given again.
        for _ in 0..2 {
            let (plain, packed) = (app.get(path).expect(200), packed(path).send().expect(200));
            assert_eq!(plain.text, packed.text, "{path}");
            assert_eq!(plain.header("content-encoding"), None);
            for answer in [&plain, &packed] {
                let vary = answer.header("vary").unwrap_or_default().to_lowercase();
                assert!(vary.contains("accept-encoding"), "{path}: {vary}");
            }
            if plain.text.len() > 2048 {
                assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
            }
            if let (Some(etag), Some("gzip")) = (plain.header("etag"), packed.header("content-encoding")) {
                assert_eq!(packed.etag(), format!("{}-gzip\"", etag.trim_end_matches('"')), "{path}");
            }
        }
    }
    let record = "/v1/rencontres/number:9";
    let tag = packed(record).send().expect(200).etag().to_owned();
    assert!(tag.ends_with("-gzip\""), "{tag}");
    app.request("GET", record).header("if-none-match", &tag).send().expect(304);
    packed(record).header("if-none-match", app.get(record).etag()).send().expect(304);
    let id = app.get(record).json()["id"].as_str().unwrap().to_owned();
    let patch = json!({"occasion": {"fr": "Une occasion"}});
    app.patch(&format!("/v1/rencontres/{id}"), Some(&tag), &patch).expect(200);
    app.patch(&format!("/v1/rencontres/{id}"), Some(&tag), &patch).expect(412);
    app.request("GET", "/v1/authorities").header("accept-encoding", "gzip;q=0").send().expect(200);
});

on_both!(a_request_with_a_key_and_one_that_fails_are_answered_anew, seeded, |app| {
    let reader = app.new_key("reader", &["read"], &[]);
    let read = |key: &str| app.request("GET", "/v1/sources").key(key).send();
    app.get("/v1/sources").expect(200);
    read(&reader).expect(200);
    for _ in 0..2 {
        app.get("/v1/sources?sort=nothing").expect(400);
        app.get("/v1/sources/wikidata:Q1").expect(404);
    }
    let ids: Vec<_> =
        (0..2).map(|_| app.get("/v1/sources").header("x-request-id").unwrap().to_owned()).collect();
    assert_ne!(ids[0], ids[1]);
    let named = app.request("GET", "/v1/sources").header("x-request-id", "mine-1").send();
    assert_eq!(named.header("x-request-id"), Some("mine-1"));
});
