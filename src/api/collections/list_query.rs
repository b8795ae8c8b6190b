//! The query of a list: filters, order, page, representation.

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

/// The most records of a page that may be read on the async thread.
const MAX_INLINE_LIMIT: i64 = 100;

/// A parsed request for a list.
pub(super) struct ListRequest {
    /// What to read.
    pub(super) query: ListQuery,
    /// The members of the response; all when empty.
    pub(super) fields: Vec<String>,
    /// Whether the page is small and an index gives it, so that reading it is short in any registry.
    pub(super) is_by_index: bool,
    /// Whether the page is small and its filter looks at each record alone, so that the time limit in the
    /// statement can end it after any record.
    pub(super) is_interruptible: bool,
    /// The path and parameters of this list without cursor and limit, which its cursors are signed with.
    pub(super) cursor_context: String,
    /// The format, with its options.
    pub(super) representation: Representation,
    /// Whether the response is the whole list, not a page.
    pub(super) is_whole_list: bool,
}

impl ListRequest {
    /// Reads the query; `path_condition` is the condition that the path adds.
    pub(super) fn from_request(
        request: &HttpRequest,
        definition: &'static dyn Definition,
        state: &AppState,
        path_condition: Option<SqlFragment>,
    ) -> Result<Self> {
        let mut params = QueryParams::from_request(request);
        let today = state.clock.today();
        let mut representation =
            Representation::from_request(request, &mut params, &representation::list_formats(definition))?;
        let is_whole_list = representation.is_whole_list() && !params.has("limit") && !params.has("cursor");
        let mut conditions = filter_conditions(&mut params, definition.filters(), today);
        conditions.extend(path_condition);
        let identifiers = params.list("identifier");
        if !identifiers.is_empty() {
            conditions
                .extend(params.accept(filter_sql::identifier_condition(definition.kind(), &identifiers)));
        }
        for name in ["updated_at[gte]", "updated_at[lte]"] {
            let values: Vec<String> = params.single(name).into_iter().collect();
            if !values.is_empty() {
                conditions.extend(params.accept(filter_sql::updated_at_condition(name, &values)));
            }
        }
        let valid_on = ValidOn::from_params(&mut params, definition, today);
        conditions.extend(valid_on.map(ValidOn::condition));
        let valid_on = valid_on.map(|valid_on| valid_on.day);
        let search_query = params.search_query();
        let text_query =
            search_query.and_then(|text| params.accept(filter_sql::text_query(&text))).unwrap_or_default();
        let wants_total = wants_total(&mut params) && representation.format == MediaFormat::Json;
        let limit = params.page_limit();
        let fields = representation.read_fields(&mut params, definition);
        let default_sort = if representation.format == MediaFormat::Atom {
            "-updated_at"
        } else {
            definition.default_sort()
        };
        let sort = params.single("sort").unwrap_or_else(|| default_sort.to_owned());
        let order = params.accept(filter_sql::parse_sort(&sort, definition.sort_keys())).unwrap_or_default();
        let cursor_context = representation.list_url(request);
        let after = params.single("cursor").and_then(|cursor| {
            let position = state
                .cursor_signer
                .verify(&cursor_context, &cursor)
                .and_then(|payload| parse_position(&payload, &order));
            params.accept(
                position.ok_or_else(|| Fault::at_parameter("cursor", ErrorCode::InvalidCursor, vec![])),
            )
        });
        params.finish()?;
        // Every order by one key has an index; with a condition or another key, all records may have to be
        // read.
        let is_by_index = conditions.is_empty()
            && text_query.is_empty()
            && !sort.contains(',')
            && fields.is_empty()
            && limit <= MAX_INLINE_LIMIT;
        let filter = SqlFragment::all(conditions);
        let is_interruptible =
            text_query.is_empty() && limit <= MAX_INLINE_LIMIT && !filter.mentions("SELECT");
        Ok(Self {
            query: ListQuery {
                kind: definition.kind(),
                filter,
                text_query,
                order,
                after,
                limit,
                wants_total,
                valid_on,
            },
            fields,
            is_by_index,
            is_interruptible,
            cursor_context,
            representation,
            is_whole_list,
        })
    }

    /// Returns the URL of the page after `position`.
    pub(super) fn next_link(&self, signer: &CursorSigner, position: &KeysetPosition, limit: i64) -> String {
        next_page_link(&self.cursor_context, signer, position, limit)
    }
}
