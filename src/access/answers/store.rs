//! The table of the answers that are kept.

use crate::db::Conn;
use crate::db::schema::answers;
use crate::db::types::Id;
use diesel::prelude::*;

/// An answer, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its HTTP status.
    pub status: u16,
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The record it shows: when that is erased, the answer goes too.
    pub record: Option<Id>,
}

/// The answer given to a request of a key, with the fingerprint of the request, if it is not older than `since`.
///
/// # Errors
/// When the database fails.
pub(super) fn find(
    tx: &mut Conn,
    key: &str,
    token: &str,
    since: i64,
) -> QueryResult<Option<(String, Reply)>> {
    type Row = (String, i64, String, String, Option<Id>);
    let row: Option<Row> = answers::table
        .find((key, token))
        .filter(answers::at.ge(since))
        .select((answers::fingerprint, answers::status, answers::headers, answers::body, answers::record_id))
        .first(tx)
        .optional()?;
    Ok(row.map(|(fingerprint, status, headers, body, record)| {
        let headers = serde_json::from_str(&headers).unwrap_or_default();
        (fingerprint, Reply { status: u16::try_from(status).unwrap_or(500), headers, body, record })
    }))
}

/// Keeps an answer, and forgets those older than `since`.
///
/// # Errors
/// When the database fails.
pub(super) fn keep(
    tx: &mut Conn,
    (key, token): (&str, &str),
    fingerprint: &str,
    reply: &Reply,
    (since, now): (i64, i64),
) -> QueryResult<()> {
    diesel::delete(answers::table.filter(answers::at.lt(since))).execute(tx)?;
    let row = (
        answers::key_id.eq(key),
        answers::token.eq(token),
        answers::fingerprint.eq(fingerprint),
        answers::status.eq(i64::from(reply.status)),
        answers::headers.eq(serde_json::json!(reply.headers).to_string()),
        answers::body.eq(&reply.body),
        answers::record_id.eq(reply.record),
        answers::at.eq(now),
    );
    diesel::insert_into(answers::table).values(row).execute(tx).map(drop)
}
