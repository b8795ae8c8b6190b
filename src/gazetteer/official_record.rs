//! Records made from the gazetteer: an authority as the registry would store it, and the two sources it
//! cites.

use super::data::GazetteerEntry;
use super::lookup::{self, find_current};
use crate::domain::identifier::Identifier;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use serde_json::{Map, Value, json};

/// Slugs of the cited sources.
const FRENCH_SOURCE: &str = "insee-cog-2026";
const JAPANESE_SOURCE: &str = "localgovjp-2024";

/// Returns the record of the authority that a code leads to today.
#[must_use]
pub fn authority_record(identifier: &Identifier) -> Option<OfficialRecord> {
    let entry = find_current(identifier)?;
    let identifiers = entry.identifiers();
    let is_successor = !identifiers.contains(identifier);
    let href = Some(lookup::href(entry.code()));
    Some(OfficialRecord { is_successor, body: record_body(&entry, &identifiers), identifiers, href })
}

fn record_body(entry: &GazetteerEntry<'_>, identifiers: &[Identifier]) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Option<Value>| body.extend(value.map(|value| (name.to_owned(), value)));
    put("identifiers", Some(json!(identifiers)));
    put("country", Some(entry.country().code().into()));
    put("level", Some(entry.level().code().into()));
    put("name", Some(json!(entry.name())));
    put("official_name", entry.official_name().map(|name| json!({"fr": name})));
    put("parent", entry.parent().map(|code| json!({"id": code})));
    put("location", location_json(entry));
    put("population", population_json(entry));
    put("status", Some("active".into()));
    put("citations", Some(json!([citation_json(entry)])));
    body.into()
}

/// Returns the coordinates of its seat, as the member `location`.
#[must_use]
pub fn location_json(entry: &GazetteerEntry<'_>) -> Option<Value> {
    entry.location().map(|(lat, lon)| json!({"lat": lat, "lon": lon}))
}

/// Returns the number of inhabitants, as the member `population`; approximate where the date gives only a
/// century.
#[must_use]
pub fn population_json(entry: &GazetteerEntry<'_>) -> Option<Value> {
    let (value, as_of) = entry.population()?;
    let mut population = json!({"value": value, "as_of": {"edtf": as_of}});
    if as_of.contains('X')
        && let Some(members) = population.as_object_mut()
    {
        members.insert("qualifier".into(), "about".into());
    }
    Some(population)
}

fn citation_json(entry: &GazetteerEntry<'_>) -> Value {
    let (source, lang) = match entry.country() {
        Country::France => (FRENCH_SOURCE, "fr"),
        Country::Japan => (JAPANESE_SOURCE, "ja"),
    };
    let (quote, name) = (entry.quote(), entry.name());
    let is_named = name.get(lang).is_some_and(|name| quote.contains(&Value::from(name).to_string()));
    let certainty = if is_named { "stated" } else { "inferred" };
    json!({"source": {"id": format!("slug:{source}")}, "pointer": "", "quote": quote, "lang": lang, "certainty": certainty})
}

/// Returns the record of a source that the gazetteer's records cite.
#[must_use]
pub fn source_record(identifier: &Identifier) -> Option<OfficialRecord> {
    if identifier.scheme != "slug" {
        return None;
    }
    let mut body = match identifier.value.as_str() {
        FRENCH_SOURCE => json!({
            "title": {
                "fr": "Code officiel géographique au 1er janvier 2026, avec les EPCI et les populations municipales de 2023 (@etalab/decoupage-administratif 6.0.0, Licence Ouverte 2.0)",
                "ja": "フランス公式地理コード（2026年1月1日現在）、自治体間協力公施設法人一覧、2023年の法定人口（@etalab/decoupage-administratif 6.0.0、Licence Ouverte 2.0）",
                "en": "Official geographic code of France as of 1 January 2026, with groupings of communes and municipal populations of 2023 (@etalab/decoupage-administratif 6.0.0, Licence Ouverte 2.0)"
            },
            "publisher": {
                "fr": "INSEE et DGCL. Coordonnées des mairies : DILA (Licence Ouverte 2.0). Numéros et noms japonais des lieux : GeoNames (CC BY 4.0).",
                "ja": "INSEE、DGCL。市庁舎の座標：DILA（Licence Ouverte 2.0）。地点番号と日本語名：GeoNames（CC BY 4.0）。",
                "en": "INSEE and DGCL. Coordinates of town halls: DILA (Licence Ouverte 2.0). Numbers and Japanese names of places: GeoNames (CC BY 4.0)."
            },
            "url": "https://www.insee.fr/fr/information/2560452",
            "languages": ["fr"],
            "published": {"edtf": "2026-01-01"},
            "sha256": "c189ffd5b33fe40c2f19e1a923ce557f190622f39228745d3195d746dfe00c4a",
            "reliability": "official"
        }),
        JAPANESE_SOURCE => json!({
            "title": {
                "fr": "Codes, noms et coordonnées des collectivités locales du Japon (localgovjp, copie de japancode 0.1.0, CC0 1.0)",
                "ja": "日本の地方公共団体のコード・名称・位置（localgovjp、japancode 0.1.0所収、CC0 1.0）",
                "en": "Codes, names and coordinates of the local authorities of Japan (localgovjp, as in japancode 0.1.0, CC0 1.0)"
            },
            "publisher": {
                "fr": "Code for Fukui. Numéros et populations des lieux : GeoNames (CC BY 4.0).",
                "ja": "Code for Fukui。地点番号と人口：GeoNames（CC BY 4.0）。",
                "en": "Code for Fukui. Numbers and populations of places: GeoNames (CC BY 4.0)."
            },
            "url": "https://github.com/code4fukui/localgovjp",
            "languages": ["ja"],
            "published": {"edtf": "2024"},
            "sha256": "018cbd49becabe01a2c9a7aeca9c3994a58e52655360f9afaa0397b609a3a46b",
            "reliability": "other"
        }),
        _ => return None,
    };
    if let Some(members) = body.as_object_mut() {
        members.insert("identifiers".into(), json!([identifier]));
    }
    Some(OfficialRecord { identifiers: vec![identifier.clone()], is_successor: false, href: None, body })
}

/// A record that can be created from the gazetteer.
#[derive(Debug, Clone, PartialEq)]
pub struct OfficialRecord {
    /// Every identifier of the record.
    pub identifiers: Vec<Identifier>,
    /// Whether the requested identifier is that of a predecessor.
    pub is_successor: bool,
    /// Path at which it is read before the registry holds it.
    pub href: Option<String>,
    /// The record, in the form of a request body.
    pub body: Value,
}
