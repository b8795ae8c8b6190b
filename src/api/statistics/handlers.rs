//! Handlers of statistics: partnerships, participation, activity.

use super::tables::{self, counts_table};
use crate::analytics::references::{self, label_json};
use crate::analytics::statistics::count_table::{CountTable, Dimension};
use crate::analytics::statistics::counting_rules::{CountingRule, HeldOn};
use crate::analytics::statistics::differences::difference_json;
use crate::analytics::statistics::signatures::visits_json;
use crate::analytics::statistics::topic::Topic;
use crate::analytics::statistics::{activity, participation, partnership_counts, queries};
use crate::api::filter_params::{filter_conditions, read_codes};
use crate::api::format_responses::{RenderedResponse, csv_dialect, rendering_language};
use crate::api::state::AppState;
use crate::db::conn::Conn;
use crate::db::sql::SqlFragment;
use crate::db::types::Id;
use crate::domain::duration;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::vocabularies::figure::{Measure, Side};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::negotiation::{MediaFormat, negotiate};
use crate::http::query_params::QueryParams;
use crate::http::routing::add_get_route;
use crate::kinds::all;
use actix_web::web::{Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// The most undecided partnerships, and differences, listed in JSON; CSV lists every difference.
const MAX_LISTED: usize = 1000;

/// Adds the routes below `/v1`.
pub fn routes(config: &mut ServiceConfig) {
    add_get_route(config, "/statistics", list_topics);
    add_get_route(config, "/statistics/{topic}", get_topic);
}

/// Returns the JSON of a counting rule.
fn rule_json((code, rule): (&str, [&str; 3])) -> Value {
    json!({"code": code, "rule": label_json(rule)})
}

/// `GET /v1/statistics`: the topics with their dimensions and counting rules.
async fn list_topics(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let topic = |topic: &Topic| {
        let dimension = |dimension: &Dimension| {
            let (code, _, name) = dimension.code_heading_and_label();
            json!({"code": code, "label": label_json(name)})
        };
        json!({
            "topic": topic.name(), "label": label_json(topic.label()), "href": format!("/v1/statistics/{}", topic.name()),
            "dimensions": topic.dimensions().iter().map(dimension).collect::<Vec<_>>(),
            "counting": topic.counting_rules().into_iter().map(rule_json).collect::<Vec<_>>()
        })
    };
    let items: Vec<Value> = Topic::ALL.iter().map(topic).collect();
    let body = RenderedResponse::json(&json!({"items": items, "page": {"limit": items.len()}}));
    Ok(body.into_response(false))
}

/// `GET /v1/statistics/{topic}`.
async fn get_topic(request: HttpRequest, state: Data<AppState>, topic: Path<String>) -> Result<HttpResponse> {
    match Topic::ALL.into_iter().find(|known| known.name() == *topic) {
        Some(Topic::Partnerships) => get_partnerships(&request, &state).await,
        Some(Topic::Participation) => get_participation(&request, &state).await,
        Some(Topic::Activity) => get_activity(&request, &state).await,
        None => Err(Problem::new(ErrorCode::NotFound)),
    }
}

/// Reads the filters of a kind, without those in `except`, whose names mean something else here.
fn read_kind_conditions(params: &mut QueryParams, kind: Kind, except: &[&str], today: Date) -> SqlFragment {
    let filters = all::definition(kind).filters().iter().filter(|filter| !except.contains(&filter.name));
    SqlFragment::all(filter_conditions(params, filters, today))
}

/// Reads `group_by`: one or two dimensions.
fn read_dimensions(params: &mut QueryParams, known: &[Dimension], default: &[Dimension]) -> Vec<Dimension> {
    let names = params.list("group_by");
    let mut found: Vec<Dimension> = Vec::new();
    for code in &names {
        let dimension = known.iter().find(|dimension| dimension.code() == code && !found.contains(dimension));
        let Some(dimension) = dimension.filter(|_| found.len() < 2) else {
            let codes: Vec<&str> = known.iter().map(|dimension| dimension.code()).collect();
            params.invalid("group_by", &names.join(","), &format!("one or two of {}", codes.join(", ")));
            break;
        };
        found.push(*dimension);
    }
    if found.is_empty() { default.to_vec() } else { found }
}

/// Returns the members that counts of every topic have.
fn counts_body(counting: Value, group_by: &[Dimension], rows: &CountTable) -> Map<String, Value> {
    let (count, possible) = rows.total();
    let mut body = Map::new();
    body.insert("counting".into(), counting);
    body.insert("group_by".into(), group_by.iter().map(|dimension| dimension.code()).collect());
    body.insert("rows".into(), rows.rows_json(group_by).into());
    body.insert("total".into(), json!({"count": count, "possible": possible}));
    body.insert("overlapping".into(), rows.is_overlapping().into());
    body
}

/// Counts partnerships by a counting rule, or compares two rules.
async fn get_partnerships(request: &HttpRequest, state: &AppState) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(request);
    let format = negotiate(request, &mut params, &[MediaFormat::Json, MediaFormat::Csv])?;
    let dialect = csv_dialect(&mut params);
    let group_by = read_dimensions(&mut params, Topic::Partnerships.dimensions(), &[]);
    let codes = CountingRule::ALL.map(CountingRule::code).join(", ");
    let rule = params.single("counting").map_or(Some(CountingRule::All), |code| {
        let rule = CountingRule::from_code(&code);
        rule.or_else(|| {
            params.invalid("counting", &code, &format!("one of {codes}"));
            None
        })
    });
    let diff = params.list("diff");
    let rules = match diff.iter().map(|code| CountingRule::from_code(code)).collect::<Vec<_>>().as_slice() {
        [] => None,
        [Some(first), Some(second)] if first != second => Some([*first, *second]),
        _ => {
            params.invalid("diff", &diff.join(","), &format!("two of {codes}"));
            None
        }
    };
    let today = state.clock.today();
    let day = params.single("valid_on").and_then(|text| {
        let day = text.parse::<Date>().ok();
        if day.is_none() {
            params.invalid("valid_on", &text, "a day, YYYY-MM-DD");
        }
        day.map(|day| HeldOn { day, today })
    });
    let filter = read_kind_conditions(
        &mut params,
        Kind::Partnership,
        &["valid_on", "counting", "diff", "group_by"],
        today,
    );
    params.finish()?;
    let rule = rule.unwrap_or(CountingRule::All);
    let criteria =
        rule == CountingRule::Clair || rules.is_some_and(|rules| rules.contains(&CountingRule::Clair));
    let language = rendering_language(request, format);
    let read = move |tx: &mut Conn| {
        let links = queries::load_partnerships(tx, &filter, criteria)?;
        let differences =
            rules.map(|rules| (rules, partnership_counts::find_differences(&links, rules, day)));
        let counted_links = partnership_counts::count_partnerships(&links, &group_by, rule, day);
        if format == MediaFormat::Csv {
            let table = match &differences {
                Some((rules, differences)) => tables::difference_table(*rules, differences, &links),
                None => counts_table(rule.code(), &group_by, &counted_links.rows),
            };
            return Ok(RenderedResponse::csv_table(&table, language, dialect)?);
        }
        let mut body =
            counts_body(rule_json((rule.code(), rule.description())), &group_by, &counted_links.rows);
        body.insert("topic".into(), Topic::Partnerships.name().into());
        if let Some(held) = day {
            let rule = label_json(HeldOn::RULE);
            body.insert("valid_on".into(), json!({"day": held.day.to_string(), "rule": rule}));
        }
        let find_link = |id: &Id| {
            links.all.binary_search_by(|link| link.id.cmp(id)).ok().and_then(|at| links.all.get(at))
        };
        let undecided = counted_links.undecided.iter().take(MAX_LISTED).filter_map(|undecided| {
            let link = find_link(undecided.partnership)?;
            let partnership = references::record_reference(Kind::Partnership, link.id, &link.name);
            Some(json!({"partnership": partnership, "missing": undecided.missing}))
        });
        let undecided: Vec<Value> = undecided.collect();
        let total = counted_links.undecided.len();
        body.insert("undecided".into(), json!({"total": total, "items": undecided}));
        if let Some((rules, differences)) = differences {
            let items: Vec<Value> = differences
                .iter()
                .take(MAX_LISTED)
                .map(|difference| difference_json(rules, difference, &links))
                .collect();
            let codes = rules.map(CountingRule::code);
            body.insert("diff".into(), json!({"rules": codes, "total": differences.len(), "items": items}));
        }
        Ok(RenderedResponse::json(&body.into()))
    };
    Ok(state.read_slow(request, read).await?.into_response(true))
}

