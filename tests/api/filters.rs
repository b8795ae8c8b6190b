//! Filtering, sorting and searching lists; the expected answers are computed here, so that both databases agree.

use crate::on_both;
use crate::support::records::{assert_faults, create, id, items, sorted_labels, source};
use kakehashi::domain::folding::collation_key;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// The values that a key compares; none is last.
fn keys(item: &Value, key: &str) -> Vec<Option<Value>> {
    let text = |text: String| vec![Some(Value::from(text))];
    match key {
        "name.fr" | "label.fr" | "title.fr" => text(collation_key(item["label"]["fr"].as_str().unwrap())),
        "name.ja" => text(collation_key(item["label"]["ja"].as_str().unwrap())),
        "population" => vec![item[key].get("value").cloned()],
        "number" | "position" | "updated_at" => vec![item.get(key).cloned()],
        _ => ["earliest", "latest"]
            .map(|bound| item.get(key).and_then(|date| date.get(bound)).cloned())
            .to_vec(),
    }
}

fn compare(one: Option<&Value>, other: Option<&Value>, descending: bool) -> Ordering {
    let (Some(one), Some(other)) = (one, other) else { return other.is_some().cmp(&one.is_some()) };
    let order = match (one, other) {
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (one, other) => one.as_i64().cmp(&other.as_i64()),
    };
    if descending { order.reverse() } else { order }
}

fn sorted(mut items: Vec<Value>, sort: &str) -> Vec<String> {
    items.sort_by(|one, other| {
        let by = |key: &str| {
            let (name, descending) = key.strip_prefix('-').map_or((key, false), |name| (name, true));
            let pairs = keys(one, name).into_iter().zip(keys(other, name));
            pairs
                .map(|(one, other)| compare(one.as_ref(), other.as_ref(), descending))
                .find(|order| order.is_ne())
        };
        sort.split(',').find_map(by).unwrap_or_else(|| id(one).cmp(&id(other)))
    });
    items.iter().map(id).collect()
}

/// Pages of 4 in this order, to the end.
fn listed(app: &crate::support::TestApp, collection: &str, sort: &str) -> Vec<String> {
    let mut next = Some(format!("/v1/{collection}?limit=4&sort={sort}"));
    let mut ids = Vec::new();
    while let Some(path) = next {
        let page = app.get(&path).expect(200).json();
        ids.extend(page["items"].as_array().unwrap().iter().map(id));
        next = page["page"]["next"].as_str().map(str::to_owned);
    }
    ids
}

on_both!(every_key_sorts_both_ways_with_unset_last_and_the_id_at_the_end, seeded, |app| {
    for (collection, sorts) in [
        ("authorities", "name.fr name.ja population updated_at"),
        ("organisations", "name.fr name.ja founded"),
        ("people", "name.fr name.ja updated_at"),
        ("partnerships", "since label.fr updated_at"),
        ("memoranda", "signed expires updated_at"),
        ("visits", "dates updated_at"),
        ("rencontres", "number dates updated_at"),
        ("sessions", "position date updated_at -date,position -position,-date,updated_at"),
        ("sources", "title.fr published updated_at"),
    ] {
        let all = items(app, &format!("/v1/{collection}?limit=500"));
        for sort in sorts.split(' ') {
            for sort in [sort.to_owned(), format!("-{}", sort.trim_start_matches('-'))] {
                assert_eq!(listed(app, collection, &sort), sorted(all.clone(), &sort), "{collection} {sort}");
            }
        }
    }
});

on_both!(unset_and_open_dates_sort_last_both_ways, empty, |app| {
    for date in ["", "2012/..", "2012", "../2010", "2012-05", "XXXX-05-19", ""] {
        let more = if date.is_empty() { json!({}) } else { json!({"published": {"edtf": date}}) };
        source(app, "x", &more);
    }
    let all = items(app, "/v1/sources");
    for sort in ["published", "-published", "title.fr", "-title.fr,published"] {
        assert_eq!(listed(app, "sources", sort), sorted(all.clone(), sort), "{sort}");
    }
    assert_faults(app.get("/v1/sources?sort=name"), 400, &[("sort", "invalid_parameter")]);
    assert_faults(
        app.get("/v1/sources?sort=published&sort=title.fr"),
        400,
        &[("sort", "repeated_parameter")],
    );
});

