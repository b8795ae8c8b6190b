//! SQL that finds candidate partners and what they share with an authority, in one statement.

use super::criteria::Criterion;
use super::scoring::{AuthorityProfile, SharedTrait, comparable_populations, group_by_candidate};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::authorities::geo_filters::MAX_COAST_KM;
use crate::kinds::authorities::themes;
use crate::kinds::{all, content_verifier};
use diesel::RunQueryDsl as _;
use diesel::sql_types::{BigInt, Nullable, Text};
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// Parameters of a list of suggestions.
#[derive(Debug, Clone)]
pub struct SuggestionQuery {
    /// The authority to find partners for.
    pub authority: AuthorityProfile,
    /// Its country.
    pub country: Country,
    /// The only country to search, if any.
    pub wanted_country: Option<Country>,
    /// The current date; decides which partner requests are open.
    pub today: Date,
}

/// Pointer of the parties of partnerships, as SQL.
const PARTY_POINTER: &str = "'/parties/authority'";

/// Pointers of the authorities that take part in a visit, as SQL.
const VISIT_POINTERS: &str = "('/delegation/represents', '/hosts/represents', '/stops/authority')";

/// Pointers of the authorities that take part in an edition, as SQL.
const EDITION_POINTERS: &str = "('/participants/authority', '/host')";

/// SQL types of a candidate's profile with one of its shared traits.
type CandidateColumns =
    (UuidSql, Text, Nullable<BigInt>, Nullable<BigInt>, Nullable<Text>, Nullable<Text>, Nullable<UuidSql>);

/// A row of [`CandidateColumns`].
type CandidateRow = (Id, String, Option<i64>, Option<i64>, Option<String>, Option<String>, Option<Id>);

/// Returns the active authorities of the other country that are not yet partners and share some trait with
/// this one.
pub fn find_candidates(
    tx: &mut Conn,
    query: &SuggestionQuery,
) -> TxResult<Vec<(AuthorityProfile, Vec<SharedTrait>)>> {
    let fits =
        |one: &&Country| **one != query.country && query.wanted_country.is_none_or(|only| only == **one);
    let Some(country) = Country::ALL.iter().find(fits) else { return Ok(vec![]) };
    let (least, most) =
        query.authority.population.filter(|number| *number > 0).map_or((1, 0), comparable_populations);
    let nearest = query.authority.coast_distance().map(|_| MAX_COAST_KM);
    let statement = SqlFragment::new("WITH links(candidate, criterion, theme, evidence) AS (")
        .append(shared_traits_sql(query.authority.id))
        .sql(") SELECT a.id, a.level, a.population, a.coast_km, l.criterion, l.theme, l.evidence FROM authorities a")
        .sql(" LEFT JOIN links l ON l.candidate = a.id WHERE a.country = ")
        .bind_text(country.code())
        .sql(" AND (a.status IS NULL OR a.status = 'active') AND a.id NOT IN (")
        .append(partners_sql(query.authority.id))
        .sql(") AND (l.candidate IS NOT NULL OR a.population BETWEEN ")
        .bind(BindValue::Int(least))
        .sql(" AND ")
        .bind(BindValue::Int(most))
        .sql(" OR a.coast_km <= ")
        .bind(nearest.map_or(BindValue::Null, BindValue::Int))
        .sql(")");
    let rows: Vec<CandidateRow> = Statement::<CandidateColumns>::new(statement).load(tx)?;
    let criteria: HashMap<&str, Criterion> =
        Criterion::ALL.iter().map(|criterion| (criterion.code(), *criterion)).collect();
    let read = |(id, level, population, coast_km, criterion, theme, evidence): CandidateRow| {
        let link = criterion.and_then(|code| {
            let criterion = *criteria.get(code.as_str())?;
            Some(SharedTrait { criterion, theme: theme.unwrap_or_default(), evidence: evidence? })
        });
        (AuthorityProfile { id, level, population, coast_km }, link)
    };
    let mut candidates = group_by_candidate(rows.into_iter().map(read));
    drop_closed_requests(tx, query, &mut candidates)?;
    candidates.retain(|(profile, shared_traits)| {
        let near = profile.population.is_some_and(|population| (least..=most).contains(&population));
        near || query.authority.is_coastal_peer(profile) || !shared_traits.is_empty()
    });
    Ok(candidates)
}

/// Reads the distance of an authority's seat from the sea, in kilometres; none if unknown.
pub fn load_coast_km(tx: &mut Conn, of: Id) -> TxResult<Option<i64>> {
    let statement = SqlFragment::new("SELECT coast_km FROM authorities WHERE id = ").bind(BindValue::Id(of));
    Ok(Statement::<Nullable<BigInt>>::new(statement).get_result(tx)?)
}

/// Returns a query of the partners of an authority; includes the authority itself.
fn partners_sql(of: Id) -> SqlFragment {
    SqlFragment::new(format!(
        "SELECT o.to_record FROM refs p JOIN refs o ON o.from_record = p.from_record AND o.pointer = {PARTY_POINTER}"
    ))
    .sql(format!(" WHERE p.pointer = {PARTY_POINTER} AND p.to_record = "))
    .bind(BindValue::Id(of))
}

