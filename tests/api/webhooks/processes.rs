//! What only real processes show: restarts, kills, several over one database, and the operator's settings.

use super::receiver::{Message, Receiver};
use crate::on_both_databases;
use crate::program::{Client, Program, Scratch, wait_until};
use crate::support::{Backend, postgres};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::thread;

const ALLOWED: &[&str] = &["--no-founding-data", "--webhooks-allow-private"];
const PLAIN: &[&str] = &["--no-founding-data"];

/// A key, before a server has made the database.
fn key(scratch: &Scratch) -> String {
    scratch.output(&["migrate"]);
    scratch.key("write")
}

fn webhook(client: &Client, url: &str) -> Value {
    let made = client.send("POST", "/v1/webhooks", &json!({"url": url}).to_string()).unwrap();
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

/// The deliveries of a webhook, the newest first.
fn deliveries(client: &Client, webhook: &Value) -> Vec<Value> {
    let list = client.get(&format!("{}/deliveries?limit=500", path(webhook)));
    list.body["items"].as_array().cloned().unwrap_or_default()
}

on_both_databases!(what_was_not_delivered_before_a_kill_is_delivered_after_it, |scratch| {
    let key = key(scratch);
    let receiver = Receiver::start();
    receiver.is_dead();
    let program = Program::serve(&scratch.url, ALLOWED);
    let client = program.client(&key);
    let hook = webhook(&client, &receiver.url());
    for number in 0..20 {
        assert_eq!(client.post_source(&number.to_string()).unwrap().status, 201);
    }
    // Two attempts are under way, the others wait.
    receiver.wait_for(2);
    program.kill();
    receiver.answers("200 OK");
    let program = Program::serve(&scratch.url, ALLOWED);
    let client = program.client(&key);
    // The two that were under way come again when their leases are over.
    receiver.wait_for(22);
    let delivered =
        || deliveries(&client, &hook).iter().filter(|delivery| delivery["status"] == "delivered").count();
    wait_until("all are delivered", || delivered() == 20);
    let seqs: HashSet<i64> = receiver.messages().iter().map(Message::seq).collect();
    assert_eq!(seqs, (1..=20).collect());
    let mut again = receiver.messages();
    again.retain(|message| [1, 2].contains(&message.seq()));
    assert_eq!(again.len(), 4);
    assert_eq!(again.iter().map(Message::id).collect::<HashSet<_>>().len(), 2);
    program.terminate();
    assert!(program.end().success());
});

on_both_databases!(what_is_under_way_at_a_shutdown_is_finished, |scratch| {
    let key = key(scratch);
    let receiver = Receiver::start();
    receiver.is_slow();
    let program = Program::serve(&scratch.url, ALLOWED);
    let client = program.client(&key);
    let hook = webhook(&client, &receiver.url());
    assert_eq!(client.post_source("one").unwrap().status, 201);
    receiver.wait_for(1);
    program.terminate();
    assert!(program.end().success());
    let program = Program::serve(&scratch.url, ALLOWED);
    let delivery = deliveries(&program.client(&key), &hook).remove(0);
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("delivered"), &json!(1)));
    assert_eq!(receiver.messages().len(), 1);
});

on_both_databases!(nothing_that_is_not_public_is_connected_to, |scratch| {
    let key = key(scratch);
    let receiver = Receiver::start();
    let hidden = [format!("http://localhost:{}/", receiver.port), receiver.url()];
    let program = Program::serve(&scratch.url, PLAIN);
    let client = program.client(&key);
    for url in
        hidden.iter().map(String::as_str).chain(["http://[::ffff:10.0.0.1]/", "http://169.254.169.254/"])
    {
        let refused = client.send("POST", "/v1/webhooks", &json!({"url": url}).to_string()).unwrap();
        assert_eq!(refused.status, 422, "{url}");
        let fault = &refused.body["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!("/url"), &json!("private_address")), "{url}");
    }
    program.kill();

    // With the operator's leave they are made and reached, as a name that resolves to another address later.
    let program = Program::serve(&scratch.url, ALLOWED);
    let client = program.client(&key);
    let hooks = hidden.map(|url| webhook(&client, &url));
    assert_eq!(client.post_source("one").unwrap().status, 201);
    receiver.wait_for(2);
    wait_until("both are delivered", || {
        hooks.iter().all(|hook| deliveries(&client, hook)[0]["status"] == "delivered")
    });
    program.kill();

    let program = Program::serve(&scratch.url, PLAIN);
    let client = program.client(&key);
    assert_eq!(client.post_source("two").unwrap().status, 201);
    for hook in &hooks {
        let second = || deliveries(&client, hook).into_iter().find(|delivery| delivery["seq"] == 2);
        let attempted = || second().is_some_and(|delivery| delivery["last_attempt"].is_object());
        wait_until("an attempt is written down", attempted);
        let delivery = second().unwrap();
        assert_eq!(delivery["status"], "pending");
        let error = delivery["last_attempt"]["error"].as_str().unwrap();
        assert!(error.contains("no public address"), "{error}");
    }
    receiver.stays_at(2);
});

/// The changes of the test with two processes.
const CHANGES: usize = 120;

#[test]
fn two_processes_over_one_database_deliver_each_change_once() {
    if postgres::server().is_none() {
        return;
    }
    let scratch = Scratch::new(Backend::Postgres);
    let key = key(&scratch);
    let receivers: Vec<Receiver> = (0..3).map(|_| Receiver::start()).collect();
    let programs = [(); 2].map(|()| Program::serve(&scratch.url, ALLOWED));
    let hooks: Vec<Value> =
        receivers.iter().map(|receiver| webhook(&programs[0].client(&key), &receiver.url())).collect();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let client = programs[writer % 2].client(&key);
            thread::spawn(move || {
                for number in 0..CHANGES / 4 {
                    assert_eq!(client.post_source(&format!("{writer} {number}")).unwrap().status, 201);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    for receiver in &receivers {
        receiver.wait_for(CHANGES);
    }
    for receiver in &receivers {
        receiver.stays_at(CHANGES);
        assert_eq!(receiver.seqs(), (1..=i64::try_from(CHANGES).unwrap()).collect::<Vec<_>>());
        let mut chain: Vec<_> = receiver
            .messages()
            .iter()
            .map(|message| (message.seq(), message.json()["data"]["previous_seq"].as_i64()))
            .collect();
        chain.sort_unstable();
        assert!(chain.iter().all(|(seq, before)| *before == (*seq > 1).then(|| seq - 1)), "{chain:?}");
    }
    let client = programs[1].client(&key);
    for hook in &hooks {
        let all = deliveries(&client, hook);
        assert!(all.iter().all(|one| one["status"] == "delivered" && one["attempts"] == 1), "{all:#?}");
        assert_eq!(all.len(), CHANGES);
    }
}
