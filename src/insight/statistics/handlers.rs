//! `/v1/statistics` and `/v1/statistics/{topic}`.

use super::activity;
use super::counting::{Counting, Held};
use super::differences::{self, difference};
use super::links;
use super::rows::{Dimension, Rows};
use super::signatures::{self, followed};
use super::{Topic, participation, store};
use crate::db::Conn;
use crate::db::sql::Clause;
use crate::db::types::Id;
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::negotiation::{Format, negotiate};
use crate::http::params::Params;
use crate::insight::handlers::{Body, language, serve};
use crate::insight::refs::{self, label};
use crate::insight::table::{Heading, Sheet, Shown};
use crate::registry::collection::{conditions, dialect};
use crate::vocabulary::codes::{Measure, Side, Vocabulary as _};
use crate::vocabulary::{Kind, period};
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// The most partnerships and links that an answer lists one by one; a table has them all.
const MOST_LISTED: usize = 1000;

/// Every route, below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    serve(config, "/statistics", list);
    serve(config, "/statistics/{topic}", get);
}

fn rule((code, rule): (&str, [&str; 3])) -> Value {
    json!({"code": code, "rule": label(rule)})
}

async fn list(request: HttpRequest) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let topic = |topic: &Topic| {
        let dimension = |dimension: &Dimension| {
            let (code, _, name) = dimension.names();
            json!({"code": code, "label": label(name)})
        };
        json!({
            "topic": topic.name(), "label": label(topic.label()), "href": format!("/v1/statistics/{}", topic.name()),
            "dimensions": topic.dimensions().iter().map(dimension).collect::<Vec<_>>(),
            "counting": topic.rules().into_iter().map(rule).collect::<Vec<_>>()
        })
    };
    let items: Vec<Value> = Topic::ALL.iter().map(topic).collect();
    let body = Body::json(&json!({"items": items, "page": {"limit": items.len()}}));
    Ok(body.answer(false))
}

async fn get(request: HttpRequest, state: Data<State>, topic: Path<String>) -> Result<HttpResponse> {
    match Topic::ALL.into_iter().find(|known| known.name() == *topic) {
        Some(Topic::Partnerships) => partnerships(&request, &state).await,
        Some(Topic::Participation) => participation(&request, &state).await,
        Some(Topic::Activity) => activity(&request, &state).await,
        None => Err(Problem::new(Code::NotFound)),
    }
}

/// The conditions that a kind's own filters set; the parameters in `ours` mean something else here.
fn filtered(params: &mut Params, kind: Kind, ours: &[&str], today: Date) -> Clause {
    let filters = kind.shelf().filters().iter().filter(|filter| !ours.contains(&filter.name));
    Clause::all(conditions(params, filters, today))
}

/// The dimensions that `group_by` names.
fn dimensions(params: &mut Params, known: &[Dimension], default: &[Dimension]) -> Vec<Dimension> {
    let asked = params.many("group_by");
    let mut found: Vec<Dimension> = Vec::new();
    for code in &asked {
        let one = known.iter().find(|one| one.code() == code && !found.contains(one));
        let Some(one) = one.filter(|_| found.len() < 2) else {
            let codes: Vec<&str> = known.iter().map(|one| one.code()).collect();
            params.misfit("group_by", &asked.join(","), &format!("one or two of {}", codes.join(", ")));
            break;
        };
        found.push(*one);
    }
    if found.is_empty() { default.to_vec() } else { found }
}

fn counted(counting: Value, by: &[Dimension], rows: &Rows) -> Map<String, Value> {
    let (count, possible) = rows.total();
    let mut body = Map::new();
    body.insert("counting".into(), counting);
    body.insert("group_by".into(), by.iter().map(|one| one.code()).collect());
    body.insert("rows".into(), rows.json(by).into());
    body.insert("total".into(), json!({"count": count, "possible": possible}));
    body.insert("overlapping".into(), rows.is_overlapping().into());
    body
}

