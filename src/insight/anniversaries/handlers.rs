//! `/v1/anniversaries`.

use super::store::{self, AUTHORITY};
use super::{Anniversary, Position, Round, anniversaries, calendar, sheet};
use crate::db::sql::Clause;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::authority;
use crate::http::negotiation::{Format, negotiate};
use crate::http::params::Params;
use crate::insight::dated::DATED;
use crate::insight::handlers::{Body, Pages, after, language, serve};
use crate::registry::collection::{conditions, context, dialect};
use crate::vocabulary::Kind;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// The greatest number of years that is round by itself.
const MOST: i16 = 9998;

/// The most anniversaries of a table or a calendar that is asked for whole; a `Link` leads to the others.
const MOST_AT_ONCE: usize = 10_000;
/// The largest page.
const LARGEST_PAGE: i64 = 500;

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    serve(config, "/anniversaries", get);
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The year.
    pub year: i16,
    round: Round,
    kinds: Vec<Kind>,
    filter: Clause,
}

impl Asked {
    /// Takes its parameters.
    pub fn read(params: &mut Params, today: jiff::civil::Date) -> Self {
        let year = params.whole("year", 1..=9999, today.year().into());
        let multiples = numbers(params, "multiple", &[5]);
        let years = numbers(params, "years", &[]);
        let round = if years.is_empty() { Round::Multiples(multiples) } else { Round::Years(years) };
        let names = params.many("kind");
        let known: Vec<Kind> = DATED.iter().filter(|dated| dated.is_kept).map(|dated| dated.kind).collect();
        let kinds = names.iter().filter_map(|name| {
            let kind = Kind::from_name(name).filter(|kind| known.contains(kind));
            if kind.is_none() {
                let all: Vec<&str> = known.iter().map(|kind| kind.as_str()).collect();
                params.misfit("kind", name, &crate::vocabulary::nearest::one_of(name, &all));
            }
            kind
        });
        let kinds = kinds.collect();
        let filter = Clause::all(conditions(params, [&AUTHORITY], today));
        Self { year: i16::try_from(year).unwrap_or(i16::MAX), round, kinds, filter }
    }

    /// A page of the anniversaries asked for, in order, and where it ends, if there are more.
    ///
    /// # Errors
    /// When the database fails.
    pub fn find(
        &self,
        tx: &mut Conn,
        after: Option<&Position>,
        limit: usize,
    ) -> Outcome<(Vec<Anniversary>, Option<Position>)> {
        let Self { year, round, kinds, filter } = self;
        let found = store::beginnings(tx, *year, round, kinds, filter)?;
        Ok(anniversaries(found, *year, round, after, limit))
    }
}

/// Whole numbers of years, separated by commas.
fn numbers(params: &mut Params, name: &str, default: &[i16]) -> Vec<i16> {
    let given = params.many(name);
    let mut numbers = Vec::new();
    for text in &given {
        match text.parse().ok().filter(|number| (1..=MOST).contains(number)) {
            Some(number) => numbers.push(number),
            None => params.misfit(name, text, &format!("whole numbers from 1 to {MOST}")),
        }
    }
    if numbers.is_empty() { default.to_vec() } else { numbers }
}

async fn get(request: HttpRequest, state: Data<State>) -> Result<HttpResponse> {
    let mut params = Params::of(&request);
    let format = negotiate(&request, &mut params, &[Format::Json, Format::Csv, Format::Calendar])?;
    let dialect = dialect(&mut params);
    let asked = Asked::read(&mut params, state.clock.today());
    let is_whole = format != Format::Json && !params.has("limit");
    let limit = params.limit();
    let after: Option<Position> = after(&request, &state.sealer, &mut params);
    params.finish()?;
    let pages = Pages::of(&request, &state.sealer, if is_whole { LARGEST_PAGE } else { limit });
    let base = if format == Format::Calendar { authority::base(&request) } else { String::new() };
    let (here, language) = (context(&request), language(&request, format));
    let most = if is_whole { MOST_AT_ONCE } else { usize::try_from(limit).unwrap_or_default() };
    let read = move |tx: &mut Conn| {
        let (found, position) = asked.find(tx, after.as_ref(), most)?;
        let next = pages.next(position)?;
        if format == Format::Calendar {
            let body = calendar::calendar(&found, &base, &here, language);
            let body = body.map_err(|_| Problem::new(Code::Internal))?;
            return Ok(Body::rendered(format, language, body)?.followed_by(next));
        }
        let items: Vec<Value> = found.iter().map(Anniversary::json).collect();
        if format == Format::Csv {
            return Ok(Body::sheet(&sheet(&items), language, dialect)?.followed_by(next));
        }
        let mut page = json!({"limit": limit});
        if let (Some(next), Some(page)) = (&next, page.as_object_mut()) {
            page.insert("next".into(), next.as_str().into());
        }
        Ok(Body::json(&json!({"year": asked.year, "items": items, "page": page})).followed_by(next))
    };
    Ok(state.read_slow(&request, read).await?.answer(true))
}
