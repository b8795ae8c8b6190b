//! SQL of the dates whose anniversary is round in a year.

use super::anniversary::{Beginning, RoundYears};
use crate::analytics::dated_members::DATED_MEMBERS;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::store::damage;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};

/// Returns an SQL expression for the year of a date column of `d`; an open bound takes the year of
/// `d.earliest`.
fn year_sql(column: &str) -> String {
    format!("CAST(SUBSTR(COALESCE({column}, d.earliest), 1, 4) AS BIGINT)")
}

/// Returns the condition that some possible year of `d` is a round number of years before `year`.
fn round_condition(year: i16, round: &RoundYears) -> SqlFragment {
    let (first, last) = (year_sql("d.earliest"), year_sql("d.latest"));
    let year = BindValue::Int(year.into());
    match round {
        // The largest multiple up to the greatest possible age is at least the smallest possible age.
        RoundYears::Multiples(all) => SqlFragment::any(all.iter().map(|one| {
            let one = BindValue::Int((*one).into());
            SqlFragment::new("((")
                .bind(year.clone())
                .sql(format!(" - {first}) / "))
                .bind(one.clone())
                .sql(") * ")
                .bind(one.clone())
                .sql(" >= ")
                .bind(year.clone())
                .sql(format!(" - {last} AND "))
                .bind(year.clone())
                .sql(format!(" - {first} >= "))
                .bind(one)
        })),
        RoundYears::Years(all) => SqlFragment::any(all.iter().map(|one| {
            let begun = |sign: &str, column: &str| {
                SqlFragment::new(format!("{column} {sign} "))
                    .bind(year.clone())
                    .sql(" - ")
                    .bind(BindValue::Int((*one).into()))
            };
            SqlFragment::all([begun("<=", &first), begun(">=", &last)])
        })),
    }
}

/// Reads the beginnings a round number of years before `year`, of these kinds (all if empty) that satisfy
/// `filter`. Partnerships that ended and editions that were not held are excluded.
pub fn load_beginnings(
    tx: &mut Conn,
    year: i16,
    round: &RoundYears,
    kinds: &[Kind],
    filter: &SqlFragment,
) -> TxResult<Vec<Beginning>> {
    type Columns = (UuidSql, SqlText, SqlText, BigInt, BigInt);
    let mut found = Vec::new();
    for member in DATED_MEMBERS
        .iter()
        .filter(|dated| dated.has_anniversaries && (kinds.is_empty() || kinds.contains(&dated.kind)))
    {
        let status_join = match member.kind {
            Kind::Partnership => " JOIN partnerships t ON t.id = d.record_id AND t.open = 1",
            Kind::Rencontre => " JOIN rencontres t ON t.id = d.record_id AND t.status = 'held'",
            _ => "",
        };
        let rows = SqlFragment::new(format!(
            "SELECT d.record_id, r.name, d.edtf, r.version, r.updated_at FROM dates d JOIN records r ON r.id = d.record_id{status_join} WHERE "
        ));
        let rows = rows.append(SqlFragment::time_limit()).sql(" AND d.kind = ");
        let rows = rows.bind_text(member.kind.as_str()).sql(" AND d.pointer = ").bind_text(member.pointer);
        let rows = rows.sql(" AND d.earliest IS NOT NULL AND ").append(round_condition(year, round));
        let rows = rows.sql(" AND ").append(filter.clone()).sql(" ORDER BY d.record_id, d.position");
        let rows: Vec<(Id, String, String, i64, i64)> = Statement::<Columns>::new(rows).load(tx)?;
        for (id, name, edtf, version, written) in rows {
            let name = damage::parse_stored_name(member.kind.as_str(), id, &name)?;
            found.push(Beginning { member, id, name, edtf, version, updated_at: written });
        }
    }
    Ok(found)
}