/// The rows as a table: code and label of each dimension, then the counts and the rule.
fn tabulated(rule: &str, by: &[Dimension], rows: &Rows) -> Sheet {
    let mut headings: Vec<Heading> = Vec::new();
    for one in by {
        let (_, codes, name) = one.names();
        headings.extend([[codes; 3], name]);
    }
    headings.extend([
        ["nombre", "件数", "count"],
        ["possibles", "可能性あり", "possible"],
        ["règle de comptage", "集計基準", "counting rule"],
    ]);
    let line = |row: &Value| {
        let at = |pointer: &str| row.pointer(pointer).unwrap_or(&Value::Null);
        let mut line = Vec::new();
        for key in at("/keys").as_array().into_iter().flatten() {
            let of = |name: &str| key.get(name).cloned().unwrap_or_default();
            let code = key.pointer("/record/href").cloned().unwrap_or_else(|| of("code"));
            line.extend([Shown::of(&code), Shown::of(&of("label"))]);
        }
        line.extend([Shown::of(at("/count")), Shown::of(at("/possible")), Shown::Plain(rule.to_owned())]);
        line
    };
    Sheet { headings, rows: rows.json(by).iter().map(line).collect() }
}

async fn partnerships(request: &HttpRequest, state: &State) -> Result<HttpResponse> {
    let mut params = Params::of(request);
    let format = negotiate(request, &mut params, &[Format::Json, Format::Csv])?;
    let dialect = dialect(&mut params);
    let by = dimensions(&mut params, Topic::Partnerships.dimensions(), &[]);
    let codes = Counting::ALL.map(Counting::code).join(", ");
    let rule = params.one("counting").map_or(Some(Counting::All), |code| {
        let rule = Counting::from_code(&code);
        rule.or_else(|| {
            params.misfit("counting", &code, &format!("one of {codes}"));
            None
        })
    });
    let diff = params.many("diff");
    let rules = match diff.iter().map(|code| Counting::from_code(code)).collect::<Vec<_>>().as_slice() {
        [] => None,
        [Some(one), Some(other)] if one != other => Some([*one, *other]),
        _ => {
            params.misfit("diff", &diff.join(","), &format!("two of {codes}"));
            None
        }
    };
    let today = state.clock.today();
    let day = params.one("valid_on").and_then(|text| {
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            params.misfit("valid_on", &text, "a day, YYYY-MM-DD");
        }
        day.map(|day| Held { day, today })
    });
    let filter =
        filtered(&mut params, Kind::Partnership, &["valid_on", "counting", "diff", "group_by"], today);
    params.finish()?;
    let rule = rule.unwrap_or(Counting::All);
    let criteria = rule == Counting::Clair || rules.is_some_and(|rules| rules.contains(&Counting::Clair));
    let language = language(request, format);
    let read = move |tx: &mut Conn| {
        let links = store::links(tx, &filter, criteria)?;
        let told = rules.map(|rules| (rules, links::differences(&links, rules, day)));
        let counted_links = links::count(&links, &by, rule, day);
        if format == Format::Csv {
            let table = match &told {
                Some((rules, told)) => differences::sheet(*rules, told, &links),
                None => tabulated(rule.code(), &by, &counted_links.rows),
            };
            return Ok(Body::sheet(&table, language, dialect)?);
        }
        let mut body = counted(self::rule((rule.code(), rule.rule())), &by, &counted_links.rows);
        body.insert("topic".into(), Topic::Partnerships.name().into());
        if let Some(held) = day {
            let rule = label(Held::RULE);
            body.insert("valid_on".into(), json!({"day": held.day.to_string(), "rule": rule}));
        }
        let name = |id: &Id| {
            links.all.binary_search_by(|link| link.id.cmp(id)).ok().and_then(|at| links.all.get(at))
        };
        let undecided = counted_links.undecided.iter().take(MOST_LISTED).filter_map(|one| {
            let link = name(one.link)?;
            let partnership = refs::reference(Kind::Partnership, link.id, &link.name);
            Some(json!({"partnership": partnership, "missing": one.missing}))
        });
        let undecided: Vec<Value> = undecided.collect();
        let total = counted_links.undecided.len();
        body.insert("undecided".into(), json!({"total": total, "items": undecided}));
        if let Some((rules, told)) = told {
            let items: Vec<Value> =
                told.iter().take(MOST_LISTED).map(|one| difference(rules, one, &links)).collect();
            let codes = rules.map(Counting::code);
            body.insert("diff".into(), json!({"rules": codes, "total": told.len(), "items": items}));
        }
        Ok(Body::json(&body.into()))
    };
    Ok(state.read_slow(request, read).await?.answer(true))
}

