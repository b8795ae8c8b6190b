//! What receivers get, when, and how often.

use super::receiver::{Message, Receiver};
use super::{seen, webhook};
use crate::on_both;
use crate::program::wait_until;
use crate::support::records::{change_count, commune, create, id, source};
use crate::support::{NOW, TestApp};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// Sets the clock to so many seconds after the start.
fn at(app: &TestApp, seconds: i64) {
    app.clock.set(now() + SignedDuration::from_secs(seconds));
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", id(webhook))
}

/// The deliveries of a webhook, the newest first.
#[track_caller]
fn deliveries(app: &TestApp, webhook: &Value) -> Vec<Value> {
    seen(app, &app.key, &format!("{}/deliveries", path(webhook)))["items"].as_array().unwrap().clone()
}

/// The statuses and attempts of the deliveries, the newest first.
#[track_caller]
fn states(app: &TestApp, webhook: &Value) -> Vec<(String, i64)> {
    let state = |one: &Value| (one["status"].as_str().unwrap().to_owned(), one["attempts"].as_i64().unwrap());
    deliveries(app, webhook).iter().map(state).collect()
}

/// Waits until the deliveries have these statuses and attempts, the newest first, each attempt written down.
#[track_caller]
fn wait_for(app: &TestApp, webhook: &Value, expected: &[(&str, i64)]) {
    let expected: Vec<_> = expected.iter().map(|(status, count)| ((*status).to_owned(), *count)).collect();
    let written =
        || deliveries(app, webhook).iter().all(|one| one["attempts"] == 0 || one["last_attempt"].is_object());
    wait_until(&format!("{expected:?}"), || states(app, webhook) == expected && written());
}

on_both!(a_change_is_told_with_a_signature_that_verifies, empty, |app| {
    let receiver = Receiver::start();
    source(app, "before", &json!({}));
    let hook = webhook(app, &app.key, &receiver.url(), &json!({"description": "test"}));
    let made = create(app, "authorities", &commune("06029", "Cannes"));
    let [message] = receiver.wait_for(1).try_into().unwrap();
    assert_eq!(
        message.json(),
        json!({"type": "authority.created", "timestamp": made["updated_at"], "data": {
            "seq": 2, "kind": "authority", "id": made["id"], "version": 1, "op": "create", "origin": "acme",
            "href": format!("/v1/authorities/{}", id(&made))}})
    );
    assert!(message.id().starts_with("msg_") && !message.id().contains('.'), "{}", message.id());
    assert_eq!(message.header("content-type"), "application/json");
    assert!(message.header("user-agent").starts_with("kakehashi/"));
    assert_eq!(message.seconds(), now().as_second());
    assert_eq!(message.signatures().len(), 1);
    assert!(message.is_signed_with(hook["secret"].as_str().unwrap()));
    wait_for(app, &hook, &[("delivered", 1)]);
    let [delivery] = deliveries(app, &hook).try_into().unwrap();
    assert_eq!(delivery["id"], message.id());
    let at = "2026-11-22T12:00:00.000000Z";
    assert_eq!(delivery["last_attempt"], json!({"at": at, "status": 204, "answer": ""}));
    let hook = seen(app, &app.key, &path(&hook));
    assert_eq!(hook["last_delivery"], json!({"at": at, "status": "delivered"}));
    receiver.stays_at(1);
});

on_both!(every_sort_of_change_is_told_and_names_the_one_before, empty, |app| {
    let receiver = Receiver::start();
    webhook(app, &app.key, &receiver.url(), &json!({"kinds": ["source"]}));
    let made = source(app, "one", &json!({}));
    let one = format!("/v1/sources/{}", id(&made));
    create(app, "authorities", &commune("06029", "Cannes"));
    app.patch(&one, Some("*"), &json!({"title": {"fr": "two"}})).expect(200);
    app.patch(&one, Some("*"), &json!({"title": {"fr": "two"}})).expect(200);
    app.delete(&one, Some("*")).expect(204);
    let mut messages = receiver.wait_for(3);
    messages.sort_by_key(Message::seq);
    let told: Vec<_> = messages.iter().map(Message::json).collect();
    let told: Vec<_> = told
        .iter()
        .map(|message| {
            (message["type"].as_str().unwrap(), &message["data"]["seq"], &message["data"]["previous_seq"])
        })
        .collect();
    assert_eq!(
        told,
        [
            ("source.created", &json!(1), &Value::Null),
            ("source.updated", &json!(3), &json!(1)),
            ("source.deleted", &json!(4), &json!(3))
        ]
    );
    receiver.stays_at(3);
});

