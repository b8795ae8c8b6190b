//! `/v1/anniversaries`.

use super::store::{self, AUTHORITY};
use super::{Anniversary, Round, anniversaries, calendar, sheet};
use crate::db::sql::Clause;
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::client;
use crate::http::negotiation::{Format, negotiate};
use crate::http::params::Params;
use crate::insight::dated::DATED;
use crate::insight::handlers::{among, json as answer, language, rendered, serve, sheet as table};
use crate::registry::collection::{conditions, context};
use crate::vocabulary::Kind;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// The greatest number of years that is round by itself.
const MOST: i16 = 9998;

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
                params.misfit("kind", name, &format!("one of {}", all.join(", ")));
            }
            kind
        });
        let kinds = kinds.collect();
        let filter = Clause::all(conditions(params, [&AUTHORITY], today).0);
        Self { year: i16::try_from(year).unwrap_or(i16::MAX), round, kinds, filter }
    }

    /// The anniversaries asked for, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(self, state: &State) -> Result<Vec<Anniversary>> {
        let Self { year, round, kinds, filter } = self;
        let asked = round.clone();
        let found =
            state.db.read_long(move |tx| store::beginnings(tx, year, &asked, &kinds, &filter)).await?;
        Ok(anniversaries(found, year, &round))
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
    let mark = params.mark();
    let asked = Asked::read(&mut params, state.clock.today());
    params.finish()?;
    let year = asked.year;
    let found = asked.find(&state).await?;
    if format == Format::Calendar {
        let (base, here) = (client::base(&request), context(&request));
        let body = calendar::calendar(&found, &base, &here, language(&request));
        return rendered(&request, format, body.map_err(|_| Problem::new(Code::Internal))?);
    }
    let items: Vec<Value> = found.iter().map(Anniversary::json).collect();
    if format == Format::Csv {
        return table(&request, &sheet(&items), mark);
    }
    Ok(among(answer(&request, &json!({"year": year, "items": items}))))
}
