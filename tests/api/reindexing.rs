//! What is derived from the records: derived again where a migration asks for it, and the same however they came to be.

use crate::on_both;
use crate::plans::columns;
use crate::support::TestApp;
use crate::support::records::{create, id, items};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use kakehashi::db::conn::Conn;
use kakehashi::db::sql::{SqlFragment, Statement};
use kakehashi::db::{bulk, settings};
use kakehashi::domain::kind::Kind;
use kakehashi::kinds::all;
use kakehashi::records::reindex;
use kakehashi::transfer::backup::tables;
use serde_json::{Value, json};

/// Requests that are answered from every derived table.
const ASKED: [&str; 9] = [
    "/v1/people?valid_on=2035-01-01&count=exact",
    "/v1/citations?limit=500",
    "/v1/contradictions?limit=500",
    "/v1/timeline?limit=500",
    "/v1/search?q=aichi&limit=500",
    "/v1/search/suggest?q=sh&limit=50",
    "/v1/partnerships?q=aichi&theme=industry&authority=dantai:230006",
    "/v1/authorities?sort=name.fr&coastal=true",
    "/v1/rencontres?sort=-dates",
];

fn run<T: Send + 'static>(work: impl Future<Output = kakehashi::domain::errors::problem::Result<T>>) -> T {
    actix_web::rt::System::new().block_on(work).unwrap()
}

fn execute(app: &TestApp, sql: &'static str) {
    run(app.db.write(move |tx: &mut Conn| Ok(Statement::<BigInt>::new(SqlFragment::new(sql)).execute(tx)?)));
}

/// What a server answers that has kept nothing: here the tables change, and the log does not.
fn answers(app: &TestApp) -> [String; 9] {
    let fresh = app.start_second_server(0);
    ASKED.map(|path| fresh.get(path).expect(200).text)
}

on_both!(what_was_there_before_a_migration_is_derived_again, seeded, |app| {
    let before = answers(app);
    run(app.db.write(|tx: &mut Conn| Ok(bulk::delete_all(tx, &tables::derived_tables())?)));
    run(reindex::reindex_if_requested(&app.db));
    for (path, (empty, full)) in ASKED.iter().zip(answers(app).iter().zip(&before)) {
        assert_ne!(empty, full, "{path}");
    }
    execute(app, "INSERT INTO settings (name, value) VALUES ('reindex', 'everything')");
    run(reindex::reindex_if_requested(&app.db));
    assert_eq!(answers(app), before);
    assert_eq!(run(app.db.read(|tx| Ok(settings::read_setting(tx, "reindex")?))), None);
});

/// The rows of the kinds' own tables, and the terms of dated items, as text.
fn rows(app: &TestApp) -> Vec<String> {
    run(app.db.read(|tx: &mut Conn| {
        let kinds = Kind::ALL.iter().map(|kind| (all::definition(*kind).table(), "id"));
        let mut rows = Vec::new();
        for (table, order) in kinds.chain([("tenures", "record_id, position")]) {
            let shown = columns(tx, table).into_iter().filter(|(name, _)| !name.ends_with("id"));
            let shown =
                shown.map(|(name, _)| format!("' {name}=' || COALESCE(CAST({name} AS TEXT), 'NULL')"));
            let shown = shown.collect::<Vec<_>>().join(" || ");
            let all = format!("SELECT '{table}' || {shown} FROM {table} ORDER BY {order}");
            rows.extend(Statement::<Text>::new(SqlFragment::new(all)).load::<String>(tx)?);
        }
        Ok(rows)
    }))
}

/// The rows, which must be those that the records' contents are derived to.
#[track_caller]
fn derived(app: &TestApp) -> Vec<String> {
    let left = rows(app);
    run(app.db.write(|tx: &mut Conn| {
        bulk::delete_all(tx, &tables::derived_tables())?;
        reindex::reindex_all(tx, |failure, _| failure)
    }));
    assert_eq!(left, rows(app));
    left
}

on_both!(a_record_whose_members_were_set_one_by_one_is_derived_to_the_same_rows, seeded, |app| {
    let mut records = Vec::new();
    for kind in Kind::ALL {
        let list = format!("/v1/{}", kind.path());
        let mut held = items(app, &format!("{list}?limit=3"));
        if held.is_empty() {
            held.push(create(app, kind.path(), &all::definition(*kind).sample()));
        }
        records.extend(held.into_iter().map(|record| (*kind, format!("{list}/{}", id(&record)), record)));
    }
    let before = derived(app);
    for (kind, path, _) in &records {
        for name in all::definition(*kind).content_members() {
            // Some may not be missing.
            let answer = app.patch(path, Some("*"), &json!({*name: null}));
            assert!([200, 409, 422].contains(&answer.status), "{path} {name}: {}", answer.text);
        }
    }
    let without = derived(app);
    assert!(without.iter().filter(|row| !before.contains(row)).count() > 20);
    for (kind, path, record) in &records {
        for name in all::definition(*kind).content_members() {
            app.patch(path, Some("*"), &json!({*name: record[*name]})).expect(200);
        }
    }
    assert_eq!(derived(app), before);
});

on_both!(a_patch_writes_only_the_columns_that_it_changes, seeded, |app| {
    execute(app, "UPDATE partnerships SET label_fr = 'left', since_basis = 'left'");
    let row = |change: Value| {
        app.patch("/v1/partnerships/slug:paris-kyoto", Some("*"), &change).expect(200);
        rows(app).into_iter().find(|row| row.contains("until=1999")).unwrap_or_default()
    };
    let now = row(json!({"until": {"edtf": "1999"}}));
    assert!(now.contains("label_fr=left") && now.contains("since_basis=left"), "{now}");
    assert_eq!(row(json!({"summary": {"fr": "s"}})), now);
    let now = row(json!({"since_basis": null}));
    assert!(now.contains("label_fr=left") && now.contains("since_basis=NULL"), "{now}");
    // Renamed because another was renamed, it is derived again as a whole.
    let renamed = json!({"name": {"fr": "Lutèce"}});
    app.patch("/v1/authorities/insee_com:75056", Some("*"), &renamed).expect(200);
    assert!(row(json!({})).contains("label_fr=lutece kyoto"));
});