on_both!(values_are_alternatives_and_parameters_are_conditions, seeded, |app| {
    let count = |query: &str| items(app, &format!("/v1/authorities?limit=500&{query}")).len();
    assert_eq!(count("level=region"), 5);
    assert_eq!(count("level=prefecture"), 9);
    assert_eq!(count("level=region,prefecture"), 14);
    assert_eq!(count("level=region&level=prefecture"), 14);
    assert_eq!(count("level=region,prefecture&country=JP"), 9);
    assert_eq!(count("level=region&country=JP"), 0);
    assert_faults(app.get("/v1/authorities?level=region,county"), 400, &[("level", "invalid_parameter")]);
});

on_both!(a_broader_theme_matches_its_narrower_ones, empty, |app| {
    for (title, theme) in [("a", "automotive"), ("i", "industry"), ("e", "economy"), ("c", "culture")] {
        create(
            app,
            "visits",
            &json!({
                "category": "study_visit", "direction": "fr_to_jp", "title": {"fr": title},
                "dates": {"edtf": "2020"}, "themes": [theme]
            }),
        );
    }
    assert_eq!(sorted_labels(app, "/v1/visits?theme=automotive"), ["a"]);
    assert_eq!(sorted_labels(app, "/v1/visits?theme=industry"), ["a", "i"]);
    assert_eq!(sorted_labels(app, "/v1/visits?theme=economy"), ["a", "e", "i"]);
    assert_eq!(sorted_labels(app, "/v1/visits?theme=culture,automotive"), ["a", "c"]);
    assert_eq!(sorted_labels(app, "/v1/visits?theme=peace"), Vec::<String>::new());
});

on_both!(dates_are_compared_by_their_bounds, empty, |app| {
    for date in ["2010", "2015-06", "XXXX-05-19", "2012/..", "2013/2018", "../2009"] {
        source(app, date, &json!({"published": {"edtf": date}}));
    }
    source(app, "unset", &json!({}));
    let asked = |query: &str| sorted_labels(app, &format!("/v1/sources?published{query}"));
    assert_eq!(asked("[overlaps]=2010/2014"), ["2010", "2012/..", "2013/2018", "XXXX-05-19"]);
    assert_eq!(asked("[within]=2010/2019"), ["2010", "2013/2018", "2015-06"]);
    assert_eq!(asked("[before]=2012"), ["../2009", "2010"]);
    assert_eq!(asked("[after]=2011"), ["2012/..", "2013/2018", "2015-06"]);
    assert_eq!(asked("[after]=2012"), ["2013/2018", "2015-06"]);
    assert_eq!(asked("[overlaps]=2030"), ["2012/..", "XXXX-05-19"]);
    assert_eq!(asked("[overlaps]=../1900"), ["../2009", "XXXX-05-19"]);
    assert_eq!(asked("[within]=2012/.."), ["2012/..", "2013/2018", "2015-06"]);
    assert_eq!(asked("[within]=2010,2015&published[before]=2012"), ["2010"]);
    assert_eq!(asked("[within]=2010&published[within]=2015"), ["2010", "2015-06"]);
    assert_eq!(asked("[exists]=false"), ["unset"]);
    assert_eq!(asked("[exists]=true").len(), 6);
    assert_faults(
        app.get("/v1/sources?published[within]=2015-02-29"),
        400,
        &[("published[within]", "invalid_parameter")],
    );
    assert_faults(
        app.get("/v1/sources?published[exists]=yes"),
        400,
        &[("published[exists]", "invalid_parameter")],
    );
    assert_faults(app.get("/v1/sources?published=2015"), 400, &[("published", "unknown_parameter")]);
});

