//! Handlers of the change feed: pages with long polling, and server-sent events.

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

/// The longest `wait` of long polling, in seconds.
const MAX_WAIT_SECONDS: i64 = 30;

/// The interval of SSE comments that keep an idle connection open.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// Returns the path and query of the request with `after` replaced.
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

/// `GET /v1/changes`: a page of the change log. With `wait`, an empty page is held back until a change is
/// committed or that time has passed.
///
/// # Errors
/// 410 for a cursor of another epoch; 429 or 503 when too many streams are open, of one address or in total.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut feed_request = FeedRequest::from_request(&request, &mut params)?;
    feed_request.limit = params.integer("limit", 1..=PAGE_LIMITS.1, PAGE_LIMITS.0);
    let wait = params.integer("wait", 0..=MAX_WAIT_SECONDS, 0);
    params.finish()?;
    let _permit = (wait > 0)
        .then(|| state.http.concurrency.streams.acquire(state.http.trusted_proxies.caller_network(&request)))
        .transpose()?;
    let page = feed_request.wait_for_page(&state, Duration::from_secs(wait.unsigned_abs())).await?;
    let mut body = String::from("{\"items\":[");
    for (index, (_, change)) in page.items.iter().enumerate() {
        body.push_str(if index == 0 { "" } else { "," });
        body.push_str(change);
    }
    let next = url_with_after(&request, &page.cursor_at(&state, page.last_seq()));
    let (next, has_more, head) = (Value::from(next), page.has_more, page.log_bounds.head);
    let _ = write!(body, "],\"next\":{next},\"has_more\":{has_more},\"head\":{head}}}");
    Ok(responses::json_builder(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-cache")).body(body))
}

/// `GET /v1/changes/stream`: the changes as server-sent events. The id of an event is the cursor after it, so
/// that `Last-Event-ID` resumes the stream.
///
/// # Errors
/// As [`list`].
pub async fn stream(request: HttpRequest, state: Data<AppState>) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(&request);
    let mut feed_request = FeedRequest::from_request(&request, &mut params)?;
    let name = header::HeaderName::from_static("last-event-id");
    let last_event_id = request_headers::single_text(&request, &name, "Last-Event-ID")?;
    if let Some(cursor) = last_event_id.filter(|cursor| !cursor.is_empty()) {
        feed_request.after = StartAt::Cursor(cursor.to_owned());
    }
    params.finish()?;
    let permit =
        state.http.concurrency.streams.acquire(state.http.trusted_proxies.caller_network(&request))?;
    let listener = state.notifier.listen();
    let page = feed_request.execute(&state).await?;
    let mut response = HttpResponse::Ok();
    responses::set_event_stream_headers(&mut response);
    if *request.method() == Method::HEAD {
        return Ok(response.streaming(stream::empty::<Result<Bytes>>()));
    }
    let change_stream = ChangeStream {
        feed_request,
        state: state.get_ref().clone(),
        listener,
        unsent_page: Some(page),
        _permit: permit,
    };
    Ok(response.streaming(stream::unfold(change_stream, ChangeStream::next_events)))
}

/// The state of an SSE stream of changes.
struct ChangeStream {
    feed_request: FeedRequest,
    state: AppState,
    listener: ChangeListener,
    /// A page that has been read and not sent.
    unsent_page: Option<FeedPage>,
    /// Counts this stream among those of its client address.
    _permit: ConcurrencyPermit<IpAddr>,
}

impl ChangeStream {
    /// Returns the next events, or a comment that keeps the connection open. Ends at shutdown and when the
    /// database fails; the client reconnects with its last id.
    async fn next_events(mut self) -> Option<(Result<Bytes>, Self)> {
        let page = if let Some(page) = self.unsent_page.take() {
            page
        } else {
            let _permit = self.listener.acquire_read_permit().await;
            self.feed_request.execute(&self.state).await.ok()?
        };
        let last_seq = page.last_seq();
        self.feed_request.after = StartAt::AfterSeq(last_seq);
        if page.items.is_empty() {
            let has_changes = self.listener.wait_past(page.log_bounds.head, HEARTBEAT_INTERVAL).await;
            if self.listener.is_closed() {
                return None;
            }
            if !has_changes {
                self.unsent_page = Some(page);
            }
            return Some((Ok(Bytes::from_static(b": still here\n\n")), self));
        }
        let mut events = String::new();
        for (seq, change) in &page.items {
            let cursor = page.cursor_at(&self.state, *seq);
            let _ = write!(events, "id: {cursor}\nevent: change\ndata: {change}\n\n");
        }
        Some((Ok(events.into()), self))
    }
}
