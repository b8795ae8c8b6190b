//! SQL of the statistics: partnerships, editions, activities, visits and their outcomes. Each query reads all
//! records at once, never record by record.

use super::activity::{self, DatedActivity};
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
use crate::kinds::{all, filter_sql, stored_content};
use crate::records::read::queries::{self, ListQuery, RecordPage};
use crate::store::damage::{self, StoredRowId};
use crate::util::clock::Clock;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text as SqlText};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

const AUTHORITY: &str = Kind::Authority.as_str();
const PARTNERSHIP: &str = Kind::Partnership.as_str();

/// Rows of two ids and a stored name.
type IdPairRows = Vec<(Id, Id, String)>;

fn load_id_pairs(tx: &mut Conn, clause: SqlFragment) -> QueryResult<IdPairRows> {
    Statement::<(UuidSql, UuidSql, SqlText)>::new(clause).load(tx)
}

/// Reads the partnerships `t` that satisfy a condition. CLAIR's criteria are read only if `criteria` is set,
/// since they are in the stored contents.
pub fn load_partnerships(tx: &mut Conn, filter: &SqlFragment, criteria: bool) -> TxResult<Partnerships> {
    type Columns =
        (UuidSql, SqlText, SqlText, SqlText, BigInt, Nullable<SqlText>, Nullable<SqlText>, Nullable<SqlText>);
    type Row = (Id, String, String, String, i64, Option<String>, Option<String>, Option<String>);
    let selected_ids = || {
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

    let ancestors = SqlFragment::new("WITH RECURSIVE up(start, id) AS (SELECT p.to_record, p.to_record FROM refs p WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .append(selected_ids())
        .sql(" UNION SELECT u.start, r.to_record FROM up u JOIN refs r ON r.from_record = u.id AND r.pointer = '/parent') \
              SELECT u.start, a.id, n.name FROM up u JOIN authorities a ON a.id = u.id JOIN records n ON n.id = a.id \
              WHERE a.level IN ('region', 'prefecture') OR EXISTS (SELECT 1 FROM identifiers i WHERE i.record_id = a.id AND i.scheme = 'insee_reg') \
              ORDER BY u.start, a.id");
    let (mut names, mut region_of) = (HashMap::new(), HashMap::new());
    for (start, id, name) in load_id_pairs(tx, ancestors)? {
        region_of.entry(start).or_insert(id);
        names.insert(id, damage::parse_stored_name(AUTHORITY, id, &name)?);
    }
    let parties = SqlFragment::new("SELECT p.from_record, a.id, a.country, a.level, n.name FROM refs p JOIN authorities a ON a.id = p.to_record \
         JOIN records n ON n.id = a.id WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .append(selected_ids())
        .sql(" ORDER BY p.from_record, a.id");
    let parties: Vec<(Id, Id, String, String, String)> =
        Statement::<(UuidSql, UuidSql, SqlText, SqlText, SqlText)>::new(parties).load(tx)?;
    let mut parties_of: HashMap<Id, Vec<CountedParty>> = HashMap::new();
    for (link, id, country, level, name) in parties {
        if let Entry::Vacant(entry) = names.entry(id) {
            entry.insert(damage::parse_stored_name(AUTHORITY, id, &name)?);
        }
        parties_of.entry(link).or_default().push(CountedParty {
            id,
            country,
            level,
            region_or_prefecture: region_of.get(&id).copied(),
        });
    }
    let themes = SqlFragment::new(
        "SELECT g.record_id, g.code FROM tags g WHERE g.pointer = '/themes' AND g.record_id IN ",
    );
    let themes: Vec<(Id, String)> =
        Statement::<(UuidSql, SqlText)>::new(themes.append(selected_ids())).load(tx)?;
    let mut themes_of: HashMap<Id, Vec<String>> = HashMap::new();
    for (link, theme) in themes {
        themes_of.entry(link).or_default().push(theme);
    }
    let mut answers = if criteria { load_clair_criteria(tx, selected_ids())? } else { HashMap::new() };
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
            parties: parties_of.remove(&id).unwrap_or_default(),
            themes: themes_of.remove(&id).unwrap_or_default(),
            criteria: answers.remove(&id).unwrap_or_default(),
        })
    };
    Ok(Partnerships { all: rows.into_iter().map(link).collect::<TxResult<_>>()?, names })
}

