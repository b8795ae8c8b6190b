//! `/v1/timeline`.

use super::store::{self, Asked, Place};
use super::{item, sheet};
use crate::db::Conn;
use crate::db::sql::Clause;
use crate::error::Result;
use crate::http::State;
use crate::http::negotiation::{Format, negotiate};
use crate::http::params::Params;
use crate::insight::anniversaries::store::AUTHORITY;
use crate::insight::dated::DATED;
use crate::insight::handlers::{Body, Pages, after, language, serve};
use crate::registry::collection::{conditions, dialect};
use crate::vocabulary::written_date;
use crate::vocabulary::{Kind, PartialDate};
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    serve(config, "/timeline", get);
}

fn date(params: &mut Params, name: &str) -> Option<PartialDate> {
    let text = params.one(name)?;
    let date = PartialDate::parse(&text);
    if date.is_none() {
        params.misfit(name, &text, &written_date::expected("a day or another EDTF date", &text));
    }
    date
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let format = negotiate(&request, &mut params, &[Format::Json, Format::Csv])?;
    let dialect = dialect(&mut params);
    let filter = Clause::all(conditions(&mut params, [&AUTHORITY], state.clock.today()));
    let mut kinds: Vec<Kind> = Vec::new();
    for name in params.many("kind") {
        match Kind::from_name(&name).filter(|kind| DATED.iter().any(|dated| dated.kind == *kind)) {
            Some(kind) => kinds.push(kind),
            None => params.misfit(
                "kind",
                &name,
                &crate::vocabulary::nearest::one_of(&name, &super::document::kinds()),
            ),
        }
    }
    let (from, to) = (date(&mut params, "from"), date(&mut params, "to"));
    let sort = params.one("sort").unwrap_or_else(|| "date".into());
    if !["date", "-date"].contains(&sort.as_str()) {
        params.misfit("sort", &sort, "`date` or `-date`");
    }
    let limit = params.limit();
    let place: Option<Place> = after(&request, &state.sealer, &mut params);
    params.finish()?;
    let asked = Asked { kinds, from, to, filter, latest_first: sort.starts_with('-'), limit };
    let (pages, language) = (Pages::of(&request, &state.sealer, limit), language(&request, format));
    let read = move |tx: &mut Conn| {
        let (rows, place, schedules) = store::page(tx, &asked, place)?;
        let items = rows.iter().filter_map(|row| item(row, &schedules).transpose());
        let items: Vec<Value> = items.collect::<Result<_>>()?;
        let next = pages.next(place)?;
        if format == Format::Csv {
            return Ok(Body::sheet(&sheet(&items), language, dialect)?.followed_by(next));
        }
        Ok(Body::page(&items, limit, next, None))
    };
    Ok(state.db.read_long(read).await?.answer(true))
}
