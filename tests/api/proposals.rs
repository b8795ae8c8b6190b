//! What is refused names what was probably meant: a name or code that is near, the EDTF of a date as people write it, the
//! official code of which a zero or a check digit is missing.

use crate::on_both;
use crate::support::records::{assert_faults, commune, create, two_towns, with};
use crate::support::{TestApp, TestResponse};
use serde_json::{Value, json};

/// What is said of the first fault, in this language.
fn said(app: &TestApp, collection: &str, body: &Value, lang: &str) -> String {
    let call = app.request("POST", &format!("/v1/{collection}?lang={lang}")).key(&app.key).json(body);
    first(&call.send().expect(422))
}

fn first(answer: &TestResponse) -> String {
    answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned()
}

on_both!(a_date_as_people_write_it_is_refused_with_the_edtf_to_write, empty, |app| {
    let published = |text: &str, lang: &str| {
        said(app, "sources", &json!({"title": {"fr": "a"}, "published": {"edtf": text}}), lang)
    };
    for (text, edtf) in [
        ("juin 1990", "1990-06"),
        ("昭和33年6月15日", "1958-06-15"),
        ("1958/6/15", "1958-06-15"),
        ("été 2012", "2012-22"),
        ("1958年頃", "1958~"),
        ("S56.7.1", "1981-07-01"),
    ] {
        assert!(published(text, "en").ends_with(&format!(" Write `{edtf}`.")), "{}", published(text, "en"));
        assert!(published(text, "fr").ends_with(&format!(" Écrivez « {edtf} ».")));
        assert!(published(text, "ja").ends_with(&format!("「{edtf}」と書いてください。")));
        let edtf = json!({"title": {"fr": text}, "published": {"edtf": edtf}});
        create(app, "sources", &edtf);
        let filter = app.get(&format!("/v1/sources?published[within]={text}")).expect(400);
        assert!(first(&filter).contains("; write `"), "{}", filter.text);
    }
    let both = published("12/05/1958", "en");
    assert!(both.contains("Write `1958-05-12`. If the month comes first: `1958-12-05`."), "{both}");
    for text in ["昭和64年2月1日", "31 juin 1990", "hier", "2015-02-29"] {
        assert!(published(text, "en").ends_with(")."), "{}", published(text, "en"));
    }
});

on_both!(a_name_that_is_far_is_not_named, empty, |app| {
    let unknown = |query: &str| first(&app.get(&format!("/v1/sources?{query}")).expect(400));
    assert_eq!(unknown("dry_run=true"), "There is no parameter `dry_run` here.");
    assert!(unknown("sorte=title.fr").contains("the nearest is `sort`"));
    let member = |name: &str| said(app, "sources", &json!({"title": {"fr": "a"}, name: "x"}), "en");
    assert_eq!(member("couleur"), "There is no member `couleur` here.");
    assert_eq!(member("titel"), "There is no member `titel` here; the nearest is `title`.");
    assert_eq!(
        said(app, "sources", &json!({"title": {"fr": "a"}, "couleur": 1}), "fr"),
        "Le membre « couleur » n'existe pas ici."
    );
});

on_both!(a_code_is_found_by_its_label_in_any_language, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let parties = json!([{"authority": {"id": cannes}}, {"authority": {"id": shizuoka}}]);
    for (member, value, code) in [
        ("category", "jumelage", "twinning"),
        ("category", "姉妹都市", "twinning"),
        ("category", "sister city", "twinning"),
        ("status", "actif", "active"),
    ] {
        let body = with(
            &json!({"category": "twinning", "status": "active", "parties": parties}),
            &json!({member: value}),
        );
        let told = said(app, "partnerships", &body, "en");
        assert!(told.ends_with(&format!("the nearest is `{code}`.")), "{value}: {told}");
        let filter = app.get(&format!("/v1/partnerships?{member}={value}")).expect(400);
        assert!(first(&filter).ends_with(&format!("the nearest is `{code}`.")), "{}", filter.text);
    }
    let far = app.get("/v1/partnerships?category=zzz").expect(400);
    assert!(!first(&far).contains("nearest"), "{}", far.text);
});

on_both!(a_code_without_its_zero_or_check_digit_is_proposed, empty, |app| {
    let body = |scheme: &str, value: &str| {
        with(&commune("35238", "x"), &json!({"identifiers": [{"scheme": scheme, "value": value}]}))
    };
    let told = |scheme: &str, value: &str| said(app, "authorities", &body(scheme, value), "en");
    for (scheme, value, proposed) in [
        ("insee_com", "1053", vec!["`01053` (Bourg-en-Bresse"]),
        ("insee_com", "2a004", vec!["`2A004` (Ajaccio"]),
        ("dantai", "12203", vec!["`012203`", "士別市", "`122033`", "市川市"]),
        ("dantai", "41009", vec!["`041009`", "仙台市"]),
        ("dantai", "26100-9", vec!["`261009`", "京都市"]),
        ("dantai", "221006", vec!["`221007`", "静岡市"]),
    ] {
        let told = told(scheme, value);
        for part in proposed {
            assert!(told.contains(part), "{scheme}:{value}: {told}");
        }
        let path = app.get(&format!("/v1/authorities/{scheme}:{value}")).expect(404);
        assert!(path.json()["detail"].as_str().unwrap().contains("Is it `"), "{}", path.text);
        let filter = app.get(&format!("/v1/partnerships?authority={scheme}:{value}")).expect(400);
        assert_faults(filter, 400, &[("authority", "invalid_parameter")]);
        let partner = json!({"authority": {"id": format!("{scheme}:{value}")}, "title": {"fr": "a"}, "key_points": [{"fr": "b"}]});
        assert!(said(app, "good-practices", &partner, "fr").contains("Est-ce `"));
    }
    // What is right, or nobody's, is left alone; five digits without another meaning are completed.
    assert!(!told("insee_com", "99").contains("Is it"));
    app.get("/v1/partnerships?authority=insee_com:99999").expect(200);
    app.get("/v1/gazetteer/dantai:22100").expect(200);
});
