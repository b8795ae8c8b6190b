//! Definition of the kind `Source`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Source;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::citation::Reliability;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::gazetteer::official_record::{self, OfficialRecord};
use crate::kinds::definition::{RecordType, ReferenceNames};
use crate::kinds::filters::{Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::FormatHints;
use crate::store::projections::{RowValues, date_columns, sort_key_of};
use serde_json::{Value, json};

impl RecordType for Source {
    const KIND: Kind = Kind::Source;
    const DESCRIPTION: &'static str = "Documents that citations name: pages, reports, communiqués.";
    const SCHEMA_NAME: &'static str = "Source";
    const TABLE: &'static str = "sources";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/sources.json");
    const DATE_MEMBER: Option<&'static str> = Some("published");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "reliability",
            description: "How close to the fact",
            filter_type: FilterType::Code(Reliability::TERMS, "reliability"),
        },
        Filter {
            name: "published",
            description: "When it was published",
            filter_type: FilterType::PartialDate("published"),
        },
        Filter {
            name: "retrieved",
            description: "When it was read for the registry",
            filter_type: FilterType::PartialDate("retrieved"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("title.fr", Key "t.title_fr"),
        sort_key!("published", Day "t.published_earliest", "t.published_latest"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Sources", "出典", "Sources"],
        schema_org_class: "CreativeWork",
        summary_members: &["publisher"],
        schema_org_terms: &[
            ("/publisher", "schema:sourceOrganization"),
            ("/published", "schema:datePublished"),
            ("/languages", "schema:inLanguage"),
        ],
        ..FormatHints::DEFAULT
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

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn official_record(identifier: &Identifier) -> Option<OfficialRecord> {
        official_record::source_record(identifier)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns = [
            ("reliability", self.reliability.map(Reliability::code).into()),
            ("title_fr", sort_key_of(name, "fr").into()),
        ];
        let dates = [
            date_columns!("published", self.published.as_ref()),
            date_columns!("retrieved", self.retrieved.as_ref()),
        ];
        columns.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