/// Participation figures of each edition and side.
async fn get_participation(request: &HttpRequest, state: &AppState) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(request);
    let format = negotiate(request, &mut params, &[MediaFormat::Json, MediaFormat::Csv])?;
    let dialect = csv_dialect(&mut params);
    let measures: Vec<&str> = Measure::TERMS.iter().map(|term| term.code).collect();
    let sides: Vec<&str> = Side::TERMS.iter().map(|term| term.code).collect();
    let query = participation::ParticipationQuery {
        measures: read_codes(&mut params, "measure", &measures),
        sides: read_codes(&mut params, "side", &sides),
    };
    let filter =
        read_kind_conditions(&mut params, Kind::Rencontre, &["measure", "side"], state.clock.today());
    params.finish()?;
    let (clock, language) = (state.clock.clone(), rendering_language(request, format));
    let read = move |tx: &mut Conn| {
        let (editions, recorded) = queries::load_editions(tx, filter, &clock)?;
        let rows = participation::participation_rows(&editions, &recorded, &query);
        if format == MediaFormat::Csv {
            return Ok(RenderedResponse::csv_table(&tables::participation_table(&rows), language, dialect)?);
        }
        let counting = rule_json(("stated", participation::RULE));
        let topic = Topic::Participation.name();
        Ok(RenderedResponse::json(&json!({"counting": counting, "editions": rows, "topic": topic})))
    };
    Ok(state.read_slow(request, read).await?.into_response(true))
}

