//! What is derived from the records is derived again where a migration asks for it.

use crate::on_both;
use crate::support::TestApp;
use kakehashi::db::paging::Statement;
use kakehashi::db::sql::Clause;
use kakehashi::db::{self, Conn, bulk};
use kakehashi::feed::backup::tables;
use kakehashi::feed::reindex;

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

fn run<T: Send + 'static>(work: impl Future<Output = kakehashi::error::Result<T>>) -> T {
    actix_web::rt::System::new().block_on(work).unwrap()
}

/// What a server answers that has kept nothing: here the tables change, and the log does not.
fn answers(app: &TestApp) -> [String; 9] {
    let fresh = app.beside(0);
    ASKED.map(|path| fresh.get(path).expect(200).text)
}

on_both!(what_was_there_before_a_migration_is_derived_again, founded, |app| {
    let before = answers(app);
    run(app.db.write(|tx: &mut Conn| Ok(bulk::empty(tx, &tables::derived())?)));
    run(reindex::where_asked(&app.db));
    for (path, (empty, full)) in ASKED.iter().zip(answers(app).iter().zip(&before)) {
        assert_ne!(empty, full, "{path}");
    }
    run(app.db.write(|tx: &mut Conn| {
        let asked = Clause::new("INSERT INTO settings (name, value) VALUES ('reindex', 'everything')");
        diesel::RunQueryDsl::execute(Statement::<diesel::sql_types::BigInt>::new(asked), tx)?;
        Ok(())
    }));
    run(reindex::where_asked(&app.db));
    assert_eq!(answers(app), before);
    assert_eq!(run(app.db.read(|tx| Ok(db::setting(tx, "reindex")?))), None);
});
