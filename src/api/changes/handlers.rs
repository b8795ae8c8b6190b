//! `/v1/changes`, `/v1/snapshot`, `/v1/feeds/{collection}/rpde`: the registry, followed and copied.

use super::feed_request::{FeedPage, FeedRequest, PAGE_LIMITS, StartAt};
use crate::api::state::AppState;
use crate::change_feed::notifier::ChangeListener;
use crate::domain::errors::problem::Result;
use crate::http::concurrency_limiter::ConcurrencyPermit;
use crate::http::query_params::QueryParams;
use crate::http::{request_headers, responses};
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

/// The longest that a reader may wait for a change, in seconds.
const MAX_WAIT_SECONDS: i64 = 30;

/// How often a stream says that it is still there.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

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
