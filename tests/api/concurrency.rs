//! Writers at the same time: no record twice, no update lost, no reference to nothing, no hole in the log.

use crate::on_both;
use crate::support::{TestApp, TestResponse};
use kakehashi::change_feed::verify;
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

const THREADS: usize = 8;

/// Runs `work` in several threads that start together; gives their results.
fn together<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(threads);
    thread::scope(|scope| {
        let run = |number| {
            let (start, work) = (&start, &work);
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn count(answers: &[TestResponse], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// The log has the numbers 1 to n, and each record's versions in order.
#[track_caller]
fn assert_the_log_is_true(app: &TestApp) -> i64 {
    let db = app.db.clone();
    let report = actix_web::rt::System::new().block_on(db.read_long(verify::verify)).unwrap();
    assert_eq!(report.errors, Vec::<String>::new());
    report.head
}

fn city(name: &str) -> Value {
    json!({"country": "JP", "level": "city", "name": {"en": name}})
}

fn commune(name: &str) -> Value {
    json!({"country": "FR", "level": "commune", "name": {"en": name}})
}

fn partnership(french: &str, japanese: &str) -> Value {
    json!({
        "category": "twinning", "status": "active",
        "parties": [{"authority": {"id": french}}, {"authority": {"id": japanese}}]
    })
}

fn id(answer: &TestResponse) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

on_both!(upserts_of_one_identifier_make_one_record, empty, |app| {
    let answers = together(THREADS, |number| {
        app.put("/v1/authorities/dantai:221007", None, &{
            let mut body = city(&format!("Shizuoka {number}"));
            body["level"] = "designated_city".into();
            body
        })
    });
    assert_eq!((count(&answers, 201), count(&answers, 200)), (1, THREADS - 1), "{answers:?}");
    let list = app.get("/v1/authorities?count=exact").expect(200).json();
    assert_eq!(list["page"]["total"], 1);
    assert_eq!(list["items"][0]["version"], THREADS);
    assert_eq!(assert_the_log_is_true(app), i64::try_from(THREADS).unwrap());
});

on_both!(upserts_of_the_same_content_make_one_version, empty, |app| {
    let answers =
        together(THREADS, |_| app.put("/v1/sources/slug:one", None, &json!({"title": {"en": "One"}})));
    assert_eq!((count(&answers, 201), count(&answers, 200)), (1, THREADS - 1), "{answers:?}");
    assert_eq!(assert_the_log_is_true(app), 1);
});

on_both!(an_edition_is_made_once, empty, |app| {
    let host = id(&app.post("/v1/authorities", &commune("Cannes")).expect(201));
    let answers = together(THREADS, |number| {
        let body = json!({"number": 9, "status": "planned", "host": {"id": host}, "theme": {"en": format!("{number}")}});
        app.post("/v1/rencontres", &body)
    });
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, THREADS - 1), "{answers:?}");
    assert_the_log_is_true(app);
});

on_both!(patches_with_if_match_lose_no_update, empty, |app| {
    const ROUNDS: usize = 6;
    let path =
        format!("/v1/sources/{}", id(&app.post("/v1/sources", &json!({"title": {"en": "x"}})).expect(201)));
    let kept = together(THREADS, |number| {
        let mut kept = Vec::new();
        for round in 0..ROUNDS {
            let now = app.get(&path).expect(200);
            let token = format!("<{number}.{round}>");
            let title = format!("{}{token}", now.json()["title"]["en"].as_str().unwrap());
            let answer = app.patch(&path, Some(now.etag()), &json!({"title": {"en": title}}));
            match answer.status {
                200 => kept.push((token, answer.json()["version"].as_i64().unwrap())),
                412 => assert!(answer.json()["current_version"].as_i64() > now.json()["version"].as_i64()),
                _ => panic!("{answer:?}"),
            }
        }
        kept
    });
    let mut kept: Vec<_> = kept.into_iter().flatten().collect();
    kept.sort_by_key(|(_, version)| *version);
    let versions: Vec<i64> = kept.iter().map(|(_, version)| *version).collect();
    let expected: Vec<i64> = (2..).take(kept.len()).collect();
    assert_eq!(versions, expected, "each success is the next version");
    let title: String = kept.iter().map(|(token, _)| token.as_str()).collect();
    assert_eq!(app.get(&path).json()["title"]["en"], format!("x{title}"));
    assert_eq!(assert_the_log_is_true(app), i64::try_from(kept.len()).unwrap() + 1);
});

on_both!(of_posts_with_one_identifier_one_succeeds, empty, |app| {
    let answers = together(THREADS, |number| {
        let body =
            json!({"identifiers": [{"scheme": "acme", "value": "1"}], "title": {"en": format!("{number}")}});
        app.post("/v1/sources", &body)
    });
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, THREADS - 1), "{answers:?}");
    let made = answers.iter().find(|answer| answer.status == 201).unwrap();
    for answer in answers.iter().filter(|answer| answer.status == 409) {
        assert_eq!(answer.json()["existing"]["id"].as_str(), Some(id(made).as_str()), "{answer:?}");
    }
    assert_eq!(assert_the_log_is_true(app), 1);
});

on_both!(of_partnerships_of_the_same_parties_one_is_made, empty, |app| {
    let french = id(&app.post("/v1/authorities", &commune("Nancy")).expect(201));
    let japanese = id(&app.post("/v1/authorities", &city("Kanazawa")).expect(201));
    let answers = together(THREADS, |_| app.post("/v1/partnerships", &partnership(&french, &japanese)));
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, THREADS - 1), "{answers:?}");
    assert_eq!(assert_the_log_is_true(app), 3);
});

on_both!(a_record_is_deleted_or_referred_to_never_both, empty, |app| {
    let french = id(&app.post("/v1/authorities", &commune("Tours")).expect(201));
    for round in 0..10 {
        let japanese = id(&app.post("/v1/authorities", &city(&format!("City {round}"))).expect(201));
        let path = format!("/v1/authorities/{japanese}");
        let statuses = together(2, |number| match number {
            0 => app.delete(&path, Some("*")).status,
            _ => app.post("/v1/partnerships", &partnership(&french, &japanese)).status,
        });
        assert!([vec![204, 422], vec![409, 201]].contains(&statuses), "round {round}: {statuses:?}");
        let expected = if statuses == [204, 422] { 410 } else { 200 };
        app.get(&path).expect(expected);
    }
    assert_the_log_is_true(app);
});

on_both!(writes_of_every_sort_leave_a_log_without_holes, empty, |app| {
    together(THREADS, |number| {
        for round in 0..5 {
            let made =
                app.post("/v1/sources", &json!({"title": {"en": format!("{number} {round}")}})).expect(201);
            let path = format!("/v1/sources/{}", id(&made));
            app.post("/v1/sources", &json!({"titel": "refused"})).expect(422);
            app.patch(&path, Some("\"1\""), &json!({"title": {"fr": "deux"}})).expect(200);
            app.put("/v1/sources/slug:shared", None, &json!({"title": {"en": format!("{number} {round}")}}));
            if round % 2 == 0 {
                app.delete(&path, Some("\"2\"")).expect(204);
            }
        }
    });
    let shared = app.get("/v1/sources/slug:shared").expect(200).json()["version"].as_i64().unwrap();
    let made = i64::try_from(THREADS).unwrap();
    assert_eq!(assert_the_log_is_true(app), made * (5 + 5 + 3) + shared);
});
