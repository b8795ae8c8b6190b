//! More writes than can wait: each is answered, those that are acknowledged are in the log once, the others are told when
//! to come again.

use crate::on_both;
use crate::support::TestResponse;
use futures_util::future::{join, join_all};
use kakehashi::change_feed::verify;
use serde_json::json;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// More than may wait for either database.
const MANY: usize = 4096 + 256;
const CLIENTS: usize = 8;

on_both!(a_burst_beyond_the_queue_is_answered_whole, empty, |app| {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let (db, closed) = (app.db.clone(), gate.clone());
    let (gathered, here) = mpsc::channel();
    let crowd = thread::spawn(move || {
        let wait = move |_: &mut _| {
            let (open, opened) = &*closed;
            let patience = Duration::from_secs(20);
            drop(opened.wait_timeout_while(open.lock().unwrap(), patience, |open| !*open).unwrap());
            Ok(())
        };
        let crowd = join_all((0..MANY).map(|_| db.write(wait.clone())));
        let (answers, ()) =
            actix_web::rt::System::new().block_on(join(crowd, async { gathered.send(()).unwrap() }));
        answers.iter().filter(|answer| answer.is_err()).count()
    });
    here.recv().unwrap();
    let post = |client: usize, number: usize| {
        app.post("/v1/sources", &json!({"title": {"en": format!("{client} {number}")}}))
    };
    let burst = thread::scope(|scope| {
        let client = |client: usize| {
            let gate = &gate;
            scope.spawn(move || {
                let mut answers: Vec<TestResponse> = Vec::new();
                // Until the first refusal to anybody, and then until one is taken.
                for number in 0..2000 {
                    let answer = post(client, number);
                    let is_refused = answer.status == 503;
                    let ends = !is_refused && *gate.0.lock().unwrap();
                    answers.push(answer);
                    if ends {
                        break;
                    }
                    if is_refused {
                        *gate.0.lock().unwrap() = true;
                        gate.1.notify_all();
                        thread::sleep(Duration::from_millis(5));
                    }
                }
                answers
            })
        };
        let running: Vec<_> = (0..CLIENTS).map(client).collect();
        running.into_iter().flat_map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(crowd.join().unwrap() > 0, "all of the crowd found a place");
    let (taken, refused): (Vec<_>, Vec<_>) = burst.iter().partition(|answer| answer.status == 201);
    assert!(!taken.is_empty() && !refused.is_empty());
    for answer in refused {
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.text);
    }
    let mut ids: Vec<String> =
        taken.iter().map(|answer| answer.json()["id"].as_str().unwrap().to_owned()).collect();
    let log = app.get("/v1/changes?limit=500").expect(200).json();
    let mut logged: Vec<String> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    logged.sort();
    assert_eq!(ids, logged);
    let db = app.db.clone();
    let report = actix_web::rt::System::new().block_on(db.read_long(verify::verify)).unwrap();
    assert_eq!(report.errors, Vec::<String>::new());
});
