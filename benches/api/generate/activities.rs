//! Generated visits, signed texts, participants of editions, good practices and partner requests.

use super::places::{self, CITIES};
use super::{Random, parties, slug, themes};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use kakehashi::domain::vocabularies::authority::Country;
use kakehashi::gazetteer::data::GazetteerEntry;
use kakehashi::transfer::seed;
use serde_json::{Value, json};

/// Partnerships per visit, and per signed text.
const PARTNERSHIPS_PER_VISIT: usize = 10;
const PARTNERSHIPS_PER_TEXT: usize = 5;
/// Number of good practices, and of partner requests.
const OTHER_RECORDS: usize = 60;
/// Per country: authorities from which the participants of an edition are drawn, and participants of an
/// edition.
const PARTICIPANTS: (usize, usize) = (150, 40);

#[rustfmt::skip]
const VISIT_CATEGORIES: [&str; 4] = ["official_visit", "business_mission", "study_visit", "courtesy_call"];
#[rustfmt::skip]
const TEXT_CATEGORIES: [&str; 5] = ["memorandum_of_understanding", "partnership_convention", "twinning", "joint_declaration", "renewal"];

/// Returns the founding dataset, with participants added to the editions that were held.
pub(super) fn seed_records() -> Vec<Value> {
    let mut records = seed::seed_records();
    for record in
        records.iter_mut().filter(|record| record["kind"] == "rencontre" && record["status"] == "held")
    {
        let number = usize::try_from(record["number"].as_u64().expect("a number")).expect("a small number");
        let participants = record["participants"].as_array_mut().expect("participants");
        let known = participants.clone();
        let added = participants_of(number)
            .map(|entry| json!({"authority": {"id": entry.code()}, "role": "participant"}));
        participants
            .extend(added.filter(|one| known.iter().all(|known| known["authority"] != one["authority"])));
    }
    records
}

fn participants_of(number: usize) -> impl Iterator<Item = &'static GazetteerEntry<'static>> {
    let (among, count) = PARTICIPANTS;
    // The step is coprime to the number of candidates, so that no one is drawn twice.
    (0..count)
        .map(move |n| (n * 7 + Random::of(6, number).below(among)) % among)
        .flat_map(|n| [places::french(n), places::japanese(n)])
}

/// Generates the other records of a registry with a number of partnerships.
pub(super) fn records(partnerships: usize) -> impl Iterator<Item = Value> {
    let visits = (0..partnerships / PARTNERSHIPS_PER_VISIT).map(move |n| visit(n, partnerships));
    let memoranda = (0..partnerships / PARTNERSHIPS_PER_TEXT).map(move |n| memorandum(n, partnerships));
    visits
        .chain(memoranda)
        .chain((0..OTHER_RECORDS).map(good_practice))
        .chain((0..OTHER_RECORDS).map(partner_request))
}

/// Returns the number of the partnership of the `n`th visit and the `n`th text.
fn partnership_number(n: usize, partnerships: usize) -> usize {
    n * 7 % partnerships
}

fn day(random: &mut Random, year: i16) -> Date {
    date(year, 1, 1).saturating_add(i64::try_from(random.below(365)).unwrap_or_default().days())
}

fn after(day: Date, days: usize) -> Date {
    day.saturating_add(i64::try_from(days).unwrap_or_default().days())
}

/// Returns the first day of the `n`th visit.
fn first_day(n: usize) -> Date {
    let random = &mut Random::of(5, n);
    let year = 2005 + i16::try_from(random.below(21)).unwrap_or_default();
    day(random, year)
}

fn body(entry: &GazetteerEntry<'_>) -> Value {
    json!({"id": entry.code(), "kind": "authority"})
}