/// Counts dated activities; with `signature_within`, lists visits with the texts signed after them.
async fn get_activity(request: &HttpRequest, state: &AppState) -> Result<HttpResponse> {
    let mut params = QueryParams::from_request(request);
    let format = negotiate(request, &mut params, &[MediaFormat::Json, MediaFormat::Csv])?;
    let dialect = csv_dialect(&mut params);
    let mut group_by = vec![Dimension::ActivityKind];
    group_by.extend(read_dimensions(&mut params, Topic::Activity.dimensions(), &[Dimension::Year]));
    let months = params.single("signature_within").and_then(|text| {
        let months = duration::parse_months(&text);
        if months.is_none() {
            params.invalid("signature_within", &text, "a period of years and months such as `P36M`");
        }
        months
    });
    let authorities = params.list("authority");
    let authority_condition = |kind: Kind| {
        if authorities.is_empty() {
            return Ok(SqlFragment::all([]));
        }
        queries::authority_filter(kind).condition("authority", &authorities, state.clock.today())
    };
    let mut by_kind = Vec::new();
    for (_, dated) in activity::activity_members() {
        by_kind.extend(params.accept(authority_condition(dated.kind)).map(|clause| (dated.kind, clause)));
    }
    params.finish()?;
    let (clock, language) = (state.clock.clone(), rendering_language(request, format));
    let filter = move |kind: Kind| {
        let filter = by_kind.iter().find(|(known, _)| *known == kind);
        filter.map_or_else(|| SqlFragment::all([]), |(_, clause)| clause.clone())
    };
    let read = move |tx: &mut Conn| {
        let rows = activity::count_activities(&queries::load_activities(tx, &filter)?, &group_by);
        let visits = match months {
            Some(months) => {
                let (page, found) = queries::load_visits_and_outcomes(tx, filter(Kind::Visit), &clock)?;
                Some(visits_json(&page, &found, months))
            }
            None => None,
        };
        if format == MediaFormat::Csv {
            let table = visits
                .as_ref()
                .map_or_else(|| counts_table("dated", &group_by, &rows), tables::signature_table);
            return Ok(RenderedResponse::csv_table(&table, language, dialect)?);
        }
        let mut body = counts_body(rule_json(("dated", activity::RULE)), &group_by, &rows);
        body.insert("topic".into(), Topic::Activity.name().into());
        body.extend(visits.map(|visits| ("visits".to_owned(), visits)));
        Ok(RenderedResponse::json(&body.into()))
    };
    Ok(state.read_slow(request, read).await?.into_response(true))
}
