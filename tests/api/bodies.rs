//! Bodies that are hostile, hurried or odd: nobody pays for them but their sender, and each is told what is wrong.

use crate::on_both;
use crate::support::records::{assert_invalid, create, id};
use crate::support::{TestApp, TestResponse};
use serde_json::{Map, Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends the head of a request and the beginning of its body, and reads what is answered.
fn half(app: &TestApp, head: &str, begun: &str) -> (Duration, String) {
    let start = Instant::now();
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{begun}").unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..count]);
    }
    (start.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

on_both!(a_key_is_checked_before_a_body_is_read, empty, |app| {
    let path = format!("/v1/sources/{}", id(&create(app, "sources", &json!({"title": {"fr": "a"}}))));
    let false_key = format!("{}x", app.key);
    let (reader, persons) = (app.new_key("r", &["read"], &[]), app.new_key("p", &["write:person"], &[]));
    let admin = app.new_key("registry", &["admin"], &[]);
    let revoked = app.new_key("x", &["admin"], &[]);
    app.request("GET", "/v1/keys").key(&revoked).send().expect(200);
    let revoked_id = revoked.split('_').nth(1).unwrap();
    app.request("DELETE", &format!("/v1/keys/{revoked_id}")).key(&admin).send().expect(204);
    for (method, path, media) in [
        ("POST", "/v1/sources", "application/json"),
        ("PUT", path.as_str(), "application/json"),
        ("PATCH", &path, "application/merge-patch+json"),
        ("PATCH", &path, "application/json-patch+json"),
        ("POST", "/v1/import", "application/x-ndjson"),
        ("POST", "/v1/keys", "application/json"),
        ("POST", "/v1/webhooks", "application/json"),
        ("PATCH", "/v1/webhooks/0192d0a4-7c00-7000-8000-000000000001", "application/json"),
        ("POST", "/v1/webhooks/0192d0a4-7c00-7000-8000-000000000001/replay", "application/json"),
    ] {
        let is_of_records = path.starts_with("/v1/sources");
        for (key, status) in [
            ("kkh_nobody", 401),
            (&false_key, 401),
            (&revoked, 401),
            (&reader, 403),
            (if is_of_records { &persons } else { &reader }, 403),
        ] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nAuthorization: Bearer {key}\r\nIf-Match: *\r\nContent-Type: {media}"
            );
            let (took, answer) = half(app, &head, "{\"title\":");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path} {answer}");
            assert!(took < Duration::from_secs(5), "{method} {path} {took:?}");
        }
    }
});

on_both!(whoever_is_refused_in_the_middle_of_a_body_is_let_go, empty, |app| {
    for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        for kept in ["keep-alive", "close"] {
            let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let head = "POST /v1/sources HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer kkh_nobody";
            write!(stream, "{head}\r\nConnection: {kept}\r\n{framing}\r\n\r\n5\r\n{{\"a\":\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(
                answer.starts_with("HTTP/1.1 401 ") && answer.ends_with('}'),
                "{framing} {kept} {answer}"
            );
        }
    }
});

on_both!(whoever_is_refused_with_a_large_body_hears_of_it, empty, |app| {
    let body = json!({"title": {"fr": "x".repeat(1_000_000)}}).to_string();
    for _ in 0..20 {
        let call = app.request("POST", "/v1/sources").key("kkh_nobody").body("application/json", &body);
        call.send().expect(401);
    }
    app.post("/v1/sources", &json!({"title": {"fr": "a"}})).expect(201);
});

/// Posts a source with these further members.
fn post(app: &TestApp, members: Map<String, Value>) -> (Duration, TestResponse) {
    let start = Instant::now();
    let answer = app.post("/v1/sources", &members.into());
    (start.elapsed(), answer)
}

on_both!(work_is_linear_in_a_body_and_a_hundred_faults_are_told, empty, |app| {
    let members = |count: usize| (0..count).map(|number| (format!("m{number:06}"), json!(0))).collect();
    let texts = |count: usize| (0..count).map(|number| (format!("t{number:06}"), json!("x")));
    let unknown: Map<String, Value> = members(60_000);
    let in_text: Map<String, Value> = [("title".to_owned(), texts(50_000).collect())].into_iter().collect();
    let in_ref: Map<String, Value> =
        [("publisher".to_owned(), Value::Object(members(50_000)))].into_iter().collect();
    let citation = Map::from_iter([("citations".to_owned(), json!([members(50_000)]))]);
    let numbers: Map<String, Value> =
        [("citations".to_owned(), vec![vec![0; 200]; 1000].into())].into_iter().collect();
    for (body, least) in
        [(unknown, 60_000), (in_text, 50_000), (in_ref, 50_000), (citation, 50_000), (numbers, 1000)]
    {
        let (took, answer) = post(app, body);
        let problem = answer.expect(422).json();
        assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
        assert!(problem["errors_omitted"].as_u64().unwrap() >= least - 100, "{}", problem["errors_omitted"]);
        assert!(problem.to_string().len() < 100_000);
        // Unoptimised; what was quadratic took minutes.
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    let many: Map<String, Value> = [("languages".to_owned(), vec![0; 300_000].into())].into_iter().collect();
    assert_invalid(post(app, many).1, &[("/languages", "too_long"), ("/title", "required")]);
    let twice = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(100_000));
    let call = app.request("POST", "/v1/sources").key(&app.key).body("application/json", &twice);
    assert_eq!(call.send().expect(400).json()["code"], "duplicate_member");
});

