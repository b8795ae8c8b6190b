//! What statistics ask of the database: whole tables at once, never record by record.

use super::activity::{self, Happening};
use super::links::{Link, Links, Party};
use crate::clock::Clock;
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::texts::Wanted;
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::insight::dated::concerned;
use crate::registry::content::{self, Place};
use crate::registry::engine::{self, Page, Search};
use crate::registry::filter::{self, Filter, Test};
use crate::registry::store::parse_id;
use crate::vocabulary::codes::{Answer, PartnershipStatus, Side, Vocabulary as _};
use crate::vocabulary::{Kind, PartialDate, Text};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text as SqlText};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};

const AUTHORITY: &str = Kind::Authority.as_str();
const PARTNERSHIP: &str = Kind::Partnership.as_str();

/// Rows of two ids and a text.
type Pairs = Vec<(Id, Id, String)>;

fn pairs(tx: &mut Conn, clause: Clause) -> QueryResult<Pairs> {
    Statement::<(Guid, Guid, SqlText)>::new(clause).load(tx)
}

/// The partnerships that a condition admits. What is known of CLAIR's criteria is read only when asked.
///
/// # Errors
/// When the database fails.
pub fn links(tx: &mut Conn, filter: &Clause, criteria: bool) -> Outcome<Links> {
    type Columns =
        (Guid, SqlText, SqlText, SqlText, BigInt, Nullable<SqlText>, Nullable<SqlText>, Nullable<SqlText>);
    type Row = (Id, String, String, String, i64, Option<String>, Option<String>, Option<String>);
    let chosen = || {
        let all = Clause::new("(SELECT t.id FROM partnerships t WHERE ").then(Clause::in_time());
        all.sql(" AND ").then(filter.clone()).sql(")")
    };
    let all = Clause::new(
        "SELECT t.id, r.name, t.category, t.status, t.open, t.since, t.until, t.last_activity \
         FROM partnerships t JOIN records r ON r.id = t.id WHERE ",
    );
    let all = all.then(Clause::in_time()).sql(" AND ").then(filter.clone()).sql(" ORDER BY t.id");
    let rows: Vec<Row> = Statement::<Columns>::new(all).load(tx)?;

    let up = Clause::new("WITH RECURSIVE up(start, id) AS (SELECT p.to_record, p.to_record FROM refs p WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .then(chosen())
        .sql(" UNION SELECT u.start, r.to_record FROM up u JOIN refs r ON r.from_record = u.id AND r.pointer = '/parent') \
              SELECT u.start, a.id, n.name FROM up u JOIN authorities a ON a.id = u.id JOIN records n ON n.id = a.id \
              WHERE a.level IN ('region', 'prefecture') OR EXISTS (SELECT 1 FROM identifiers i WHERE i.record_id = a.id AND i.scheme = 'insee_reg') \
              ORDER BY u.start, a.id");
    let (mut names, mut above) = (HashMap::new(), HashMap::new());
    for (start, id, name) in pairs(tx, up)? {
        above.entry(start).or_insert(id);
        names.insert(id, content::name(AUTHORITY, id, &name)?);
    }
    let parties = Clause::new("SELECT p.from_record, a.id, a.country, a.level, n.name FROM refs p JOIN authorities a ON a.id = p.to_record \
         JOIN records n ON n.id = a.id WHERE p.pointer = '/parties/authority' AND p.from_record IN ")
        .then(chosen())
        .sql(" ORDER BY p.from_record, a.id");
    let parties: Vec<(Id, Id, String, String, String)> =
        Statement::<(Guid, Guid, SqlText, SqlText, SqlText)>::new(parties).load(tx)?;
    let mut of: HashMap<Id, Vec<Party>> = HashMap::new();
    for (link, id, country, level, name) in parties {
        if let Entry::Vacant(entry) = names.entry(id) {
            entry.insert(content::name(AUTHORITY, id, &name)?);
        }
        of.entry(link).or_default().push(Party { id, country, level, above: above.get(&id).copied() });
    }
    let themes =
        Clause::new("SELECT g.record_id, g.code FROM tags g WHERE g.pointer = '/themes' AND g.record_id IN ");
    let themes: Vec<(Id, String)> = Statement::<(Guid, SqlText)>::new(themes.then(chosen())).load(tx)?;
    let mut fields: HashMap<Id, Vec<String>> = HashMap::new();
    for (link, theme) in themes {
        fields.entry(link).or_default().push(theme);
    }
    let mut answers = if criteria { answers(tx, chosen())? } else { HashMap::new() };
    let link = |(id, name, category, status, open, since, until, last): Row| {
        let date = |edtf: Option<String>| edtf.as_deref().and_then(PartialDate::parse);
        Ok(Link {
            id,
            name: content::name(PARTNERSHIP, id, &name)?,
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
    Ok(Links { all: rows.into_iter().map(link).collect::<Outcome<_>>()?, names })
}

/// What is known of CLAIR's criteria.
fn answers(tx: &mut Conn, chosen: Clause) -> Outcome<HashMap<Id, [Option<Answer>; 3]>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Criteria {
        signed_by_heads: Option<String>,
        not_field_limited: Option<String>,
        assembly_approved: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Content {
        clair_criteria: Option<Criteria>,
    }
    let contents =
        Clause::new("SELECT r.id, r.version, r.content FROM records r WHERE r.id IN ").then(chosen);
    let contents: Vec<(Id, i64, String)> = Statement::<(Guid, BigInt, SqlText)>::new(contents).load(tx)?;
    let read = |(id, version, content): (Id, i64, String)| {
        let place = Place { kind: PARTNERSHIP, id, version };
        place.check(&content)?;
        let content: Content = place.json(&content)?;
        let known = content.clair_criteria.unwrap_or_default();
        let answers = [known.signed_by_heads, known.not_field_limited, known.assembly_approved];
        Ok((id, answers.map(|answer| answer.as_deref().and_then(Answer::from_code))))
    };
    contents.into_iter().map(read).collect()
}

/// How many participants are recorded, by edition and country.
#[derive(Debug, Default)]
pub struct Recorded(HashMap<(String, String), i64>);

impl Recorded {
    /// Those of a side.
    #[must_use]
    pub fn of(&self, edition: &str, side: Side) -> i64 {
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
///
/// # Errors
/// When the database fails.
pub fn editions(
    tx: &mut Conn,
    filter: Clause,
    clock: &Clock,
) -> Outcome<(Vec<Map<String, Value>>, Recorded)> {
    let recorded = Clause::new(
        "SELECT p.from_record, a.country, COUNT(DISTINCT a.id) FROM refs p JOIN authorities a ON a.id = p.to_record \
         WHERE p.pointer = '/participants/authority' GROUP BY p.from_record, a.country",
    );
    let recorded: Vec<(Id, String, i64)> = Statement::<(Guid, SqlText, BigInt)>::new(recorded).load(tx)?;
    let recorded = recorded.into_iter().map(|(id, country, count)| ((id.to_string(), country), count));
    let editions = listed(tx, Kind::Rencontre, filter, "number", i64::from(u16::MAX), clock)?.items;
    Ok((editions, Recorded(recorded.collect())))
}

/// Records presented, in an order of their kind.
///
/// # Errors
/// When the database fails.
pub fn listed(
    tx: &mut Conn,
    kind: Kind,
    filter: Clause,
    order: &str,
    limit: i64,
    clock: &Clock,
) -> Outcome<Page> {
    let order = filter::order(order, kind.shelf().sorts()).unwrap_or_default();
    let words = Wanted::default();
    let search = Search { kind, filter, words, order, after: None, limit, count: true, valid_on: None };
    engine::list(tx, &search, clock)
}

/// A record of a kind concerns one of these authorities.
#[must_use]
pub fn concerns(kind: Kind) -> Filter {
    let about = "An authority that it concerns";
    Filter { name: "authority", about, test: Test::Refers(&[Kind::Authority], concerned(kind)) }
}

/// What happened, of every kind that counts as activity; `filter` gives the condition of a kind.
///
/// # Errors
/// When the database fails.
pub fn happenings(tx: &mut Conn, filter: impl Fn(Kind) -> Clause) -> Outcome<Vec<Happening>> {
    type Columns = (Guid, Nullable<SqlText>, SqlText, SqlText, SqlText);
    type Row = (Id, Option<String>, String, String, String);
    let mut all = Vec::new();
    for (what, dated) in activity::kinds() {
        let (category, direction, status) = match dated.kind {
            Kind::Rencontre => ("''", "''", "t.status"),
            Kind::Visit => ("t.category", "t.direction", "''"),
            _ => ("t.category", "''", "''"),
        };
        let rows = Clause::new(format!(
            "SELECT t.id, d.edtf, {category}, {direction}, {status} FROM {} t \
             LEFT JOIN dates d ON d.record_id = t.id AND d.pointer = ",
            dated.kind.shelf().table()
        ));
        let rows = rows.text(dated.pointer).sql(" WHERE ").then(Clause::in_time());
        let rows = rows.sql(" AND ").then(filter(dated.kind)).sql(" ORDER BY t.id");
        let rows: Vec<Row> = Statement::<Columns>::new(rows).load(tx)?;
        let happening = |(id, date, category, direction, status)| Happening {
            what,
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
const MOST_VISITS: i64 = 500;

/// The visits that a condition admits, presented, by date; and the texts that may have come of each.
///
/// # Errors
/// When the database fails.
pub fn followed(tx: &mut Conn, filter: Clause, clock: &Clock) -> Outcome<(Page, Vec<Candidate>)> {
    let page = listed(tx, Kind::Visit, filter, "dates", MOST_VISITS, clock)?;
    let id = |visit: &Map<String, Value>| visit.get("id")?.as_str().and_then(parse_id);
    let found = candidates(tx, &page.items.iter().filter_map(id).collect::<Vec<_>>())?;
    Ok((page, found))
}

/// A text that may have come of a visit.
#[derive(Debug, Clone)]
pub struct Candidate {
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
///
/// # Errors
/// When the database fails.
pub fn candidates(tx: &mut Conn, visits: &[Id]) -> Outcome<Vec<Candidate>> {
    type Columns = (Guid, Guid, Guid, SqlText, SqlText);
    /// Whether the visit names the text, and the authorities that both concern, with their countries.
    type Shared = (bool, Vec<(Id, String, Text)>);
    let chosen = || Clause::default().list(visits.iter().map(|id| Bind::Id(*id)));
    let pointers = concerned(Kind::Visit).iter().map(|pointer| Bind::Text((*pointer).into()));
    if visits.is_empty() {
        return Ok(vec![]);
    }
    let shared = Clause::new(
        "SELECT DISTINCT v.from_record, p.from_record, a.id, a.country, n.name FROM refs v \
         JOIN refs p ON p.to_record = v.to_record AND p.pointer = '/parties/party' \
         JOIN authorities a ON a.id = v.to_record JOIN records n ON n.id = a.id WHERE v.pointer IN ",
    )
    .list(pointers)
    .sql(" AND v.from_record IN ")
    .then(chosen())
    .sql(" ORDER BY v.from_record, p.from_record, a.country, a.id");
    let shared: Vec<(Id, Id, Id, String, String)> = Statement::<Columns>::new(shared).load(tx)?;
    let mut both: BTreeMap<(Id, Id), Shared> = BTreeMap::new();
    for (visit, text, authority, country, name) in shared {
        let name = content::name(AUTHORITY, authority, &name)?;
        both.entry((visit, text)).or_default().1.push((authority, country, name));
    }
    both.retain(|_, (_, shared)| ["FR", "JP"].iter().all(|side| shared.iter().any(|(_, of, _)| of == side)));
    let stated = Clause::new(
        "SELECT o.from_record, m.id, '' FROM refs o JOIN memoranda m ON m.id = o.to_record WHERE o.pointer = '/outcomes/result' AND o.from_record IN ",
    );
    for (visit, text, _) in pairs(tx, stated.then(chosen()))? {
        both.entry((visit, text)).or_default().0 = true;
    }
    let texts = both.keys().map(|(_, text)| Bind::Id(*text)).collect::<Vec<_>>();
    if texts.is_empty() {
        return Ok(vec![]);
    }
    let signed = Clause::new(
        "SELECT m.id, n.name, m.signed FROM memoranda m JOIN records n ON n.id = m.id WHERE m.id IN ",
    );
    let signed: Vec<(Id, String, Option<String>)> =
        Statement::<(Guid, SqlText, Nullable<SqlText>)>::new(signed.list(texts)).load(tx)?;
    let read = |(id, name, signed): (Id, String, Option<String>)| {
        Ok((id, (content::name(Kind::Memorandum.as_str(), id, &name)?, signed)))
    };
    let signed: HashMap<Id, (Text, Option<String>)> = signed.into_iter().map(read).collect::<Outcome<_>>()?;
    let candidate = |((visit, memorandum), (is_stated, shared)): ((Id, Id), Shared)| {
        let (name, signed) = signed.get(&memorandum)?.clone();
        let in_common = shared.into_iter().map(|(id, _, name)| (id, name)).collect();
        let signed = signed.as_deref().and_then(PartialDate::parse);
        Some(Candidate { visit, memorandum, name, signed, is_stated, in_common })
    };
    Ok(both.into_iter().filter_map(candidate).collect())
}
