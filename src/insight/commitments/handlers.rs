//! `/v1/commitments`.

use super::store::{self, EDITION};
use super::{Asked, commitments};
use crate::db::Conn;
use crate::db::sql::Clause;
use crate::error::Result;
use crate::http::State;
use crate::http::params::Params;
use crate::insight::handlers::{Body, Pages, after, serve};
use crate::registry::collection::conditions;
use crate::vocabulary::codes::{Theme, Vocabulary as _};
use crate::vocabulary::folding;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    serve(config, "/commitments", get);
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let mut asked = Asked::default();
    for code in params.many("theme") {
        let theme = Theme::from_code(&code);
        if theme.is_none() {
            params.misfit("theme", &code, &crate::vocabulary::nearest::one_of_terms(&code, Theme::TERMS));
        }
        asked.themes.extend(theme);
    }
    asked.words = params.query().map(|query| folding::words(&query)).unwrap_or_default();
    let filter = Clause::all(conditions(&mut params, [&EDITION], state.clock.today()));
    let limit = params.limit();
    let after: Option<usize> = after(&request, &state.sealer, &mut params);
    params.finish()?;
    let (clock, pages) = (state.clock.clone(), Pages::of(&request, &state.sealer, limit));
    let (start, most) = (after.unwrap_or(0), usize::try_from(limit).unwrap_or_default());
    let read = move |tx: &mut Conn| {
        let found = store::material(tx, filter, &clock)?;
        let of = |edition: &serde_json::Map<String, Value>| {
            let id = edition.get("id").and_then(Value::as_str).unwrap_or_default();
            let around = found.around.get(id).map_or(&[][..], Vec::as_slice);
            commitments(edition, around, &found.signed, &asked)
        };
        let mut items: Vec<Value> = found.editions.iter().flat_map(of).skip(start).take(most + 1).collect();
        let next = pages.next((items.len() > most).then_some(start + most))?;
        items.truncate(most);
        Ok(Body::page(&items, limit, next, None))
    };
    Ok(state.read_slow(&request, read).await?.answer(false))
}
