//! A request for a page of the change feed, and the page read for it.

use crate::api::filter_params::read_kind_set;
use crate::api::state::AppState;
use crate::auth::credentials::Credentials;
use crate::change_feed::changes::{ChangeFilter, ChangePage};
use crate::change_feed::cursor::{self, FeedCursor};
use crate::change_feed::{self};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::schemes;
use crate::http::bearer;
use crate::http::query_params::QueryParams;
use crate::store::changes::{self, LogBounds};
use actix_web::HttpRequest;
use std::time::{Duration, Instant};

/// The changes of a page: by default, and at most.
pub(super) const PAGE_LIMITS: (i64, i64) = (100, 1000);

/// Where a page starts.
#[derive(Clone)]
pub(super) enum StartAt {
    Beginning,
    Now,
    Cursor(String),
    AfterSeq(i64),
}

/// The parameters of a feed request, with the credentials if there are any.
#[derive(Clone)]
pub(super) struct FeedRequest {
    credentials: Option<Credentials>,
    kinds: Vec<Kind>,
    exclude_origin: Option<String>,
    pub(super) after: StartAt,
    pub(super) limit: i64,
}

/// A page of the change feed.
pub(super) struct FeedPage {
    key_id: Option<String>,
    filter: ChangeFilter,
    pub(super) log_bounds: LogBounds,
    after: i64,
    /// The changes: sequence number and JSON text.
    pub(super) items: Vec<(i64, String)>,
    pub(super) has_more: bool,
}

impl FeedRequest {
    /// Reads the parameters but `limit` and `wait`.
    pub(super) fn from_request(request: &HttpRequest, params: &mut QueryParams) -> Result<Self> {
        let credentials = bearer::read_credentials_if_given(request)?;
        let kinds = read_kind_set(params);
        let exclude_origin = params.single("exclude_origin");
        if let Some(origin) = exclude_origin.as_ref().filter(|origin| !schemes::is_well_formed(origin)) {
            params.invalid("exclude_origin", origin, "`self` or the name of an origin");
        }
        let after = match params.single("after").as_deref() {
            None => StartAt::Beginning,
            Some("now") => StartAt::Now,
            Some(cursor) => StartAt::Cursor(cursor.to_owned()),
        };
        Ok(Self { credentials, kinds, exclude_origin, after, limit: PAGE_LIMITS.0 })
    }

    /// Reads a page in a transaction.
    fn read(&self, tx: &mut Conn, state: &AppState) -> TxResult<FeedPage> {
        let key = self.credentials.as_ref().map(|key| key.verify(tx, state.clock.now())).transpose()?;
        let exclude_origin = match (self.exclude_origin.as_deref(), &key) {
            (Some("self"), Some(key)) => Some(key.origin.clone()),
            (Some("self"), None) => return Err(Problem::new(ErrorCode::Unauthorized).into()),
            (other, _) => other.map(str::to_owned),
        };
        let filter = ChangeFilter { kinds: self.kinds.clone(), exclude_origin };
        let bounds = changes::log_bounds(tx)?;
        let after = match &self.after {
            StartAt::Beginning => bounds.base,
            StartAt::Now => bounds.head,
            StartAt::AfterSeq(seq) => *seq,
            StartAt::Cursor(cursor) => {
                FeedCursor::decode(&state.cursor_signer, cursor, &bounds.epoch, &filter)?.seq
            }
        };
        if after > bounds.head {
            return Err(cursor::cursor_gone().into());
        }
        let from = state.empty_ranges.skip_to(after, &filter);
        let page = change_feed::changes::read_page(tx, &filter, from, self.limit)?;
        if page.rows.is_empty() && bounds.head > from {
            state.empty_ranges.note_empty(after, &filter, bounds.head);
        }
        let ChangePage { rows, has_more } = page;
        let items = rows.iter().map(|row| Ok((row.version.seq, row.to_json()?))).collect::<Result<_>>()?;
        Ok(FeedPage { key_id: key.map(|key| key.id), filter, log_bounds: bounds, after, items, has_more })
    }

    /// Reads a page and notes how far the key has read.
    pub(super) async fn execute(&self, state: &AppState) -> Result<FeedPage> {
        let (feed_request, reader_state) = (self.clone(), state.clone());
        let page = state.db.primary().read(move |tx| feed_request.read(tx, &reader_state)).await?;
        if let Some(key) = &page.key_id {
            state.reader_positions.note(key, page.last_seq(), state.clock.now());
        }
        Ok(page)
    }

    /// Reads a page; while it is empty, waits for changes, at most for `timeout`.
    pub(super) async fn wait_for_page(mut self, state: &AppState, timeout: Duration) -> Result<FeedPage> {
        let deadline = Instant::now() + timeout;
        let mut listener = state.notifier.listen();
        let mut page = self.execute(state).await?;
        while page.items.is_empty() {
            self.after = StartAt::AfterSeq(page.after);
            let remaining = deadline.saturating_duration_since(Instant::now());
            if !listener.wait_past(page.log_bounds.head, remaining).await {
                break;
            }
            let _permit = listener.acquire_read_permit().await;
            page = self.execute(state).await?;
        }
        Ok(page)
    }
}

impl FeedPage {
    /// Returns the sequence number of the last change of the page, or the position where it starts if it is
    /// empty.
    pub(super) fn last_seq(&self) -> i64 {
        self.items.last().map_or(self.after, |(seq, _)| *seq)
    }

    /// Returns the signed cursor of the position after a change.
    pub(super) fn cursor_at(&self, state: &AppState, seq: i64) -> String {
        let (epoch, filter) = (self.log_bounds.epoch.clone(), self.filter.clone());
        FeedCursor { epoch, seq, filter }.encode(&state.cursor_signer)
    }
}
