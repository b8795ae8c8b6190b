//! The table of the editions, and what may be asked of it.

use super::derived::{DERIVED, derive};
use super::{Rencontre, title::title};
use crate::clock::Clock;
use crate::db::sql::{Bind, Clause};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Occasion, Outline, Shape};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Derived, Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{Country, Measure, RencontreStatus, Side, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Map, Value, json};

/// The host is of one of these countries.
fn hosted_in(countries: Vec<Bind>) -> Clause {
    Clause::new(
        "t.id IN (SELECT h.from_record FROM refs h JOIN authorities a ON a.id = h.to_record \
         WHERE h.pointer = '/host' AND a.country IN ",
    )
    .list(countries)
    .sql(")")
}

impl Record for Rencontre {
    const KIND: Kind = Kind::Rencontre;
    const ABOUT: &'static str = "Editions of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議), by number.";
    const ONE: &'static str = "Rencontre";
    const TABLE: &'static str = "rencontres";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/rencontres.json");
    const DATED: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter { name: "status", about: "How it stands", test: Test::Code(RencontreStatus::TERMS, "status") },
        Filter {
            name: "country",
            about: "The country of the host",
            test: Test::Codes(Country::TERMS, hosted_in),
        },
        Filter {
            name: "host",
            about: "The authority that receives it",
            test: Test::Refers(&[Kind::Authority], &["/host"]),
        },
        Filter {
            name: "organiser",
            about: "An authority or organisation that organises it",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/organisers/organiser"]),
        },
        Filter {
            name: "participant",
            about: "An authority that takes part",
            test: Test::Refers(&[Kind::Authority], &["/participants/authority"]),
        },
        filter::THEME,
        Filter {
            name: "measure",
            about: "What a figure counts",
            test: Test::Tag(Measure::TERMS, &["/figures/measure"]),
        },
        Filter {
            name: "side",
            about: "Whom a figure counts",
            test: Test::Tag(Side::TERMS, &["/figures/side"]),
        },
        Filter {
            name: "source",
            about: "A source cited, or that gives a figure",
            test: Test::Refers(&[Kind::Source], &["/citations/source", "/figures/source"]),
        },
        Filter { name: "number", about: "Its number", test: Test::Number("number") },
        Filter { name: "dates", about: "When it takes place", test: Test::Dates("dates") },
    ];
    const SORTS: &'static [Sort] =
        &[sort!("number", Count "t.number"), sort!("dates", Day "t.dates_earliest", "t.dates_latest")];
    const DEFAULT_SORT: &'static str = "number";
    const DERIVED: &'static [Derived] = DERIVED;
    const NATURAL_KEY: Option<&'static str> = Some("number");
    const OUTLINE: Outline = Outline {
        title: [
            "Rencontres franco-japonaises de la coopération décentralisée",
            "日仏自治体交流会議",
            "Franco-Japanese Meetings on Decentralised Cooperation",
        ],
        class: "Event",
        occasions: &[Occasion::of("dates")],
        shape: Shape::At("/host"),
        about: &["theme", "occasion"],
        place: &["/host"],
        terms: &[
            ("/host", "schema:location"),
            ("/organisers/organiser", "schema:organizer"),
            ("/participants/authority", "schema:attendee"),
            ("/previous", "schema:isBasedOn"),
        ],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "number": 8,
            "status": "held",
            "host": {"id": "dantai:221007"},
            "dates": {"edtf": "2024-11-18/2024-11-21"},
            "related_dates": [{"edtf": "2024-11-22"}],
            "theme": {"fr": "Le partenariat des collectivités franco-japonaises porteur de nouvelles valeurs mondiales"},
            "occasion": {"fr": "La deuxième édition depuis la pandémie"},
            "schedule": [{
                "dates": {"edtf": "2024"},
                "status": "announced",
                "as_of": {"edtf": "2022-10-06"},
                "reason": {"fr": "Annoncée à Aix-en-Provence"}
            }],
            "organisers": [{"organiser": {"id": "slug:cites-unies-france", "kind": "organisation"}, "role": "co_organiser"}],
            "figures": [{
                "measure": "authorities",
                "value": 54,
                "side": "total",
                "qualifier": "exact",
                "source": {"id": "slug:clair-paris-8th-meetings"}
            }],
            "participants": [{"authority": {"id": "dantai:221007"}, "role": "host"}],
            "themes": ["inclusion", "local_economy"],
            "announced_at": {"id": "number:7"},
            "declaration": {
                "title": {"fr": "Déclaration de Shizuoka", "ja": "静岡宣言", "en": "Shizuoka Declaration"},
                "adopted": {"edtf": "2024-11-21"},
                "read_by": {"fr": "le maire de Shizuoka"},
                "commitments": [{"fr": "la réalisation d'une société décarbonée"}],
                "document_url": "https://www.city.shizuoka.lg.jp/"
            },
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        title(self.number.0)
    }

    fn natural_key(&self) -> Option<(&'static str, String)> {
        Self::NATURAL_KEY.map(|scheme| (scheme, self.number.0.to_string()))
    }

    fn check(&self, facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(facts, checks);
    }

    fn check_among(&self, _id: Id, _facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(tx, checks)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [("number", self.number.0.into()), ("status", self.status.code().into())];
        columns.into_iter().chain(span!("dates", self.dates.as_ref())).collect()
    }

    fn derive(records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> Outcome<()> {
        derive(records, clock.today(), tx)
    }
}
