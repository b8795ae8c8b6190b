//! `/v1/changes`, `/v1/snapshot`, `/v1/feeds/{collection}/rpde`: the registry, followed and copied.

use super::bell::Listener;
use super::changes::{self, Extent, Page, Selection};
use super::position::{self, Position};
use super::rpde;
use super::snapshot;
use super::status;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::auth::Credentials;
use crate::http::authority;
use crate::http::params::Params;
use crate::http::places::Place;
use crate::http::{replies, request_headers};
use crate::vocabulary::{Kind, nearest, schemes};
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The longest that a reader may wait for a change, in seconds.
const LONGEST_WAIT: i64 = 30;
/// The changes of a page when `limit` is not given, and the most.
const LIMITS: (i64, i64) = (100, 1000);
/// How often a stream says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The largest change number of RPDE: a whole number that JSON can carry everywhere.
const LARGEST: i64 = (1 << 53) - 1;

/// From where a reader goes on.
#[derive(Clone)]
enum After {
    Start,
    Now,
    Cursor(String),
    Known(i64),
}

/// What a reader of the feed asks.
#[derive(Clone)]
struct Ask {
    credentials: Option<Credentials>,
    kinds: Vec<Kind>,
    without: Option<String>,
    after: After,
    limit: i64,
}

/// What is read for it.
struct Found {
    key: Option<String>,
    selection: Selection,
    extent: Extent,
    after: i64,
    /// The changes: the number of each, and its JSON.
    items: Vec<(i64, String)>,
    has_more: bool,
}

impl Ask {
    fn of(request: &HttpRequest, params: &mut Params) -> Result<Self> {
        let credentials = Credentials::optional(request)?;
        let kinds = kinds(params);
        let without = params.one("exclude_origin");
        if let Some(origin) = without.as_ref().filter(|origin| !schemes::is_well_formed(origin)) {
            params.misfit("exclude_origin", origin, "`self` or the name of an origin");
        }
        let after = match params.one("after").as_deref() {
            None => After::Start,
            Some("now") => After::Now,
            Some(cursor) => After::Cursor(cursor.to_owned()),
        };
        Ok(Self { credentials, kinds, without, after, limit: LIMITS.0 })
    }

    fn read(&self, tx: &mut Conn, state: &State) -> Outcome<Found> {
        let key = self.credentials.as_ref().map(|key| key.key(tx, state.clock.now())).transpose()?;
        let without = match (self.without.as_deref(), &key) {
            (Some("self"), Some(key)) => Some(key.origin.clone()),
            (Some("self"), None) => return Err(Problem::new(Code::Unauthorized).into()),
            (other, _) => other.map(str::to_owned),
        };
        let selection = Selection { kinds: self.kinds.clone(), without };
        let extent = changes::extent(tx)?;
        let after = match &self.after {
            After::Start => extent.base,
            After::Now => extent.head,
            After::Known(seq) => *seq,
            After::Cursor(cursor) => Position::open(&state.sealer, cursor, &extent.epoch, &selection)?.seq,
        };
        if after > extent.head {
            return Err(position::gone().into());
        }
        let from = state.deserts.end(after, &selection);
        let page = changes::page(tx, &selection, from, self.limit)?;
        if page.rows.is_empty() && extent.head > from {
            state.deserts.found(after, &selection, extent.head);
        }
        let Page { rows, has_more } = page;
        let items = rows.iter().map(|row| Ok((row.version.seq, row.json()?))).collect::<Result<_>>()?;
        Ok(Found { key: key.map(|key| key.id), selection, extent, after, items, has_more })
    }

    async fn run(&self, state: &State) -> Result<Found> {
        let (ask, inside) = (self.clone(), state.clone());
        let found = state.db.primary().read(move |tx| ask.read(tx, &inside)).await?;
        if let Some(key) = &found.key {
            state.readers.saw(key, found.last(), state.clock.now());
        }
        Ok(found)
    }

