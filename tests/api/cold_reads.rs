//! Records and lists as they are written out of what is stored: the short ways say what the long ones say.

use crate::on_both;
use diesel::sql_types::Bool;
use kakehashi::db::sql::{SqlFragment, Statement};
use kakehashi::domain::kind::Kind;
use serde_json::{Value, json};

on_both!(a_record_is_the_same_text_alone_in_lists_and_with_all_its_members_chosen, seeded, |app| {
    for kind in Kind::ALL {
        let list = format!("/v1/{}?limit=500", kind.path());
        let text = app.get(&list).expect(200).text;
        let page: Value = serde_json::from_str(&text).unwrap();
        // Compact, members in order: the text is that of its value.
        assert_eq!(page.to_string(), text);
        let lines = app.get(&format!("{list}&format=ndjson")).expect(200).text;
        let lines: Vec<&str> = lines.lines().collect();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), lines.len(), "{kind:?}");
        for (item, line) in items.iter().zip(lines) {
            assert_eq!(item.to_string(), line);
            let href = format!("/v1/{}/{}", kind.path(), item["id"].as_str().unwrap());
            assert_eq!(app.get(&href).expect(200).text, line, "{href}");
        }
    }
});

on_both!(a_record_bears_today_s_name_of_what_it_refers_to, seeded, |app| {
    let list = app.get("/v1/partnerships?limit=1").expect(200).json();
    let (id, party) = (&list["items"][0]["id"], &list["items"][0]["parties"][0]["authority"]);
    let name = json!({"fr": "Ville \"{edtf}\" \\ {", "ja": "市"});
    let authority = format!("/v1/authorities/{}", party["id"].as_str().unwrap());
    let key = app.new_key("kakehashi", &["write", "override"], &[]);
    let renaming = app.request("PATCH", &format!("{authority}?force=true")).key(&key).if_match(Some("*"));
    renaming.body("application/merge-patch+json", &json!({"name": name}).to_string()).send().expect(200);
    let record = app.get(&format!("/v1/partnerships/{}", id.as_str().unwrap())).expect(200).json();
    assert_eq!(record["parties"][0]["authority"]["name"]["fr"], name["fr"]);
    assert_eq!(record["parties"][0]["authority"]["href"], authority);
    let listed = app.get("/v1/partnerships?limit=1").expect(200).json();
    assert_eq!(listed["items"][0], record);
});

on_both!(a_total_follows_every_write, empty, |app| {
    let total = |query: &str| {
        app.get(&format!("/v1/sources?count=exact&limit=1{query}")).expect(200).json()["page"]["total"]
            .clone()
    };
    let official = "&reliability=official";
    assert_eq!((total(""), total(official)), (json!(0), json!(0)));
    let mut sources = vec![];
    for reliability in ["official", "official", "press"] {
        let body = json!({"title": {"fr": "Rapport"}, "reliability": reliability});
        let made = app.post("/v1/sources", &body);
        sources.push(made.header("location").map(str::to_owned).expect("a location"));
        made.expect(201);
        assert_eq!(total(""), json!(sources.len()));
    }
    assert_eq!((total(official), total(official)), (json!(2), json!(2)));
    let path = |location: &str| location[location.find("/v1/").unwrap()..].to_owned();
    app.delete(&path(&sources[0]), Some("*")).expect(204);
    assert_eq!((total(""), total(official)), (json!(2), json!(1)));
    let next = app.get("/v1/sources?count=exact&limit=1").expect(200).json()["page"].clone();
    let next = app.get(next["next"].as_str().unwrap()).expect(200).json();
    assert_eq!(next["page"], json!({"limit": 1, "total": 2}));
});

on_both!(connections_that_the_server_has_closed_are_replaced_unnoticed, seeded, |app| {
    let one = app.get("/v1/sources?limit=1").expect(200).json()["items"][0]["id"].clone();
    let one = format!("/v1/sources/{}", one.as_str().unwrap());
    let requests = [one.as_str(), "/v1/sources?limit=2", "/v1/rencontres?limit=2", "/v1/sources?count=exact"];
    for path in requests {
        let before = app.get(path).expect(200).text;
        close_connections(app);
        assert_eq!(app.get(path).expect(200).text, before, "{path}");
    }
    close_connections(app);
    app.post("/v1/sources", &json!({"title": {"fr": "Rapport"}, "reliability": "press"})).expect(201);
});

/// Ends every session of this database but the one that does so. SQLite has none.
fn close_connections(app: &crate::support::TestApp) {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = app.db.read_streaming(move |tx| {
        use diesel::RunQueryDsl as _;
        Ok(match tx {
            kakehashi::db::conn::Conn::Sqlite(_) => vec![],
            kakehashi::db::conn::Conn::Postgres(_) => {
                Statement::<Bool>::new(SqlFragment::new(end)).load::<bool>(tx)?
            }
        })
    });
    let ended = actix_web::rt::System::new().block_on(ended).unwrap();
    assert!(ended.iter().all(|ended| *ended));
}
