//! Export and import without HTTP.

use super::TestApp;
use kakehashi::records::author::Author;
use kakehashi::transfer::export;
use kakehashi::transfer::import::job::ImportJob;
use kakehashi::transfer::import::options::ImportOptions;
use kakehashi::transfer::import::run;
use serde_json::Value;
use std::sync::Arc;

/// Returns an export as NDJSON.
pub(crate) fn export_text(app: &TestApp) -> String {
    let db = app.db.clone();
    let written = db.read_long(|tx| {
        let mut out = Vec::new();
        Ok(export::export(tx, &mut out)?.map(|_| out))
    });
    String::from_utf8(actix_web::rt::System::new().block_on(written).unwrap().unwrap()).unwrap()
}

/// Returns the records of an export.
pub(crate) fn export_records(app: &TestApp) -> Vec<Value> {
    let records = export_text(app);
    let records = records.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["kind"] != "end").collect()
}

/// Imports records as an operator, on behalf of an origin. Returns the numbers of created, updated, unchanged
/// and rejected records.
#[track_caller]
pub(crate) fn import_records(app: &TestApp, origin: &str, records: &[Value]) -> [usize; 4] {
    let author = Author::operator(origin, "test", &app.clock);
    let job =
        Arc::new(ImportJob::from_records(records, ImportOptions::default(), author, &app.clock).unwrap());
    let watch: run::ProgressFn = Arc::new(|_| true);
    actix_web::rt::System::new().block_on(run::run_import(&app.db, &job, &watch)).unwrap();
    let counts = job.summary().counts;
    [counts.created, counts.updated, counts.unchanged, counts.rejected]
}