/// Reads the recorded answers to CLAIR's criteria.
fn load_clair_criteria(
    tx: &mut Conn,
    selected_ids: SqlFragment,
) -> TxResult<HashMap<Id, [Option<Answer>; 3]>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct ClairCriteriaFlags {
        signed_by_heads: Option<String>,
        not_field_limited: Option<String>,
        assembly_approved: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct CriteriaContent {
        clair_criteria: Option<ClairCriteriaFlags>,
    }
    let contents = SqlFragment::new("SELECT r.id, r.version, r.content FROM records r WHERE r.id IN ")
        .append(selected_ids);
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

/// Numbers of recorded participants by edition and country.
#[derive(Debug, Default)]
pub struct RecordedParticipants(HashMap<(String, String), i64>);

impl RecordedParticipants {
    /// Returns the number of participants of a side.
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

/// Reads the editions that satisfy a condition, as in responses, ordered by number, and their recorded
/// participants.
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

/// Reads records of a kind as in responses, ordered by a sort key of the kind.
pub fn list_records(
    tx: &mut Conn,
    kind: Kind,
    filter: SqlFragment,
    order: &str,
    limit: i64,
    clock: &Clock,
) -> TxResult<RecordPage> {
    let order = filter_sql::parse_sort(order, all::definition(kind).sort_keys()).unwrap_or_default();
    let text_query = TextQuery::default();
    let search =
        ListQuery { kind, filter, text_query, order, after: None, limit, wants_total: true, valid_on: None };
    queries::list(tx, &search, clock)
}

/// Returns the filter parameter `authority` of a kind.
#[must_use]
pub fn authority_filter(kind: Kind) -> Filter {
    let description = "An authority that it concerns";
    Filter {
        name: "authority",
        description,
        filter_type: FilterType::Reference(&[Kind::Authority], authority_pointers(kind)),
    }
}

/// Reads the activities of all kinds; `filter` returns the condition on the records `t` of a kind.
pub fn load_activities(tx: &mut Conn, filter: impl Fn(Kind) -> SqlFragment) -> TxResult<Vec<DatedActivity>> {
    type Columns = (UuidSql, Nullable<SqlText>, SqlText, SqlText, SqlText);
    type Row = (Id, Option<String>, String, String, String);
    let mut all = Vec::new();
    for (member_index, dated) in activity::activity_members() {
        let (category, direction, status) = match dated.kind {
            Kind::Rencontre => ("''", "''", "t.status"),
            Kind::Visit => ("t.category", "t.direction", "''"),
            _ => ("t.category", "''", "''"),
        };
        let rows = SqlFragment::new(format!(
            "SELECT t.id, d.edtf, {category}, {direction}, {status} FROM {} t \
             LEFT JOIN dates d ON d.record_id = t.id AND d.pointer = ",
            all::definition(dated.kind).table()
        ));
        let rows = rows.bind_text(dated.pointer).sql(" WHERE ").append(SqlFragment::time_limit());
        let rows = rows.sql(" AND ").append(filter(dated.kind)).sql(" ORDER BY t.id");
        let rows: Vec<Row> = Statement::<Columns>::new(rows).load(tx)?;
        let activity_of = |(id, date, category, direction, status)| DatedActivity {
            member_index,
            id,
            date,
            category,
            direction,
            status,
        };
        all.extend(rows.into_iter().map(activity_of));
    }
    Ok(all)
}

/// Maximum number of visits for which signed texts are searched.
const MAX_VISITS: i64 = 500;

/// Reads the visits that satisfy a condition, as in responses, ordered by date, and the texts that may have
/// resulted from each.
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

/// A signed text that may have resulted from a visit.
#[derive(Debug, Clone)]
pub struct PossibleOutcome {
    /// Id of the visit.
    pub visit: Id,
    /// Id of the text.
    pub memorandum: Id,
    /// Its title.
    pub name: Text,
    /// Date of signature.
    pub signed: Option<PartialDate>,
    /// Whether the visit names it as an outcome.
    pub is_stated: bool,
    /// Authorities that both the visit and the text concern.
    pub in_common: Vec<(Id, Text)>,
}

/// Finds the texts that these visits name as an outcome, or of which a French and a Japanese party took part
/// in the visit.
pub fn find_possible_outcomes(tx: &mut Conn, visits: &[Id]) -> TxResult<Vec<PossibleOutcome>> {
    type Columns = (UuidSql, UuidSql, UuidSql, SqlText, SqlText);
    /// Whether the visit names the text; id, country and name of the authorities that both concern.
    type Shared = (bool, Vec<(Id, String, Text)>);
    let selected_ids = || SqlFragment::default().bind_list(visits.iter().map(|id| BindValue::Id(*id)));
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
    .append(selected_ids())
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
    for (visit, text, _) in load_id_pairs(tx, stated.append(selected_ids()))? {
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
