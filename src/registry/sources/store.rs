//! The table of the documents.

use super::Source;
use crate::formats::Outline;
use crate::gazetteer;
use crate::registry::Record;
use crate::registry::filter::{Filter, Sort, Test};
use crate::registry::shelf::{Known, Names};
use crate::registry::store::{Columns, key};
use crate::vocabulary::codes::{Reliability, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Source {
    const KIND: Kind = Kind::Source;
    const ABOUT: &'static str = "Documents that citations name: pages, reports, communiqués.";
    const ONE: &'static str = "Source";
    const TABLE: &'static str = "sources";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/sources.json");
    const DATED: Option<&'static str> = Some("published");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "reliability",
            about: "How close to the fact",
            test: Test::Code(Reliability::TERMS, "reliability"),
        },
        Filter { name: "published", about: "When it was published", test: Test::Dates("published") },
        Filter {
            name: "retrieved",
            about: "When it was read for the registry",
            test: Test::Dates("retrieved"),
        },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("title.fr", Key "t.title_fr"),
        sort!("published", Day "t.published_earliest", "t.published_latest"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Sources", "出典", "Sources"],
        class: "CreativeWork",
        about: &["publisher"],
        terms: &[
            ("/publisher", "schema:sourceOrganization"),
            ("/published", "schema:datePublished"),
            ("/languages", "schema:inLanguage"),
        ],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "clair-paris-8th-meetings"}],
            "title": {"fr": "Les 8e Rencontres franco-japonaises de la coopération décentralisée accueillies à Shizuoka"},
            "publisher": {"fr": "CLAIR Paris"},
            "url": "https://www.clairparis.org/",
            "languages": ["fr"],
            "published": {"edtf": "2024"},
            "retrieved": {"edtf": "2026-11"},
            "sha256": "a7836415c98d7e95a7836415c98d7e95a7836415c98d7e95a7836415c98d7e95",
            "reliability": "official",
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn known(identifier: &Identifier) -> Option<Known> {
        gazetteer::source(identifier)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [
            ("reliability", self.reliability.map(Reliability::code).into()),
            ("title_fr", key(name, "fr").into()),
        ];
        let dates =
            [span!("published", self.published.as_ref()), span!("retrieved", self.retrieved.as_ref())];
        columns.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
