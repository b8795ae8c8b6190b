//! The table of the good practices, and what may be asked of it.

use super::GoodPractice;
use crate::db::sql::Clause;
use crate::formats::{Outline, Shape};
use crate::registry::authorities;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::{Columns, key};
use crate::registry::{Checks, Record};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

/// Its authority is on the coast, or known to be elsewhere.
fn coastal(yes: bool) -> Clause {
    let about = "t.id IN (SELECT from_record FROM refs WHERE pointer = '/authority' AND to_record IN ";
    Clause::new(about).then(authorities::coastal_among(yes)).sql(")")
}

impl Record for GoodPractice {
    const KIND: Kind = Kind::GoodPractice;
    const ABOUT: &'static str =
        "Sheets on policies that others may learn from, field by field as on the form « Bonne pratique ».";
    const ONE: &'static str = "GoodPractice";
    const TABLE: &'static str = "good_practices";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const DATED: Option<&'static str> = Some("updated_on");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "authority",
            about: "The authority whose policy it is",
            test: Test::Refers(&[Kind::Authority], &["/authority"]),
        },
        filter::THEME,
        filter::SOURCE,
        Filter {
            name: "population",
            about: "How many people live there, as the sheet says",
            test: Test::Number("population"),
        },
        Filter {
            name: "coastal",
            about: "Whether the seat of the authority is within 10 km of the sea, where that is known",
            test: Test::Flag(coastal),
        },
        Filter {
            name: "updated_on",
            about: "When the sheet was last brought up to date",
            test: Test::Dates("updated_on"),
        },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("title.fr", Key "t.title_fr"),
        sort!("population", Number "t.population"),
        sort!("updated_on", Day "t.updated_on_earliest", "t.updated_on_latest"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Bonnes pratiques", "優良事例", "Good practices"],
        shape: Shape::At("/authority"),
        about: &["key_points"],
        terms: &[("/authority", "schema:author")],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "shizuoka-flood-basins"}],
            "authority": {"id": "dantai:221007"},
            "title": {"fr": "Un bassin de crue ouvert à tous", "ja": "誰もが憩える遊水地", "en": "A flood basin open to all"},
            "themes": ["disaster_risk_prevention", "inclusion"],
            "population": {"value": 693_389, "as_of": {"edtf": "2020-10-01"}, "qualifier": "exact"},
            "website": "https://www.city.shizuoka.lg.jp/",
            "map_url": "https://www.openstreetmap.org/#map=12/34.9756/138.3828",
            "contact": {"role": {"fr": "Service des relations internationales", "ja": "国際交流課"}, "url": "https://www.city.shizuoka.lg.jp/"},
            "key_points": [{"fr": "Le bassin retient les crues et sert de parc accessible le reste de l'année."}],
            "updated_on": {"edtf": "2024-11"},
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(checks);
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [
            ("title_fr", key(name, "fr").into()),
            ("population", self.population.as_ref().map(|population| population.value.0).into()),
        ];
        columns.into_iter().chain(span!("updated_on", self.updated_on.as_ref())).collect()
    }
}
