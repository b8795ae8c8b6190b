//! Middleware around every request: request id, time-out, panic handling, problem rendering, security
//! headers.

use super::observer::RequestObserver;
use crate::db::slow_queries;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use crate::http::compression::{self, AcceptedCoding};
use crate::http::conditional::{self, NotModified, PreconditionResult};
use crate::http::request_id::{REQUEST_ID, RequestId, request_id};
use crate::http::unread_body::UnreadBody;
use crate::http::{cors, problems, request_headers};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use percent_encoding::percent_decode_str;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// The maximum length of path and query, in bytes.
const MAX_URI_BYTES: usize = 8 * 1024;

/// The Content-Security-Policy of data: nothing is allowed.
const DATA_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

/// The Content-Security-Policy of `/docs`: its own scripts and styles.
const DOCS_CSP: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// The time-out of a response: a 503 afterwards. A streamed response has begun by then and may take longer.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);

/// Longer time-outs by path.
const LONGER_TIMEOUTS: [(&str, Duration); 1] = [("/v1/import", Duration::from_hours(2))];

/// Wraps a request: sets its id, renders problems in the caller's language, adds the common headers.
pub async fn request_scope<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id(request.request());
    let policy = if request.path().starts_with("/docs") { DOCS_CSP } else { DATA_CSP };
    let language = problems::requested_language(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let observer = RequestObserver::begin(&request, &id);
    let unread_body = UnreadBody::from_request(&mut request);
    let refusal =
        observer.as_ref().and_then(RequestObserver::find_refusal).or_else(|| find_refusal(request.request()));
    let mut response = if let Some(problem) = refusal {
        request.error_response(problem)
    } else if request.method() == Method::OPTIONS && request.path() == "*" {
        request.into_response(cors::answer_options_asterisk())
    } else if let Some(answer) = cors::answer_preflight(&request) {
        request.into_response(answer)
    } else {
        let long = LONGER_TIMEOUTS.into_iter().find(|(path, _)| *path == request.path());
        let patience = long.map_or(RESPONSE_TIMEOUT, |(_, patience)| patience);
        let call = AssertUnwindSafe(slow_queries::with_request_id(&id, next.call(request))).catch_unwind();
        match tokio::time::timeout(patience, call).await {
            Ok(Ok(response)) => response?.map_into_boxed_body(),
            Ok(Err(_)) => {
                log::error!("request {id}: a handler panicked");
                return Err(no_answer(observer, ErrorCode::Internal));
            }
            Err(_) => {
                log::error!("request {id}: no answer in time");
                return Err(no_answer(observer, ErrorCode::Unavailable));
            }
        }
    };
    match conditional::evaluate_preconditions(response.request(), response.status(), response.headers()) {
        PreconditionResult::Proceed => {}
        PreconditionResult::NotModified => {
            response.response_mut().extensions_mut().insert(NotModified);
        }
        PreconditionResult::Failed => {
            response = response.error_response(Problem::new(ErrorCode::PreconditionFailed));
        }
    }
    if response.response().error().is_some() {
        response = render_problem(response, language, &id);
    }
    if let Some(unread) = unread_body {
        response = unread.attach_to(response);
    }
    if observer.as_ref().is_some_and(RequestObserver::is_last_on_connection) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    cors::add_cors_headers(headers);
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(observer) = observer {
        observer.finish(&mut response);
    }
    Ok(response)
}

/// Returns the refusal of a request that is malformed whatever it asks for.
fn find_refusal(request: &HttpRequest) -> Option<Problem> {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Some(Problem::new(ErrorCode::UriTooLong).with_arg("limit", MAX_URI_BYTES));
    }
    if let Err(problem) = request_headers::check_headers(request) {
        return Some(problem);
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_read && compression::choose_coding(request.headers()) == AcceptedCoding::NoneAcceptable {
        return Some(Problem::new(ErrorCode::NoCoding));
    }
    // What no database can hold is nowhere.
    let decoded = percent_decode_str(uri.path()).decode_utf8();
    let is_text = decoded.is_ok_and(|path| !path.contains('\0'));
    (!is_text).then(|| Problem::new(ErrorCode::NotFound))
}

/// Ends the observation of a request that actix-web answers with an error of its own.
fn no_answer(observer: Option<RequestObserver>, code: ErrorCode) -> Error {
    if let Some(observer) = observer {
        observer.finish_with_failure(code.status());
    }
    Problem::new(code).into()
}

fn render_problem(
    response: ServiceResponse<BoxBody>,
    language: Language,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let error = response.response().error();
    let problem = error
        .and_then(|error| error.as_error::<Problem>())
        .cloned()
        .unwrap_or_else(|| problems::from_status(status));
    if problem.code == ErrorCode::Internal {
        log::error!("request {id}: internal error");
    }
    let mut rendered = problems::problem_response(&problem, language, id);
    for (name, value) in response.headers() {
        if !rendered.headers().contains_key(name) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(rendered)
}