on_both!(a_webhook_hears_of_what_it_asks_for, empty, |app| {
    let receivers: Vec<Receiver> = (0..6).map(|_| Receiver::start()).collect();
    let filters = [
        json!({}),
        json!({"kinds": ["person", "source"]}),
        json!({"ops": ["update", "delete"]}),
        json!({"exclude_origin": "self"}),
        json!({"exclude_origin": "cuf"}),
        json!({"kinds": ["source"], "ops": ["create"], "exclude_origin": "self"}),
    ];
    for (receiver, filter) in receivers.iter().zip(&filters) {
        webhook(app, &app.key, &receiver.url(), filter);
    }
    let other = app.new_key("cuf", &["write"], &[]);
    let made = source(app, "1, by acme", &json!({}));
    app.patch(&format!("/v1/sources/{}", id(&made)), Some("*"), &json!({"title": {"fr": "2"}})).expect(200);
    create(app, "authorities", &commune("06029", "3, by acme"));
    let body = json!({"title": {"fr": "4, by cuf"}});
    app.request("POST", "/v1/sources").key(&other).json(&body).send().expect(201);
    create(app, "people", &json!({"name": {"fr": "5, by acme"}}));
    let expected = [&[1, 2, 3, 4, 5][..], &[1, 2, 4, 5], &[2], &[4], &[1, 2, 3, 5], &[4]];
    for ((receiver, expected), filter) in receivers.iter().zip(expected).zip(&filters) {
        wait_until(&format!("{filter}: {expected:?}"), || receiver.seqs() == expected);
    }
});

on_both!(both_secrets_sign_for_a_day_after_a_rotation, empty, |app| {
    let receiver = Receiver::start();
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    at(app, 60);
    let rotate = format!("{}/rotate-secret", path(&hook));
    let rotated = app.request("POST", &rotate).key(&app.key).send().expect(200).json();
    assert_eq!(rotated["updated_at"], "2026-11-22T12:01:00.000000Z");
    let [old, new] = [&hook, &rotated].map(|hook| hook["secret"].as_str().unwrap().to_owned());
    assert_ne!(old, new);
    assert!(seen(app, &app.key, &path(&hook)).get("secret").is_none());
    at(app, 60 + 86_399);
    source(app, "one", &json!({}));
    let message = receiver.wait_for(1).remove(0);
    assert_eq!(message.signatures().len(), 2);
    assert!(message.is_signed_with(&old) && message.is_signed_with(&new));
    wait_for(app, &hook, &[("delivered", 1)]);
    at(app, 60 + 86_400);
    source(app, "two", &json!({}));
    let message = receiver.wait_for(2).remove(1);
    assert_eq!(message.signatures().len(), 1);
    assert!(!message.is_signed_with(&old) && message.is_signed_with(&new));
});

