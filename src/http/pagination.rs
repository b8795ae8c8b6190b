//! Pages of lists: signed cursors, their context, links to the next page.

use super::query_params::QueryParams;
use super::responses;
use crate::db::keyset_paging::{KeysetPosition, OrderKey};
use crate::db::types;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::util::cursor::CursorSigner;
use crate::util::hash;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

/// Links to the next page of a list, with signed cursors.
#[derive(Clone)]
pub struct PageLinks {
    context: String,
    signer: CursorSigner,
    /// The maximum number of items of a page.
    pub(super) limit: i64,
}

impl PageLinks {
    /// Creates the links for the list that a request asks for.
    #[must_use]
    pub fn for_request(request: &HttpRequest, sealer: &CursorSigner, limit: i64) -> Self {
        Self { context: cursor_context(request), signer: sealer.clone(), limit }
    }

    /// Returns the URL of the page after a position, if there is one.
    ///
    /// # Errors
    /// 500 when the position cannot be written as JSON.
    pub fn next_link<T: serde::Serialize>(&self, position: Option<T>) -> Result<Option<String>> {
        let Some(position) = position else { return Ok(None) };
        let payload = serde_json::to_string(&position).map_err(|error| {
            log::error!("the position after a page of {} cannot be written: {error}", self.context);
            Problem::new(ErrorCode::Internal)
        })?;
        let (context, limit) = (&self.context, self.limit);
        let cursor = self.signer.sign(context, &payload);
        let join = if context.contains('?') { '&' } else { '?' };
        Ok(Some(format!("{context}{join}limit={limit}&cursor={cursor}")))
    }
}

/// Reads the position from the cursor of a request.
pub fn read_cursor<T: serde::de::DeserializeOwned>(
    request: &HttpRequest,
    sealer: &CursorSigner,
    params: &mut QueryParams,
) -> Option<T> {
    let cursor = params.single("cursor")?;
    let position = sealer.verify(&cursor_context(request), &cursor);
    let position = position.and_then(|payload| serde_json::from_str(&payload).ok());
    if position.is_none() {
        params.add_fault(crate::domain::errors::fault::Fault::at_parameter(
            "cursor",
            ErrorCode::InvalidCursor,
            vec![],
        ));
    }
    position
}

/// Returns the URL of the page after `position`; `context` is that of the list, from `cursor_context`.
#[must_use]
pub fn next_page_link(context: &str, sealer: &CursorSigner, position: &KeysetPosition, limit: i64) -> String {
    let mut payload = position.keys.clone();
    payload.push(position.id.to_string());
    let cursor = sealer.sign(context, &Value::from(payload).to_string());
    let join = if context.contains('?') { '&' } else { '?' };
    format!("{context}{join}limit={limit}&cursor={cursor}")
}

/// Answers with a page.
pub(crate) fn page_response(
    items: Value,
    limit: i64,
    next: Option<String>,
    total: Option<i64>,
) -> HttpResponse {
    let mut body = Value::Object(Map::from_iter([("items".into(), items)])).to_string();
    body.pop();
    finish_page(body, limit, next, total)
}

/// Answers with a page whose body is written up to the end of its items.
#[must_use]
pub fn finish_page(mut body: String, limit: i64, next: Option<String>, total: Option<i64>) -> HttpResponse {
    let mut about = Map::new();
    about.insert("limit".into(), limit.into());
    about.extend(next.iter().map(|next| ("next".to_owned(), next.as_str().into())));
    about.extend(total.map(|total| ("total".to_owned(), total.into())));
    body.extend([",\"page\":", &Value::Object(about).to_string(), "}"]);
    let mut response = responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body);
    if let Some(next) = next {
        responses::add_link(&mut response, &next, "next");
    }
    response
}

/// Returns path and query without `cursor` and `limit`, parameters sorted: what a cursor is valid for.
pub(crate) fn cursor_context(request: &HttpRequest) -> String {
    url_without(request, &["cursor", "limit"], &[])
}

/// Returns path and query without the `dropped` parameters and with the `added` ones, sorted.
#[must_use]
pub fn url_without(request: &HttpRequest, dropped: &[&str], added: &[(&str, &str)]) -> String {
    let given = form_urlencoded::parse(request.query_string().as_bytes()).into_owned();
    let mut pairs: Vec<(String, String)> =
        given.filter(|(name, _)| !dropped.contains(&name.as_str())).collect();
    pairs.extend(added.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    pairs.sort();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) }
}

/// Reads a position from the payload of a cursor; none where it does not fit the sort order.
#[must_use]
pub fn parse_position(payload: &str, order: &[OrderKey]) -> Option<KeysetPosition> {
    let mut keys: Vec<String> = serde_json::from_str(payload).ok()?;
    let id = types::parse_record_id(&keys.pop()?)?;
    (keys.len() == order.len()).then_some(KeysetPosition { keys, id })
}

/// Returns whether `count=exact` asks for the total number of items.
pub(crate) fn wants_total(params: &mut QueryParams) -> bool {
    match params.single("count").as_deref() {
        None => false,
        Some("exact") => true,
        Some(other) => {
            params.invalid("count", other, "`exact`");
            false
        }
    }
}
