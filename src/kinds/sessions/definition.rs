//! Definition of the kind `Session`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Session;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::rencontre::{Audience, PartOfDay, SessionCategory};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use serde_json::{Value, json};

impl RecordType for Session {
    const KIND: Kind = Kind::Session;
    const DESCRIPTION: &'static str =
        "The programme of the editions: ceremonies, round tables, workshops, visits, meals.";
    const SCHEMA_NAME: &'static str = "Session";
    const TABLE: &'static str = "sessions";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/sessions.json");
    const DATE_MEMBER: Option<&'static str> = Some("date");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "rencontre",
            description: "The edition",
            filter_type: FilterType::Reference(&[Kind::Rencontre], &["/rencontre"]),
        },
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(SessionCategory::TERMS, "category"),
        },
        Filter {
            name: "part_of_day",
            description: "At what time of the day",
            filter_type: FilterType::Code(PartOfDay::TERMS, "part_of_day"),
        },
        Filter {
            name: "audience",
            description: "For whom it is",
            filter_type: FilterType::Code(Audience::TERMS, "audience"),
        },
        filters::THEME,
        filters::SOURCE,
        Filter {
            name: "position",
            description: "Where it stands in the programme",
            filter_type: FilterType::Number("position"),
        },
        Filter {
            name: "number",
            description: "Its number among those of its category",
            filter_type: FilterType::Number("number"),
        },
        Filter {
            name: "date",
            description: "When it takes place",
            filter_type: FilterType::PartialDate("date"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("position", Count "t.position"),
        sort_key!("date", Day "t.date_earliest", "t.date_latest"),
    ];
    const DEFAULT_SORT: &'static str = "position";
    const PARENT: Option<(Kind, &'static str)> = Some((Kind::Rencontre, "rencontre"));
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Séances des Rencontres", "会議プログラム", "Sessions of the Meetings"],
        schema_org_class: "Event",
        calendar_dates: &[CalendarDate::of_record("date")],
        summary_members: &["description"],
        title_code_members: &["part_of_day"],
        schema_org_terms: &[("/rencontre", "schema:superEvent"), ("/place", "schema:location")],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "shizuoka-2024-workshop-1"}],
            "rencontre": {"id": "number:8"},
            "position": 12,
            "category": "workshop",
            "title": {"fr": "Atelier 1 : économie", "ja": "第1分科会 経済", "en": "Workshop 1: economy"},
            "number": 1,
            "date": {"edtf": "2024-11-20"},
            "part_of_day": "afternoon",
            "place": {"fr": "Hôtel Nihondaira", "ja": "日本平ホテル"},
            "audience": "all",
            "themes": ["economy", "local_economy"],
            "description": {"fr": "Comment les territoires tirent parti de leurs ressources."},
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn validate_in_database(
        &self,
        _id: Id,
        _context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        self.apply_database_rules(tx, validation)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns = [
            ("position", self.position.0.into()),
            ("category", self.category.code().into()),
            ("number", self.number.map(|number| number.0).into()),
            ("part_of_day", self.part_of_day.map(PartOfDay::code).into()),
            ("audience", self.audience.map(Audience::code).into()),
        ];
        columns.into_iter().chain(date_columns!("date", self.date.as_ref())).collect()
    }
}
