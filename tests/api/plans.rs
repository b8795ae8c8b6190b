//! How the databases answer lists: a page of any order is read where it begins, through an index, however many records
//! there are. Nothing is scanned whole, nothing is sorted whole.

use crate::on_both;
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Integer, Text};
use kakehashi::db::conn::Conn;
use kakehashi::db::error::TxResult;
use kakehashi::db::fulltext::TextQuery;
use kakehashi::db::keyset_paging::{KeysetQuery, OrderKey};
use kakehashi::db::sql::{SqlFragment, Statement};
use kakehashi::domain::kind::Kind;
use kakehashi::kinds::all;
use kakehashi::kinds::definition::Definition;
use kakehashi::kinds::filter_sql;
use kakehashi::kinds::filters::{Filter, FilterType};
use std::fmt::Write as _;

/// So many that a planner would rather not look at all of them.
const RECORDS: usize = 4_000;

/// The plan of a statement: how deep each step lies, and what it does.
type Plan = Vec<(usize, String)>;

fn explain(tx: &mut Conn, statement: SqlFragment) -> Plan {
    if let Conn::Sqlite(_) = tx {
        let statement = SqlFragment::new("EXPLAIN QUERY PLAN ").append(statement);
        let statement = Statement::<(Integer, Integer, Integer, Text)>::new(statement);
        let steps: Vec<(i32, i32, i32, String)> = statement.load(tx).unwrap();
        let mut depths = std::collections::HashMap::from([(0, 0)]);
        let mut step = |(id, parent, _, text): (i32, i32, i32, String)| {
            let depth = depths[&parent] + 1;
            depths.insert(id, depth);
            (depth, text)
        };
        return steps.into_iter().map(&mut step).collect();
    }
    let statement = Statement::<Text>::new(SqlFragment::new("EXPLAIN (COSTS OFF) ").append(statement));
    let lines: Vec<String> = statement.load(tx).unwrap();
    let nodes = lines.iter().enumerate().filter(|(index, line)| *index == 0 || line.contains("->"));
    nodes
        .map(|(_, line)| (line.find("->").map_or(0, |at| at + 1), line.replace("->", "").trim().to_owned()))
        .collect()
}

/// The steps below the one that takes a page out of the list.
fn below_the_limit(plan: &Plan) -> &[(usize, String)] {
    let is_limit = |text: &str| ["Limit", "CO-ROUTINE p", "MATERIALIZE p"].contains(&text);
    let limit =
        plan.iter().position(|(_, text)| is_limit(text)).unwrap_or_else(|| panic!("no page in {plan:#?}"));
    let below = &plan[limit + 1..];
    let end = below.iter().position(|(depth, _)| *depth <= plan[limit].0).unwrap_or(below.len());
    &below[..end]
}

fn scans_a_table(text: &str) -> bool {
    let whole = text.starts_with("SCAN ")
        && !text.contains("USING")
        && !["SCAN p", "SCAN CONSTANT ROW"].contains(&text);
    whole || text.contains("Seq Scan")
}

/// Sorting what is equal in the first key is not sorting the list.
fn sorts_all(text: &str) -> bool {
    text == "USE TEMP B-TREE FOR ORDER BY" || text == "Sort"
}

/// What is wrong with the plan of what was asked. What `finds_few` may sort them, and PostgreSQL rather reads all the short
/// rows of a kind's own table than look dozens of them up.
fn said(asked: &str, plan: &Plan, finds_few: bool) -> Option<String> {
    let scanned =
        |text: &str| scans_a_table(text) && !(finds_few && text.contains("Seq Scan") && text.ends_with(" t"));
    let scanned = plan.iter().any(|(_, text)| scanned(text));
    let sorted = !finds_few && below_the_limit(plan).iter().any(|(_, text)| sorts_all(text));
    let line = |(depth, text): &(usize, String)| format!("{:depth$}{text}\n", "");
    (scanned || sorted).then(|| format!("{asked}\n{}", plan.iter().map(line).collect::<String>()))
}