async fn participation(request: &HttpRequest, state: &State) -> Result<HttpResponse> {
    let mut params = Params::of(request);
    let format = negotiate(request, &mut params, &[Format::Json, Format::Csv])?;
    let dialect = dialect(&mut params);
    let codes = |params: &mut Params, name: &str, known: &[&str]| {
        let codes = params.many(name);
        for code in codes.iter().filter(|code| !known.contains(&code.as_str())) {
            params.misfit(name, code, &crate::vocabulary::nearest::one_of(code, known));
        }
        codes
    };
    let measures: Vec<&str> = Measure::TERMS.iter().map(|term| term.code).collect();
    let sides: Vec<&str> = Side::TERMS.iter().map(|term| term.code).collect();
    let asked = participation::Asked {
        measures: codes(&mut params, "measure", &measures),
        sides: codes(&mut params, "side", &sides),
    };
    let filter = filtered(&mut params, Kind::Rencontre, &["measure", "side"], state.clock.today());
    params.finish()?;
    let (clock, language) = (state.clock.clone(), language(request, format));
    let read = move |tx: &mut Conn| {
        let (editions, recorded) = store::editions(tx, filter, &clock)?;
        let rows = participation::rows(&editions, &recorded, &asked);
        if format == Format::Csv {
            return Ok(Body::sheet(&participation::sheet(&rows), language, dialect)?);
        }
        let counting = rule(("stated", participation::RULE));
        let topic = Topic::Participation.name();
        Ok(Body::json(&json!({"counting": counting, "editions": rows, "topic": topic})))
    };
    Ok(state.read_slow(request, read).await?.answer(true))
}

async fn activity(request: &HttpRequest, state: &State) -> Result<HttpResponse> {
    let mut params = Params::of(request);
    let format = negotiate(request, &mut params, &[Format::Json, Format::Csv])?;
    let dialect = dialect(&mut params);
    let mut by = vec![Dimension::What];
    by.extend(dimensions(&mut params, Topic::Activity.dimensions(), &[Dimension::Year]));
    let months = params.one("signature_within").and_then(|text| {
        let months = period::months(&text);
        if months.is_none() {
            params.misfit("signature_within", &text, "a period of years and months such as `P36M`");
        }
        months
    });
    let authorities = params.many("authority");
    let of = |kind: Kind| {
        if authorities.is_empty() {
            return Ok(Clause::all([]));
        }
        store::concerns(kind).condition("authority", &authorities, state.clock.today())
    };
    let mut by_kind = Vec::new();
    for (_, dated) in activity::kinds() {
        by_kind.extend(params.keep(of(dated.kind)).map(|clause| (dated.kind, clause)));
    }
    params.finish()?;
    let (clock, language) = (state.clock.clone(), language(request, format));
    let filter = move |kind: Kind| {
        let found = by_kind.iter().find(|(known, _)| *known == kind);
        found.map_or_else(|| Clause::all([]), |(_, clause)| clause.clone())
    };
    let read = move |tx: &mut Conn| {
        let rows = activity::count(&store::happenings(tx, &filter)?, &by);
        let visits = match months {
            Some(months) => {
                let (page, found) = store::followed(tx, filter(Kind::Visit), &clock)?;
                Some(followed(&page, &found, months))
            }
            None => None,
        };
        if format == Format::Csv {
            let table = visits.as_ref().map_or_else(|| tabulated("dated", &by, &rows), signatures::sheet);
            return Ok(Body::sheet(&table, language, dialect)?);
        }
        let mut body = counted(rule(("dated", activity::RULE)), &by, &rows);
        body.insert("topic".into(), Topic::Activity.name().into());
        body.extend(visits.map(|visits| ("visits".to_owned(), visits)));
        Ok(Body::json(&body.into()))
    };
    Ok(state.read_slow(request, read).await?.answer(true))
}
