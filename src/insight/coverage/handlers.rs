//! `GET /v1/frameworks/{id}/coverage`.

use super::{Question, coverage};
use crate::db::Conn;
use crate::error::Result;
use crate::http::State;
use crate::http::params::Params;
use crate::insight::handlers::{Body, read_only};
use crate::registry::engine::Name;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Scope};

/// The records named for each theme and kind when `limit` is not given, and the most.
pub(super) const LIMITS: [u32; 2] = [5, 50];

/// The route, below a framework's collection.
pub fn below(scope: Scope) -> Scope {
    scope.service(read_only("/{id}/coverage", get))
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let [usual, most] = LIMITS.map(i64::from);
    let limit = usize::try_from(params.whole("limit", 0..=most, usual)).unwrap_or_default();
    let question = Question { within_period: params.flag("within_period"), limit };
    params.finish()?;
    let name = Name::parse(request.match_info().get("id").unwrap_or_default())?;
    let clock = state.clock.clone();
    let read = move |tx: &mut Conn| Ok(Body::json(&coverage(tx, &name, question, &clock)?));
    Ok(state.read_slow(&request, read).await?.answer(false))
}
