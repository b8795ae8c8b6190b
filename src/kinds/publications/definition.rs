//! Definition of the kind `Publication`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Publication;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::publication::PublicationCategory;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::FormatHints;
use crate::store::projections::{RowValues, date_columns, sort_key_of};
use serde_json::{Value, json};

impl RecordType for Publication {
    const KIND: Kind = Kind::Publication;
    const DESCRIPTION: &'static str =
        "Dossiers, directories, guides and reports on the cooperation, by edition.";
    const SCHEMA_NAME: &'static str = "Publication";
    const TABLE: &'static str = "publications";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/publications.json");
    const DATE_MEMBER: Option<&'static str> = Some("published");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(PublicationCategory::TERMS, "category"),
        },
        Filter {
            name: "publisher",
            description: "Who publishes it",
            filter_type: FilterType::Reference(&[Kind::Organisation], &["/publisher"]),
        },
        filters::SOURCE,
        Filter {
            name: "published",
            description: "When it was published",
            filter_type: FilterType::PartialDate("published"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("title.fr", Key "t.title_fr"),
        sort_key!("published", Day "t.published_earliest", "t.published_latest"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Publications", "刊行物", "Publications"],
        summary_members: &["edition"],
        schema_org_terms: &[
            ("/publisher", "schema:publisher"),
            ("/published", "schema:datePublished"),
            ("/languages", "schema:inLanguage"),
        ],
        ..FormatHints::DEFAULT
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

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns =
            [("category", self.category.code().into()), ("title_fr", sort_key_of(name, "fr").into())];
        columns.into_iter().chain(date_columns!("published", self.published.as_ref())).collect()
    }
}