on_both!(a_failing_receiver_is_tried_ten_times_over_three_days, empty, |app| {
    let receiver = Receiver::start();
    receiver.answers("500 Internal Server Error");
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    source(app, "one", &json!({}));
    wait_for(app, &hook, &[("pending", 1)]);
    let mut time = 0;
    for (attempt, wait) in (2..).zip([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]) {
        let due = || {
            let due = deliveries(app, &hook)[0]["next_attempt_at"].clone();
            due.as_str().unwrap().parse::<Timestamp>().unwrap().as_second() - now().as_second()
        };
        wait_until("the failure is noted", || due() > time);
        let due = due();
        assert!((time + wait..=time + wait + wait / 5 + 1).contains(&due), "attempt {attempt}: {due} {time}");
        if attempt < 4 {
            at(app, time + wait - 1);
            receiver.stays_at(attempt - 1);
        }
        time = due + 1;
        at(app, time);
        receiver.wait_for(attempt);
        let status = if attempt == 10 { "failed" } else { "pending" };
        wait_for(app, &hook, &[(status, i64::try_from(attempt).unwrap())]);
    }
    assert!((3 * 86_400..4 * 86_400).contains(&time), "{time}");
    at(app, time + 10 * 86_400);
    receiver.stays_at(10);
    let messages = receiver.messages();
    let mut signatures = std::collections::HashSet::new();
    for (before, message) in messages.iter().zip(&messages[1..]) {
        assert_eq!((message.id(), &message.body), (before.id(), &before.body));
        assert!(message.seconds() > before.seconds());
        assert!(message.is_signed_with(hook["secret"].as_str().unwrap()));
        assert!(signatures.insert(message.signatures()[0]));
    }
    let [delivery] = deliveries(app, &hook).try_into().unwrap();
    assert_eq!((&delivery["last_attempt"]["status"], delivery.get("next_attempt_at")), (&json!(500), None));
    assert_eq!(seen(app, &app.key, &path(&hook))["last_delivery"]["status"], "failed");
    receiver.answers("200 OK");
    source(app, "two", &json!({}));
    receiver.wait_for(11);
    wait_for(app, &hook, &[("delivered", 1), ("failed", 10)]);
});

on_both!(a_receiver_that_is_gone_is_left_alone, empty, |app| {
    let receiver = Receiver::start();
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    receiver.answers("503 Service Unavailable");
    source(app, "one", &json!({}));
    wait_for(app, &hook, &[("pending", 1)]);
    receiver.answers("410 Gone");
    source(app, "two", &json!({}));
    wait_for(app, &hook, &[("failed", 1), ("failed", 1)]);
    let disabled = seen(app, &app.key, &path(&hook));
    assert_eq!((&disabled["enabled"], disabled["disabled_reason"].is_string()), (&json!(false), true));
    source(app, "three", &json!({}));
    at(app, 3600);
    receiver.stays_at(2);
    receiver.answers("200 OK");
    let enabled = app.patch(&path(&hook), None, &json!({"enabled": true})).expect(200).json();
    assert_eq!((&enabled["enabled"], enabled.get("disabled_reason")), (&json!(true), None));
    assert_eq!(receiver.wait_for(3)[2].seq(), 3);
    wait_for(app, &hook, &[("delivered", 1), ("failed", 1), ("failed", 1)]);
});

on_both!(a_damaged_webhook_is_named_and_sent_nothing, empty, |app| {
    let (receiver, other) = (Receiver::start(), Receiver::start());
    let filtered = json!({"kinds": ["rencontre"], "ops": ["delete"], "exclude_origin": "self"});
    let hook = webhook(app, &app.key, &receiver.url(), &filtered);
    let sound_key = app.new_key("sound", &["write"], &[]);
    let sound = webhook(app, &sound_key, &other.url(), &json!({}));
    let url = receiver.url();
    let damages = [
        "{".to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
        json!({"url": url, "kinds": "rencontre", "ops": []}).to_string(),
        json!({"url": url, "kinds": ["rencontres"], "ops": []}).to_string(),
        json!({"url": url, "kinds": [], "ops": [7]}).to_string(),
        json!({"url": url, "kinds": [], "ops": [], "exclude_origin": {}}).to_string(),
    ];
    for (index, damaged) in damages.iter().enumerate() {
        let statement =
            format!("UPDATE webhooks SET content = '{damaged}', enabled = 1 WHERE origin = 'acme'");
        crate::verify::execute(&app.database_url, &statement);
        source(app, &format!("s{index}"), &json!({}));
        let told = other.wait_for(index + 1);
        assert_eq!(told.last().unwrap().json()["data"]["kind"], "source", "the others are told");
        let hook = path(&hook);
        let replay = app.request("POST", &format!("{hook}/replay")).key(&app.key);
        for answer in [
            app.request("GET", &hook).key(&app.key).send(),
            app.request("GET", "/v1/webhooks").key(&app.key).send(),
            app.request("PATCH", &hook).key(&app.key).json(&json!({"enabled": true})).send(),
            replay.json(&json!({"after_seq": 0})).send(),
        ] {
            let problem = answer.expect(500).json();
            assert_eq!(problem["code"], "damaged_record", "{damaged}");
            assert!(
                problem["detail"].as_str().unwrap().contains(&format!("webhook {}", &hook[13..])),
                "{problem}"
            );
        }
    }
    receiver.stays_at(0);
    assert_eq!(seen(app, &sound_key, &path(&sound))["enabled"], true);
    app.request("DELETE", &path(&hook)).key(&app.key).send().expect(204);
    assert_eq!(seen(app, &app.key, "/v1/webhooks")["items"], json!([]));
});

