//! The table of the visits, and what may be asked of it.

use super::Visit;
use crate::db::schema::visits;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::registry::filter::{Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::span;
use crate::registry::{Checks, Record};
use crate::sort;
use crate::vocabulary::codes::{
    Direction, Theme, VisitCategory, VisitOutcome, VisitPurpose, Vocabulary as _,
};
use crate::vocabulary::{Kind, Text};
use diesel::prelude::*;
use serde_json::{Value, json};

impl Record for Visit {
    const KIND: Kind = Kind::Visit;
    const ABOUT: &'static str = "Journeys of delegations from one country to the other.";
    const ONE: &'static str = "Visit";
    const TABLE: &'static str = "visits";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
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
        Filter {
            name: "theme",
            about: "A field of cooperation; a broader one matches its narrower ones",
            test: Test::Tag(Theme::TERMS, &["/themes"]),
        },
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
            about: "The text or the relation that came of it",
            test: Test::Refers(&[Kind::Memorandum, Kind::Partnership], &["/outcomes/result"]),
        },
        Filter {
            name: "source",
            about: "A source cited",
            test: Test::Refers(&[Kind::Source], &["/citations/source"]),
        },
        Filter { name: "dates", about: "When it takes place", test: Test::Dates("dates") },
    ];
    const SORTS: &'static [Sort] = &[sort!("dates", Day "t.dates_earliest", "t.dates_latest")];

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

    fn project(&self, id: Id, _name: &Text, tx: &mut Conn) -> Outcome<()> {
        let dates = span(Some(&self.dates));
        let row = (
            visits::id.eq(id),
            visits::category.eq(self.category.code()),
            visits::direction.eq(self.direction.code()),
            visits::dates.eq(dates.text.unwrap_or_default()),
            visits::dates_earliest.eq(dates.earliest),
            visits::dates_latest.eq(dates.latest),
        );
        diesel::insert_into(visits::table).values(row).execute(tx)?;
        Ok(())
    }
}
