//! The table of the authorities, and what may be asked of it.

use super::{Authority, place, themes};
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Outline, Shape};
use crate::gazetteer;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Known, Names};
use crate::registry::store::{Columns, key};
use crate::registry::{Checks, Record};
use crate::sort;
use crate::vocabulary::codes::{AuthorityLevel, AuthorityStatus, Country, Theme, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use serde_json::{Value, json};

/// A party of a partnership, whatever its status, with another authority of this country.
fn partner_in(country: Bind) -> Clause {
    Clause::new(
        "t.id IN (SELECT p.to_record FROM refs p JOIN refs o ON o.from_record = p.from_record \
         AND o.pointer = p.pointer AND o.to_record <> p.to_record JOIN authorities a ON a.id = o.to_record \
         WHERE p.pointer = '/parties/authority' AND a.country = ",
    )
    .bind(country)
    .sql(")")
}

/// It has one of these themes.
fn on_themes(codes: Vec<Bind>) -> Clause {
    Clause::new("t.id IN (SELECT b.authority FROM (")
        .then(themes::bearers(Clause::default().list(codes)))
        .sql(") b)")
}

/// Another authority that has a theme in common with one of these.
fn sharing_themes(others: Clause) -> Clause {
    let shared = Clause::new("(").then(themes::related(themes::of(others.clone()))).sql(")");
    Clause::new("t.id IN (SELECT b.authority FROM (")
        .then(themes::bearers(shared))
        .sql(") b) AND t.id NOT IN ")
        .then(others)
}

/// Host of an edition, or not.
fn hosted(yes: bool) -> Clause {
    let not = if yes { "" } else { "NOT " };
    Clause::new(format!("t.id {not}IN (SELECT to_record FROM refs WHERE pointer = '/host')"))
}

/// How near the sea the seat of an authority on the coast is, in kilometres.
pub const COAST_KM: i64 = 10;

/// On the coast, or known to be elsewhere.
fn coastal(yes: bool) -> Clause {
    Clause::new(if yes { "t.coast_km <= " } else { "t.coast_km > " }).bind(Bind::Int(COAST_KM))
}

/// The ids of the authorities on the coast, or of those known to be elsewhere, as a query in parentheses: for the
/// conditions of kinds that refer to authorities.
#[must_use]
pub fn coastal_among(yes: bool) -> Clause {
    Clause::new("(SELECT t.id FROM authorities t WHERE ").then(coastal(yes)).sql(")")
}

/// The editions that were held and in which an authority took part, the host too: `(authority, edition)`.
const ATTENDED: &str = "SELECT e.to_record AS authority, e.from_record AS edition FROM refs e \
     JOIN rencontres n ON n.id = e.from_record AND n.status = 'held' \
     WHERE e.pointer IN ('/participants/authority', '/host')";

/// It took part in one of these editions.
fn attended(editions: Clause) -> Clause {
    Clause::new(format!("t.id IN (SELECT a.authority FROM ({ATTENDED}) a WHERE a.edition IN "))
        .then(editions)
        .sql(")")
}

/// It took part in at least so many editions.
fn attended_min(least: i64) -> Clause {
    if least == 0 {
        return Clause::new("1 = 1");
    }
    let often = format!("t.id IN (SELECT a.authority FROM ({ATTENDED}) a GROUP BY a.authority ");
    Clause::new(often).sql("HAVING COUNT(DISTINCT a.edition) >= ").bind(Bind::Int(least)).sql(")")
}

impl Record for Authority {
    const KIND: Kind = Kind::Authority;
    const ABOUT: &'static str = "Local authorities of France and Japan, named by their official codes.";
    const ONE: &'static str = "Authority";
    const TABLE: &'static str = "authorities";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/authorities.json");
    const FILTERS: &'static [Filter] = &[
        Filter { name: "country", about: "The country", test: Test::Code(Country::TERMS, "country") },
        Filter { name: "level", about: "The level", test: Test::Code(AuthorityLevel::TERMS, "level") },
        Filter {
            name: "status",
            about: "Whether it still exists",
            test: Test::Code(AuthorityStatus::TERMS, "status"),
        },
        Filter {
            name: "parent",
            about: "The authority above it",
            test: Test::Refers(&[Kind::Authority], &["/parent"]),
        },
        Filter {
            name: "successor",
            about: "The authority that took its place",
            test: Test::Refers(&[Kind::Authority], &["/successor"]),
        },
        filter::SOURCE,
        Filter {
            name: "has_partner_in",
            about: "A country in which it has a partner: another party of one of its partnerships, whatever the status",
            test: Test::Truths(Country::TERMS, partner_in),
        },
        Filter {
            name: "theme",
            about: "A theme of what it takes part in: partnerships, memoranda, visits, editions hosted and their sessions, good practices, partner requests; a broader one matches its narrower ones",
            test: Test::Codes(Theme::TERMS, on_themes),
        },
        Filter {
            name: "shares_theme_with",
            about: "Another authority with which it has a theme in common, or one of which one is broader than the other",
            test: Test::Records(&[Kind::Authority], sharing_themes),
        },
        Filter {
            name: "attended",
            about: "An edition of the Rencontres that was held and in which it took part, as host too",
            test: Test::Records(&[Kind::Rencontre], attended),
        },
        Filter {
            name: "attended_min",
            about: "In how many editions of the Rencontres that were held it took part at least, as host too",
            test: Test::Least(attended_min),
        },
        Filter {
            name: "hosted",
            about: "Whether it is or was host of an edition of the Rencontres",
            test: Test::Flag(hosted),
        },
        Filter {
            name: "coastal",
            about: "Whether its seat is at most 10 km from the sea; never matches where that is not known",
            test: Test::Flag(coastal),
        },
        Filter { name: "population", about: "How many people live there", test: Test::Number("population") },
        Filter {
            name: "near",
            about: "Within a distance of a place: `latitude,longitude,kilometres`",
            test: Test::Numbers(3, place::NEAR, |numbers| place::near("t", numbers)),
        },
        Filter {
            name: "bbox",
            about: "Inside a box: `west,south,east,north` in degrees",
            test: Test::Numbers(4, place::BBOX, |numbers| place::bbox("t", numbers)),
        },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("name.fr", Key "t.name_fr"),
        sort!("name.ja", Key "t.name_ja"),
        sort!("population", Number "t.population"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Collectivités", "自治体", "Authorities"],
        class: "AdministrativeArea",
        shape: Shape::Own,
        terms: &[("/parent", "schema:containedInPlace"), ("/official_name", "schema:legalName")],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "dantai", "value": "221007"}, {"scheme": "wikidata", "value": "Q185125"}],
            "country": "JP",
            "level": "designated_city",
            "name": {"fr": "Shizuoka", "ja": "静岡市", "en": "Shizuoka", "ja-Hira": "しずおかし", "ja-Latn": "Shizuoka-shi"},
            "official_name": {"fr": "Ville de Shizuoka", "ja": "静岡市"},
            "aliases": [{"text": {"ja": "駿府"}, "until": {"edtf": "1869"}}],
            "parent": {"id": "dantai:220001"},
            "location": {"lat": 34.9756, "lon": 138.3828},
            "population": {"value": 693_389, "as_of": {"edtf": "2020-10-01"}, "qualifier": "exact"},
            "area_km2": {"value": 1411.83, "qualifier": "exact"},
            "website": "https://www.city.shizuoka.lg.jp/",
            "status": "active",
            "successor": {"id": "dantai:220001"},
            "description": {"fr": "Ville désignée, hôte des 8e Rencontres."},
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        self.name.clone()
    }

    fn check(&self, facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(facts, checks);
    }

    fn check_among(&self, id: Id, facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(id, facts, tx, checks)
    }

    fn known(identifier: &Identifier) -> Option<Known> {
        gazetteer::authority(identifier)
    }

    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> Columns {
        let place = self.location.as_ref();
        let vector = place.map(|at| place::vector(at.lat, at.lon));
        let coast = identifiers.iter().find_map(|code| gazetteer::find(code)?.coast_km());
        vec![
            ("country", self.country.code().into()),
            ("level", self.level.code().into()),
            ("status", self.status.map(AuthorityStatus::code).into()),
            ("name_fr", key(name, "fr").into()),
            ("name_ja", key(name, "ja").into()),
            ("population", self.population.as_ref().map(|population| population.value.0).into()),
            ("lat", place.map(|at| at.lat).into()),
            ("lon", place.map(|at| at.lon).into()),
            ("x", vector.map(|[x, _, _]| x).into()),
            ("y", vector.map(|[_, y, _]| y).into()),
            ("z", vector.map(|[_, _, z]| z).into()),
            ("coast_km", coast.into()),
        ]
    }
}
