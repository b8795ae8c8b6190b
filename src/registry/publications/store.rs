//! The table of the publications, and what may be asked of it.

use super::Publication;
use crate::formats::Outline;
use crate::registry::Record;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::Names;
use crate::registry::store::{Columns, key};
use crate::vocabulary::codes::{PublicationCategory, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Publication {
    const KIND: Kind = Kind::Publication;
    const ABOUT: &'static str = "Dossiers, directories, guides and reports on the cooperation, by edition.";
    const ONE: &'static str = "Publication";
    const TABLE: &'static str = "publications";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/publications.json");
    const DATED: Option<&'static str> = Some("published");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            about: "What it is",
            test: Test::Code(PublicationCategory::TERMS, "category"),
        },
        Filter {
            name: "publisher",
            about: "Who publishes it",
            test: Test::Refers(&[Kind::Organisation], &["/publisher"]),
        },
        filter::SOURCE,
        Filter { name: "published", about: "When it was published", test: Test::Dates("published") },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("title.fr", Key "t.title_fr"),
        sort!("published", Day "t.published_earliest", "t.published_latest"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Publications", "刊行物", "Publications"],
        about: &["edition"],
        terms: &[
            ("/publisher", "schema:publisher"),
            ("/published", "schema:datePublished"),
            ("/languages", "schema:inLanguage"),
        ],
        ..Outline::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "guide-france-japan-2025"}],
            "category": "guide",
            "title": {"fr": "Guide de la coopération franco-japonaise", "ja": "日仏自治体交流の手引き"},
            "publisher": {"id": "slug:cites-unies-france"},
            "edition": {"fr": "deuxième édition"},
            "published": {"edtf": "2025-03"},
            "languages": ["fr", "ja"],
            "url": "https://cites-unies-france.org/",
            "citations": []
        })
    }

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [("category", self.category.code().into()), ("title_fr", key(name, "fr").into())];
        columns.into_iter().chain(span!("published", self.published.as_ref())).collect()
    }
}