/// The columns of a table, with their types.
pub(crate) fn columns(tx: &mut Conn, table: &str) -> Vec<(String, String)> {
    let known = match tx {
        Conn::Sqlite(_) => "SELECT name, type FROM pragma_table_info(",
        Conn::Postgres(_) => {
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns WHERE table_name IN ("
        }
    };
    Statement::<(Text, Text)>::new(SqlFragment::new(known).bind_text(table).sql(")")).load(tx).unwrap()
}

/// Fills a kind's tables with records that differ in everything that lists sort and filter by. `updated_at` numbers them.
fn fill(tx: &mut Conn, shelf: &'static dyn Definition) -> TxResult<()> {
    let (kind, table) = (shelf.kind().as_str(), shelf.table());
    let is_sqlite = matches!(tx, Conn::Sqlite(_));
    let (series, id, day) = if is_sqlite {
        (
            format!(
                "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {RECORDS}) SELECT n FROM s)"
            ),
            "randomblob(16)",
            "date('1950-01-01', '+' || (n * 7 % 27000) || ' days')",
        )
    } else {
        (
            format!("generate_series(1, {RECORDS}) AS s(n)"),
            "gen_random_uuid()",
            "to_char(DATE '1950-01-01' + CAST(n * 7 % 27000 AS INT), 'YYYY-MM-DD')",
        )
    };
    let mut sql = format!(
        "INSERT INTO records (id, kind, version, state, shape, created_at, updated_at, origin, name, content)
         SELECT {id}, '{kind}', 1, 'live', 1, n, n, 'test', '{{}}', '{{}}' FROM {series};"
    );
    let code = |column: &str| {
        shelf.filters().iter().find_map(|filter| match filter.filter_type {
            FilterType::Code(terms, of) if of == column => Some(terms),
            _ => None,
        })
    };
    let value = |(column, of): &(String, String)| match (column.as_str(), of.to_lowercase().as_str()) {
        ("id", _) => "id".to_owned(),
        ("open", _) => "0".to_owned(),
        (name, _) if name.ends_with("_earliest") || name.ends_with("_latest") => day.to_owned(),
        (name, "text") => match code(name) {
            Some(terms) => {
                let cases = terms
                    .iter()
                    .enumerate()
                    .map(|(index, term)| format!(" WHEN {index} THEN '{}'", term.code));
                format!("CASE n % {} {} END", terms.len(), cases.collect::<String>())
            }
            None => format!("'{name} ' || (n * 7919 % {RECORDS})"),
        },
        _ => "n".to_owned(),
    };
    let columns = columns(tx, table);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    let all = format!("(SELECT id, updated_at AS n FROM records WHERE kind = '{kind}') s");
    let _ =
        write!(sql, "INSERT INTO {table} ({}) SELECT {} FROM {all};", names.join(", "), values.join(", "));
    let mut pointers = std::collections::BTreeSet::new();
    for filter in shelf.filters() {
        match filter.filter_type {
            // Few are found among many.
            FilterType::Tag(terms, at) => {
                let code = terms[0].code;
                let tag = |at: &&str| {
                    format!(
                        "INSERT INTO tags (record_id, pointer, code)
                         SELECT id, '{at}', CASE WHEN n % 400 = 0 THEN '{code}' ELSE 'else' END FROM {all} WHERE n % 4 = 0;"
                    )
                };
                sql.extend(at.iter().filter(|at| pointers.insert(**at)).map(tag));
            }
            FilterType::Reference(_, at) => {
                // To the first records, whatever their kind.
                let refer = |at: &&str| {
                    format!(
                        "INSERT INTO refs (from_record, pointer, to_record) SELECT s.id, '{at}', o.id
                         FROM {all} JOIN records o ON o.number = (SELECT MIN(number) FROM records) + CASE WHEN n % 400 = 0 THEN 0 ELSE 1 END
                         WHERE n % 4 = 0;"
                    )
                };
                sql.extend(at.iter().filter(|at| pointers.insert(**at)).map(refer));
            }
            _ => {}
        }
    }
    Ok(tx.batch_execute(&sql)?)
}

/// The filters of a kind that its lists are mostly asked with, each with a value; and whether it finds few, which are
/// then sorted.
fn usual(filter: &Filter, target: &str) -> Option<(String, String, bool)> {
    match filter.filter_type {
        FilterType::Code(terms, _) => Some((filter.name.into(), terms[0].code.into(), false)),
        FilterType::Tag(terms, _) => Some((filter.name.into(), terms[0].code.into(), true)),
        FilterType::Reference(..) => Some((filter.name.into(), target.into(), true)),
        _ => None,
    }
}

/// The first page of a list.
fn first_page(shelf: &dyn Definition, filter: SqlFragment, order: Vec<OrderKey>) -> KeysetQuery {
    KeysetQuery {
        kind: shelf.kind().as_str(),
        table: shelf.table(),
        filter,
        order,
        words: TextQuery::default(),
        after: None,
        limit: 21,
    }
}

/// The plans of a kind's lists that look at everything.
fn judge(tx: &mut Conn, shelf: &'static dyn Definition, target: &str) -> Vec<String> {
    let today = "2026-11-22".parse().unwrap();
    let mut bad = Vec::new();
    let names = shelf.sort_keys().iter().map(|sort| sort.name).chain(["updated_at"]);
    let mut sorts: Vec<String> = names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
    sorts.push(String::new());
    sorts.push(shelf.default_sort().to_owned());
    for sort in sorts {
        let order = filter_sql::parse_sort(&sort, shelf.sort_keys()).unwrap();
        let keys = order.len();
        let filter = SqlFragment::all([]);
        let mut paging = first_page(shelf, filter, order);
        for page in ["first", "following"] {
            let asked = format!("{}?sort={sort}, {page} page", shelf.kind().path());
            bad.extend(said(&asked, &explain(tx, paging.page_statement()), false));
            paging.after = paging.load(tx).unwrap().0.last().map(|row| row.position(keys));
        }
    }
    for (name, value, finds_few) in shelf.filters().iter().filter_map(|filter| usual(filter, target)) {
        let filter = shelf.filters().iter().find(|filter| filter.name == name).unwrap();
        let filter = filter.condition(&name, std::slice::from_ref(&value), today).unwrap();
        let order = filter_sql::parse_sort(shelf.default_sort(), shelf.sort_keys()).unwrap();
        let paging = first_page(shelf, filter, order);
        let asked = format!("{}?{name}={value}", shelf.kind().path());
        bad.extend(said(&asked, &explain(tx, paging.page_statement()), finds_few));
        // Where a code has many records, all of them are counted.
        if finds_few {
            bad.extend(said(&format!("{asked}&count=exact"), &explain(tx, paging.count_statement()), true));
        }
    }
    bad
}

on_both!(every_order_of_every_list_is_read_from_an_index, empty, |app| {
    let run = |app: &TestApp, work: fn(&mut Conn) -> TxResult<Vec<String>>| {
        actix_web::rt::System::new().block_on(app.db.write(work)).unwrap()
    };
    run(app, |tx| {
        for kind in Kind::ALL {
            fill(tx, all::definition(*kind))?;
        }
        // SQLite has no statistics in service either.
        if let Conn::Postgres(_) = tx {
            tx.batch_execute("ANALYZE")?;
        }
        Ok(vec![])
    });
    let judged = |tx: &mut Conn| {
        let first = SqlFragment::new("SELECT ").sql(match tx {
            Conn::Sqlite(_) => "lower(hex(id))",
            Conn::Postgres(_) => "CAST(id AS TEXT)",
        });
        let first = first.sql(" FROM records ORDER BY number LIMIT 1");
        let target: String = Statement::<Text>::new(first).get_result(tx)?;
        let target = target.parse::<uuid::Uuid>().unwrap().to_string();
        Ok(Kind::ALL.iter().flat_map(|kind| judge(tx, all::definition(*kind), &target)).collect::<Vec<_>>())
    };
    let bad = run(app, judged);
    assert!(bad.is_empty(), "{} plans:\n{}", bad.len(), bad.join("\n"));

    // Without their indexes they would be told.
    run(app, |tx| {
        tx.batch_execute(
            "DROP INDEX partnerships_by_since_down; DROP INDEX refs_by_target; DROP INDEX people_by_name_ja;",
        )?;
        Ok(vec![])
    });
    // A connection keeps the plans that it has explained.
    let bad = run(&app.start_second_server(0), judged);
    for asked in [
        "partnerships?sort=-since, first",
        "partnerships?sort=-since, following",
        "people?sort=name.ja",
        "partnerships?authority=",
    ] {
        assert!(bad.iter().any(|plan| plan.starts_with(asked)), "{asked}: {}", bad.join("\n"));
    }
});
