//! The table of the visits, and what may be asked of it.

use super::Visit;
use crate::db::sql::{Bind, Clause};
use crate::formats::{Occasion, Outline, Shape};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{Direction, VisitCategory, VisitOutcome, VisitPurpose, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

/// A signed text came of it, or concerns its authorities on both sides, and may have been signed at the earliest when it
/// began and at the latest so many months after it ended. Months are counted from the year 0, then days compared.
fn followed(months: i64) -> Clause {
    let shared = |country: &str| {
        format!(
            "m.id IN (SELECT p.from_record FROM refs v JOIN refs p ON p.to_record = v.to_record AND p.pointer = '/parties/party' \
             JOIN authorities a ON a.id = v.to_record WHERE v.from_record = t.id AND a.country = '{country}' \
             AND v.pointer IN ('/delegation/represents', '/hosts/represents', '/stops/authority'))"
        )
    };
    let month = |day: &str| {
        format!(
            "(CAST(SUBSTR({day}, 1, 4) AS BIGINT) * 12 + CAST(SUBSTR({day}, 6, 2) AS BIGINT)) * 32 + CAST(SUBSTR({day}, 9, 2) AS BIGINT)"
        )
    };
    let (last, earliest) =
        (month("COALESCE(t.dates_latest, '9999-12-31')"), month("COALESCE(m.signed_earliest, '0001-01-01')"));
    Clause::new(format!(
        "EXISTS (SELECT 1 FROM memoranda m WHERE (m.id IN (SELECT o.to_record FROM refs o WHERE o.from_record = t.id \
         AND o.pointer = '/outcomes/result') OR ({} AND {})) \
         AND COALESCE(m.signed_latest, '~') >= COALESCE(t.dates_earliest, '') AND {earliest} <= {last} + ",
        shared("FR"),
        shared("JP")
    ))
    .bind(Bind::Int(months * 32))
    .sql(")")
}

impl Record for Visit {
    const KIND: Kind = Kind::Visit;
    const ABOUT: &'static str = "Journeys of delegations from one country to the other.";
    const ONE: &'static str = "Visit";
    const TABLE: &'static str = "visits";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/visits.json");
    const DATED: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter { name: "category", about: "What it is", test: Test::Code(VisitCategory::TERMS, "category") },
        Filter {
            name: "direction",
            about: "Which way it goes",
            test: Test::Code(Direction::TERMS, "direction"),
        },
        Filter {
            name: "authority",
            about: "An authority that travels, receives or is visited",
            test: Test::Refers(
                &[Kind::Authority],
                &["/delegation/represents", "/hosts/represents", "/stops/authority"],
            ),
        },
        Filter {
            name: "person",
            about: "A person who travels or receives",
            test: Test::Refers(&[Kind::Person], &["/delegation/person", "/hosts/person", "/stops/delegates"]),
        },
        Filter {
            name: "host",
            about: "An authority or organisation that receives",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/hosts/represents"]),
        },
        Filter {
            name: "partnership",
            about: "A relation it serves",
            test: Test::Refers(&[Kind::Partnership], &["/partnerships"]),
        },
        filter::THEME,
        Filter {
            name: "purpose",
            about: "What it is for",
            test: Test::Tag(VisitPurpose::TERMS, &["/purposes/code"]),
        },
        Filter {
            name: "outcome",
            about: "What came of it",
            test: Test::Tag(VisitOutcome::TERMS, &["/outcomes/code"]),
        },
        Filter {
            name: "result",
            about: "The text, the relation or the event that came of it",
            test: Test::Refers(&[Kind::Memorandum, Kind::Partnership, Kind::Event], &["/outcomes/result"]),
        },
        filter::SOURCE,
        Filter { name: "dates", about: "When it takes place", test: Test::Dates("dates") },
        Filter {
            name: "signature_within",
            about: "Perhaps followed, within this period, by a signed text that it names as its outcome or whose parties it concerns on both sides",
            test: Test::Months(followed),
        },
    ];
    const SORTS: &'static [Sort] = &[sort!("dates", Day "t.dates_earliest", "t.dates_latest")];
    const OUTLINE: Outline = Outline {
        title: ["Déplacements et accueils", "訪問・受入", "Visits"],
        class: "Event",
        occasions: &[Occasion::of("dates")],
        shape: Shape::Route("/stops/authority"),
        place: &["/stops/authority", "/stops/place"],
        terms: &[
            ("/stops/authority", "schema:location"),
            ("/delegation/person", "schema:attendee"),
            ("/delegation/represents", "schema:attendee"),
            ("/hosts/represents", "schema:organizer"),
        ],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "cannes-shizuoka-2024"}],
            "category": "official_visit",
            "direction": "fr_to_jp",
            "title": {"fr": "Visite d'une délégation de Cannes à Shizuoka", "ja": "カンヌ市代表団の静岡市訪問"},
            "dates": {"edtf": "2024-11-17/2024-11-22"},
            "delegation": [{
                "person": {"id": "slug:camille-dupont"},
                "represents": {"id": "insee_com:06029", "kind": "authority"},
                "title": {"fr": "adjointe au maire", "ja": "副市長"}
            }],
            "hosts": [{"represents": {"id": "dantai:221007", "kind": "authority"}}],
            "stops": [{
                "authority": {"id": "dantai:221007"},
                "place": {"fr": "Hôtel de ville de Shizuoka", "ja": "静岡市役所"},
                "dates": {"edtf": "2024-11-18"},
                "activity": {"fr": "Entretien sur le tourisme."},
                "delegates": [{"id": "slug:camille-dupont"}]
            }],
            "purposes": [{"code": "good_practice_exchange", "text": {"fr": "échanger sur l'accueil des festivals"}}],
            "outcomes": [{
                "code": "partnership_strengthened",
                "text": {"fr": "un programme commun pour deux ans"},
                "result": {"id": "slug:cannes-shizuoka", "kind": "partnership"}
            }],
            "partnerships": [{"id": "slug:cannes-shizuoka"}],
            "themes": ["culture", "tourism"],
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(checks);
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let codes = [("category", self.category.code().into()), ("direction", self.direction.code().into())];
        codes.into_iter().chain(span!("dates", Some(&self.dates))).collect()
    }
}
