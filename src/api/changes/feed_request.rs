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
use crate::http::query_params::QueryParams;
use crate::store::changes::{self, LogBounds};
use actix_web::HttpRequest;
use std::time::{Duration, Instant};

/// The changes of a page when `limit` is not given, and the most.
pub(super) const PAGE_LIMITS: (i64, i64) = (100, 1000);

/// From where a reader goes on.
#[derive(Clone)]
pub(super) enum StartAt {
    Beginning,
    Now,
    Cursor(String),
    AfterSeq(i64),
}

/// What a reader of the feed asks.
#[derive(Clone)]
pub(super) struct FeedRequest {
    credentials: Option<Credentials>,
    kinds: Vec<Kind>,
    exclude_origin: Option<String>,
    pub(super) after: StartAt,
    pub(super) limit: i64,
}

/// What is read for it.
pub(super) struct FeedPage {
    key_id: Option<String>,
    filter: ChangeFilter,
    pub(super) log_bounds: LogBounds,
    after: i64,
    /// The changes: the number of each, and its JSON.
    pub(super) items: Vec<(i64, String)>,
    pub(super) has_more: bool,
}

impl FeedRequest {
    pub(super) fn from_request(request: &HttpRequest, params: &mut QueryParams) -> Result<Self> {
        let credentials = Credentials::from_request_if_given(request)?;
        let kinds = read_kind_set(params);
        let without = params.single("exclude_origin");
        if let Some(origin) = without.as_ref().filter(|origin| !schemes::is_well_formed(origin)) {
            params.invalid("exclude_origin", origin, "`self` or the name of an origin");
        }
        let after = match params.single("after").as_deref() {
            None => StartAt::Beginning,
            Some("now") => StartAt::Now,
            Some(cursor) => StartAt::Cursor(cursor.to_owned()),
        };
        Ok(Self { credentials, kinds, exclude_origin: without, after, limit: PAGE_LIMITS.0 })
    }

    fn read(&self, tx: &mut Conn, state: &AppState) -> TxResult<FeedPage> {
        let key = self.credentials.as_ref().map(|key| key.verify(tx, state.clock.now())).transpose()?;
        let without = match (self.exclude_origin.as_deref(), &key) {
            (Some("self"), Some(key)) => Some(key.origin.clone()),
            (Some("self"), None) => return Err(Problem::new(ErrorCode::Unauthorized).into()),
            (other, _) => other.map(str::to_owned),
        };
        let selection = ChangeFilter { kinds: self.kinds.clone(), exclude_origin: without };
        let extent = changes::log_bounds(tx)?;
        let after = match &self.after {
            StartAt::Beginning => extent.base,
            StartAt::Now => extent.head,
            StartAt::AfterSeq(seq) => *seq,
            StartAt::Cursor(cursor) => {
                FeedCursor::decode(&state.cursor_signer, cursor, &extent.epoch, &selection)?.seq
            }
        };
        if after > extent.head {
            return Err(cursor::cursor_gone().into());
        }
        let from = state.empty_ranges.skip_to(after, &selection);
        let page = change_feed::changes::read_page(tx, &selection, from, self.limit)?;
        if page.rows.is_empty() && extent.head > from {
            state.empty_ranges.note_empty(after, &selection, extent.head);
        }
        let ChangePage { rows, has_more } = page;
        let items = rows.iter().map(|row| Ok((row.version.seq, row.to_json()?))).collect::<Result<_>>()?;
        Ok(FeedPage {
            key_id: key.map(|key| key.id),
            filter: selection,
            log_bounds: extent,
            after,
            items,
            has_more,
        })
    }

    pub(super) async fn execute(&self, state: &AppState) -> Result<FeedPage> {
        let (feed_request, inside) = (self.clone(), state.clone());
        let found = state.db.primary().read(move |tx| feed_request.read(tx, &inside)).await?;
        if let Some(key) = &found.key_id {
            state.reader_positions.note(key, found.last_seq(), state.clock.now());
        }
        Ok(found)
    }

    /// Reads a page; where there is none yet, waits for one.
    pub(super) async fn wait_for_page(mut self, state: &AppState, patience: Duration) -> Result<FeedPage> {
        let deadline = Instant::now() + patience;
        let mut listener = state.notifier.listen();
        let mut found = self.execute(state).await?;
        while found.items.is_empty() {
            self.after = StartAt::AfterSeq(found.after);
            let left = deadline.saturating_duration_since(Instant::now());
            if !listener.wait_past(found.log_bounds.head, left).await {
                break;
            }
            let _permit = listener.acquire_read_permit().await;
            found = self.execute(state).await?;
        }
        Ok(found)
    }
}

impl FeedPage {
    /// The number of the last change given.
    pub(super) fn last_seq(&self) -> i64 {
        self.items.last().map_or(self.after, |(seq, _)| *seq)
    }

    pub(super) fn cursor_at(&self, state: &AppState, seq: i64) -> String {
        let (epoch, selection) = (self.log_bounds.epoch.clone(), self.filter.clone());
        FeedCursor { epoch, seq, filter: selection }.encode(&state.cursor_signer)
    }
}
