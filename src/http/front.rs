//! The outermost layer: a request that a kept answer answers goes no further, and every answer gets its content coding.

use super::cache::Cache;
use super::{coding, middleware};
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};
use std::rc::Rc;

/// Surrounds the application.
pub struct Front(pub Cache);

/// The surrounded application.
pub struct Fronted<S> {
    inner: Rc<S>,
    cache: Cache,
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
        ready(Ok(Fronted { inner: Rc::new(inner), cache: self.0.clone() }))
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
        let (asked, packs) = (self.cache.look(&request), coding::packs(&request));
        let kept = asked.as_ref().and_then(|asked| asked.kept.clone());
        if let Some(answer) = kept.as_ref().and_then(|kept| kept.answer(request.request(), packs)) {
            return Either::Left(ready(Ok(middleware::named(request.into_response(answer)))));
        }
        let (inner, cache) = (self.inner.clone(), self.cache.clone());
        Either::Right(Box::pin(async move {
            if let Some(kept) = kept {
                kept.pack().await;
                if let Some(answer) = kept.answer(request.request(), packs) {
                    return Ok(middleware::named(request.into_response(answer)));
                }
            }
            let mut response = inner.call(request).await?.map_into_boxed_body();
            coding::vary(response.headers_mut());
            let (response, kept) = match asked {
                Some(asked) => cache.keep(asked, response),
                None => (response, None),
            };
            Ok(match kept {
                _ if !packs => response,
                Some(kept) => kept.packed(response).await,
                None => coding::pack(response).await,
            })
        }))
    }
}
