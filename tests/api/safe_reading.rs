//! Reading is safe (RFC 9110, 9.2.1): no GET and no HEAD writes to the database, whatever it asks for.

use crate::conformance::{example, existing, is_endless, query};
use crate::on_both;
use crate::openapi::{document, operations};
use crate::support::TestApp;
use crate::support::records::change_count;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;

/// An official code that the registry does not hold, and one of a commune that is no more.
const UNHELD: [&str; 2] = ["insee_com:35238", "insee_com:01120"];

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Who sees whether anything was written.
enum Witness {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Witness {
    fn of(app: &TestApp) -> Self {
        match app.database_url.strip_prefix("sqlite://") {
            Some(file) => Self::Sqlite(SqliteConnection::establish(file).unwrap()),
            None => Self::Postgres(PgConnection::establish(&app.database_url).unwrap()),
        }
    }

    /// What a write changes: of SQLite the version that other connections' commits raise, of PostgreSQL how many rows
    /// each table has and which transaction wrote last to it.
    fn state(&mut self) -> BTreeMap<String, (i64, i64)> {
        let connection = match self {
            Self::Sqlite(connection) => {
                let version = "SELECT data_version AS number FROM pragma_data_version";
                let version: Number = diesel::sql_query(version).get_result(connection).unwrap();
                return BTreeMap::from([("data_version".into(), (version.number, 0))]);
            }
            Self::Postgres(connection) => connection,
        };
        let tables = "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'";
        let tables: Vec<Name> = diesel::sql_query(tables).load(connection).unwrap();
        let state = tables.into_iter().map(|Name { name }| {
            let mut number = |what: &str| {
                let query = format!("SELECT {what} AS number FROM \"{name}\"");
                diesel::sql_query(query).get_result::<Number>(connection).unwrap().number
            };
            let found = (number("count(*)"), number("coalesce(max(xmin::text::bigint), 0)"));
            (name, found)
        });
        state.collect()
    }
}

on_both!(no_get_of_any_operation_writes, seeded, |app| {
    let document = document();
    let admin = app.new_key("registry", &["admin"], &[]);
    // What is there to be read is made first: a record of each kind. A webhook would be delivered to meanwhile.
    let operations = operations(&document);
    let reads = operations.iter().filter(|operation| {
        operation.method == "GET" && !is_endless(operation) && !operation.path.starts_with("/v1/webhooks/")
    });
    let reads: Vec<(String, &_)> = reads.map(|operation| (existing(app, operation), operation)).collect();
    let mut witness = Witness::of(app);
    let (before, head) = (witness.state(), change_count(app));
    for (path, operation) in &reads {
        let mut paths = vec![path.clone()];
        if operation.path.contains("{id}") {
            let unheld = |code: &&str| operation.path.replace("{id}", code).replace("{n}", "1");
            paths.extend(UNHELD.iter().map(unheld));
        }
        for parameter in operation.parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let is_named = parameter["schema"].to_string().contains("scheme:value")
                || ["authority", "host", "party", "parent", "identifier"].contains(&name);
            let values = [example(parameter)].into_iter().chain(is_named.then(|| UNHELD.join(",")));
            paths.extend(values.map(|value| format!("{path}?{}", query(name, &value))));
        }
        for path in paths {
            for method in ["GET", "HEAD"] {
                let mut call = app.request(method, &path);
                if operation.needs_a_key() {
                    call = call.key(&admin);
                }
                assert!(call.send().status < 500, "{method} {path}");
            }
        }
        assert_eq!(witness.state(), before, "{} wrote", operation.name());
    }
    assert_eq!(change_count(app), head);
});

on_both!(a_code_that_is_not_held_leads_to_the_gazetteer, empty, |app| {
    let mut witness = Witness::of(app);
    let before = witness.state();
    for code in UNHELD.into_iter().chain(["siren:213502388", "dantai:041009", "dantai:04100"]) {
        for rest in [
            "",
            "?fields=id",
            "?include=partnerships",
            "?as_of=2026-01-01",
            "/versions",
            "/versions/1",
            "/versions/1/diff",
            "/owners",
            "/suggestions",
            "/citations",
        ] {
            let path = format!("/v1/authorities/{code}{rest}");
            let problem = app.get(&path).expect(404).json();
            assert_eq!(problem["code"], "no_such_record", "{path}");
            let entry = app.get(problem["gazetteer"]["href"].as_str().unwrap()).expect(200).json();
            assert_eq!(entry["status"], "active", "{path}");
            assert!(entry.get("adopted").is_none(), "{path}");
            assert_eq!(app.request("HEAD", &path).send().status, 404);
        }
    }
    let unknown = app.get("/v1/authorities/insee_com:99999").expect(404).json();
    assert!(unknown.get("gazetteer").is_none(), "{unknown}");
    let nobody =
        app.get(&format!("/v1/authorities/{}", kakehashi::util::random::new_uuid())).expect(404).json();
    assert!(nobody.get("gazetteer").is_none(), "{nobody}");
    let deleting = app.delete("/v1/authorities/insee_com:35238", Some("*")).expect(404).json();
    assert_eq!(deleting["gazetteer"]["href"], "/v1/gazetteer/insee_com:35238");
    let source = app.get("/v1/sources/slug:insee-cog-2026").expect(404).json();
    assert!(source.get("gazetteer").is_none(), "{source}");
    assert_eq!(witness.state(), before);
});
