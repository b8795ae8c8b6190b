//! The table `answers`: stored responses.

use crate::db::conn::Conn;
use crate::db::schema::answers;
use crate::db::types::Id;
use diesel::prelude::*;

/// A response to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// The record it shows: when that is erased, the response is deleted.
    pub record: Option<Id>,
    /// What is stored instead of the body, where that holds a secret.
    pub stored_body: Option<String>,
}

impl StoredResponse {
    /// A JSON response.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        let headers = vec![("content-type".into(), "application/json".into())];
        Self { status, headers, body, record: None, stored_body: None }
    }

    /// Adds a header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Returns the response stored for an API key and idempotency key since `since`, with the fingerprint of
/// its request.
pub(super) fn find(
    tx: &mut Conn,
    key: &str,
    token: &str,
    since: i64,
) -> QueryResult<Option<(String, StoredResponse)>> {
    type Row = (String, i64, String, String, Option<Id>);
    let row: Option<Row> = answers::table
        .find((key, token))
        .filter(answers::at.ge(since))
        .select((answers::fingerprint, answers::status, answers::headers, answers::body, answers::record_id))
        .first(tx)
        .optional()?;
    let Some((fingerprint, status, headers, body, record)) = row else { return Ok(None) };
    let damaged = |why: String| {
        let told = format!("the answer that is kept for key {key} under `{token}` is damaged: {why}");
        diesel::result::Error::DeserializationError(told.into())
    };
    let headers = serde_json::from_str(&headers).map_err(|error| damaged(error.to_string()))?;
    let status = u16::try_from(status).map_err(|error| damaged(error.to_string()))?;
    Ok(Some((fingerprint, StoredResponse { status, headers, body, record, stored_body: None })))
}

/// Deletes responses stored before `since`.
pub(super) fn delete_older(tx: &mut Conn, since: i64) -> QueryResult<()> {
    diesel::delete(answers::table.filter(answers::at.lt(since))).execute(tx).map(drop)
}

/// Inserts a response.
pub(super) fn insert(
    tx: &mut Conn,
    (key, token): (&str, &str),
    fingerprint: &str,
    reply: &StoredResponse,
    now: i64,
) -> QueryResult<()> {
    let row = (
        answers::key_id.eq(key),
        answers::token.eq(token),
        answers::fingerprint.eq(fingerprint),
        answers::status.eq(i64::from(reply.status)),
        answers::headers.eq(serde_json::json!(reply.headers).to_string()),
        answers::body.eq(reply.stored_body.as_ref().unwrap_or(&reply.body)),
        answers::record_id.eq(reply.record),
        answers::at.eq(now),
    );
    diesel::insert_into(answers::table).values(row).execute(tx).map(drop)
}
