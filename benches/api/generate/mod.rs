//! Generator of a registry of any size, deterministic: the founding dataset, about 2,000 real authorities,
//! synthetic partnerships (at limit one per pair of a commune and a Japanese municipality), and records that
//! go with them.

mod activities;
mod places;

pub(crate) use places::names;

use kakehashi::gazetteer::data::GazetteerEntry;
use places::CITIES;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Result, Write as _};
use std::path::Path;

/// Number of partnerships with distinct pairs of parties.
const PAIRS: usize = CITIES * CITIES;
/// Step between the pairs of consecutive partnerships; coprime to [`PAIRS`], so that every pair is visited.
const STRIDE: usize = 386_413;

#[rustfmt::skip]
const CATEGORIES: [&str; 6] = [
    "twinning", "friendship_city", "friendship_cooperation_pact", "partnership_convention", "decentralised_cooperation_agreement",
    "memorandum_of_understanding",
];
const STATUSES: [&str; 6] = ["active", "active", "active", "unknown", "dormant", "ended"];
#[rustfmt::skip]
const THEMES: [&str; 14] = [
    "culture", "heritage", "gastronomy", "urban_renewal", "renewable_energy", "transport", "research", "tourism", "agriculture", "youth", "sport",
    "ageing", "climate", "disaster_risk_prevention",
];

/// Deterministic pseudo-random numbers (`SplitMix64`).
struct Random(u64);

impl Random {
    /// Returns the generator for the `n`th record of a series.
    fn of(kind: u64, n: usize) -> Self {
        Self((kind << 48) ^ u64::try_from(n).unwrap_or_default())
    }

    /// Returns a number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % u64::try_from(limit).unwrap_or(1)).unwrap_or_default()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Generates the records of a registry lazily; records come after those that they refer to.
pub(crate) fn registry(partnerships: usize) -> impl Iterator<Item = Value> {
    let base = (0..20).map(source).chain(places::records());
    let made = base.chain((0..partnerships).map(partnership));
    activities::seed_records().into_iter().chain(made).chain(activities::records(partnerships))
}

/// Writes a registry to a file as NDJSON; returns the number of records.
pub(crate) fn write(file: &Path, partnerships: usize) -> Result<usize> {
    let mut out = BufWriter::new(File::create(file)?);
    let mut count = 0;
    for record in registry(partnerships) {
        serde_json::to_writer(&mut out, &record)?;
        out.write_all(b"\n")?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

/// Returns the `n`th partnership. Its pair of parties is unique below [`PAIRS`].
pub(crate) fn partnership(n: usize) -> Value {
    let (french, japanese) = parties(n);
    let random = &mut Random::of(3, n);
    let themes = themes(random);
    let (year, month, day) = (1955 + random.below(70), 1 + random.below(12), 1 + random.below(28));
    let since = [format!("{year}"), format!("{year}-{month:02}"), format!("{year}-{month:02}-{day:02}")];
    let mut record = json!({
        "kind": "partnership",
        "identifiers": [{"scheme": "slug", "value": format!("made-up-{n}")}],
        "category": random.one_of(&CATEGORIES),
        "status": if places::are_partners(french, japanese) { "ended" } else { random.one_of(&STATUSES) },
        "parties": [
            {"authority": {"id": french.code()}, "role": "lead"},
            {"authority": {"id": japanese.code()}, "role": "lead"},
        ],
        "last_activity": {"edtf": format!("{}", 2010 + random.below(16))},
        "themes": themes,
        "summary": {
            "fr": format!("Échanges n° {n} entre élèves, artisans et entreprises des deux villes."),
            "ja": format!("両市の学校、職人、企業による交流（第{n}号）。"),
        },
        "clair_criteria": {"signed_by_heads": "yes", "not_field_limited": "yes", "assembly_approved": "unknown"},
        "citations": [citation(random, "/since", &format!("« depuis {year} »")), citation(random, "/status", "« toujours en cours »")],
    });
    if random.below(20) > 0 {
        record["since"] = json!({"edtf": since[random.below(3)]});
        record["since_basis"] = "stated_year_only".into();
    }
    if record["status"] == "ended" {
        record["until"] = json!({"edtf": format!("{}", year.max(2016 + random.below(10)))});
    }
    if random.below(10) == 0 {
        // A contradiction: another source disagrees; half of them are explained.
        let mut other = citation(random, "/since", &format!("« en {} »", year + 1));
        other["value"] = format!("{}", year + 1).into();
        if random.below(2) == 0 {
            other["rank"] = "deprecated".into();
            other["reason"] = "contradicted".into();
        }
        record["citations"].as_array_mut().expect("citations").push(other);
    }
    record
}

/// Returns a word that finds the `n`th partnership: the name of a party, French or Japanese in alternation.
pub(crate) fn word(n: usize) -> String {
    let (french, japanese) = parties(n);
    if n.is_multiple_of(2) { places::name(french, "fr") } else { places::name(japanese, "ja") }
}

fn parties(n: usize) -> (&'static GazetteerEntry<'static>, &'static GazetteerEntry<'static>) {
    let pair = (n % PAIRS) * STRIDE % PAIRS;
    (places::french(pair / CITIES), places::japanese(pair % CITIES))
}

fn themes(random: &mut Random) -> Vec<&'static str> {
    let mut themes: Vec<&str> = (0..=random.below(3)).map(|_| random.one_of(&THEMES)).collect();
    themes.sort_unstable();
    themes.dedup();
    themes
}

fn slug(kind: &str, n: usize) -> Value {
    json!([{"scheme": "slug", "value": format!("made-up-{kind}-{n}")}])
}

fn source(n: usize) -> Value {
    json!({
        "kind": "source",
        "identifiers": slug("source", n),
        "title": {"fr": format!("Bulletin imaginaire n° {n}"), "ja": format!("架空会報第{n}号")},
        "languages": ["fr", "ja"],
        "reliability": "other",
    })
}

fn citation(random: &mut Random, pointer: &str, quote: &str) -> Value {
    let source = format!("slug:made-up-source-{}", random.below(20));
    json!({"source": {"id": source}, "pointer": pointer, "quote": quote, "lang": "fr", "rank": "normal", "certainty": "stated"})
}
