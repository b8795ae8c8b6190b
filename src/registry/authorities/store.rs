//! The table of the authorities, and what may be asked of it.

use super::{Authority, place};
use crate::db::schema::authorities;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Outline, Shape};
use crate::registry::filter::{Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::key;
use crate::registry::{Checks, Record};
use crate::sort;
use crate::vocabulary::codes::{AuthorityLevel, AuthorityStatus, Country, Vocabulary as _};
use crate::vocabulary::{Kind, Text};
use diesel::prelude::*;
use serde_json::{Value, json};

/// A party of a partnership with an authority of one of these countries.
fn partner_in(countries: Vec<Bind>) -> Clause {
    Clause::new(
        "t.id IN (SELECT p.to_record FROM refs p JOIN refs o ON o.from_record = p.from_record \
         AND o.pointer = p.pointer AND o.to_record <> p.to_record JOIN authorities a ON a.id = o.to_record \
         WHERE p.pointer = '/parties/authority' AND a.country IN ",
    )
    .list(countries)
    .sql(")")
}

/// Host of an edition, or not.
fn hosted(yes: bool) -> Clause {
    let not = if yes { "" } else { "NOT " };
    Clause::new(format!("t.id {not}IN (SELECT to_record FROM refs WHERE pointer = '/host')"))
}

impl Record for Authority {
    const KIND: Kind = Kind::Authority;
    const ABOUT: &'static str = "Local authorities of France and Japan, named by their official codes.";
    const ONE: &'static str = "Authority";
    const TABLE: &'static str = "authorities";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
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
        Filter {
            name: "source",
            about: "A source cited",
            test: Test::Refers(&[Kind::Source], &["/citations/source"]),
        },
        Filter {
            name: "has_partner_in",
            about: "A country in which it has a partner",
            test: Test::Codes(Country::TERMS, partner_in),
        },
        Filter {
            name: "hosted",
            about: "Whether it is or was host of an edition of the Rencontres",
            test: Test::Flag(hosted),
        },
        Filter { name: "population", about: "How many people live there", test: Test::Number("population") },
        Filter {
            name: "near",
            about: "Within a distance of a place: `latitude,longitude,kilometres`",
            test: Test::Numbers(3, "latitude,longitude,kilometres", place::near),
        },
        Filter {
            name: "bbox",
            about: "Inside a box: `west,south,east,north` in degrees",
            test: Test::Numbers(4, "west,south,east,north in degrees", place::bbox),
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

    fn project(&self, id: Id, name: &Text, tx: &mut Conn) -> Outcome<()> {
        let place = self.location.as_ref().map(|at| (at.lat, at.lon, place::vector(at.lat, at.lon)));
        let row = (
            authorities::id.eq(id),
            authorities::country.eq(self.country.code()),
            authorities::level.eq(self.level.code()),
            authorities::status.eq(self.status.map(crate::vocabulary::codes::Vocabulary::code)),
            authorities::name_fr.eq(key(name, "fr")),
            authorities::name_ja.eq(key(name, "ja")),
            authorities::population.eq(self.population.as_ref().map(|population| population.value.0)),
            authorities::lat.eq(place.map(|(lat, ..)| lat)),
            authorities::lon.eq(place.map(|(_, lon, _)| lon)),
            authorities::x.eq(place.map(|(.., [x, _, _])| x)),
            authorities::y.eq(place.map(|(.., [_, y, _])| y)),
            authorities::z.eq(place.map(|(.., [_, _, z])| z)),
        );
        diesel::insert_into(authorities::table).values(row).execute(tx)?;
        Ok(())
    }
}
