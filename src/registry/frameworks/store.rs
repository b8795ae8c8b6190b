//! The table of the frameworks, and what may be asked of it.

use super::Framework;
use crate::formats::{Occasion, Outline};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{FrameworkCategory, Theme, Vocabulary as _};
use crate::vocabulary::state::StateCode;
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Framework {
    const KIND: Kind = Kind::Framework;
    const ABOUT: &'static str = "Texts of the two States that the cooperation of authorities rests on: communiqués, road maps, their objectives.";
    const ONE: &'static str = "Framework";
    const TABLE: &'static str = "frameworks";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/frameworks.json");
    const DATED: Option<&'static str> = Some("adopted");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            about: "What it is",
            test: Test::Code(FrameworkCategory::TERMS, "category"),
        },
        Filter {
            name: "state",
            about: "A State that adopted it (ISO 3166-1 alpha-2)",
            test: Test::Tag(StateCode::TERMS, &["/states"]),
        },
        Filter {
            name: "theme",
            about: "A field that an objective names; a broader one matches its narrower ones",
            test: Test::Tag(Theme::TERMS, &["/objectives/themes"]),
        },
        Filter {
            name: "body",
            about: "An organisation that a measure names",
            test: Test::Refers(&[Kind::Organisation], &["/objectives/measures/bodies"]),
        },
        Filter {
            name: "edition",
            about: "An edition of the Rencontres that a measure names",
            test: Test::Refers(&[Kind::Rencontre], &["/objectives/measures/edition"]),
        },
        filter::SOURCE,
        Filter { name: "adopted", about: "When it was adopted", test: Test::Dates("adopted") },
        Filter { name: "period", about: "The time that it is for", test: Test::Dates("period") },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("adopted", Day "t.adopted_earliest", "t.adopted_latest"),
        sort!("period", Day "t.period_earliest", "t.period_latest"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Cadres communs", "共同文書", "Frameworks"],
        occasions: &[Occasion::when("adopted", ["Adoption", "採択", "Adoption"])],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "roadmap-2030"}],
            "category": "roadmap",
            "title": {"fr": "Feuille de route franco-japonaise", "ja": "日仏協力のロードマップ", "en": "Franco-Japanese road map"},
            "adopted": {"edtf": "2029-12"},
            "period": {"edtf": "2030/2034"},
            "states": ["FR", "JP"],
            "text": {"fr": "Les deux pays soutiennent la coopération de leurs collectivités."},
            "objectives": [{
                "number": 5,
                "title": {"fr": "Rapprocher les collectivités"},
                "themes": ["culture", "transport"],
                "measures": [{
                    "text": {"fr": "Ouvrir un guichet commun."},
                    "bodies": [{"id": "slug:cites-unies-france"}],
                    "edition": {"id": "number:8"}
                }]
            }],
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
        let codes = [("category", self.category.code().into())];
        let dates = [span!("adopted", self.adopted.as_ref()), span!("period", self.period.as_ref())];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
