//! The tables: they can be undone and made again, and are the same on both databases.

use crate::on_both_databases;
use crate::program::Scratch;
use crate::support::{Backend, postgres};
use crate::verify::execute;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use kakehashi::change_feed::verify;
use kakehashi::db::database::Db;
use kakehashi::db::pool::CreateMode;
use kakehashi::transfer::seed;
use kakehashi::util::clock::Clock;
use std::collections::BTreeSet;

on_both_databases!(every_set_of_tables_can_be_undone_and_made_again, |scratch| {
    actix_web::rt::System::new().block_on(async {
        Db::redo_migrations(&scratch.url).unwrap();
        let founded = |db: Db| async move { seed::seed_if_empty(&db, &Clock::default()).await.unwrap() };
        let first = founded(Db::open(&scratch.url, CreateMode::Never, 2).unwrap()).await.unwrap();
        // With content, and after it is undone the registry is empty.
        Db::redo_migrations(&scratch.url).unwrap();
        let db = Db::open(&scratch.url, CreateMode::Never, 2).unwrap();
        assert_eq!(db.read_long(verify::verify).await.unwrap(), verify::VerifyReport::default());
        assert_eq!(founded(db).await, Some(first));
    });
});

on_both_databases!(migrating_again_changes_nothing, |scratch| {
    let before = {
        assert!(scratch.run(&["migrate"]).status.success());
        columns(&scratch.url)
    };
    assert!(scratch.run(&["migrate"]).status.success());
    assert!(!before.is_empty());
    assert_eq!(columns(&scratch.url), before);
});

/// A column: its table, its name, and whether it may be null.
#[derive(Debug, QueryableByName, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Column {
    #[diesel(sql_type = Text)]
    pub(crate) of: String,
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    #[diesel(sql_type = Bool)]
    is_needed: bool,
}

/// The columns of a database, without those of the search and of the migrations themselves.
pub(crate) fn columns(url: &str) -> BTreeSet<Column> {
    const SQLITE: &str = "SELECT m.name AS \"of\", p.name AS name, \
        (p.\"notnull\" OR p.pk > 0) AS is_needed FROM sqlite_master m, pragma_table_info(m.name) p \
        WHERE m.type = 'table' AND m.name NOT LIKE 'search%' AND m.name NOT LIKE '!_!_%' ESCAPE '!'";
    const POSTGRES: &str = "SELECT table_name::text AS \"of\", column_name::text AS name, is_nullable = 'NO' AS is_needed \
        FROM information_schema.columns WHERE table_schema = 'public' \
        AND table_name <> 'search' AND table_name NOT LIKE '!_!_%' ESCAPE '!'";
    let loaded: Vec<Column> = match url.strip_prefix("sqlite://") {
        Some(file) => {
            let mut connection = SqliteConnection::establish(file).unwrap();
            // The server's connections may still be closing.
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            diesel::sql_query(SQLITE).load(&mut connection).unwrap()
        }
        None => diesel::sql_query(POSTGRES).load(&mut PgConnection::establish(url).unwrap()).unwrap(),
    };
    loaded.into_iter().collect()
}

#[test]
fn both_databases_have_the_same_tables_and_columns() {
    if postgres::server().is_none() {
        return;
    }
    let [sqlite, postgres] = [Backend::Sqlite, Backend::Postgres].map(|backend| {
        let scratch = Scratch::new(backend);
        Db::open(&scratch.url, CreateMode::IfMissing, 1).unwrap();
        columns(&scratch.url)
    });
    assert!(sqlite.len() > 100, "{}", sqlite.len());
    let only = |one: &BTreeSet<Column>, other: &BTreeSet<Column>| {
        one.difference(other).map(|column| format!("{column:?}")).collect::<Vec<_>>()
    };
    assert_eq!(only(&sqlite, &postgres), only(&postgres, &sqlite));
}

on_both_databases!(tables_of_a_later_version_are_refused, |scratch| {
    assert!(scratch.run(&["migrate"]).status.success());
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
    execute(&scratch.url, later);
    let file = scratch.folder.join("x");
    let file = file.to_str().unwrap();
    for command in [
        &["migrate"][..],
        &["serve", "--listen", "127.0.0.1:0"],
        &["export", file],
        &["feed", "verify"],
        &["keys", "list"],
    ] {
        let said = scratch.refusal(command);
        assert!(said.contains("later version") && said.contains("9999"), "{command:?}: {said}");
    }
});

#[test]
fn a_password_is_never_said() {
    let scratch = Scratch::new(Backend::Sqlite);
    for url in [
        "postgres://me:s3cr%2Fet@127.0.0.1:1/x",
        "postgres://me:s3cr%2Fet@127.0.0.1:port/x",
        "postgres://me:s3cr/et@127.0.0.1:1/x",
        "postgres://127.0.0.1:1/x?user=me&password=s3cr%2Fet",
        "postgres://127.0.0.1:1/x?sslmode=odd&password=s3cr%2Fet",
        "postgress://me:s3cr/et@127.0.0.1/x",
        "mysql://me:s3cr%2Fet@127.0.0.1/x",
        "postgres://me:s3cr/et@127.0.0.1:1/x?unheard=1",
    ] {
        for command in [&["migrate"][..], &["export", "-"], &["serve"]] {
            let said = scratch.refusal(&[command, &["--database-url", url]].concat());
            assert!(!said.contains("s3cr"), "{said}");
        }
        let replica = scratch.refusal(&["serve", "--listen", "127.0.0.1:0", "--database-replica-url", url]);
        assert!(!replica.contains("s3cr"), "{replica}");
    }
}