/// Returns a query of the shared traits of all authorities of any country with this one, columns
/// `(candidate, criterion, theme, evidence)`.
fn shared_traits_sql(of: Id) -> SqlFragment {
    let id = || BindValue::Id(of);
    let this = || SqlFragment::new("(").bind(id()).sql(")");
    let link = |criterion: Criterion, rest: String| {
        SqlFragment::new(format!("SELECT d.to_record, '{}', '', d.from_record FROM {rest}", criterion.code()))
    };
    let shared = SqlFragment::new("(").append(themes::related_themes(themes::themes_of(this()))).sql(")");
    let theme = SqlFragment::new(format!(
        "SELECT b.authority, '{}', b.code, b.record FROM (",
        Criterion::SharedThemes.code()
    ))
    .append(themes::authorities_with_themes(shared))
    .sql(") b");
    let request = link(
        Criterion::OpenRequest,
        "refs d JOIN records r ON r.id = d.from_record AND r.kind = 'partner_request' WHERE d.pointer = '/authority'".into(),
    );
    let visits = link(
        Criterion::Visits,
        format!(
            "refs p JOIN refs d ON d.from_record = p.from_record AND d.pointer IN {VISIT_POINTERS} WHERE p.pointer IN {VISIT_POINTERS} AND p.to_record = "
        ),
    );
    let editions = link(
        Criterion::SameEdition,
        format!(
            "refs p JOIN rencontres n ON n.id = p.from_record AND n.status = 'held' \
             JOIN refs d ON d.from_record = p.from_record AND d.pointer IN {EDITION_POINTERS} WHERE p.pointer IN {EDITION_POINTERS} AND p.to_record = "
        ),
    );
    // This authority → its partner → another partner of that partner → the partners of that one.
    let common = link(
        Criterion::CommonPartner,
        format!(
            "refs p JOIN refs o ON o.from_record = p.from_record AND o.pointer = {PARTY_POINTER} AND o.to_record <> p.to_record \
             JOIN refs x ON x.to_record = o.to_record AND x.pointer = {PARTY_POINTER} AND x.from_record <> p.from_record \
             JOIN refs q ON q.from_record = x.from_record AND q.pointer = {PARTY_POINTER} AND q.to_record NOT IN (o.to_record, p.to_record) \
             JOIN refs y ON y.to_record = q.to_record AND y.pointer = {PARTY_POINTER} \
             JOIN refs d ON d.from_record = y.from_record AND d.pointer = {PARTY_POINTER} AND d.to_record <> q.to_record \
             WHERE p.pointer = {PARTY_POINTER} AND p.to_record = "
        ),
    );
    let neighbours = link(
        Criterion::NeighbourPartner,
        format!(
            "refs p JOIN refs q ON q.to_record = p.to_record AND q.pointer = '/parent' AND q.from_record <> p.from_record \
             JOIN refs y ON y.to_record = q.from_record AND y.pointer = {PARTY_POINTER} \
             JOIN refs d ON d.from_record = y.from_record AND d.pointer = {PARTY_POINTER} AND d.to_record <> q.from_record \
             WHERE p.pointer = '/parent' AND p.from_record = "
        ),
    );
    let of_this = [visits, editions, common, neighbours]
        .map(|clause| clause.bind(id()).sql(" AND ").append(SqlFragment::time_limit_per_row("d.to_record")));
    let all = [theme, request].into_iter().chain(of_this);
    all.reduce(|one, other| one.sql(" UNION ").append(other)).unwrap_or_default()
}

/// Drops traits whose evidence is a partner request that is closed or wants another country; these members
/// are only in the stored content.
fn drop_closed_requests(
    tx: &mut Conn,
    query: &SuggestionQuery,
    candidates: &mut [(AuthorityProfile, Vec<SharedTrait>)],
) -> TxResult<()> {
    let is_request = |link: &&SharedTrait| link.criterion == Criterion::OpenRequest;
    let requests = candidates.iter().flat_map(|(_, links)| links.iter().filter(is_request));
    let requests: HashSet<Id> = requests.map(|link| link.evidence).collect();
    if requests.is_empty() {
        return Ok(());
    }
    let requests: Vec<Id> = requests.into_iter().collect();
    let contents = content_verifier::load_contents(tx, all::definition(Kind::PartnerRequest), &requests)?;
    let open = |id: &Id| contents.get(id).is_some_and(|request| is_open(request, query.country, query.today));
    for (_, links) in candidates {
        links.retain(|link| link.criterion != Criterion::OpenRequest || open(&link.evidence));
    }
    Ok(())
}

/// Returns whether a partner request wants this country and may still be open on this day.
fn is_open(request: &Map<String, Value>, country: Country, today: Date) -> bool {
    let wants = request.get("wanted_country").and_then(Value::as_str) == Some(country.code());
    let closed = request.get("closed").and_then(|closed| PartialDate::parse(closed.get("edtf")?.as_str()?));
    wants && closed.is_none_or(|closed| closed.edtf().latest().is_none_or(|last| last >= today))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_is_open_until_the_last_day_on_which_it_may_be_closed() {
        let today: Date = "2026-11-22".parse().unwrap();
        for (request, expected) in [
            (json!({"wanted_country": "FR"}), true),
            (json!({"wanted_country": "JP"}), false),
            (json!({"wanted_country": "FR", "closed": {"edtf": "2026"}}), true),
            (json!({"wanted_country": "FR", "closed": {"edtf": "2026-11-22"}}), true),
            (json!({"wanted_country": "FR", "closed": {"edtf": "2026-11-21"}}), false),
            (json!({}), false),
        ] {
            let open = is_open(request.as_object().unwrap(), Country::France, today);
            assert_eq!(open, expected, "{request}");
        }
    }
}
