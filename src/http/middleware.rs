//! What surrounds every request: its id, its language, limits on it and on its address, and headers that protect
//! browsers.

use super::coding::{self, Choice};
use super::conditions::{self, NotModified, Verdict};
use super::unread::Held;
use super::watch::Watch;
use super::{cors, problems, request_headers};
use crate::db;
use crate::error::{Code, Problem};
use crate::vocabulary::language::Language;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// The longest path and query, in bytes.
const LONGEST_URI: usize = 8 * 1024;

/// What a browser may do with data: nothing.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";
/// What a browser may do with the interactive page: run what is compiled in.
const PAGE: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// How long an answer may take before it is a 503, whatever the database does. An answer that is a stream has begun by
/// then, and takes its time.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where much is sent and done before there is an answer, and how long that may take.
const LONG: [(&str, Duration); 1] = [("/v1/import", Duration::from_hours(2))];

/// The id of a request, in its answer and in the log.
pub static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id, renders problems in the caller's language, adds the headers of every answer.
///
/// # Errors
/// None of its own.
pub async fn surround<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.request());
    let policy = if request.path().starts_with("/docs") { PAGE } else { DATA };
    let language = problems::language_of(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let watch = Watch::begin(&request, &id);
    let held = Held::of(&mut request);
    let refusal = watch.as_ref().and_then(Watch::refusal).or_else(|| refusal(request.request()));
    let mut response = if let Some(problem) = refusal {
        request.error_response(problem)
    } else if request.method() == Method::OPTIONS && request.path() == "*" {
        request.into_response(cors::methods())
    } else if let Some(answer) = cors::preflight(&request) {
        request.into_response(answer)
    } else {
        let long = LONG.into_iter().find(|(path, _)| *path == request.path());
        let patience = long.map_or(PATIENCE, |(_, patience)| patience);
        let call = AssertUnwindSafe(db::of_request(&id, next.call(request))).catch_unwind();
        match tokio::time::timeout(patience, call).await {
            Ok(Ok(response)) => response?.map_into_boxed_body(),
            Ok(Err(_)) => {
                log::error!("request {id}: a handler panicked");
                return Err(lost(watch, Code::Internal));
            }
            Err(_) => {
                log::error!("request {id}: no answer in time");
                return Err(lost(watch, Code::Unavailable));
            }
        }
    };
    match conditions::judge(response.request(), response.status(), response.headers()) {
        Verdict::Proceed => {}
        Verdict::NotModified => {
            response.response_mut().extensions_mut().insert(NotModified);
        }
        Verdict::Failed => response = response.error_response(Problem::new(Code::PreconditionFailed)),
    }
    if response.response().error().is_some() {
        response = render(response, language, &id);
    }
    if let Some(held) = held {
        response = held.with(response);
    }
    if watch.as_ref().is_some_and(Watch::is_last) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    cors::expose(headers);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(watch) = watch {
        watch.end(&mut response);
    }
    Ok(response)
}

/// Why a request is refused whatever it asks for.
fn refusal(request: &HttpRequest) -> Option<Problem> {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > LONGEST_URI {
        return Some(Problem::new(Code::UriTooLong).fact("limit", LONGEST_URI));
    }
    if let Err(problem) = request_headers::check(request) {
        return Some(problem);
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && coding::choose(request.headers()) == Choice::Nothing {
        return Some(Problem::new(Code::NoCoding));
    }
    // What no database can hold is nowhere.
    let decoded = percent_decode_str(uri.path()).decode_utf8();
    let is_text = decoded.is_ok_and(|path| !path.contains('\0'));
    (!is_text).then(|| Problem::new(Code::NotFound))
}

/// Why there is no answer but the one that the server makes of an error.
fn lost(watch: Option<Watch>, code: Code) -> Error {
    if let Some(watch) = watch {
        watch.failed(code.status());
    }
    Problem::new(code).into()
}

/// The caller's own id of the request, if it is short and plain, or a new one.
pub(super) fn request_id(request: &HttpRequest) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    given.filter(plain).map_or_else(|| crate::clock::new_id().to_string(), str::to_owned)
}

fn render(response: ServiceResponse<BoxBody>, language: Language, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let error = response.response().error();
    let problem = error
        .and_then(|error| error.as_error::<Problem>())
        .cloned()
        .unwrap_or_else(|| problems::of_status(status));
    if problem.code == Code::Internal {
        log::error!("request {id}: internal error");
    }
    let mut rendered = problems::render(&problem, language, id);
    for (name, value) in response.headers() {
        if !rendered.headers().contains_key(name) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(rendered)
}
