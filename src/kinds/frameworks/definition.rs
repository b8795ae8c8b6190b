//! Definition of the kind `Framework`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Framework;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::state_code::StateCode;
use crate::domain::text::Text;
use crate::domain::vocabularies::publication::FrameworkCategory;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use serde_json::{Value, json};

impl RecordType for Framework {
    const KIND: Kind = Kind::Framework;
    const DESCRIPTION: &'static str = "Texts of the two States that the cooperation of authorities rests on: communiqués, road maps, their objectives.";
    const SCHEMA_NAME: &'static str = "Framework";
    const TABLE: &'static str = "frameworks";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/frameworks.json");
    const DATE_MEMBER: Option<&'static str> = Some("adopted");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(FrameworkCategory::TERMS, "category"),
        },
        Filter {
            name: "state",
            description: "A State that adopted it (ISO 3166-1 alpha-2)",
            filter_type: FilterType::Tag(StateCode::TERMS, &["/states"]),
        },
        Filter {
            name: "theme",
            description: "A field that an objective names; a broader one matches its narrower ones",
            filter_type: FilterType::Tag(Theme::TERMS, &["/objectives/themes"]),
        },
        Filter {
            name: "body",
            description: "An organisation that a measure names",
            filter_type: FilterType::Reference(&[Kind::Organisation], &["/objectives/measures/bodies"]),
        },
        Filter {
            name: "edition",
            description: "An edition of the Rencontres that a measure names",
            filter_type: FilterType::Reference(&[Kind::Rencontre], &["/objectives/measures/edition"]),
        },
        filters::SOURCE,
        Filter {
            name: "adopted",
            description: "When it was adopted",
            filter_type: FilterType::PartialDate("adopted"),
        },
        Filter {
            name: "period",
            description: "The time that it is for",
            filter_type: FilterType::PartialDate("period"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("adopted", Day "t.adopted_earliest", "t.adopted_latest"),
        sort_key!("period", Day "t.period_earliest", "t.period_latest"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Cadres communs", "共同文書", "Frameworks"],
        calendar_dates: &[CalendarDate::of_event("adopted", ["Adoption", "採択", "Adoption"])],
        ..FormatHints::DEFAULT
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

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(validation);
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let codes = [("category", self.category.code().into())];
        let dates =
            [date_columns!("adopted", self.adopted.as_ref()), date_columns!("period", self.period.as_ref())];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
