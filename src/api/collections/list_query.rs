//! The query of a list, read whole: filters, order, page, form.

use super::representation::{self, Representation};
use super::valid_on::ValidOn;
use crate::api::filter_params::filter_conditions;
use crate::api::state::AppState;
use crate::db::keyset_paging::KeysetPosition;
use crate::db::sql::SqlFragment;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Result;
use crate::http::negotiation::MediaFormat;
use crate::http::pagination::{next_page_link, parse_position, wants_total};
use crate::http::query_params::QueryParams;
use crate::kinds::definition::Definition;
use crate::kinds::filter_sql;
use crate::records::read::queries::ListQuery;
use crate::util::cursor::CursorSigner;
use actix_web::HttpRequest;

/// The most records of a page that is read in place.
const MAX_INLINE_LIMIT: i64 = 100;

/// A list, as asked.
pub struct ListRequest {
    /// What to read.
    pub(super) query: ListQuery,
    /// The members to show; all when there are none.
    pub(super) fields: Vec<String>,
    /// Whether reading a page is short by construction: an index gives it, and it is small.
    pub(super) is_by_index: bool,
    /// Whether a page is small and each record is judged by itself, so that reading can be ended after any of them.
    pub(super) is_interruptible: bool,
    /// The path and parameters of this list, without its cursor, and with its form.
    pub(super) cursor_context: String,
    /// The form that is answered.
    pub(super) representation: Representation,
    /// Whether the whole list is asked for, not a page.
    pub(super) is_whole_list: bool,
}

impl ListRequest {
    /// Reads the query; `above` is the condition that the path sets.
    pub(super) fn from_request(
        request: &HttpRequest,
        shelf: &'static dyn Definition,
        state: &AppState,
        above: Option<SqlFragment>,
    ) -> Result<Self> {
        let mut params = QueryParams::from_request(request);
        let today = state.clock.today();
        let mut form =
            Representation::from_request(request, &mut params, &representation::list_formats(shelf))?;
        let is_whole = form.is_whole_list() && !params.has("limit") && !params.has("cursor");
        let mut conditions = filter_conditions(&mut params, shelf.filters(), today);
        conditions.extend(above);
        let identifiers = params.list("identifier");
        if !identifiers.is_empty() {
            conditions.extend(params.accept(filter_sql::identifier_condition(shelf.kind(), &identifiers)));
        }
        for name in ["updated_at[gte]", "updated_at[lte]"] {
            let values: Vec<String> = params.single(name).into_iter().collect();
            if !values.is_empty() {
                conditions.extend(params.accept(filter_sql::updated_at_condition(name, &values)));
            }
        }
        let valid_on = ValidOn::from_params(&mut params, shelf, today);
        conditions.extend(valid_on.as_ref().map(ValidOn::to_condition));
        let valid_on = valid_on.map(|held| held.day);
        let asked = params.search_query();
        let words = asked.and_then(|words| params.accept(filter_sql::text_query(&words))).unwrap_or_default();
        let count = wants_total(&mut params) && form.format == MediaFormat::Json;
        let limit = params.page_limit();
        let fields = form.read_fields(&mut params, shelf);
        let newest = if form.format == MediaFormat::Atom { "-updated_at" } else { shelf.default_sort() };
        let sort = params.single("sort").unwrap_or_else(|| newest.to_owned());
        let order = params.accept(filter_sql::parse_sort(&sort, shelf.sort_keys())).unwrap_or_default();
        let context = form.list_url(request);
        let after = params.single("cursor").and_then(|cursor| {
            let position = state
                .cursor_signer
                .verify(&context, &cursor)
                .and_then(|payload| parse_position(&payload, &order));
            params.accept(
                position.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])),
            )
        });
        params.finish()?;
        // Every order of one key has its index; with a condition or another key, all records may have to be looked at.
        let is_by_index = conditions.is_empty() && words.is_empty() && !sort.contains(',');
        let is_short = is_by_index && fields.is_empty() && limit <= MAX_INLINE_LIMIT;
        let filter = SqlFragment::all(conditions);
        let is_stepwise = words.is_empty() && limit <= MAX_INLINE_LIMIT && !filter.mentions("SELECT");
        Ok(Self {
            query: ListQuery {
                kind: shelf.kind(),
                filter,
                text_query: words,
                order,
                after,
                limit,
                wants_total: count,
                valid_on,
            },
            fields,
            is_by_index: is_short,
            is_interruptible: is_stepwise,
            cursor_context: context,
            representation: form,
            is_whole_list: is_whole,
        })
    }

    /// The address of the page after `position`.
    pub(super) fn next_link(&self, sealer: &CursorSigner, position: &KeysetPosition, limit: i64) -> String {
        next_page_link(&self.cursor_context, sealer, position, limit)
    }
}
