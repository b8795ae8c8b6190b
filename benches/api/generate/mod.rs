//! A registry of any size, the same at every call: the founding dataset, 2,000 real authorities, as many made-up
//! partnerships as there are pairs of a commune and a city, and what goes with them.

mod life;
mod places;

pub(crate) use places::names;

use kakehashi::gazetteer::data::GazetteerEntry;
use places::CITIES;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Result, Write as _};
use std::path::Path;

/// As many partnerships as have different parties.
const PAIRS: usize = CITIES * CITIES;
/// Goes through every pair: it has no divisor in common with their number. It also spreads neighbours apart.
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

/// Numbers that look random and are always the same (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn of(kind: u64, n: usize) -> Self {
        Self((kind << 48) ^ u64::try_from(n).unwrap_or_default())
    }

    /// A number below `most`.
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % u64::try_from(most).unwrap_or(1)).unwrap_or_default()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A whole registry with so many partnerships: the founding dataset, with more participants, and what is made up; what
/// is referred to comes first, made as it is asked for.
pub(crate) fn registry(partnerships: usize) -> impl Iterator<Item = Value> {
    let base = (0..20).map(source).chain(places::records());
    let made = base.chain((0..partnerships).map(partnership));
    life::founding().into_iter().chain(made).chain(life::records(partnerships))
}

/// Writes a whole registry to a file, a record a line; how many there are.
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

/// The `n`th partnership. Its parties are those of no other.
pub(crate) fn partnership(n: usize) -> Value {
    let (french, japanese) = parties(n);
    let dice = &mut Dice::of(3, n);
    let themes = themes(dice);
    let (year, month, day) = (1955 + dice.below(70), 1 + dice.below(12), 1 + dice.below(28));
    let since = [format!("{year}"), format!("{year}-{month:02}"), format!("{year}-{month:02}-{day:02}")];
    let mut record = json!({
        "kind": "partnership",
        "identifiers": [{"scheme": "slug", "value": format!("made-up-{n}")}],
        "category": dice.one_of(&CATEGORIES),
        "status": if places::are_partners(french, japanese) { "ended" } else { dice.one_of(&STATUSES) },
        "parties": [
            {"authority": {"id": french.code()}, "role": "lead"},
            {"authority": {"id": japanese.code()}, "role": "lead"},
        ],
        "last_activity": {"edtf": format!("{}", 2010 + dice.below(16))},
        "themes": themes,
        "summary": {
            "fr": format!("Échanges n° {n} entre élèves, artisans et entreprises des deux villes."),
            "ja": format!("両市の学校、職人、企業による交流（第{n}号）。"),
        },
        "clair_criteria": {"signed_by_heads": "yes", "not_field_limited": "yes", "assembly_approved": "unknown"},
        "citations": [citation(dice, "/since", &format!("« depuis {year} »")), citation(dice, "/status", "« toujours en cours »")],
    });
    if dice.below(20) > 0 {
        record["since"] = json!({"edtf": since[dice.below(3)]});
        record["since_basis"] = "stated_year_only".into();
    }
    if record["status"] == "ended" {
        record["until"] = json!({"edtf": format!("{}", year.max(2016 + dice.below(10)))});
    }
    if dice.below(10) == 0 {
        // Another source disagrees; half of the time it is known which of them is right.
        let mut other = citation(dice, "/since", &format!("« en {} »", year + 1));
        other["value"] = format!("{}", year + 1).into();
        if dice.below(2) == 0 {
            other["rank"] = "deprecated".into();
            other["reason"] = "contradicted".into();
        }
        record["citations"].as_array_mut().expect("citations").push(other);
    }
    record
}

/// A word by which the `n`th partnership is found: the name of one of its parties, French and Japanese by turns.
pub(crate) fn word(n: usize) -> String {
    let (french, japanese) = parties(n);
    if n.is_multiple_of(2) { places::name(french, "fr") } else { places::name(japanese, "ja") }
}

fn parties(n: usize) -> (&'static GazetteerEntry<'static>, &'static GazetteerEntry<'static>) {
    let pair = (n % PAIRS) * STRIDE % PAIRS;
    (places::french(pair / CITIES), places::japanese(pair % CITIES))
}

fn themes(dice: &mut Dice) -> Vec<&'static str> {
    let mut themes: Vec<&str> = (0..=dice.below(3)).map(|_| dice.one_of(&THEMES)).collect();
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

fn citation(dice: &mut Dice, pointer: &str, quote: &str) -> Value {
    let source = format!("slug:made-up-source-{}", dice.below(20));
    json!({"source": {"id": source}, "pointer": pointer, "quote": quote, "lang": "fr", "rank": "normal", "certainty": "stated"})
}
