//! The state of all endpoints: the HTTP context beside what only handlers use.

use super::total_counts::TotalCounts;
use crate::change_feed::empty_ranges::EmptyRanges;
use crate::change_feed::notifier::ChangeNotifier;
use crate::change_feed::reader_positions::ReaderPositions;
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::settings;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::http::context::HttpContext;
use crate::kinds::stored_content::VerifiedRows;
use crate::util::clock::Clock;
use crate::util::cursor::CursorSigner;
use actix_web::HttpRequest;

/// What an operator decides about endpoints.
#[derive(Debug, Clone, Copy)]
pub struct ApiOptions {
    /// Whether webhooks may reach addresses that are not public.
    pub allows_private_webhooks: bool,
    /// Whether `/metrics` is served at an address of its own, and not beside the API.
    pub has_metrics_listener: bool,
}

/// What handlers reach. Clones share it.
#[derive(Clone)]
pub struct AppState {
    /// What middleware and extractors reach as well.
    pub http: HttpContext,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Signs pagination cursors.
    pub cursor_signer: CursorSigner,
    /// Wakes long-poll and SSE clients when a change is committed.
    pub notifier: ChangeNotifier,
    /// How far API keys have read the change feed.
    pub reader_positions: ReaderPositions,
    /// Ranges of the change log in which a filter matches nothing.
    pub empty_ranges: EmptyRanges,
    /// Stored records whose content has been checked for damage.
    pub verified_rows: VerifiedRows,
    /// The total counts of lists.
    pub total_counts: TotalCounts,
    /// What the operator decided.
    pub options: ApiOptions,
}

impl AppState {
    /// The state over the database of an HTTP context.
    ///
    /// # Errors
    /// 500 when the database has no key for cursors.
    pub async fn new(http: HttpContext, options: ApiOptions) -> Result<Self> {
        let (db, clock) = (http.db.clone(), http.clock.clone());
        let key = db.primary().read(|tx| Ok(settings::read_setting(tx, "cursor_key")?)).await?;
        let key = key.filter(|key| !key.is_empty()).ok_or_else(|| {
            log::error!("the database has no `cursor_key` among its settings: nothing can be sealed");
            Problem::new(ErrorCode::Internal)
        })?;
        Ok(Self {
            cursor_signer: CursorSigner::new(&key),
            notifier: ChangeNotifier::start(&db),
            reader_positions: ReaderPositions::start(&db),
            empty_ranges: EmptyRanges::default(),
            verified_rows: VerifiedRows::default(),
            total_counts: TotalCounts::default(),
            options,
            http,
            db,
            clock,
        })
    }

    /// Runs a slow read over the whole registry, a few at a time and at most half of them for one client address.
    ///
    /// # Errors
    /// 429 when the caller has too many slow reads waiting; 503 when all callers have, or the wait is too long; as
    /// [`Db::read`].
    pub async fn read_slow<T, F>(&self, request: &HttpRequest, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> TxResult<T> + Clone + Send + 'static,
    {
        let caller = self.http.trusted_proxies.caller_network(request);
        let permit = self.http.concurrency.slow.acquire(caller).await?;
        self.db.read_slow(permit, read).await
    }
}