    /// Reads a page; where there is none yet, waits for one.
    async fn wait(mut self, state: &State, patience: Duration) -> Result<Found> {
        let deadline = Instant::now() + patience;
        let mut listener = state.bell.listen();
        let mut found = self.run(state).await?;
        while found.items.is_empty() {
            self.after = After::Known(found.after);
            let left = deadline.saturating_duration_since(Instant::now());
            if !listener.beyond(found.extent.head, left).await {
                break;
            }
            let _turn = listener.turn().await;
            found = self.run(state).await?;
        }
        Ok(found)
    }
}

impl Found {
    /// The number of the last change given.
    fn last(&self) -> i64 {
        self.items.last().map_or(self.after, |(seq, _)| *seq)
    }

    fn cursor(&self, state: &State, seq: i64) -> String {
        let (epoch, selection) = (self.extent.epoch.clone(), self.selection.clone());
        Position { epoch, seq, selection }.seal(&state.sealer)
    }
}

fn kinds(params: &mut Params) -> Vec<Kind> {
    let names = params.many("kind");
    let mut kinds: Vec<Kind> = names.iter().filter_map(|name| Kind::from_name(name)).collect();
    for name in names.iter().filter(|name| Kind::from_name(name).is_none()) {
        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        params.misfit("kind", name, &nearest::one_of(name, &known));
    }
    kinds.sort();
    kinds.dedup();
    kinds
}

