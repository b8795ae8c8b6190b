//! The table of the sessions, and what may be asked of it.

use super::Session;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Occasion, Outline};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{Audience, PartOfDay, SessionCategory, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Session {
    const KIND: Kind = Kind::Session;
    const ABOUT: &'static str =
        "The programme of the editions: ceremonies, round tables, workshops, visits, meals.";
    const ONE: &'static str = "Session";
    const TABLE: &'static str = "sessions";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/sessions.json");
    const DATED: Option<&'static str> = Some("date");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "rencontre",
            about: "The edition",
            test: Test::Refers(&[Kind::Rencontre], &["/rencontre"]),
        },
        Filter {
            name: "category",
            about: "What it is",
            test: Test::Code(SessionCategory::TERMS, "category"),
        },
        Filter {
            name: "part_of_day",
            about: "At what time of the day",
            test: Test::Code(PartOfDay::TERMS, "part_of_day"),
        },
        Filter { name: "audience", about: "For whom it is", test: Test::Code(Audience::TERMS, "audience") },
        filter::THEME,
        filter::SOURCE,
        Filter {
            name: "position",
            about: "Where it stands in the programme",
            test: Test::Number("position"),
        },
        Filter {
            name: "number",
            about: "Its number among those of its category",
            test: Test::Number("number"),
        },
        Filter { name: "date", about: "When it takes place", test: Test::Dates("date") },
    ];
    const SORTS: &'static [Sort] =
        &[sort!("position", Count "t.position"), sort!("date", Day "t.date_earliest", "t.date_latest")];
    const DEFAULT_SORT: &'static str = "position";
    const PARENT: Option<(Kind, &'static str)> = Some((Kind::Rencontre, "rencontre"));
    const OUTLINE: Outline = Outline {
        title: ["Séances des Rencontres", "会議プログラム", "Sessions of the Meetings"],
        class: "Event",
        occasions: &[Occasion::of("date")],
        about: &["description"],
        codes: &["part_of_day"],
        terms: &[("/rencontre", "schema:superEvent"), ("/place", "schema:location")],
        ..Outline::DEFAULT
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

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn check_among(&self, _id: Id, _facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(tx, checks)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [
            ("position", self.position.0.into()),
            ("category", self.category.code().into()),
            ("number", self.number.map(|number| number.0).into()),
            ("part_of_day", self.part_of_day.map(PartOfDay::code).into()),
            ("audience", self.audience.map(Audience::code).into()),
        ];
        columns.into_iter().chain(span!("date", self.date.as_ref())).collect()
    }
}
