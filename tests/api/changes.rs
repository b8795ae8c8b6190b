//! The feed: every version in the order of the commits, cursors, waiting, events, snapshots, RPDE, how far readers are.

use crate::on_both;
use crate::support::TestApp;
use crate::support::records::{CANNES, assert_faults, create, id, partnership, source, two_towns, with};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A page of the feed.
#[track_caller]
fn page(app: &TestApp, path: &str) -> Value {
    app.get(path).expect(200).json()
}

fn next(page: &Value) -> &str {
    page["next"].as_str().unwrap()
}

/// Every change from an address on, a page at a time.
fn all(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut path, mut items) = (path.to_owned(), Vec::new());
    loop {
        let page = page(app, &path);
        items.extend(page["items"].as_array().unwrap().clone());
        next(&page).clone_into(&mut path);
        if page["has_more"] == false {
            return items;
        }
    }
}

on_both!(the_feed_tells_every_version_in_order, empty, |app| {
    let record = source(app, "one", &json!({}));
    let path = format!("/v1/sources/{}", id(&record));
    app.patch(&path, Some("\"1\""), &json!({"title": {"ja": "一"}, "reliability": "press"})).expect(200);
    app.patch(&path, Some("\"2\""), &json!({"reliability": "press"})).expect(200);
    app.delete(&path, Some("\"2\"")).expect(204);

    let feed = page(app, "/v1/changes");
    let told: Vec<_> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (item["seq"].as_i64().unwrap(), item["op"].as_str().unwrap(), item["version"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [(1, "create", 1), (2, "update", 2), (3, "delete", 3)],
        "what changes nothing is not told"
    );
    assert_eq!((&feed["has_more"], &feed["head"]), (&json!(false), &json!(3)));
    let [created, updated, deleted] = [0, 1, 2].map(|index| feed["items"][index].clone());
    assert_eq!(created["record"]["title"], json!({"fr": "one"}));
    assert_eq!(updated["record"]["version"], 2);
    assert_eq!(updated["changed"], json!(["/reliability", "/title/ja"]));
    assert_eq!((&updated["origin"], &updated["kind"]), (&json!("acme"), &json!("source")));
    assert!(deleted.get("record").is_none(), "{deleted}");
    assert_eq!(deleted["id"], record["id"]);

    let empty = page(app, next(&feed));
    assert_eq!((&empty["items"], next(&empty)), (&json!([]), next(&feed)), "an empty page is its own next");
});

on_both!(a_cursor_says_the_same_for_ever_and_pages_meet_without_gap, seeded, |app| {
    let whole = all(app, "/v1/changes?limit=1000");
    let seqs: Vec<i64> = whole.iter().map(|item| item["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=i64::try_from(whole.len()).unwrap()).collect::<Vec<_>>());
    for limit in [1, 7, 50] {
        assert_eq!(all(app, &format!("/v1/changes?limit={limit}")), whole, "{limit} at a time");
    }
    let first = page(app, "/v1/changes?limit=10");
    let again = page(app, next(&first));
    source(app, "later", &json!({}));
    let twice = page(app, next(&first));
    assert_eq!(twice["items"], again["items"]);
    let now = page(app, "/v1/changes?after=now");
    assert_eq!((&now["items"], now["head"].as_i64()), (&json!([]), Some(seqs[seqs.len() - 1] + 1)));
    source(app, "last", &json!({}));
    assert_eq!(page(app, next(&now))["items"][0]["record"]["title"], json!({"fr": "last"}));
});

on_both!(changes_are_chosen_by_kind_and_origin, seeded, |app| {
    let clair = app.new_key("clair", &["write"], &[]);
    let record = json!({"title": {"en": "x"}});
    app.request("POST", "/v1/sources").key(&clair).json(&record).send().expect(201);
    source(app, "mine", &json!({}));
    let kinds = |path: &str| {
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for item in all(app, path) {
            *kinds.entry(item["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        kinds
    };
    let some = kinds("/v1/changes?kind=rencontre,visit&limit=3");
    assert_eq!(some.keys().collect::<Vec<_>>(), ["rencontre", "visit"]);
    assert_eq!(some["rencontre"], 9);
    let origins = |path: &str, key: &str| {
        let page = app.request("GET", path).key(key).send().expect(200).json();
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["origin"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(origins("/v1/changes?exclude_origin=kakehashi", &app.key), ["clair", "acme"]);
    assert_eq!(origins("/v1/changes?exclude_origin=kakehashi&kind=visit", &app.key), [""; 0]);
    let without_self = origins("/v1/changes?exclude_origin=self&kind=source&limit=1000", &clair);
    assert!(without_self.contains(&"acme".to_owned()) && !without_self.contains(&"clair".to_owned()));
    app.get("/v1/changes?exclude_origin=self").expect(401);
});

on_both!(a_cursor_is_refused_where_it_would_lose_something, seeded, |app| {
    let cursor = |path: &str| {
        let next = next(&page(app, path)).to_owned();
        next.split("after=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    };
    let (whole, visits) = (cursor("/v1/changes?limit=5"), cursor("/v1/changes?kind=visit&limit=1"));
    app.get(&format!("/v1/changes?after={whole}&kind=visit")).expect(200);
    app.get(&format!("/v1/changes?after={visits}&kind=visit")).expect(200);
    for (wrong, why) in [
        (format!("/v1/changes?after={visits}"), "it left out the other kinds"),
        (format!("/v1/changes?after={visits}&kind=visit,session"), "it left out the sessions"),
        (format!("/v1/changes?after={whole}x"), "altered"),
        ("/v1/changes?after=bm90aGluZw".to_owned(), "made up"),
    ] {
        let problem = app.get(&wrong).expect(400);
        assert_eq!(problem.faults(), [("after".to_owned(), "invalid_cursor".to_owned())], "{why}");
        assert_eq!(problem.json()["resync"]["snapshot"], "/v1/snapshot", "{why}");
    }
    let list = page(app, "/v1/visits?limit=1")["page"]["next"].as_str().unwrap_or("cursor=x").to_owned();
    let list = list.split("cursor=").nth(1).unwrap().to_owned();
    app.get(&format!("/v1/changes?after={list}")).expect(400);
    for wrong in
        ["limit=0", "limit=1001", "wait=31", "wait=-1", "wait=x", "kind=visits", "exclude_origin=a b"]
    {
        let name = wrong.split('=').next().unwrap();
        assert_faults(app.get(&format!("/v1/changes?{wrong}")), 400, &[(name, "invalid_parameter")]);
    }
});

on_both!(a_restored_registry_tells_readers_of_before_to_start_again, seeded, |app| {
    let feed = page(app, "/v1/changes?limit=5");
    let new_epoch = |tx: &mut kakehashi::db::conn::Conn| {
        use diesel::prelude::*;
        use kakehashi::db::schema::settings;
        let row = diesel::update(settings::table.find("epoch"));
        Ok(row.set(settings::value.eq("another")).execute(tx).map(drop)?)
    };
    actix_web::rt::System::new().block_on(app.db.write(new_epoch)).unwrap();
    let problem = app.get(next(&feed)).expect(410).json();
    assert_eq!(
        (&problem["code"], &problem["resync"]["snapshot"]),
        (&json!("cursor_gone"), &json!("/v1/snapshot"))
    );
    let stream = next(&feed)
        .replace("/v1/changes?", "/v1/changes/stream?")
        .replace("&limit=5", "")
        .replace("limit=5&", "");
    assert_eq!(app.get(&stream).expect(410).json()["code"], "cursor_gone");
    app.get("/v1/changes").expect(200);
});

on_both!(a_reader_waits_for_the_next_change_and_no_longer, empty, |app| {
    let first = source(app, "one", &json!({}));
    let idle = page(app, "/v1/changes?after=now");
    let waiting = format!("{}&wait=20", next(&idle));
    let writer = std::thread::scope(|scope| {
        let waited: Vec<_> = (0..20)
            .map(|_| {
                let path = waiting.clone();
                scope.spawn(move || {
                    let start = Instant::now();
                    (page(app, &path), start.elapsed())
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(400));
        // While twenty wait, others are answered: nobody holds a connection.
        app.get(&format!("/v1/sources/{}", id(&first))).expect(200);
        let written = id(&source(app, "two", &json!({})));
        for reader in waited {
            let (page, time) = reader.join().unwrap();
            assert_eq!(page["items"][0]["id"], written.as_str());
            assert!(time >= Duration::from_millis(300) && time < Duration::from_secs(10), "{time:?}");
        }
        written
    });
    let start = Instant::now();
    let narrow = page(app, &format!("{}&wait=1&kind=visit", next(&page(app, "/v1/changes?after=now"))));
    assert_eq!(narrow["items"], json!([]));
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
    let start = Instant::now();
    assert_eq!(page(app, &waiting)["items"][0]["id"], writer.as_str());
    assert!(start.elapsed() < Duration::from_secs(2), "what is there already is not waited for");
});

/// Reads events of a stream until there are `count`: each is its id and its data.
fn events(app: &TestApp, path: &str, last: Option<&str>, count: usize) -> Vec<(String, Value)> {
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{last}\r\n").unwrap();
    let mut events = Vec::new();
    let mut id = String::new();
    for line in BufReader::new(stream).lines().map(Result::unwrap) {
        if let Some(value) = line.strip_prefix("id: ") {
            value.clone_into(&mut id);
        } else if let Some(data) = line.strip_prefix("data: ") {
            events.push((id.clone(), serde_json::from_str(data).unwrap()));
            if events.len() == count {
                break;
            }
        }
    }
    events
}

on_both!(a_stream_tells_changes_as_they_come_and_goes_on_after_an_interruption, empty, |app| {
    source(app, "one", &json!({}));
    source(app, "two", &json!({}));
    let live = std::thread::scope(|scope| {
        let reader = scope.spawn(|| events(app, "/v1/changes/stream", None, 3));
        std::thread::sleep(Duration::from_millis(500));
        source(app, "three", &json!({}));
        reader.join().unwrap()
    });
    let title = |event: &(String, Value)| event.1["record"]["title"]["fr"].as_str().unwrap().to_owned();
    assert_eq!(live.iter().map(title).collect::<Vec<_>>(), ["one", "two", "three"]);
    let resumed = events(app, "/v1/changes/stream?after=now", Some(&live[0].0), 2);
    assert_eq!(resumed, live[1..]);
    // The id of an event is a cursor of the feed.
    let page = page(app, &format!("/v1/changes?after={}", live[1].0));
    assert_eq!(page["items"][0], live[2].1);
    app.request("GET", "/v1/changes/stream").header("last-event-id", "x").send().expect(400);
});

/// The lines of a snapshot.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

on_both!(a_snapshot_is_every_record_and_the_feed_goes_on_from_it, seeded, |app| {
    let answer = app.get("/v1/snapshot").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let mut records = lines(&answer.text);
    let end = records.pop().unwrap();
    assert_eq!((&end["kind"], end["count"].as_u64()), (&json!("end"), Some(records.len() as u64)));
    assert_eq!(end["cursor"].as_str(), answer.header("change-cursor"));
    // The record of a snapshot is byte for byte that of its newest change.
    let newest: BTreeMap<String, Value> = all(app, "/v1/changes?limit=1000")
        .into_iter()
        .map(|item| (item["id"].as_str().unwrap().to_owned(), item["record"].clone()))
        .collect();
    for record in &records {
        assert_eq!(record.to_string(), newest[record["id"].as_str().unwrap()].to_string());
    }
    assert_eq!(records.len(), newest.len());
    let later = source(app, "later", &json!({}));
    let follow = format!("/v1/changes?after={}", answer.header("change-cursor").unwrap());
    let feed = page(app, &follow);
    assert_eq!(feed["items"].as_array().unwrap().len(), 1);
    assert_eq!(feed["items"][0]["id"], later["id"]);
    let narrow =
        app.request("GET", &format!("{follow}&exclude_origin=self&kind=source")).key(&app.key).send();
    assert_eq!(narrow.expect(200).json()["items"], json!([]));

    let visits = app.get("/v1/snapshot?kind=visit").expect(200);
    let end = lines(&visits.text).pop().unwrap();
    assert_eq!(
        lines(&visits.text).iter().filter(|line| line["kind"] == "visit").count() as u64,
        end["count"]
    );
    app.get(&format!("/v1/changes?after={}", end["cursor"].as_str().unwrap())).expect(400);
    app.get(&format!("/v1/changes?after={}&kind=visit", end["cursor"].as_str().unwrap())).expect(200);
    let head = app.request("HEAD", "/v1/snapshot").send();
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_faults(app.get("/v1/snapshot?kind=all"), 400, &[("kind", "invalid_parameter")]);
});

on_both!(rpde_tells_each_record_once_at_its_newest_change, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    let made = create(app, "partnerships", &partnership(&[&cannes, &shizuoka]));
    let path = format!("/v1/authorities/{cannes}");
    app.patch(&path, Some("\"1\""), &json!({"name": {"en": "Cannes"}})).expect(200);
    let feed = |path: &str| page(app, path);
    let first = feed("/v1/feeds/authorities/rpde");
    let told: Vec<_> = first["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert_eq!(told, [json!(shizuoka), json!(cannes)], "once each, in the order of the newest change");
    assert_eq!(first["items"][1]["modified"], 4);
    assert_eq!(first["items"][1]["data"]["name"]["en"], "Cannes");
    assert_eq!(first["license"], "https://creativecommons.org/licenses/by/4.0/");
    let next = first["next"].as_str().unwrap().strip_prefix(&app.url).unwrap();
    assert_eq!(next, "/v1/feeds/authorities/rpde?afterChangeNumber=4");
    let last = feed(next);
    assert_eq!((&last["items"], &last["next"]), (&json!([]), &first["next"]));
    app.delete(&format!("/v1/partnerships/{}", id(&made)), Some("*")).expect(204);
    let gone = feed("/v1/feeds/partnerships/rpde?afterChangeNumber=3");
    assert_eq!(gone["items"][0]["state"], "deleted");
    assert!(gone["items"][0].get("data").is_none());
    assert_eq!(feed("/v1/feeds/partnerships/rpde?afterChangeNumber=9007199254740991")["items"], json!([]));
    app.get("/v1/feeds/none/rpde").expect(404);
    assert_faults(
        app.get("/v1/feeds/visits/rpde?afterChangeNumber=-1"),
        400,
        &[("afterChangeNumber", "invalid_parameter")],
    );
});

on_both!(a_key_sees_how_far_it_has_read, seeded, |app| {
    let clair = app.new_key("clair", &["read"], &[]);
    let state = |key: &str| app.request("GET", "/v1/sync/status").key(key).send().expect(200).json();
    let before = state(&clair);
    assert_eq!(before["items"].as_array().unwrap().len(), 1);
    assert!(before["items"][0].get("last_read").is_none());
    assert_eq!(before["items"][0]["lag"]["changes"], before["head"]);
    app.request("GET", "/v1/changes?limit=40").key(&clair).send().expect(200);
    let after = state(&clair)["items"][0].clone();
    assert_eq!(after["last_read"]["seq"], 40);
    assert_eq!(after["lag"]["changes"].as_i64().unwrap(), before["head"].as_i64().unwrap() - 40);
    let cursor = after["last_read"]["cursor"].as_str().unwrap();
    assert_eq!(page(app, &format!("/v1/changes?after={cursor}&limit=1"))["items"][0]["seq"], 41);
    let other = state(&app.key);
    assert_eq!(other["items"].as_array().unwrap().len(), 1, "of itself only");
    let admin = app.new_key("kakehashi", &["admin"], &[]);
    let all = state(&admin)["items"].as_array().unwrap().clone();
    assert!(all.iter().any(|item| item["key"]["origin"] == "clair"), "{all:?}");
    app.get("/v1/sync/status").expect(401);
});

on_both!(renaming_a_partner_makes_no_change_of_the_partnership, empty, |app| {
    let [cannes, shizuoka] = two_towns(app);
    create(app, "partnerships", &with(&partnership(&[CANNES, &shizuoka]), &json!({})));
    app.patch(
        &format!("/v1/authorities/{cannes}"),
        Some("\"1\""),
        &json!({"name": {"fr": "Cannes-la-Bocca"}}),
    )
    .expect(200);
    let feed = all(app, "/v1/changes");
    let told: Vec<_> = feed.iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(told, ["authority", "authority", "partnership", "authority"]);
    assert!(
        feed[2]["record"].get("label").is_none(),
        "what is derived is not in the feed: {}",
        feed[2]["record"]
    );
});

on_both!(a_cursor_from_the_future_is_gone, empty, |app| {
    source(app, "one", &json!({}));
    source(app, "two", &json!({}));
    let newest = next(&page(app, "/v1/changes")).to_owned();
    // As after an older copy of the database was put in place without `kakehashi restore`.
    let older = |tx: &mut kakehashi::db::conn::Conn| {
        use diesel::prelude::*;
        use kakehashi::db::schema::{changes, feed_head};
        diesel::delete(changes::table.find(2_i64)).execute(tx)?;
        Ok(diesel::update(feed_head::table).set(feed_head::seq.eq(1_i64)).execute(tx).map(drop)?)
    };
    actix_web::rt::System::new().block_on(app.db.write(older)).unwrap();
    assert_eq!(app.get(&newest).expect(410).json()["code"], "cursor_gone");
});

on_both!(what_is_left_out_stays_out_and_hides_nothing_that_follows, empty, |app| {
    let clair = app.new_key("clair", &["write"], &[]);
    let first =
        app.request("GET", "/v1/changes?after=now&exclude_origin=self").key(&clair).send().expect(200).json();
    let follow = next(&first).to_owned();
    let read = || app.request("GET", &follow).key(&clair).send().expect(200).json();
    for title in ["a", "b"] {
        app.request("POST", "/v1/sources")
            .key(&clair)
            .json(&json!({"title": {"en": title}}))
            .send()
            .expect(201);
        let empty = read();
        assert_eq!(
            (&empty["items"], next(&empty)),
            (&json!([]), follow.as_str()),
            "its own changes are left out"
        );
    }
    let other = source(app, "other", &json!({}));
    for _ in 0..2 {
        assert_eq!(read()["items"][0]["id"], other["id"]);
    }
});
