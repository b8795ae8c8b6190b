//! Definition of the kind `Event`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Event;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::visit::EventCategory;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints};
use crate::store::projections::{RowValues, date_columns};
use serde_json::{Value, json};

impl RecordType for Event {
    const KIND: Kind = Kind::Event;
    const DESCRIPTION: &'static str =
        "Meetings, seminars, ceremonies and other dated events beside visits and editions.";
    const SCHEMA_NAME: &'static str = "Event";
    const TABLE: &'static str = "events";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/events.json");
    const DATE_MEMBER: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(EventCategory::TERMS, "category"),
        },
        Filter {
            name: "organiser",
            description: "An authority or organisation that organises it",
            filter_type: FilterType::Reference(&[Kind::Authority, Kind::Organisation], &["/organisers"]),
        },
        Filter {
            name: "participant",
            description: "An authority, organisation or person that takes part",
            filter_type: FilterType::Reference(
                &[Kind::Authority, Kind::Organisation, Kind::Person],
                &["/participants"],
            ),
        },
        Filter {
            name: "follows",
            description: "The text, visit or edition that it follows from",
            filter_type: FilterType::Reference(
                &[Kind::Memorandum, Kind::Visit, Kind::Rencontre],
                &["/follows"],
            ),
        },
        filters::SOURCE,
        Filter {
            name: "dates",
            description: "When it takes place",
            filter_type: FilterType::PartialDate("dates"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[sort_key!("dates", Day "t.dates_earliest", "t.dates_latest")];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Événements", "行事", "Events"],
        schema_org_class: "Event",
        calendar_dates: &[CalendarDate::of_record("dates")],
        summary_members: &["topic"],
        schema_org_terms: &[("/organisers", "schema:organizer"), ("/participants", "schema:attendee")],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "cannes-film-evening-2025"}],
            "category": "cultural_event",
            "title": {"fr": "Soirée du cinéma japonais à Cannes", "ja": "カンヌ日本映画の夕べ"},
            "dates": {"edtf": "2025-05-20"},
            "organisers": [{"id": "insee_com:06029", "kind": "authority"}],
            "topic": {"fr": "Le cinéma de Shizuoka"},
            "participants": [{"id": "slug:camille-dupont", "kind": "person"}],
            "follows": {"id": "number:8", "kind": "rencontre"},
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let codes = [("category", self.category.code().into())];
        codes.into_iter().chain(date_columns!("dates", Some(&self.dates))).collect()
    }
}
