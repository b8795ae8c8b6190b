//! `kakehashi feed verify`: a log that tells the truth is called true, and every lie is found.

use crate::on_both_databases;
use crate::program::Program;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use kakehashi::change_feed::verify::verify;
use kakehashi::db::database::Db;
use kakehashi::db::error::TxError;
use kakehashi::db::pool::CreateMode;
use kakehashi::transfer::seed;
use std::sync::{Arc, Mutex};

/// Runs statements behind the program's back.
pub(crate) fn execute(url: &str, statements: &str) {
    match url.strip_prefix("sqlite://") {
        Some(file) => {
            let mut connection = SqliteConnection::establish(file).unwrap();
            connection.batch_execute(&format!("PRAGMA busy_timeout = 5000; {statements}")).unwrap();
        }
        None => PgConnection::establish(url).unwrap().batch_execute(statements).unwrap(),
    }
}

/// A lie, as statements, and what must be said of it.
const LIES: [(&str, &str); 19] = [
    ("DELETE FROM changes WHERE seq = 4", "change 4 is missing"),
    ("DELETE FROM changes WHERE seq BETWEEN 4 AND 6", "the changes 4 to 6 are missing"),
    ("DELETE FROM changes WHERE op = 'delete'", "but the head says"),
    ("UPDATE changes SET seq = seq + 1000 WHERE op = 'delete'", "are missing"),
    ("UPDATE feed_head SET seq = seq + 2", "but the head says"),
    ("UPDATE feed_head SET seq = seq - 1", "but the head says"),
    ("UPDATE feed_head SET base = base + 1", "change 1 is not above the base"),
    ("UPDATE changes SET version = 3 WHERE op = 'delete'", "version 3 of"),
    ("UPDATE changes SET body = NULL WHERE seq = 1", "the body of a version is missing"),
    ("UPDATE changes SET body = '{}' WHERE seq = 1", "is not its newest change"),
    ("UPDATE changes SET op = 'update' WHERE op = 'delete'", "is not its newest change"),
    ("UPDATE records SET content = '{}' WHERE kind = 'source'", "is not its newest change"),
    ("UPDATE records SET version = version + 1 WHERE state = 'deleted'", "is not its newest change"),
    ("UPDATE records SET content = '{' || content WHERE kind = 'session'", "cannot be read"),
    (
        "DELETE FROM identifiers WHERE scheme = 'slug' AND value = 'paris-kyoto'",
        "has no identifier slug:paris-kyoto of its content",
    ),
    (
        "DELETE FROM identifiers WHERE scheme = 'number' AND value = '8'",
        "has no identifier number:8 of its content",
    ),
    ("DELETE FROM refs WHERE pointer = '/citations/source'", "are not those of its content"),
    ("UPDATE refs SET pointer = '/other' WHERE pointer = '/host'", "are not those of its content"),
    (
        "INSERT INTO refs (from_record, pointer, to_record) SELECT d.id, '/x', s.id FROM records d, records s
            WHERE d.state = 'deleted' AND s.id IN (SELECT to_record FROM refs)",
        "are not those of its content",
    ),
];

on_both_databases!(every_lie_of_the_change_log_is_found, |scratch| {
    let program = Program::serve(&scratch.url, &[]);
    let key = scratch.key("write");
    let made = program.client(&key).post_source("To be deleted").unwrap();
    let gone = ureq::delete(format!("{}/v1/sources/{}", program.url, made.body["id"].as_str().unwrap()));
    let gone = gone.header("authorization", format!("Bearer {key}")).header("if-match", "*").call().unwrap();
    assert!(gone.status().is_success());
    drop(program);
    let records = seed::seed_records().len() + 1;
    let told = format!("{} changes, {records} records: the change log is true.\n", records + 1);
    assert_eq!(scratch.output(&["feed", "verify"]), told);

    actix_web::rt::System::new().block_on(async {
        let db = Db::open(&scratch.url, CreateMode::Never, 2).unwrap();
        let found = |statements: &'static str| {
            let report = Arc::new(Mutex::new(None));
            let (db, told) = (db.clone(), report.clone());
            async move {
                // Each lie is told alone: the transaction is undone.
                let undone = db.write(move |tx| -> Result<(), TxError> {
                    tx.batch_execute(statements)?;
                    *told.lock().unwrap() = Some(verify(tx)?);
                    Err(diesel::result::Error::RollbackTransaction.into())
                });
                assert!(undone.await.is_err());
                let report = report.lock().unwrap().take();
                report.unwrap_or_else(|| panic!("{statements} failed"))
            }
        };
        for (lie, said) in LIES {
            let errors = found(lie).await.errors;
            assert!(errors.iter().any(|error| error.contains(said)), "{lie}: {errors:?}");
        }
        // What was erased of a tombstone is no lie.
        let erased = "UPDATE changes SET body = NULL WHERE record_id IN (SELECT id FROM records WHERE state = 'deleted')";
        assert_eq!(found(erased).await.errors, Vec::<String>::new());
        let many = "UPDATE records SET content = content || ' '; DELETE FROM refs";
        let report = found(many).await;
        assert!(report.errors.len() == 100 && report.omitted > 50, "{report:?}");
    });
});

on_both_databases!(a_lie_is_told_on_the_standard_error, |scratch| {
    drop(Program::serve(&scratch.url, &[]));
    execute(&scratch.url, "UPDATE records SET content = content || ' '; DELETE FROM refs");
    let said = scratch.refusal(&["feed", "verify"]);
    assert_eq!(said.lines().count(), 101, "{said}");
    assert!(said.lines().last().unwrap().starts_with("and "), "{said}");
});
