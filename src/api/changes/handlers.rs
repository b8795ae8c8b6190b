//! `/v1/changes`, `/v1/snapshot`, `/v1/feeds/{collection}/rpde`: the registry, followed and copied.

use crate::api::filter_params::parse_kinds;
use crate::api::state::AppState;
use crate::auth::credentials::Credentials;
use crate::change_feed;
use crate::change_feed::changes::{ChangeFilter, ChangePage};
use crate::change_feed::cursor;
use crate::change_feed::cursor::FeedCursor;
use crate::change_feed::notifier::ChangeListener;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::schemes;
use crate::http::concurrency_limiter::ConcurrencyPermit;
use crate::http::query_params::QueryParams;
use crate::http::{request_headers, responses};
use crate::store::changes;
use crate::store::changes::LogBounds;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::web::Data;
use futures_util::stream;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;
use std::time::Instant;

/// The longest that a reader may wait for a change, in seconds.
const MAX_WAIT_SECONDS: i64 = 30;

/// The changes of a page when `limit` is not given, and the most.
const PAGE_LIMITS: (i64, i64) = (100, 1000);

/// How often a stream says that it is still there.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// From where a reader goes on.
#[derive(Clone)]
enum StartAt {
    Beginning,
    Now,
    Cursor(String),
    AfterSeq(i64),
}

/// What a reader of the feed asks.
#[derive(Clone)]
struct FeedRequest {
    credentials: Option<Credentials>,
    kinds: Vec<Kind>,
    exclude_origin: Option<String>,
    after: StartAt,
    limit: i64,
}

/// What is read for it.
struct FeedPage {
    key_id: Option<String>,
    filter: ChangeFilter,
    log_bounds: LogBounds,
    after: i64,
    /// The changes: the number of each, and its JSON.
    items: Vec<(i64, String)>,
    has_more: bool,
}

impl FeedRequest {
    fn from_request(request: &HttpRequest, params: &mut QueryParams) -> Result<Self> {
        let credentials = Credentials::from_request_if_given(request)?;
        let kinds = parse_kinds(params);
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

    async fn execute(&self, state: &AppState) -> Result<FeedPage> {
        let (feed_request, inside) = (self.clone(), state.clone());
        let found = state.db.primary().read(move |tx| feed_request.read(tx, &inside)).await?;
        if let Some(key) = &found.key_id {
            state.reader_positions.note(key, found.last_seq(), state.clock.now());
        }
        Ok(found)
    }

    /// Reads a page; where there is none yet, waits for one.
    async fn wait_for_page(mut self, state: &AppState, patience: Duration) -> Result<FeedPage> {
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
    fn last_seq(&self) -> i64 {
        self.items.last().map_or(self.after, |(seq, _)| *seq)
    }

    fn cursor_at(&self, state: &AppState, seq: i64) -> String {
        let (epoch, selection) = (self.log_bounds.epoch.clone(), self.filter.clone());
        FeedCursor { epoch, seq, filter: selection }.encode(&state.cursor_signer)
    }
}

/// The address of a request with its `after` replaced, every other parameter as it was.
fn url_with_after(request: &HttpRequest, cursor: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    match pairs.iter_mut().find(|(name, _)| name == "after") {
        Some((_, after)) => cursor.clone_into(after),
        None => pairs.push(("after".into(), cursor.into())),
    }
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{}?{query}", request.path())
}

/// `GET /v1/changes`: a page of the change log; with `wait`, as soon as there is one.
///
/// # Errors
/// 400, 401; 410 for a cursor of another epoch.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut feed_request = FeedRequest::from_request(&request, &mut params)?;
    feed_request.limit = params.integer("limit", 1..=PAGE_LIMITS.1, PAGE_LIMITS.0);
    let wait = params.integer("wait", 0..=MAX_WAIT_SECONDS, 0);
    params.finish()?;
    let _place = (wait > 0)
        .then(|| state.concurrency.streams.acquire(state.trusted_proxies.caller_network(&request)))
        .transpose()?;
    let found = feed_request.wait_for_page(&state, Duration::from_secs(wait.unsigned_abs())).await?;
    let mut body = String::from("{\"items\":[");
    for (index, (_, change)) in found.items.iter().enumerate() {
        body.push_str(if index == 0 { "" } else { "," });
        body.push_str(change);
    }
    let next = url_with_after(&request, &found.cursor_at(&state, found.last_seq()));
    let (next, more, head) = (Value::from(next), found.has_more, found.log_bounds.head);
    let _ = write!(body, "],\"next\":{next},\"has_more\":{more},\"head\":{head}}}");
    Ok(responses::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-cache")).body(body))
}

/// `GET /v1/changes/stream`: the same as server-sent events; the id of an event is the cursor after it.
///
/// # Errors
/// As [`list`].
pub async fn stream(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut feed_request = FeedRequest::from_request(&request, &mut params)?;
    let name = header::HeaderName::from_static("last-event-id");
    let last = request_headers::single_text(&request, &name, "Last-Event-ID")?;
    if let Some(cursor) = last.filter(|cursor| !cursor.is_empty()) {
        feed_request.after = StartAt::Cursor(cursor.to_owned());
    }
    params.finish()?;
    let place = state.concurrency.streams.acquire(state.trusted_proxies.caller_network(&request))?;
    let listener = state.notifier.listen();
    let found = feed_request.execute(&state).await?;
    let mut reply = HttpResponse::Ok();
    responses::set_event_stream_headers(&mut reply);
    if *request.method() == Method::HEAD {
        return Ok(reply.streaming(stream::empty::<Result<Bytes>>()));
    }
    let follow = ChangeStream {
        ask: feed_request,
        state: state.get_ref().clone(),
        listener,
        unsent_page: Some(found),
        _place: place,
    };
    Ok(reply.streaming(stream::unfold(follow, ChangeStream::next_events)))
}

/// A reader that follows the log.
struct ChangeStream {
    ask: FeedRequest,
    state: AppState,
    listener: ChangeListener,
    /// What was read and is not told yet.
    unsent_page: Option<FeedPage>,
    /// Its place among the streams of its caller.
    _place: ConcurrencyPermit<IpAddr>,
}

impl ChangeStream {
    /// The next events, or a sign of life. Ends when the server does, or when the database fails: the reader comes
    /// back with its last id.
    async fn next_events(mut self) -> Option<(Result<Bytes>, Self)> {
        let found = if let Some(found) = self.unsent_page.take() {
            found
        } else {
            let _permit = self.listener.acquire_read_permit().await;
            self.ask.execute(&self.state).await.ok()?
        };
        let last = found.last_seq();
        self.ask.after = StartAt::AfterSeq(last);
        if found.items.is_empty() {
            let has_changes = self.listener.wait_past(found.log_bounds.head, HEARTBEAT_INTERVAL).await;
            if self.listener.is_closed() {
                return None;
            }
            if !has_changes {
                self.unsent_page = Some(found);
            }
            return Some((Ok(Bytes::from_static(b": still here\n\n")), self));
        }
        let mut events = String::new();
        for (seq, change) in &found.items {
            let cursor = found.cursor_at(&self.state, *seq);
            let _ = write!(events, "id: {cursor}\nevent: change\ndata: {change}\n\n");
        }
        Some((Ok(events.into()), self))
    }
}