on_both!(what_a_caller_wrote_is_repeated_in_part, empty, |app| {
    let long = "é".repeat(200_000);
    for body in [
        json!({long.clone(): 1}),
        json!({"title": {"fr": "a"}, "reliability": long}),
        json!({"title": {"fr": "a"}, "published": {"edtf": long}}),
        json!({"title": {"fr": "a"}, "publisher": {long.clone(): "x"}}),
        json!({"title": {"fr": "a"}, "languages": [long]}),
        json!({"title": {"fr": "a"}, "identifiers": [{"scheme": "slug", "value": long}]}),
        json!({"title": {"fr": "a"}, "citations": [{"source": {"id": long}, "pointer": long, "quote": "x"}]}),
    ] {
        let answer = app.post("/v1/sources", &body).expect(422);
        assert!(answer.text.len() < 5_000, "{}", answer.text.len());
        for fault in answer.json()["errors"].as_array().unwrap() {
            assert!(fault["detail"].as_str().unwrap().chars().filter(|letter| *letter == 'é').count() <= 400);
        }
    }
    let lines = format!("{}\n{}", json!({"kind": "source", long.clone(): 1}), json!({"kind": long}));
    let call = app.request("POST", "/v1/import").key(&app.key).body("application/x-ndjson", &lines);
    let answer = call.send().expect(207);
    assert_eq!(answer.json()["summary"]["rejected"], 2);
    assert!(answer.text.len() < 10_000, "{}", answer.text.len());

    // Of each record of an import few faults are told, and all are counted.
    let members: Map<String, Value> = (0..150).map(|number| (format!("m{number}"), json!(0))).collect();
    let line = json!({"kind": "source", "title": {"fr": "a"}, "extra": 0});
    let mut line = line.as_object().unwrap().clone();
    line.extend(members);
    let lines = vec![Value::Object(line).to_string(); 400].join("\n");
    let call = app.request("POST", "/v1/import").key(&app.key).body("application/x-ndjson", &lines);
    let answer = call.send().expect(207).json();
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items.len(), 400);
    for (index, item) in items.iter().enumerate() {
        let problem = &item["problem"];
        let told =
            (item["index"].as_u64(), problem["errors"].as_array().unwrap().len(), &problem["errors_omitted"]);
        assert_eq!(told, (Some(index as u64), 10, &json!(141)));
    }
});

on_both!(stalled_bodies_take_no_more_memory_than_an_address_has, empty, |app| {
    let address = app.url.trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /v1/sources HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000000\r\n\r\n",
        app.key
    );
    let piece = " ".repeat(900_000);
    let mut stalled: Vec<TcpStream> = Vec::new();
    for _ in 0..24 {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        // Those that are refused are closed while they send.
        let _ = write!(stream, "{head}{piece}");
        stalled.push(stream);
    }
    std::thread::sleep(Duration::from_millis(500));
    let mut refused = 0;
    for stream in &mut stalled {
        let mut answer = [0; 4096];
        if let Ok(count @ 1..) = stream.read(&mut answer) {
            let text = String::from_utf8_lossy(&answer[..count]).to_lowercase();
            assert!(text.starts_with("http/1.1 503") && text.contains("retry-after: 1"), "{text}");
            refused += 1;
        }
    }
    assert!((4..24).contains(&refused), "{refused}");
    app.get("/health/live").expect(200);
    drop(stalled);
    std::thread::sleep(Duration::from_millis(500));
    app.post("/v1/sources", &json!({"title": {"fr": "a"}})).expect(201);
});

on_both!(a_byte_order_mark_is_skipped_and_what_is_no_utf8_is_told_so, empty, |app| {
    let send = |method: &str, path: &str, media: &str, body: &[u8]| {
        app.request(method, path).key(&app.key).if_match(Some("*")).bytes(media, body).send()
    };
    let marked = |text: &str| format!("\u{FEFF}{text}").into_bytes();
    let source = r#"{"kind": "source", "title": {"ja": "横浜市"}}"#;
    let made = app.request("POST", "/v1/sources").key(&app.key);
    let made = made.bytes("application/json", &marked(source)).send().expect(201).json();
    let path = format!("/v1/sources/{}", made["id"].as_str().unwrap());
    send("PATCH", &path, "application/merge-patch+json", &marked(r#"{"title": {"fr": "a"}}"#)).expect(200);
    send("PUT", &path, "application/json", &marked(source)).expect(200);
    let array = format!("[{source}]");
    for (media, body) in [("application/x-ndjson", source), ("application/json", &array)] {
        let call = app.request("POST", "/v1/import").key(&app.key).bytes(media, &marked(body));
        assert_eq!(call.send().expect(207).json()["summary"]["created"], 1, "{media}");
    }
    let (japanese, ..) = encoding_rs::SHIFT_JIS.encode(source);
    let (french, ..) = encoding_rs::WINDOWS_1252.encode(r#"{"title": {"fr": "Préfecture de l’Hérault"}}"#);
    for (body, encoding) in [(&japanese, "CP932"), (&french, "Windows-1252")] {
        let call = app.request("POST", "/v1/sources").key(&app.key).bytes("application/json", body);
        let problem = call.send().expect(400).json();
        assert_eq!(problem["code"], "not_utf8");
        assert!(problem["detail"].as_str().unwrap().contains(encoding), "{problem}");
    }
    let call = app.request("POST", "/v1/import").key(&app.key).bytes("application/x-ndjson", &japanese);
    let item = &call.send().expect(207).json()["items"][0];
    assert!(item["problem"]["detail"].as_str().unwrap().contains("CP932"), "{item}");
});
