//! Table `refs`: which record refers to which.

use super::projections::replace_rows;
use super::records::{LIVE, RecordRow, find};
use crate::db::conn::Conn;
use crate::db::schema::{identifiers, records, refs};
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A reference: its member (without list indices) and the id of the record referred to.
pub type Reference = (String, Id);

/// Replaces the references of a record.
///
/// # Errors
/// A foreign key violation when a record referred to has been deleted.
pub fn set_refs(tx: &mut Conn, id: Id, current: &[Reference], wanted: &[Reference]) -> QueryResult<()> {
    let row = |(_, (pointer, target)): (i64, &Reference)| {
        let row = [
            BindValue::Id(id),
            BindValue::Text(pointer.clone()),
            BindValue::Id(*target),
            BindValue::Text(LIVE.into()),
        ];
        SqlFragment::default().bind_list(row)
    };
    let table = ("refs WHERE from_record = ", "refs (from_record, pointer, to_record, to_state)");
    replace_rows(tx, id, table, (current, wanted), row)
}

/// A record as a reference names it: id, kind, state, name as JSON.
pub type Referent = (Id, String, String, String);

/// Returns the record with this id.
pub fn find_referent(tx: &mut Conn, id: Id) -> QueryResult<Option<Referent>> {
    let row = records::table.filter(records::id.eq(id));
    row.select((records::id, records::kind, records::state, records::name)).first(tx).optional()
}

/// Returns the records of these kinds that bear an identifier.
pub fn find_referents(tx: &mut Conn, kinds: &[Kind], identifier: &Identifier) -> QueryResult<Vec<Referent>> {
    let named = identifiers::scheme.eq(&identifier.scheme).and(identifiers::value.eq(&identifier.value));
    let rows = identifiers::table
        .inner_join(records::table.on(records::id.eq(identifiers::record_id)))
        .filter(named)
        .select((records::id, records::kind, records::state, records::name));
    let rows: Vec<Referent> = rows.load(tx)?;
    Ok(rows.into_iter().filter(|(_, kind, ..)| kinds.iter().any(|wanted| wanted.as_str() == kind)).collect())
}

/// A record that refers to another: id, kind, member, name as JSON.
pub type Referrer = (Id, String, String, String);

/// Returns the number of references to a record, and the first `limit` records that have one.
pub fn list_referrers(tx: &mut Conn, id: Id, limit: i64) -> QueryResult<(i64, Vec<Referrer>)> {
    let all = || refs::table.filter(refs::to_record.eq(id).and(refs::from_record.ne(id)));
    let count = all().select(count_star()).first(tx)?;
    let some = all()
        .inner_join(records::table.on(records::id.eq(refs::from_record)))
        .select((records::id, records::kind, refs::pointer, records::name))
        .order((records::id, refs::pointer))
        .limit(limit)
        .load(tx)?;
    Ok((count, some))
}

/// Returns the live records of these kinds that refer to a record.
pub fn load_referring(tx: &mut Conn, id: Id, kinds: &[Kind]) -> QueryResult<Vec<RecordRow>> {
    let from = refs::table.filter(refs::to_record.eq(id)).select(refs::from_record).distinct();
    let mut heads = Vec::new();
    for from in from.load(tx)? {
        let head = find(tx, from)?.filter(|head| !head.is_deleted());
        heads.extend(head.filter(|head| kinds.iter().any(|kind| kind.as_str() == head.kind)));
    }
    Ok(heads)
}

/// Redirects all references from one record to another.
///
/// # Errors
/// A foreign key violation when the other record has been deleted.
pub fn redirect_refs(tx: &mut Conn, from: Id, to: Id) -> QueryResult<()> {
    let duplicates = SqlFragment::new("DELETE FROM refs WHERE to_record = ")
        .bind(BindValue::Id(from))
        .sql(" AND EXISTS (SELECT 1 FROM refs o WHERE o.from_record = refs.from_record")
        .sql(" AND o.pointer = refs.pointer AND o.to_record = ")
        .bind(BindValue::Id(to))
        .sql(")");
    Statement::<BigInt>::new(duplicates).execute(tx)?;
    diesel::update(refs::table.filter(refs::to_record.eq(from)))
        .set(refs::to_record.eq(to))
        .execute(tx)
        .map(drop)
}

/// Returns the records that a member of a record refers to.
pub fn list_targets(tx: &mut Conn, from: Id, pointer: &str) -> QueryResult<Vec<Id>> {
    let wanted = refs::from_record.eq(from).and(refs::pointer.eq(pointer));
    refs::table.filter(wanted).select(refs::to_record).load(tx)
}

/// Whether `id` is `start`, or one of its ancestors along the member `pointer`.
pub fn is_ancestor(tx: &mut Conn, id: Id, start: Option<Id>, pointer: &str) -> QueryResult<bool> {
    let Some(start) = start else { return Ok(false) };
    let above = SqlFragment::new("WITH RECURSIVE above(id) AS (SELECT id FROM records WHERE id = ")
        .bind(BindValue::Id(start))
        .sql(" UNION SELECT r.to_record FROM refs r JOIN above a ON r.from_record = a.id AND r.pointer = ")
        .bind_text(pointer)
        .sql(") SELECT COUNT(*) FROM above WHERE id = ")
        .bind(BindValue::Id(id));
    let found: i64 = Statement::<BigInt>::new(above).get_result(tx)?;
    Ok(found > 0)
}
