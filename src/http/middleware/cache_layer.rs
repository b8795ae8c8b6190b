//! Outermost middleware: serves cached responses, stores cacheable ones, applies gzip.

use super::observer::RequestObserver;
use crate::db;
use crate::http::compression::{self, AcceptedCoding};
use crate::http::conditional::NotModified;
use crate::http::context::HttpContext;
use crate::http::request_metrics::CacheOutcome;
use crate::http::response_cache::CachedResponse;
use crate::http::{request_headers, request_id};
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderValue;
use actix_web::http::{ConnectionType, Version};
use actix_web::web::Data;
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};
use std::rc::Rc;

/// The middleware.
pub struct CacheLayer;

/// The service it wraps.
pub struct CacheService<S> {
    inner: Rc<S>,
}

impl<S, B> Transform<S, ServiceRequest> for CacheLayer
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = CacheService<S>;
    type InitError = ();
    type Future = Ready<Result<CacheService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(CacheService { inner: Rc::new(inner) }))
    }
}

impl<S, B> Service<ServiceRequest> for CacheService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Either<
        Ready<Result<ServiceResponse<BoxBody>, Error>>,
        LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>,
    >;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let context = request.app_data::<Data<HttpContext>>();
        let choice = compression::choose_coding(request.headers());
        let accepts_gzip = choice == AcceptedCoding::Gzip;
        // Whoever accepts nothing but gzip gets even that packed which is not worth while.
        let may_be_kept = (accepts_gzip || choice == AcceptedCoding::Identity)
            && request_headers::check_headers(request.request()).is_ok();
        let lookup =
            context.filter(|_| may_be_kept).and_then(|context| context.response_cache.lookup(&request));
        let (context, cached) = (context.cloned(), lookup.as_ref().and_then(|asked| asked.hit.clone()));
        let request = match &cached {
            Some(cached) => match answer_from_cache(request, cached, accepts_gzip) {
                Ok(response) => return Either::Left(ready(Ok(response))),
                Err(request) => request,
            },
            None => request,
        };
        let inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            let request = match cached {
                Some(cached) => {
                    cached.compress().await;
                    match answer_from_cache(request, &cached, accepts_gzip) {
                        Ok(response) => return Ok(response),
                        Err(request) => request,
                    }
                }
                None => request,
            };
            if let Some(context) = &context {
                context.request_metrics.count_cache_outcome(if lookup.is_some() {
                    CacheOutcome::Miss
                } else {
                    CacheOutcome::Bypass
                });
            }
            let (response, oldest) = db::replica::track_oldest_read(inner.call(request)).await;
            let mut response = response?.map_into_boxed_body();
            compression::vary_on_accept_encoding(response.headers_mut());
            compression::mark_gzip_etag_of_304(&mut response, choice);
            let (response, cached) = match (context, lookup) {
                (Some(context), Some(asked)) if oldest >= asked.latest_seq => {
                    context.response_cache.store(asked, response)
                }
                _ => (response, None),
            };
            let response = match (cached, choice.min_bytes()) {
                (_, None) => response,
                (Some(cached), Some(_)) => cached.to_gzip_response(response).await,
                (None, Some(least)) => compression::compress(response, least).await,
            };
            Ok(finish_response(response))
        }))
    }
}

/// Turns a response that the client holds into a 304, and adapts streams for HTTP/1.0, where a body of
/// unknown length ends with the connection.
fn finish_response(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_known = response.response().extensions().get::<NotModified>().is_some();
    let (request, mut response) = response.into_parts();
    if is_known {
        response = compression::to_not_modified(response);
    }
    if request.version() < Version::HTTP_11 && response.body().size() == BodySize::Stream {
        response.head_mut().no_chunking(true);
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    ServiceResponse::new(request, response)
}

/// Answers from the cache, if the variant exists and the client is within its limits; otherwise gives the
/// request back.
fn answer_from_cache(
    request: ServiceRequest,
    cached: &CachedResponse,
    accepts_gzip: bool,
) -> Result<ServiceResponse<BoxBody>, ServiceRequest> {
    let Some(mut answer) = cached.to_response(request.request(), accepts_gzip) else { return Err(request) };
    let id = request_id::request_id(request.request());
    if let Some(observer) = RequestObserver::begin(&request, &id) {
        // Whoever is over the limit is refused further inside.
        if observer.find_refusal().is_some() {
            return Err(request);
        }
        if observer.is_last_on_connection() {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        let (status, bytes) = (answer.status(), answer.body().size());
        let bytes = if let BodySize::Sized(bytes) = bytes { bytes } else { 0 };
        let headers = answer.headers_mut();
        observer.finish_with(cached.route.as_deref(), status, Some(bytes), Some(CacheOutcome::Hit), headers);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(request_id::REQUEST_ID.clone(), id);
    }
    Ok(request.into_response(answer))
}
