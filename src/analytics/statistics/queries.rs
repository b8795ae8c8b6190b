//! What statistics ask of the database: whole tables at once, never record by record.

use super::activity;
use super::activity::DatedActivity;
use super::partnership_links::{CountedPartnership, CountedParty, Partnerships};
use crate::analytics::dated_members::authority_pointers;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::fulltext::TextQuery;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql, parse_record_id};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::figure::Side;
use crate::domain::vocabularies::partnership::{Answer, PartnershipStatus};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::filters::{Filter, FilterType};
use crate::kinds::{filter_sql, stored_content};
use crate::records::read::queries;
use crate::records::read::queries::{ListQuery, RecordPage};
use crate::store::damage;
use crate::store::damage::StoredRowId;
use crate::util::clock::Clock;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text as SqlText};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

const AUTHORITY: &str = Kind::Authority.as_str();
const PARTNERSHIP: &str = Kind::Partnership.as_str();

/// Rows of two ids and a text.
type IdPairRows = Vec<(Id, Id, String)>;

fn load_id_pairs(tx: &mut Conn, clause: SqlFragment) -> QueryResult<IdPairRows> {
    Statement::<(UuidSql, UuidSql, SqlText)>::new(clause).load(tx)
}

/// The partnerships that a condition admits. What is known of CLAIR's criteria is read only when asked.
pub fn load_partnerships(tx: &mut Conn, filter: &SqlFragment, criteria: bool) -> TxResult<Partnerships> {
    type Columns =
        (UuidSql, SqlText, SqlText, SqlText, BigInt, Nullable<SqlText>, Nullable<SqlText>, Nullable<SqlText>);
    type Row = (Id, String, String, String, i64, Option<String>, Option<String>, Option<String>);
    let chosen = || {
        let all =
            SqlFragment::new("(SELECT t.id FROM partnerships t WHERE ").append(SqlFragment::time_limit());
        all.sql(" AND ").append(filter.clone()).sql(")")
    };
    let all = SqlFragment::new(
        "SELECT t.id, r.name, t.category, t.status, t.open, t.since, t.until, t.last_activity \
         FROM partnerships t JOIN records r ON r.id = t.id WHERE ",
    );
    let all = all.append(SqlFragment::time_limit()).sql(" AND ").append(filter.clone()).sql(" ORDER BY t.id");
    let rows: Vec<Row> = Statement::<Columns>::new(all).load(tx)?;

    let up = SqlFragment::new("WITH RECURSIVE up(start, id) AS (SELECT p.to_record, p.to_record FROM refs p WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .append(chosen())
        .sql(" UNION SELECT u.start, r.to_record FROM up u JOIN refs r ON r.from_record = u.id AND r.pointer = '/parent') \
              SELECT u.start, a.id, n.name FROM up u JOIN authorities a ON a.id = u.id JOIN records n ON n.id = a.id \
              WHERE a.level IN ('region', 'prefecture') OR EXISTS (SELECT 1 FROM identifiers i WHERE i.record_id = a.id AND i.scheme = 'insee_reg') \
              ORDER BY u.start, a.id");
    let (mut names, mut above) = (HashMap::new(), HashMap::new());
    for (start, id, name) in load_id_pairs(tx, up)? {
        above.entry(start).or_insert(id);
        names.insert(id, damage::parse_stored_name(AUTHORITY, id, &name)?);
    }
    let parties = SqlFragment::new("SELECT p.from_record, a.id, a.country, a.level, n.name FROM refs p JOIN authorities a ON a.id = p.to_record \
         JOIN records n ON n.id = a.id WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .append(chosen())
        .sql(" ORDER BY p.from_record, a.id");
    let parties: Vec<(Id, Id, String, String, String)> =
        Statement::<(UuidSql, UuidSql, SqlText, SqlText, SqlText)>::new(parties).load(tx)?;
    let mut of: HashMap<Id, Vec<CountedParty>> = HashMap::new();
    for (link, id, country, level, name) in parties {
        if let Entry::Vacant(entry) = names.entry(id) {
            entry.insert(damage::parse_stored_name(AUTHORITY, id, &name)?);
        }
        of.entry(link).or_default().push(CountedParty {
            id,
            country,
            level,
            region_or_prefecture: above.get(&id).copied(),
        });
    }
    let themes = SqlFragment::new(
        "SELECT g.record_id, g.code FROM tags g WHERE g.pointer = '/themes' AND g.record_id IN ",
    );
    let themes: Vec<(Id, String)> = Statement::<(UuidSql, SqlText)>::new(themes.append(chosen())).load(tx)?;
    let mut fields: HashMap<Id, Vec<String>> = HashMap::new();
    for (link, theme) in themes {
        fields.entry(link).or_default().push(theme);
    }
    let mut answers = if criteria { load_clair_criteria(tx, chosen())? } else { HashMap::new() };
    let link = |(id, name, category, status, open, since, until, last): Row| {
        let date = |edtf: Option<String>| edtf.as_deref().and_then(PartialDate::parse);
        Ok(CountedPartnership {
            id,
            name: damage::parse_stored_name(PARTNERSHIP, id, &name)?,
            category,
            is_open: open == 1,
            is_active: status == PartnershipStatus::Active.code(),
            status,
            since: date(since),
            until: date(until),
            last_activity: date(last),
            parties: of.remove(&id).unwrap_or_default(),
            themes: fields.remove(&id).unwrap_or_default(),
            criteria: answers.remove(&id).unwrap_or_default(),
        })
    };
    Ok(Partnerships { all: rows.into_iter().map(link).collect::<TxResult<_>>()?, names })
}

/// What is known of CLAIR's criteria.
fn load_clair_criteria(tx: &mut Conn, chosen: SqlFragment) -> TxResult<HashMap<Id, [Option<Answer>; 3]>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct ClairCriteria {
        signed_by_heads: Option<String>,
        not_field_limited: Option<String>,
        assembly_approved: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct CriteriaContent {
        clair_criteria: Option<ClairCriteria>,
    }
    let contents =
        SqlFragment::new("SELECT r.id, r.version, r.content FROM records r WHERE r.id IN ").append(chosen);
    let contents: Vec<(Id, i64, String)> = Statement::<(UuidSql, BigInt, SqlText)>::new(contents).load(tx)?;
    let read = |(id, version, content): (Id, i64, String)| {
        let place = StoredRowId { kind: PARTNERSHIP, id, version };
        stored_content::verify_content(place, &content)?;
        let content: CriteriaContent = place.parse_json(&content)?;
        let known = content.clair_criteria.unwrap_or_default();
        let answers = [known.signed_by_heads, known.not_field_limited, known.assembly_approved];
        Ok((id, answers.map(|answer| answer.as_deref().and_then(Answer::from_code))))
    };
    contents.into_iter().map(read).collect()
}

/// How many participants are recorded, by edition and country.
#[derive(Debug, Default)]
pub struct RecordedParticipants(HashMap<(String, String), i64>);

impl RecordedParticipants {
    /// Those of a side.
    #[must_use]
    pub fn count(&self, edition: &str, side: Side) -> i64 {
        let count = |country: &str| {
            self.0.get(&(edition.to_owned(), country.to_owned())).copied().unwrap_or_default()
        };
        match side {
            Side::French => count("FR"),
            Side::Japanese => count("JP"),
            Side::Total => count("FR") + count("JP"),
        }
    }
}

/// The editions that a condition admits, presented, by number; and who is recorded as taking part.
pub fn load_editions(
    tx: &mut Conn,
    filter: SqlFragment,
    clock: &Clock,
) -> TxResult<(Vec<Map<String, Value>>, RecordedParticipants)> {
    let recorded = SqlFragment::new(
        "SELECT p.from_record, a.country, COUNT(DISTINCT a.id) FROM refs p JOIN authorities a ON a.id = p.to_record \
         WHERE p.pointer = '/participants/authority' GROUP BY p.from_record, a.country",
    );
    let recorded: Vec<(Id, String, i64)> = Statement::<(UuidSql, SqlText, BigInt)>::new(recorded).load(tx)?;
    let recorded = recorded.into_iter().map(|(id, country, count)| ((id.to_string(), country), count));
    let editions = list_records(tx, Kind::Rencontre, filter, "number", i64::from(u16::MAX), clock)?.items;
    Ok((editions, RecordedParticipants(recorded.collect())))
}

/// Records presented, in an order of their kind.
pub fn list_records(
    tx: &mut Conn,
    kind: Kind,
    filter: SqlFragment,
    order: &str,
    limit: i64,
    clock: &Clock,
) -> TxResult<RecordPage> {
    let order = filter_sql::parse_sort(order, kind.definition().sort_keys()).unwrap_or_default();
    let words = TextQuery::default();
    let search = ListQuery {
        kind,
        filter,
        text_query: words,
        order,
        after: None,
        limit,
        wants_total: true,
        valid_on: None,
    };
    queries::list(tx, &search, clock)
}

/// A record of a kind concerns one of these authorities.
#[must_use]
pub fn authority_filter(kind: Kind) -> Filter {
    let about = "An authority that it concerns";
    Filter {
        name: "authority",
        description: about,
        filter_type: FilterType::Reference(&[Kind::Authority], authority_pointers(kind)),
    }
}

/// What happened, of every kind that counts as activity; `filter` gives the condition of a kind.
pub fn load_activities(tx: &mut Conn, filter: impl Fn(Kind) -> SqlFragment) -> TxResult<Vec<DatedActivity>> {
    type Columns = (UuidSql, Nullable<SqlText>, SqlText, SqlText, SqlText);
    type Row = (Id, Option<String>, String, String, String);
    let mut all = Vec::new();
    for (what, dated) in activity::activity_members() {
        let (category, direction, status) = match dated.kind {
            Kind::Rencontre => ("''", "''", "t.status"),
            Kind::Visit => ("t.category", "t.direction", "''"),
            _ => ("t.category", "''", "''"),
        };
        let rows = SqlFragment::new(format!(
            "SELECT t.id, d.edtf, {category}, {direction}, {status} FROM {} t \
             LEFT JOIN dates d ON d.record_id = t.id AND d.pointer = ",
            dated.kind.definition().table()
        ));
        let rows = rows.bind_text(dated.pointer).sql(" WHERE ").append(SqlFragment::time_limit());
        let rows = rows.sql(" AND ").append(filter(dated.kind)).sql(" ORDER BY t.id");
        let rows: Vec<Row> = Statement::<Columns>::new(rows).load(tx)?;
        let happening = |(id, date, category, direction, status)| DatedActivity {
            member_index: what,
            id,
            date,
            category,
            direction,
            status,
        };
        all.extend(rows.into_iter().map(happening));
    }
    Ok(all)
}

/// The most visits whose signatures are looked for.
const MAX_VISITS: i64 = 500;

/// The visits that a condition admits, presented, by date; and the texts that may have come of each.
pub fn load_visits_and_outcomes(
    tx: &mut Conn,
    filter: SqlFragment,
    clock: &Clock,
) -> TxResult<(RecordPage, Vec<PossibleOutcome>)> {
    let page = list_records(tx, Kind::Visit, filter, "dates", MAX_VISITS, clock)?;
    let id = |visit: &Map<String, Value>| visit.get("id")?.as_str().and_then(parse_record_id);
    let found = find_possible_outcomes(tx, &page.items.iter().filter_map(id).collect::<Vec<_>>())?;
    Ok((page, found))
}

/// A text that may have come of a visit.
#[derive(Debug, Clone)]
pub struct PossibleOutcome {
    /// The visit.
    pub visit: Id,
    /// The text.
    pub memorandum: Id,
    /// Its title.
    pub name: Text,
    /// When it was signed.
    pub signed: Option<PartialDate>,
    /// Whether the visit itself says that it came of it.
    pub is_stated: bool,
    /// The authorities of both countries that both concern.
    pub in_common: Vec<(Id, Text)>,
}

/// The texts that these visits name as their outcome, or whose parties they concern on both sides.
pub fn find_possible_outcomes(tx: &mut Conn, visits: &[Id]) -> TxResult<Vec<PossibleOutcome>> {
    type Columns = (UuidSql, UuidSql, UuidSql, SqlText, SqlText);
    /// Whether the visit names the text, and the authorities that both concern, with their countries.
    type Shared = (bool, Vec<(Id, String, Text)>);
    let chosen = || SqlFragment::default().bind_list(visits.iter().map(|id| BindValue::Id(*id)));
    let pointers = authority_pointers(Kind::Visit).iter().map(|pointer| BindValue::Text((*pointer).into()));
    if visits.is_empty() {
        return Ok(vec![]);
    }
    let shared = SqlFragment::new(
        "SELECT DISTINCT v.from_record, p.from_record, a.id, a.country, n.name FROM refs v \
         JOIN refs p ON p.to_record = v.to_record AND p.pointer = '/parties/party' \
         JOIN authorities a ON a.id = v.to_record JOIN records n ON n.id = a.id WHERE v.pointer IN ",
    )
    .bind_list(pointers)
    .sql(" AND v.from_record IN ")
    .append(chosen())
    .sql(" ORDER BY v.from_record, p.from_record, a.country, a.id");
    let shared: Vec<(Id, Id, Id, String, String)> = Statement::<Columns>::new(shared).load(tx)?;
    let mut both: BTreeMap<(Id, Id), Shared> = BTreeMap::new();
    for (visit, text, authority, country, name) in shared {
        let name = damage::parse_stored_name(AUTHORITY, authority, &name)?;
        both.entry((visit, text)).or_default().1.push((authority, country, name));
    }
    both.retain(|_, (_, shared)| ["FR", "JP"].iter().all(|side| shared.iter().any(|(_, of, _)| of == side)));
    let stated = SqlFragment::new(
        "SELECT o.from_record, m.id, '' FROM refs o JOIN memoranda m ON m.id = o.to_record WHERE o.pointer = '/outcomes/result' AND o.from_record IN ",
    );
    for (visit, text, _) in load_id_pairs(tx, stated.append(chosen()))? {
        both.entry((visit, text)).or_default().0 = true;
    }
    let texts = both.keys().map(|(_, text)| BindValue::Id(*text)).collect::<Vec<_>>();
    if texts.is_empty() {
        return Ok(vec![]);
    }
    let signed = SqlFragment::new(
        "SELECT m.id, n.name, m.signed FROM memoranda m JOIN records n ON n.id = m.id WHERE m.id IN ",
    );
    let signed: Vec<(Id, String, Option<String>)> =
        Statement::<(UuidSql, SqlText, Nullable<SqlText>)>::new(signed.bind_list(texts)).load(tx)?;
    let read = |(id, name, signed): (Id, String, Option<String>)| {
        Ok((id, (damage::parse_stored_name(Kind::Memorandum.as_str(), id, &name)?, signed)))
    };
    let signed: HashMap<Id, (Text, Option<String>)> =
        signed.into_iter().map(read).collect::<TxResult<_>>()?;
    let candidate = |((visit, memorandum), (is_stated, shared)): ((Id, Id), Shared)| {
        let (name, signed) = signed.get(&memorandum)?.clone();
        let in_common = shared.into_iter().map(|(id, _, name)| (id, name)).collect();
        let signed = signed.as_deref().and_then(PartialDate::parse);
        Some(PossibleOutcome { visit, memorandum, name, signed, is_stated, in_common })
    };
    Ok(both.into_iter().filter_map(candidate).collect())
}
