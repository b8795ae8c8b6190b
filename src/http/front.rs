//! The outermost layer: a request that a kept answer answers goes no further, and every answer gets its content coding.

use super::cache::Kept;
use super::coding::Choice;
use super::conditions::NotModified;
use super::metrics::Cached;
use super::watch::Watch;
use super::{State, coding, middleware, request_headers};
use crate::db;
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderValue;
use actix_web::http::{ConnectionType, Version};
use actix_web::web::Data;
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};
use std::rc::Rc;

/// Surrounds the application.
pub struct Front;

/// The surrounded application.
pub struct Fronted<S> {
    inner: Rc<S>,
}

impl<S, B> Transform<S, ServiceRequest> for Front
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Fronted<S>;
    type InitError = ();
    type Future = Ready<Result<Fronted<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Fronted { inner: Rc::new(inner) }))
    }
}

impl<S, B> Service<ServiceRequest> for Fronted<S>
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
        let state = request.app_data::<Data<State>>();
        let choice = coding::choose(request.headers());
        let packs = choice == Choice::Gzip;
        // Whoever accepts nothing but gzip gets even that packed which is not worth while.
        let may_be_kept =
            (packs || choice == Choice::Plain) && request_headers::check(request.request()).is_ok();
        let asked = state.filter(|_| may_be_kept).and_then(|state| state.cache.look(&request));
        let (state, kept) = (state.cloned(), asked.as_ref().and_then(|asked| asked.kept.clone()));
        let request = match &kept {
            Some(kept) => match again(request, kept, packs) {
                Ok(response) => return Either::Left(ready(Ok(response))),
                Err(request) => request,
            },
            None => request,
        };
        let inner = self.inner.clone();
        Either::Right(Box::pin(async move {
            let request = match kept {
                Some(kept) => {
                    kept.pack().await;
                    match again(request, &kept, packs) {
                        Ok(response) => return Ok(response),
                        Err(request) => request,
                    }
                }
                None => request,
            };
            if let Some(state) = &state {
                state.metrics.cached(if asked.is_some() { Cached::Miss } else { Cached::Bypass });
            }
            let (response, oldest) = db::replica::noting(inner.call(request)).await;
            let mut response = response?.map_into_boxed_body();
            coding::vary(response.headers_mut());
            coding::tag_known(&mut response, choice);
            let (response, kept) = match (state, asked) {
                (Some(state), Some(asked)) if oldest >= asked.newest => state.cache.keep(asked, response),
                _ => (response, None),
            };
            let response = match (kept, choice.least()) {
                (_, None) => response,
                (Some(kept), Some(_)) => kept.packed(response).await,
                (None, Some(least)) => coding::pack(response, least).await,
            };
            Ok(finish(response))
        }))
    }
}

/// Leaves out what the caller has already, and what HTTP/1.0 does not know: there, a body whose length is not known ends
/// with its connection.
fn finish(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let is_known = response.response().extensions().get::<NotModified>().is_some();
    let (request, mut response) = response.into_parts();
    if is_known {
        response = coding::not_modified(response);
    }
    if request.version() < Version::HTTP_11 && response.body().size() == BodySize::Stream {
        response.head_mut().no_chunking(true);
        response.head_mut().set_connection_type(ConnectionType::Close);
    }
    ServiceResponse::new(request, response)
}

/// Gives a kept answer again, if enough of it is known and the caller may ask; else gives the request back.
fn again(
    request: ServiceRequest,
    kept: &Kept,
    packs: bool,
) -> Result<ServiceResponse<BoxBody>, ServiceRequest> {
    let Some(mut answer) = kept.answer(request.request(), packs) else { return Err(request) };
    let id = middleware::request_id(request.request());
    if let Some(watch) = Watch::begin(&request, &id) {
        // Whoever is over the limit is refused further inside.
        if watch.refusal().is_some() {
            return Err(request);
        }
        if watch.is_last() {
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        let (status, bytes) = (answer.status(), answer.body().size());
        let bytes = if let BodySize::Sized(bytes) = bytes { bytes } else { 0 };
        let headers = answer.headers_mut();
        watch.answered(kept.route.as_deref(), status, Some(bytes), Some(Cached::Hit), headers);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(middleware::REQUEST_ID.clone(), id);
    }
    Ok(request.into_response(answer))
}
