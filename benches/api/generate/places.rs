//! The authorities of the generated registry: the most populous communes and Japanese municipalities of the
//! gazetteer, with their parents.

use kakehashi::domain::identifier::Identifier;
use kakehashi::domain::vocabularies::authority::{AuthorityLevel as Level, Country};
use kakehashi::gazetteer::data::GazetteerEntry;
use kakehashi::gazetteer::{lookup, official_record};
use kakehashi::transfer::seed;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

/// Number of authorities per country.
pub(crate) const CITIES: usize = 980;

/// French and Japanese authorities, most populous first.
static PLACES: LazyLock<[Vec<GazetteerEntry<'static>>; 2]> =
    LazyLock::new(|| [Country::France, Country::Japan].map(most_populous));

fn most_populous(country: Country) -> Vec<GazetteerEntry<'static>> {
    let is_one = |entry: &GazetteerEntry<'_>| {
        let fits = match country {
            Country::France => entry.level() == Level::Commune,
            Country::Japan => entry.level() != Level::Prefecture,
        };
        entry.country() == country && fits && !entry.is_merged()
    };
    let mut all: Vec<_> = lookup::entries().filter(is_one).collect();
    all.sort_by_key(|entry| (Reverse(population(entry)), entry.code()));
    all.truncate(CITIES);
    assert_eq!(all.len(), CITIES);
    all
}

/// Returns the `n`th commune.
pub(crate) fn french(n: usize) -> &'static GazetteerEntry<'static> {
    &PLACES[0][n % CITIES]
}

/// Returns the `n`th Japanese municipality.
pub(crate) fn japanese(n: usize) -> &'static GazetteerEntry<'static> {
    &PLACES[1][n % CITIES]
}

/// Returns the number of inhabitants; 0 if unknown.
pub(crate) fn population(entry: &GazetteerEntry<'_>) -> i64 {
    entry.population().map_or(0, |(population, _)| population)
}

/// Returns the name in a language, else in French.
pub(crate) fn name(entry: &GazetteerEntry<'_>, language: &str) -> String {
    let name = entry.name();
    name.get(language).or_else(|| name.get("fr")).unwrap_or_default().to_owned()
}

/// Returns `count` evenly spread names, in a language, of authorities of the whole gazetteer (`whole`) or of
/// the generated registry.
pub(crate) fn names(language: &str, whole: bool, count: usize) -> Vec<String> {
    let selected = PLACES.iter().flatten().copied();
    let all: Vec<GazetteerEntry<'_>> = if whole { lookup::entries().collect() } else { selected.collect() };
    let named = |entry: &GazetteerEntry<'_>| Some(entry.name().get(language)?.to_owned());
    let all: Vec<String> = all.iter().filter(|entry| !entry.is_merged()).filter_map(named).collect();
    (0..count).map(|n| all[n * all.len() / count].clone()).collect()
}

/// Returns whether the founding dataset has a partnership of these two; a second one must not be open.
pub(crate) fn are_partners(french: &GazetteerEntry<'_>, japanese: &GazetteerEntry<'_>) -> bool {
    static PAIRS: LazyLock<HashSet<[String; 2]>> = LazyLock::new(|| {
        let party = |record: &Value, index: usize| {
            record["parties"][index]["authority"]["id"].as_str().unwrap_or_default().to_owned()
        };
        let pairs = seed::seed_records();
        pairs.iter().map(|record| [party(record, 0), party(record, 1)]).collect()
    });
    PAIRS.contains(&[french.code().to_owned(), japanese.code().to_owned()])
}

fn identifiers(record: &Value) -> Vec<String> {
    record["identifiers"].as_array().into_iter().flatten().map(Value::to_string).collect()
}

/// Returns the records of the authorities and of the sources that they cite, without those of the founding
/// dataset.
pub(crate) fn records() -> Vec<Value> {
    let selected = PLACES.iter().flatten();
    let parents = selected.clone().filter_map(GazetteerEntry::parent);
    let codes: BTreeSet<&str> = selected.clone().map(GazetteerEntry::code).chain(parents).collect();
    let seeded: HashSet<String> = seed::seed_records().iter().flat_map(identifiers).collect();
    let is_seeded = |body: &Value| identifiers(body).iter().any(|one| seeded.contains(one));
    let with_kind = |kind: &str, mut body: Value| {
        body["kind"] = kind.into();
        body
    };
    let known = |code: &&str| official_record::authority_record(&Identifier::split(code)?);
    let bodies = codes.iter().filter_map(known).map(|known| known.body);
    let authorities: Vec<Value> =
        bodies.filter(|body| !is_seeded(body)).map(|body| with_kind("authority", body)).collect();
    let cited: BTreeSet<&str> =
        authorities.iter().filter_map(|one| one["citations"][0]["source"]["id"].as_str()).collect();
    let sources = cited.iter().filter_map(|slug| official_record::source_record(&Identifier::split(slug)?));
    let sources: Vec<Value> = sources.map(|known| with_kind("source", known.body)).collect();
    [sources, authorities].concat()
}