on_both!(no_redirect_is_followed, empty, |app| {
    let (receiver, other) = (Receiver::start(), Receiver::start());
    receiver.answers(&format!("307 Temporary Redirect\r\nlocation: {}", other.url()));
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    source(app, "one", &json!({}));
    wait_for(app, &hook, &[("pending", 1)]);
    assert_eq!(deliveries(app, &hook)[0]["last_attempt"]["status"], 307);
    other.stays_at(0);
});

on_both!(a_dead_receiver_delays_no_other_and_is_tried_twice_at_once, empty, |app| {
    let (dead, alive) = (Receiver::start(), Receiver::start());
    dead.is_dead();
    webhook(app, &app.key, &dead.url(), &json!({}));
    webhook(app, &app.key, &alive.url(), &json!({}));
    let started = std::time::Instant::now();
    for number in 0..10 {
        source(app, &number.to_string(), &json!({}));
    }
    alive.wait_for(10);
    // A dead receiver holds an attempt for ten seconds.
    assert!(started.elapsed().as_secs() < 8, "{:?}", started.elapsed());
    assert_eq!(alive.seqs(), (1..=10).collect::<Vec<_>>());
    dead.stays_at(2);
});

on_both!(what_happens_while_a_webhook_is_disabled_is_told_afterwards, empty, |app| {
    let receiver = Receiver::start();
    let hook = webhook(app, &app.key, &receiver.url(), &json!({"enabled": false}));
    // More than is noted at a time.
    for number in 0..130 {
        source(app, &number.to_string(), &json!({}));
    }
    receiver.stays_at(0);
    app.patch(&path(&hook), None, &json!({"enabled": true})).expect(200);
    receiver.wait_for(130);
    assert_eq!(receiver.seqs(), (1..=130).collect::<Vec<_>>());
});

on_both!(one_delivery_is_sent_again_on_demand, empty, |app| {
    let receiver = Receiver::start();
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    source(app, "one", &json!({}));
    wait_for(app, &hook, &[("delivered", 1)]);
    let one = format!("{}/deliveries/{}", path(&hook), id(&deliveries(app, &hook)[0]));
    assert_eq!(seen(app, &app.key, &one), deliveries(app, &hook)[0]);
    at(app, 100);
    let replay =
        |status: u16| app.request("POST", &format!("{one}/replay")).key(&app.key).send().expect(status);
    assert_eq!(replay(202).json()["status"], "pending");
    let messages = receiver.wait_for(2);
    assert_eq!(messages[0].id(), messages[1].id());
    assert_eq!(messages[1].seconds(), now().as_second() + 100);
    wait_for(app, &hook, &[("delivered", 1)]);
    // One that waits is due at once, and goes on counting.
    receiver.answers("500 Internal Server Error");
    source(app, "two", &json!({}));
    wait_for(app, &hook, &[("pending", 1), ("delivered", 1)]);
    let two = format!("{}/deliveries/{}/replay", path(&hook), id(&deliveries(app, &hook)[0]));
    app.request("POST", &two).key(&app.key).send().expect(202);
    wait_for(app, &hook, &[("pending", 2), ("delivered", 1)]);
});

