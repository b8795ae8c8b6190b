//! What happens between the partners of the made-up registry: visits, signed texts, editions with many participants, good
//! practices and calls for partners.

use super::places::{self, CITIES};
use super::{Dice, parties, slug, themes};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use kakehashi::domain::vocabularies::authority::Country;
use kakehashi::gazetteer::data::GazetteerEntry;
use kakehashi::transfer::seed;
use serde_json::{Value, json};

/// The partnerships for each visit, and for each text.
const VISITED: usize = 10;
const SIGNED: usize = 5;
/// Good practices, and calls for partners, each.
const SHEETS: usize = 60;
/// The authorities of each country of which some take part in an edition, and how many do.
const FAITHFUL: (usize, usize) = (150, 40);

#[rustfmt::skip]
const VISIT_CATEGORIES: [&str; 4] = ["official_visit", "business_mission", "study_visit", "courtesy_call"];
#[rustfmt::skip]
const TEXTS: [&str; 5] = ["memorandum_of_understanding", "partnership_convention", "twinning", "joint_declaration", "renewal"];

/// The founding dataset. To the editions that were held, participants are added.
pub(super) fn founding() -> Vec<Value> {
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
    let (among, count) = FAITHFUL;
    // A step without a divisor in common with the number of those who may come: nobody comes twice.
    (0..count)
        .map(move |n| (n * 7 + Dice::of(6, number).below(among)) % among)
        .flat_map(|n| [places::french(n), places::japanese(n)])
}

/// Everything else, for a registry with so many partnerships.
pub(super) fn records(partnerships: usize) -> impl Iterator<Item = Value> {
    let visits = (0..partnerships / VISITED).map(move |n| visit(n, partnerships));
    let memoranda = (0..partnerships / SIGNED).map(move |n| memorandum(n, partnerships));
    visits.chain(memoranda).chain((0..SHEETS).map(good_practice)).chain((0..SHEETS).map(partner_request))
}

/// The partnership that the `n`th visit and the `n`th text serve.
fn served(n: usize, partnerships: usize) -> usize {
    n * 7 % partnerships
}

fn day(dice: &mut Dice, year: i16) -> Date {
    date(year, 1, 1).saturating_add(i64::try_from(dice.below(365)).unwrap_or_default().days())
}

fn after(day: Date, days: usize) -> Date {
    day.saturating_add(i64::try_from(days).unwrap_or_default().days())
}

/// When the `n`th visit begins.
fn travelled(n: usize) -> Date {
    let dice = &mut Dice::of(5, n);
    let year = 2005 + i16::try_from(dice.below(21)).unwrap_or_default();
    day(dice, year)
}

fn body(entry: &GazetteerEntry<'_>) -> Value {
    json!({"id": entry.code(), "kind": "authority"})
}

fn visit(n: usize, partnerships: usize) -> Value {
    let dice = &mut Dice::of(4, n);
    let served = served(n, partnerships);
    let (french, japanese) = parties(served);
    let outward = n.is_multiple_of(2);
    let (guest, host) = if outward { (french, japanese) } else { (japanese, french) };
    let near = dice.below(CITIES);
    let stop = if outward { places::japanese(near) } else { places::french(near) };
    let (first, days) = (travelled(n), 1 + dice.below(6));
    json!({
        "kind": "visit",
        "identifiers": slug("visit", n),
        "category": dice.one_of(&VISIT_CATEGORIES),
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
        "purposes": [{"code": dice.one_of(&["relaunch_partnership", "economic_exchange", "good_practice_exchange"])}],
        "outcomes": [{"code": dice.one_of(&["partnership_strengthened", "groundwork_laid", "stated_intention"])}],
        "partnerships": [{"id": format!("slug:made-up-{served}")}],
        "themes": themes(dice),
    })
}

/// The `n`th text; those with the number of a visit are signed within four years after it.
fn memorandum(n: usize, partnerships: usize) -> Value {
    let dice = &mut Dice::of(7, n);
    let served = served(n, partnerships);
    let (french, japanese) = parties(served);
    let visited = travelled(n);
    let signed = if visited.year() < 2022 { after(visited, 7 + dice.below(1_400)) } else { visited };
    let parties = [french, japanese].map(|entry| json!({"party": body(entry)}));
    let signatories = [french, japanese].map(|entry| json!({"party": body(entry), "role": "mayor"}));
    let mut record = json!({
        "kind": "memorandum",
        "identifiers": slug("memorandum", n),
        "category": dice.one_of(&TEXTS),
        "title": {
            "fr": format!("Accord de {} et {}", places::name(french, "fr"), places::name(japanese, "fr")),
            "ja": format!("{}と{}の協定", places::name(french, "ja"), places::name(japanese, "ja")),
        },
        "status": dice.one_of(&["signed", "in_force", "in_force"]),
        "parties": parties,
        "signed": {"edtf": format!("{signed}")},
        "signatories": signatories,
        "themes": themes(dice),
    });
    if dice.below(5) > 0 {
        record["partnership"] = json!({"id": format!("slug:made-up-{served}")});
    }
    if dice.below(2) == 0 {
        let years = i64::try_from(3 + dice.below(5)).unwrap_or_default();
        record["expires"] = json!({"edtf": format!("{}", signed.saturating_add(years.years()))});
    }
    if dice.below(2) == 0 {
        record["follow_ups"] = json!([{
            "category": dice.one_of(&["meeting", "visit", "project"]),
            "status": dice.one_of(&["planned", "done"]),
            "description": {"fr": "Échange d’experts", "ja": "専門家の交流"},
            "leaders": [body(dice.one_of(&[french, japanese]))],
            "when": {"edtf": format!("{}", signed.year() + 1)},
        }]);
    }
    record
}

/// An authority of either country.
fn anyone(dice: &mut Dice) -> &'static GazetteerEntry<'static> {
    let n = dice.below(CITIES / 4);
    dice.one_of(&[places::french(n), places::japanese(n)])
}

fn good_practice(n: usize) -> Value {
    let dice = &mut Dice::of(8, n);
    let authority = anyone(dice);
    json!({
        "kind": "good_practice",
        "identifiers": slug("good-practice", n),
        "authority": {"id": authority.code()},
        "title": {"fr": format!("Politique novatrice n° {n}"), "ja": format!("先進的な政策（第{n}号）")},
        "themes": themes(dice),
        "population": {"value": places::population(authority)},
        "key_points": [{"fr": "Associer les habitants dès le début.", "ja": "住民の参加を最初から求める。"}],
        "updated_on": {"edtf": format!("{}", 2015 + dice.below(11))},
    })
}

fn partner_request(n: usize) -> Value {
    let dice = &mut Dice::of(9, n);
    let authority = anyone(dice);
    let wanted = if authority.country() == Country::France { "JP" } else { "FR" };
    json!({
        "kind": "partner_request",
        "identifiers": slug("partner-request", n),
        "authority": {"id": authority.code()},
        "wanted_country": wanted,
        "themes": themes(dice),
        "text": {"fr": "Nous cherchons une ville de taille semblable.", "ja": "同規模の都市との交流を希望します。"},
        "opened": {"edtf": format!("{}", 2018 + dice.below(8))},
    })
}
