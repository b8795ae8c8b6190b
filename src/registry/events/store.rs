//! The table of the events, and what may be asked of it.

use super::Event;
use crate::formats::{Occasion, Outline};
use crate::registry::Record;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::Names;
use crate::registry::store::Columns;
use crate::vocabulary::codes::{EventCategory, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Event {
    const KIND: Kind = Kind::Event;
    const ABOUT: &'static str =
        "Meetings, seminars, ceremonies and other dated events beside visits and editions.";
    const ONE: &'static str = "Event";
    const TABLE: &'static str = "events";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/events.json");
    const DATED: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter { name: "category", about: "What it is", test: Test::Code(EventCategory::TERMS, "category") },
        Filter {
            name: "organiser",
            about: "An authority or organisation that organises it",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/organisers"]),
        },
        Filter {
            name: "participant",
            about: "An authority, organisation or person that takes part",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation, Kind::Person], &["/participants"]),
        },
        Filter {
            name: "follows",
            about: "The text, visit or edition that it follows from",
            test: Test::Refers(&[Kind::Memorandum, Kind::Visit, Kind::Rencontre], &["/follows"]),
        },
        filter::SOURCE,
        Filter { name: "dates", about: "When it takes place", test: Test::Dates("dates") },
    ];
    const SORTS: &'static [Sort] = &[sort!("dates", Day "t.dates_earliest", "t.dates_latest")];
    const OUTLINE: Outline = Outline {
        title: ["Événements", "行事", "Events"],
        class: "Event",
        occasions: &[Occasion::of("dates")],
        about: &["topic"],
        terms: &[("/organisers", "schema:organizer"), ("/participants", "schema:attendee")],
        ..Outline::DEFAULT
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

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let codes = [("category", self.category.code().into())];
        codes.into_iter().chain(span!("dates", Some(&self.dates))).collect()
    }
}
