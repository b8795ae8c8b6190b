//! Problems (RFC 9457): one shape everywhere, in three languages, with nothing from inside.

use crate::on_both;
use kakehashi::domain::errors::codes::ErrorCode;
use serde_json::json;

on_both!(every_refusal_is_a_problem_document, empty, |app| {
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/sources/", 404, "not_found"),
        ("GET", "/v1/sources/slug:a/b", 404, "not_found"),
        ("GET", "/v1/vocabularies/none", 404, "not_found"),
        ("GET", "/problems/none", 404, "not_found"),
        ("GET", "/v1/sources/slug:a", 404, "no_such_record"),
        ("GET", "/v1/rencontres/number:1/sessions", 404, "no_such_record"),
        ("TRACE", "/v1/sources", 405, "method_not_allowed"),
        ("POST", "/nothing", 404, "not_found"),
        ("POST", "/v1/sources", 401, "unauthorized"),
        ("GET", "/v1/sources?limit=0", 400, "bad_request"),
        ("GET", "/v1/keys", 401, "unauthorized"),
    ] {
        let answer = app.request(method, path).send().expect(status);
        let problem = answer.json();
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {path}");
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)), "{method} {path}");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        for name in ["title", "detail", "request_id"] {
            assert!(!problem[name].as_str().unwrap().is_empty(), "{method} {path}: {name}");
        }
        assert_eq!(answer.header("x-request-id"), problem["request_id"].as_str());
    }
    let long = app.get(&format!("/v1/sources?q={}", "a".repeat(9000))).expect(414);
    assert_eq!(long.json()["code"], "uri_too_long");
});

on_both!(problems_speak_the_language_asked_for, empty, |app| {
    let ask = |path: &str, accept: &str| {
        let answer = app.request("GET", path).header("accept-language", accept).send();
        let title = answer.json()["title"].as_str().unwrap().to_owned();
        assert!(answer.header("vary").unwrap().to_lowercase().contains("accept-language"));
        (title, answer.header("content-language").unwrap().to_owned())
    };
    let [fr, ja, en] =
        [("Fiche introuvable", "fr"), ("記録が見つかりません", "ja"), ("No such record", "en")]
            .map(|(title, tag)| (title.to_owned(), tag.to_owned()));
    let path = "/v1/sources/slug:a";
    assert_eq!(ask(path, "fr-CA, en;q=0.5"), fr);
    assert_eq!(ask(path, "en;q=0.2, ja"), ja);
    assert_eq!(ask(path, "de"), en);
    assert_eq!(ask(&format!("{path}?lang=fr"), "ja"), fr);
    assert_eq!(ask(&format!("{path}?lang=ja"), "fr"), ja);
    assert_eq!(ask(&format!("{path}?lang=en"), "fr"), en);
    let faulty = app.request("POST", "/v1/sources?lang=fr").key(&app.key).json(&json!({})).send().expect(422);
    assert_eq!(faulty.json()["errors"][0]["detail"], "Ce membre est obligatoire.");
    let warned = app.request("POST", "/v1/sources").key(&app.key).header("accept-language", "ja");
    let warned = warned.json(&json!({"title": {"fr": "a"}})).send().expect(201);
    assert_eq!(warned.json()["warnings"][0]["detail"], "この記録には引用がありません。");
});

on_both!(every_code_has_its_page_in_three_languages, empty, |app| {
    for code in ErrorCode::ALL {
        let path = format!("/problems/{}", code.as_str());
        let pages = ["fr", "ja", "en"].map(|tag| {
            let page = app.get(&format!("{path}?lang={tag}")).expect(200);
            assert!(page.header("content-type").unwrap().starts_with("text/html"), "{path}");
            assert_eq!(page.header("content-language"), Some(tag), "{path}");
            assert!(page.text.contains(code.as_str()), "{path}");
            assert!(!page.text.contains(['{', '}']), "{path}: {}", page.text);
            page.text
        });
        assert!(pages[0] != pages[1] && pages[1] != pages[2] && pages[0] != pages[2], "{path}");
    }
});

on_both!(a_request_keeps_the_id_it_came_with, empty, |app| {
    let ask = |id: &str| {
        let answer = app.request("GET", "/nothing").header("x-request-id", id).send();
        answer.json()["request_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask("trace-1.a_B"), "trace-1.a_B");
    for strange in ["a b", "<script>", &"x".repeat(65)] {
        assert_ne!(ask(strange), strange);
    }
    assert!(app.get("/").header("x-request-id").is_some());
});

on_both!(a_failure_of_the_database_says_nothing_of_the_inside, empty, |app| {
    let hide = app.db.write(|tx| {
        diesel::connection::SimpleConnection::batch_execute(tx, "ALTER TABLE sources RENAME TO hidden")?;
        Ok(())
    });
    actix_web::rt::System::new().block_on(hide).unwrap();
    for answer in [app.get("/v1/sources"), app.post("/v1/sources", &json!({"title": {"fr": "a"}}))] {
        // To try again helps nobody.
        let answer = answer.expect(500);
        assert_eq!(answer.header("retry-after"), None);
        let problem = answer.json();
        assert_eq!(problem["code"], "internal");
        let text = problem.to_string().to_lowercase();
        for word in ["sql", " table", "hidden", "sources", "relation", "diesel", ".rs"] {
            assert!(!text.contains(word), "{text}");
        }
    }
    app.get("/v1/people").expect(200);
});