/// The address of a request with its `after` replaced, every other parameter as it was.
fn following(request: &HttpRequest, cursor: &str) -> String {
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
pub async fn list(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let mut ask = Ask::of(&request, &mut params)?;
    ask.limit = params.whole("limit", 1..=LIMITS.1, LIMITS.0);
    let wait = params.whole("wait", 0..=LONGEST_WAIT, 0);
    params.finish()?;
    let _place =
        (wait > 0).then(|| state.capacity.streams.take(state.proxies.caller(&request))).transpose()?;
    let found = ask.wait(&state, Duration::from_secs(wait.unsigned_abs())).await?;
    let mut body = String::from("{\"items\":[");
    for (index, (_, change)) in found.items.iter().enumerate() {
        body.push_str(if index == 0 { "" } else { "," });
        body.push_str(change);
    }
    let next = following(&request, &found.cursor(&state, found.last()));
    let (next, more, head) = (Value::from(next), found.has_more, found.extent.head);
    let _ = write!(body, "],\"next\":{next},\"has_more\":{more},\"head\":{head}}}");
    Ok(replies::json(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-cache")).body(body))
}

/// `GET /v1/changes/stream`: the same as server-sent events; the id of an event is the cursor after it.
///
/// # Errors
/// As [`list`].
pub async fn stream(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let mut ask = Ask::of(&request, &mut params)?;
    let name = header::HeaderName::from_static("last-event-id");
    let last = request_headers::text(&request, &name, "Last-Event-ID")?;
    if let Some(cursor) = last.filter(|cursor| !cursor.is_empty()) {
        ask.after = After::Cursor(cursor.to_owned());
    }
    params.finish()?;
    let place = state.capacity.streams.take(state.proxies.caller(&request))?;
    let listener = state.bell.listen();
    let found = ask.run(&state).await?;
    let mut reply = HttpResponse::Ok();
    replies::event_stream(&mut reply);
    if *request.method() == Method::HEAD {
        return Ok(reply.streaming(stream::empty::<Result<Bytes>>()));
    }
    let follow = Follow { ask, state: state.get_ref().clone(), listener, found: Some(found), _place: place };
    Ok(reply.streaming(stream::unfold(follow, Follow::next)))
}

/// A reader that follows the log.
struct Follow {
    ask: Ask,
    state: State,
    listener: Listener,
    /// What was read and is not told yet.
    found: Option<Found>,
    /// Its place among the streams of its caller.
    _place: Place<IpAddr>,
}

impl Follow {
    /// The next events, or a sign of life. Ends when the server does, or when the database fails: the reader comes
    /// back with its last id.
    async fn next(mut self) -> Option<(Result<Bytes>, Self)> {
        let found = if let Some(found) = self.found.take() {
            found
        } else {
            let _turn = self.listener.turn().await;
            self.ask.run(&self.state).await.ok()?
        };
        let last = found.last();
        self.ask.after = After::Known(last);
        if found.items.is_empty() {
            let rang = self.listener.beyond(found.extent.head, HEARTBEAT).await;
            if self.listener.is_closed() {
                return None;
            }
            if !rang {
                self.found = Some(found);
            }
            return Some((Ok(Bytes::from_static(b": still here\n\n")), self));
        }
        let mut events = String::new();
        for (seq, change) in &found.items {
            let cursor = found.cursor(&self.state, *seq);
            let _ = write!(events, "id: {cursor}\nevent: change\ndata: {change}\n\n");
        }
        Some((Ok(events.into()), self))
    }
}

/// `GET /v1/snapshot`: every record of one moment, one a line, and where the feed goes on from there.
///
/// # Errors
/// 400; 503 when too many are being read.
pub async fn snapshot(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let kinds = kinds(&mut params);
    params.finish()?;
    let place = state.capacity.downloads.take(state.proxies.caller(&request))?;
    let mut body = snapshot::start(&state.db.primary(), place, &state.sealer, kinds);
    let cursor = body.head().await?;
    let mut reply = HttpResponse::Ok();
    reply.insert_header((header::CONTENT_TYPE, "application/x-ndjson"));
    reply.insert_header((header::CACHE_CONTROL, "no-store")).insert_header(("change-cursor", cursor));
    if *request.method() == Method::HEAD {
        return Ok(reply.streaming(stream::empty::<Result<Bytes>>()));
    }
    Ok(reply.streaming(body.bytes()))
}

/// `GET /v1/feeds/{collection}/rpde`.
///
/// # Errors
/// 400; 404 for no collection; 410 for a change number from before a restoration.
pub async fn realtime(
    request: HttpRequest,
    state: Data<State>,
    collection: Path<String>,
) -> Result<HttpResponse> {
    let kind = Kind::ALL.iter().copied().find(|kind| kind.path() == *collection);
    let kind = kind.ok_or_else(|| Problem::new(Code::NotFound))?;
    let mut params = Params::of(&request);
    let after = params.whole("afterChangeNumber", 0..=LARGEST, 0);
    params.finish()?;
    let here = format!("{}{}", authority::base(&request), request.path());
    let read = move |tx: &mut Conn| {
        let page = rpde::page(tx, kind, after)?;
        if after > 0 && after < page.extent.base {
            return Err(position::gone().into());
        }
        let last = page.last(after);
        let next = if last == 0 { here } else { format!("{here}?afterChangeNumber={last}") };
        let age = if page.is_full() { "public, max-age=3600" } else { "public, max-age=8" };
        Ok((page.json(kind, &next), age))
    };
    let (body, age) = state.db.primary().read(read).await?;
    Ok(replies::json(StatusCode::OK).insert_header((header::CACHE_CONTROL, age)).body(body))
}

/// `GET /v1/sync/status`: how far the keys have read, and their conflicts.
///
/// # Errors
/// 400, 401.
pub async fn sync_status(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let credentials = Credentials::of(&request)?;
    Params::of(&request).finish()?;
    state.readers.note(&state.db).await?;
    let inside = state.clone();
    let read = move |tx: &mut Conn| {
        let now = inside.clock.now();
        let key = credentials.key(tx, now)?;
        Ok(status::status(tx, &key, &inside.sealer, now)?.to_string())
    };
    let body = state.db.primary().read(read).await?;
    Ok(replies::json(StatusCode::OK).insert_header((header::CACHE_CONTROL, "no-store")).body(body))
}