on_both!(changes_are_sent_again_from_a_number_on, empty, |app| {
    let receiver = Receiver::start();
    for number in 1..=3 {
        source(app, &number.to_string(), &json!({}));
    }
    create(app, "people", &json!({"name": {"fr": "4"}}));
    let hook = webhook(app, &app.key, &receiver.url(), &json!({"kinds": ["source"]}));
    source(app, "5", &json!({}));
    receiver.wait_for(1);
    wait_for(app, &hook, &[("delivered", 1)]);
    let replay = |after: i64| {
        let call = app.request("POST", &format!("{}/replay", path(&hook))).key(&app.key);
        call.json(&json!({"after_seq": after})).send().expect(202).json()["count"].clone()
    };
    assert_eq!(replay(1), 3);
    let messages = receiver.wait_for(4);
    let mut told: Vec<_> = messages[1..]
        .iter()
        .map(|message| (message.seq(), message.json()["data"]["previous_seq"].as_i64()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [(2, None), (3, Some(2)), (5, Some(3))]);
    let again = messages[1..].iter().find(|message| message.seq() == 5).unwrap();
    assert_eq!(again.id(), messages[0].id());
    wait_for(app, &hook, &[("delivered", 1), ("delivered", 1), ("delivered", 1)]);
    assert_eq!((replay(5), replay(1_000_000)), (json!(0), json!(0)));
    source(app, "6", &json!({}));
    let last = receiver.wait_for(5).remove(4);
    assert_eq!((last.seq(), last.json()["data"]["previous_seq"].as_i64()), (6, Some(5)));
    receiver.stays_at(5);
});

on_both!(deliveries_are_listed_by_page_and_status_and_kept_a_month, empty, |app| {
    let receiver = Receiver::start();
    let hook = webhook(app, &app.key, &receiver.url(), &json!({}));
    for number in 0..5 {
        source(app, &number.to_string(), &json!({}));
    }
    wait_for(app, &hook, &[("delivered", 1); 5]);
    receiver.answers("500 Internal Server Error");
    source(app, "fails", &json!({}));
    wait_until("the last has failed", || states(app, &hook)[0] == ("pending".into(), 1));
    let list = format!("{}/deliveries", path(&hook));
    let mut next = Some(format!("{list}?limit=2&status=delivered,failed"));
    let mut seqs = Vec::new();
    while let Some(address) = next {
        let answer = app.request("GET", &address).key(&app.key).send().expect(200);
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2 && page["page"]["limit"] == 2);
        seqs.extend(items.iter().map(|item| item["seq"].as_i64().unwrap()));
        next = page["page"]["next"].as_str().map(str::to_owned);
        assert_eq!(answer.header("link").is_some(), next.is_some());
    }
    assert_eq!(seqs, [5, 4, 3, 2, 1]);
    let pending = seen(app, &app.key, &format!("{list}?status=pending"));
    assert_eq!((pending["items"].as_array().unwrap().len(), &pending["items"][0]["seq"]), (1, &json!(6)));
    let page = seen(app, &app.key, &format!("{list}?limit=1"));
    let other = page["page"]["next"].as_str().unwrap().replace("limit=1", "status=pending");
    let answer = app.request("GET", &other).key(&app.key).send().expect(400);
    assert_eq!(answer.faults(), [("cursor".to_owned(), "invalid_cursor".to_owned())]);
    let answer = app.request("GET", &format!("{list}?status=gone&limit=0")).key(&app.key).send().expect(400);
    let codes: Vec<_> = answer.faults();
    let expected = ["status", "limit"].map(|name| (name.to_owned(), "invalid_parameter".to_owned()));
    assert_eq!(codes, expected);
    receiver.answers("200 OK");
    at(app, 30 * 86_400 - 1);
    wait_for(
        app,
        &hook,
        &[
            ("delivered", 2),
            ("delivered", 1),
            ("delivered", 1),
            ("delivered", 1),
            ("delivered", 1),
            ("delivered", 1),
        ],
    );
    at(app, 30 * 86_400 + 3601);
    wait_until("what ended a month ago is removed", || states(app, &hook) == [("delivered".to_owned(), 2)]);
    assert_eq!(change_count(app), 6);
});
