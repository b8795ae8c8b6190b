//! The table of the frameworks, and what may be asked of it; and the activities recorded under themes.

use super::Framework;
use crate::db::paging::Statement;
use crate::db::schema::frameworks;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::formats::{Occasion, Outline};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::span;
use crate::registry::{Checks, Record};
use crate::sort;
use crate::vocabulary::codes::{FrameworkCategory, Theme, Vocabulary as _};
use crate::vocabulary::state::StateCode;
use crate::vocabulary::{Kind, PartialDate, Text};
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;
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

    fn project(&self, id: Id, _name: &Text, tx: &mut Conn) -> Outcome<()> {
        let (adopted, period) = (span(self.adopted.as_ref()), span(self.period.as_ref()));
        let row = (
            frameworks::id.eq(id),
            frameworks::category.eq(self.category.code()),
            frameworks::adopted.eq(adopted.text),
            frameworks::adopted_earliest.eq(adopted.earliest),
            frameworks::adopted_latest.eq(adopted.latest),
            frameworks::period.eq(period.text),
            frameworks::period_earliest.eq(period.earliest),
            frameworks::period_latest.eq(period.latest),
        );
        diesel::insert_into(frameworks::table).values(row).execute(tx)?;
        Ok(())
    }
}

/// The kinds that are activities, and the columns that date them: a date, its first and its last possible day.
/// A relation lasts, so it is dated from its beginning to its end.
const ACTIVITIES: [(Kind, [&str; 3]); 7] = [
    (Kind::Partnership, ["since", "since_earliest", "until_latest"]),
    (Kind::Memorandum, ["signed", "signed_earliest", "signed_latest"]),
    (Kind::Visit, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Rencontre, ["dates", "dates_earliest", "dates_latest"]),
    (Kind::Session, ["date", "date_earliest", "date_latest"]),
    (Kind::GoodPractice, ["updated_on", "updated_on_earliest", "updated_on_latest"]),
    (Kind::Event, ["dates", "dates_earliest", "dates_latest"]),
];

/// The kinds that are activities.
pub(super) fn kinds() -> impl Iterator<Item = Kind> {
    ACTIVITIES.into_iter().map(|(kind, _)| kind)
}

/// The activities recorded under these themes, themselves and no narrower ones: theme, kind and id of each. An event
/// has no themes: those of what it follows from are its own. With a period, only what is possibly dated within.
pub(super) fn activities(
    tx: &mut Conn,
    themes: &[&'static str],
    period: Option<&PartialDate>,
) -> QueryResult<Vec<(String, String, Id)>> {
    let of_kind = |(kind, [date, first, last]): (Kind, [&str; 3])| {
        let (name, table) = (kind.as_str(), kind.shelf().table());
        let (join, bearer) = match kind {
            Kind::Event => (" JOIN refs f ON f.from_record = t.id AND f.pointer = '/follows'", "f.to_record"),
            _ => ("", "t.id"),
        };
        let codes = themes.iter().map(|theme| Bind::Text((*theme).into()));
        let found = Clause::new(format!(
            "SELECT g.code, CAST('{name}' AS TEXT), t.id FROM {table} t{join} \
             JOIN tags g ON g.record_id = {bearer} AND g.pointer = '/themes' WHERE g.code IN "
        ));
        let found = found.list(codes);
        let Some(period) = period else { return found };
        found
            .sql(format!(" AND t.{date} IS NOT NULL AND COALESCE(t.{first}, '') <= "))
            .text(period.latest().unwrap_or_else(|| "~".into()))
            .sql(format!(" AND COALESCE(t.{last}, '~') >= "))
            .text(period.earliest().unwrap_or_default())
    };
    let mut all = Clause::default();
    for (index, activity) in ACTIVITIES.into_iter().enumerate() {
        all = if index == 0 { all } else { all.sql(" UNION ALL ") }.then(of_kind(activity));
    }
    Statement::<(SqlText, SqlText, Guid)>::new(all).load(tx)
}
