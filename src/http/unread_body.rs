//! Closes the connection after the response when a chunked request body was not read to its end. For a body
//! of known length actix-web does that itself; a chunked one it would wait for without limit.

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream::{self, Stream as _};
use std::cell::RefCell;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A request body shared with the response, which knows whether a handler has read it.
pub(super) struct UnreadBody(
    #[expect(dead_code, reason = "dropping it lets the body go")] Rc<RefCell<Payload>>,
);

impl UnreadBody {
    /// Holds the body of a request, if it is chunked.
    pub(super) fn from_request(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let payload = Rc::new(RefCell::new(request.take_payload()));
        let read = payload.clone();
        let pieces = stream::poll_fn(move |context| Pin::new(&mut *read.borrow_mut()).poll_next(context));
        request.set_payload(Payload::Stream { payload: Box::pin(pieces) });
        Some(Self(payload))
    }

    /// Attaches the body to the response, which holds it until it has been sent.
    pub(super) fn attach_to(self, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        response.map_body(|_, body| BoxBody::new(BodyHoldingUnread { body, _unread: self }))
    }
}

struct BodyHoldingUnread {
    body: BoxBody,
    _unread: UnreadBody,
}

impl MessageBody for BodyHoldingUnread {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
