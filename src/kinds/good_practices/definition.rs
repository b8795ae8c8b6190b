//! Definition of the kind `GoodPractice`: names, filters, sort keys, columns, format hints, sample body.

use super::model::GoodPractice;
use crate::db::sql::SqlFragment;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::kinds::authorities::geo_filters;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns, sort_key_of};
use serde_json::{Value, json};

/// Its authority is on the coast, or not. Neither matches if the distance to the sea is unknown.
fn has_coastal_authority(expected: bool) -> SqlFragment {
    let by_authority = "t.id IN (SELECT from_record FROM refs WHERE pointer = '/authority' AND to_record IN ";
    SqlFragment::new(by_authority).append(geo_filters::coastal_ids(expected)).sql(")")
}

impl RecordType for GoodPractice {
    const KIND: Kind = Kind::GoodPractice;
    const DESCRIPTION: &'static str =
        "Sheets on policies that others may learn from, field by field as on the form « Bonne pratique ».";
    const SCHEMA_NAME: &'static str = "GoodPractice";
    const TABLE: &'static str = "good_practices";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const DATE_MEMBER: Option<&'static str> = Some("updated_on");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "authority",
            description: "The authority whose policy it is",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/authority"]),
        },
        filters::THEME,
        filters::SOURCE,
        Filter {
            name: "population",
            description: "How many people live there, as the sheet says",
            filter_type: FilterType::Number("population"),
        },
        Filter {
            name: "coastal",
            description: "Whether the seat of the authority is within 10 km of the sea, where that is known",
            filter_type: FilterType::Boolean(has_coastal_authority),
        },
        Filter {
            name: "updated_on",
            description: "When the sheet was last brought up to date",
            filter_type: FilterType::PartialDate("updated_on"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("title.fr", Key "t.title_fr"),
        sort_key!("population", Number "t.population"),
        sort_key!("updated_on", Day "t.updated_on_earliest", "t.updated_on_latest"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Bonnes pratiques", "優良事例", "Good practices"],
        map_geometry: MapGeometry::AuthorityPoints("/authority"),
        summary_members: &["key_points"],
        schema_org_terms: &[("/authority", "schema:author")],
        ..FormatHints::DEFAULT
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

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(validation);
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns = [
            ("title_fr", sort_key_of(name, "fr").into()),
            ("population", self.population.as_ref().map(|population| population.value.0).into()),
        ];
        columns.into_iter().chain(date_columns!("updated_on", self.updated_on.as_ref())).collect()
    }
}