on_both!(numbers_have_bounds_and_may_be_unset, seeded, |app| {
    let numbers = |query: &str| {
        let items = items(app, &format!("/v1/rencontres?{query}"));
        items.iter().map(|item| item["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers("number[gte]=7"), [7, 8, 9]);
    assert_eq!(numbers("number[gte]=2&number[lte]=3"), [2, 3]);
    let populated =
        |exists: bool| sorted_labels(app, &format!("/v1/authorities?population[exists]={exists}&limit=500"));
    assert!(populated(true).contains(&"Cannes".into()));
    assert_eq!(populated(true).len() + populated(false).len(), 32);
    assert_faults(app.get("/v1/rencontres?number[gte]=x"), 400, &[("number[gte]", "invalid_parameter")]);
});

on_both!(times_of_change_bound_a_list, empty, |app| {
    source(app, "early", &json!({}));
    app.clock.set("2026-11-23T08:00:00Z".parse().unwrap());
    source(app, "late", &json!({}));
    assert_eq!(sorted_labels(app, "/v1/sources?updated_at[gte]=2026-11-23"), ["late"]);
    assert_eq!(sorted_labels(app, "/v1/sources?updated_at[lte]=2026-11-22T12:00:00Z"), ["early"]);
    assert_eq!(sorted_labels(app, "/v1/sources?updated_at[gte]=2026-11-22T12:00:00.000001Z"), ["late"]);
    assert_eq!(
        sorted_labels(app, "/v1/sources?updated_at[gte]=2026-11-22&updated_at[lte]=2026-11-24").len(),
        2
    );
    assert_faults(
        app.get("/v1/sources?updated_at[gte]=now"),
        400,
        &[("updated_at[gte]", "invalid_parameter")],
    );
});

on_both!(references_are_asked_for_by_id_and_by_identifier, seeded, |app| {
    let eighth = id(&app.get("/v1/rencontres/number:8").json());
    let programme = sorted_labels(app, "/v1/sessions?rencontre=number:8");
    assert!(programme.len() > 5);
    assert_eq!(sorted_labels(app, &format!("/v1/sessions?rencontre={eighth}")), programme);
    assert_eq!(sorted_labels(app, &format!("/v1/sessions?rencontre=number:9,{eighth}")), programme);
    assert_eq!(sorted_labels(app, "/v1/sessions?rencontre=number:99"), Vec::<String>::new());
    assert_eq!(sorted_labels(app, "/v1/rencontres?host=dantai:221007").len(), 1);
    assert_eq!(sorted_labels(app, "/v1/rencontres?host=dantai:221007&host=insee_com:06029").len(), 2);
    assert_faults(app.get("/v1/rencontres?host=Shizuoka"), 400, &[("host", "invalid_parameter")]);
    assert_faults(app.get("/v1/rencontres?identifier=8"), 400, &[("identifier", "invalid_parameter")]);
    assert_eq!(sorted_labels(app, "/v1/rencontres?identifier=number:8").len(), 1);
});

on_both!(a_search_folds_what_readers_do_not_type, empty, |app| {
    for (name, ja) in [
        ("Hideaki Ōmura", "大村秀章"),
        ("Île-de-France", "イル＝ド＝フランス"),
        ("Provence-Alpes-Côte d’Azur", "コート・ダジュール"),
        ("Sacré-Cœur", "ｻｸﾚｸｰﾙ"),
        ("Shizuoka", "静岡市"),
    ] {
        create(app, "people", &json!({"name": {"fr": name, "ja": ja}}));
    }
    for (query, name) in [
        ("omura", "Hideaki Ōmura"),
        ("Ohmura", "Hideaki Ōmura"),
        ("Oomura", "Hideaki Ōmura"),
        ("ＯＭＵＲＡ", "Hideaki Ōmura"),
        ("大村", "Hideaki Ōmura"),
        ("omura%20大村", "Hideaki Ōmura"),
        ("ile%20de%20france", "Île-de-France"),
        ("いる%20ふらんす", "Île-de-France"),
        ("cote%20d'azur", "Provence-Alpes-Côte d’Azur"),
        ("COTE", "Provence-Alpes-Côte d’Azur"),
        ("coeur", "Sacré-Cœur"),
        ("サクレ", "Sacré-Cœur"),
        ("静岡", "Shizuoka"),
        ("岡市", "Shizuoka"),
    ] {
        assert_eq!(sorted_labels(app, &format!("/v1/people?q={query}")), [name], "{query}");
    }
    assert_eq!(sorted_labels(app, "/v1/people?q=omura%20静岡"), Vec::<String>::new());
    assert_eq!(sorted_labels(app, "/v1/people?q=100%25_").len(), 0);
});

on_both!(a_search_reads_every_text_as_it_is_now, empty, |app| {
    let made = source(app, "Rapport", &json!({"publisher": {"ja": "自治体国際化協会"}}));
    assert_eq!(sorted_labels(app, "/v1/sources?q=国際"), ["Rapport"]);
    let path = format!("/v1/sources/{}", id(&made));
    app.patch(&path, Some("*"), &json!({"publisher": {"ja": "総務省"}})).expect(200);
    assert_eq!(sorted_labels(app, "/v1/sources?q=国際").len(), 0);
    assert_eq!(sorted_labels(app, "/v1/sources?q=総務&count=exact"), ["Rapport"]);
    app.delete(&path, Some("*")).expect(204);
    assert_eq!(sorted_labels(app, "/v1/sources?q=rapport").len(), 0);
});
