//! The beginnings of which anniversaries are kept.

use super::{Beginning, Round};
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::insight::dated::{DATED, concerned};
use crate::registry::content;
use crate::registry::filter::{Filter, Test};
use crate::vocabulary::Kind;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text as SqlText};

/// An authority that the record concerns.
pub const AUTHORITY: Filter = Filter {
    name: "authority",
    about: "What concerns this authority",
    test: Test::Records(&[Kind::Authority], concerning),
};

/// A dated record, `d`, concerns one of these authorities.
#[must_use]
pub fn concerning(authorities: Clause) -> Clause {
    let mut pointers: Vec<&str> = Vec::new();
    for pointer in DATED.iter().flat_map(|dated| concerned(dated.kind)) {
        if !pointers.contains(pointer) {
            pointers.push(pointer);
        }
    }
    Clause::new("d.record_id IN (SELECT o.from_record FROM refs o WHERE o.pointer IN ")
        .list(pointers.into_iter().map(|pointer| Bind::Text(pointer.to_owned())))
        .sql(" AND o.to_record IN ")
        .then(authorities)
        .sql(")")
}

/// The year of a column.
fn year_of(column: &str) -> String {
    format!("CAST(SUBSTR(COALESCE({column}, d.earliest), 1, 4) AS BIGINT)")
}

/// Some year between the first and the last possible one is a round number of years before `year`.
fn is_round(year: i16, round: &Round) -> Clause {
    let (first, last) = (year_of("d.earliest"), year_of("d.latest"));
    let year = Bind::Int(year.into());
    match round {
        // The largest multiple up to the greatest age, if the least age reaches it.
        Round::Multiples(all) => Clause::any(all.iter().map(|one| {
            let one = Bind::Int((*one).into());
            Clause::new("((")
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
        Round::Years(all) => Clause::any(all.iter().map(|one| {
            let begun = |sign: &str, column: &str| {
                Clause::new(format!("{column} {sign} "))
                    .bind(year.clone())
                    .sql(" - ")
                    .bind(Bind::Int((*one).into()))
            };
            Clause::all([begun("<=", &first), begun(">=", &last)])
        })),
    }
}

/// What began a round number of years before a year: of these kinds, where there are any, and this condition. What was
/// called off, or has ended, has no anniversaries.
///
/// # Errors
/// When the database fails.
pub fn beginnings(
    tx: &mut Conn,
    year: i16,
    round: &Round,
    kinds: &[Kind],
    filter: &Clause,
) -> Outcome<Vec<Beginning>> {
    type Columns = (Guid, SqlText, SqlText, BigInt, BigInt);
    let mut found = Vec::new();
    for what in
        DATED.iter().filter(|dated| dated.is_kept && (kinds.is_empty() || kinds.contains(&dated.kind)))
    {
        let lasting = match what.kind {
            Kind::Partnership => " JOIN partnerships t ON t.id = d.record_id AND t.open = 1",
            Kind::Rencontre => " JOIN rencontres t ON t.id = d.record_id AND t.status = 'held'",
            _ => "",
        };
        let rows = Clause::new(format!(
            "SELECT d.record_id, r.name, d.edtf, r.version, r.updated_at FROM dates d JOIN records r ON r.id = d.record_id{lasting} WHERE "
        ));
        let rows = rows.then(Clause::in_time()).sql(" AND d.kind = ");
        let rows = rows.text(what.kind.as_str()).sql(" AND d.pointer = ").text(what.pointer);
        let rows = rows.sql(" AND d.earliest IS NOT NULL AND ").then(is_round(year, round));
        let rows = rows.sql(" AND ").then(filter.clone()).sql(" ORDER BY d.record_id, d.position");
        let rows: Vec<(Id, String, String, i64, i64)> = Statement::<Columns>::new(rows).load(tx)?;
        for (id, name, edtf, version, written) in rows {
            let name = content::name(what.kind.as_str(), id, &name)?;
            found.push(Beginning { what, id, name, edtf, version, written });
        }
    }
    Ok(found)
}
