//! SQL of declarations, themes of editions and signed texts.

use crate::analytics::statistics::queries::list_records;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::filters::{Filter, FilterType};
use crate::store::damage;
use crate::util::clock::Clock;
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// Filter parameter `edition`: one of these editions.
pub const EDITION_FILTER: Filter = Filter {
    name: "edition",
    description: "The edition",
    filter_type: FilterType::Records(&[Kind::Rencontre], |editions| {
        SqlFragment::new("t.id IN ").append(editions)
    }),
};

/// A signed text.
#[derive(Debug, Clone)]
pub struct SignedText {
    /// Id of the text.
    pub id: Id,
    /// Its title.
    pub name: Text,
    /// Date of signature.
    pub signed: PartialDate,
    /// Its themes.
    pub themes: Vec<Theme>,
}

/// The data from which commitments are computed.
#[derive(Debug, Default)]
pub struct CommitmentData {
    /// Editions with a declaration, as in responses, ordered by number.
    pub editions: Vec<Map<String, Value>>,
    /// Themes of each edition and its sessions, by the id of the edition.
    pub themes_by_edition: HashMap<String, Vec<Theme>>,
    /// Texts with a date and a theme, ordered by date.
    pub signed: Vec<SignedText>,
}

/// Reads the editions that satisfy a condition, their themes, and the texts possibly signed since the first
/// declaration.
pub fn load_commitment_data(tx: &mut Conn, filter: SqlFragment, clock: &Clock) -> TxResult<CommitmentData> {
    let mut editions = list_records(tx, Kind::Rencontre, filter, "number", i64::from(u16::MAX), clock)?.items;
    editions.retain(|edition| edition.contains_key("declaration"));
    let themes = SqlFragment::new(
        "SELECT g.record_id, g.code FROM tags g JOIN rencontres t ON t.id = g.record_id WHERE g.pointer = '/themes' \
         UNION SELECT p.to_record, g.code FROM tags g JOIN refs p ON p.from_record = g.record_id AND p.pointer = '/rencontre' \
         WHERE g.pointer = '/themes'",
    );
    let rows: Vec<(Id, String)> = Statement::<(UuidSql, SqlText)>::new(themes).load(tx)?;
    let mut themes_by_edition: HashMap<String, Vec<Theme>> = HashMap::new();
    for (id, code) in rows {
        themes_by_edition.entry(id.to_string()).or_default().extend(Theme::from_code(&code));
    }
    for themes in themes_by_edition.values_mut() {
        themes.sort();
    }
    let first = editions.iter().filter_map(|edition| {
        Some(edition.get("declaration")?.pointer("/adopted/earliest")?.as_str()?.to_owned())
    });
    let first = if editions.is_empty() { "~".to_owned() } else { first.min().unwrap_or_default() };
    let signed = SqlFragment::new(
        "SELECT m.id, n.name, m.signed, g.code FROM memoranda m JOIN records n ON n.id = m.id \
         JOIN tags g ON g.record_id = m.id AND g.pointer = '/themes' WHERE m.signed IS NOT NULL AND COALESCE(m.signed_latest, '~') >= ",
    );
    let signed = signed.bind(BindValue::Text(first));
    let signed =
        signed.sql(" ORDER BY COALESCE(m.signed_earliest, ''), COALESCE(m.signed_latest, ''), m.id, g.code");
    let rows: Vec<(Id, String, String, String)> =
        Statement::<(UuidSql, SqlText, SqlText, SqlText)>::new(signed).load(tx)?;
    let (mut all, mut indexes): (Vec<SignedText>, BTreeMap<Id, usize>) = (Vec::new(), BTreeMap::new());
    for (id, name, signed, code) in rows {
        let Some(signed) = PartialDate::parse(&signed) else { continue };
        let index = *indexes.entry(id).or_insert(all.len());
        if index == all.len() {
            let name = damage::parse_stored_name(Kind::Memorandum.as_str(), id, &name)?;
            all.push(SignedText { id, name, signed, themes: vec![] });
        }
        if let Some(one) = all.get_mut(index) {
            one.themes.extend(Theme::from_code(&code));
        }
    }
    Ok(CommitmentData { editions, themes_by_edition, signed: all })
}