fn visit(n: usize, partnerships: usize) -> Value {
    let random = &mut Random::of(4, n);
    let partnership_number = partnership_number(n, partnerships);
    let (french, japanese) = parties(partnership_number);
    let outward = n.is_multiple_of(2);
    let (guest, host) = if outward { (french, japanese) } else { (japanese, french) };
    let near = random.below(CITIES);
    let stop = if outward { places::japanese(near) } else { places::french(near) };
    let (first, days) = (first_day(n), 1 + random.below(6));
    json!({
        "kind": "visit",
        "identifiers": slug("visit", n),
        "category": random.one_of(&VISIT_CATEGORIES),
        "direction": if outward { "fr_to_jp" } else { "jp_to_fr" },
        "title": {
            "fr": format!("Visite de {} à {}", places::name(guest, "fr"), places::name(host, "fr")),
            "ja": format!("{}の{}訪問", places::name(guest, "ja"), places::name(host, "ja")),
        },
        "dates": {"edtf": format!("{first}/{}", after(first, days))},
        "delegation": [{"represents": body(guest), "title": {"fr": "Le maire", "ja": "市長"}}],
        "hosts": [{"represents": body(host)}],
        "stops": [
            {"authority": {"id": host.code()}, "dates": {"edtf": format!("{first}")}},
            {"authority": {"id": stop.code()}, "dates": {"edtf": format!("{}", after(first, 1))}, "activity": {"fr": "Visite d’entreprises", "ja": "企業視察"}},
        ],
        "purposes": [{"code": random.one_of(&["relaunch_partnership", "economic_exchange", "good_practice_exchange"])}],
        "outcomes": [{"code": random.one_of(&["partnership_strengthened", "groundwork_laid", "stated_intention"])}],
        "partnerships": [{"id": format!("slug:made-up-{partnership_number}")}],
        "themes": themes(random),
    })
}

/// Returns the `n`th signed text. If there is an `n`th visit before 2022, it is signed within four years
/// after it.
fn memorandum(n: usize, partnerships: usize) -> Value {
    let random = &mut Random::of(7, n);
    let partnership_number = partnership_number(n, partnerships);
    let (french, japanese) = parties(partnership_number);
    let visited = first_day(n);
    let signed = if visited.year() < 2022 { after(visited, 7 + random.below(1_400)) } else { visited };
    let parties = [french, japanese].map(|entry| json!({"party": body(entry)}));
    let signatories = [french, japanese].map(|entry| json!({"party": body(entry), "role": "mayor"}));
    let mut record = json!({
        "kind": "memorandum",
        "identifiers": slug("memorandum", n),
        "category": random.one_of(&TEXT_CATEGORIES),
        "title": {
            "fr": format!("Accord de {} et {}", places::name(french, "fr"), places::name(japanese, "fr")),
            "ja": format!("{}と{}の協定", places::name(french, "ja"), places::name(japanese, "ja")),
        },
        "status": random.one_of(&["signed", "in_force", "in_force"]),
        "parties": parties,
        "signed": {"edtf": format!("{signed}")},
        "signatories": signatories,
        "themes": themes(random),
    });
    if random.below(5) > 0 {
        record["partnership"] = json!({"id": format!("slug:made-up-{partnership_number}")});
    }
    if random.below(2) == 0 {
        let years = i64::try_from(3 + random.below(5)).unwrap_or_default();
        record["expires"] = json!({"edtf": format!("{}", signed.saturating_add(years.years()))});
    }
    if random.below(2) == 0 {
        record["follow_ups"] = json!([{
            "category": random.one_of(&["meeting", "visit", "project"]),
            "status": random.one_of(&["planned", "done"]),
            "description": {"fr": "Échange d’experts", "ja": "専門家の交流"},
            "leaders": [body(random.one_of(&[french, japanese]))],
            "when": {"edtf": format!("{}", signed.year() + 1)},
        }]);
    }
    record
}

/// Returns a random authority of either country.
fn any_authority(random: &mut Random) -> &'static GazetteerEntry<'static> {
    let n = random.below(CITIES / 4);
    random.one_of(&[places::french(n), places::japanese(n)])
}

fn good_practice(n: usize) -> Value {
    let random = &mut Random::of(8, n);
    let authority = any_authority(random);
    json!({
        "kind": "good_practice",
        "identifiers": slug("good-practice", n),
        "authority": {"id": authority.code()},
        "title": {"fr": format!("Politique novatrice n° {n}"), "ja": format!("先進的な政策（第{n}号）")},
        "themes": themes(random),
        "population": {"value": places::population(authority)},
        "key_points": [{"fr": "Associer les habitants dès le début.", "ja": "住民の参加を最初から求める。"}],
        "updated_on": {"edtf": format!("{}", 2015 + random.below(11))},
    })
}

fn partner_request(n: usize) -> Value {
    let random = &mut Random::of(9, n);
    let authority = any_authority(random);
    let wanted = if authority.country() == Country::France { "JP" } else { "FR" };
    json!({
        "kind": "partner_request",
        "identifiers": slug("partner-request", n),
        "authority": {"id": authority.code()},
        "wanted_country": wanted,
        "themes": themes(random),
        "text": {"fr": "Nous cherchons une ville de taille semblable.", "ja": "同規模の都市との交流を希望します。"},
        "opened": {"edtf": format!("{}", 2018 + random.below(8))},
    })
}
