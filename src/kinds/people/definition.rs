//! Definition of the kind `Person`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Person;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::role::Role;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::FormatHints;
use crate::kinds::validation::Validation;
use crate::kinds::validity::{self, ValidityRules};
use crate::store::projections::{ItemPeriod, RowValues, sort_key_of};
use serde_json::{Value, json};

impl RecordType for Person {
    const KIND: Kind = Kind::Person;
    const DESCRIPTION: &'static str = "Holders of public office who sign, lead or receive; no private data.";
    const SCHEMA_NAME: &'static str = "Person";
    const TABLE: &'static str = "people";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/people.json");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "role",
            description: "An office held, now or ever",
            filter_type: FilterType::Tag(Role::TERMS, &["/mandates/role"]),
        },
        Filter {
            name: "holder",
            description: "The authority or organisation where an office is held",
            filter_type: FilterType::Reference(&[Kind::Authority, Kind::Organisation], &["/mandates/holder"]),
        },
        filters::SOURCE,
    ];
    const SORT_KEYS: &'static [SortKey] =
        &[sort_key!("name.fr", Key "t.name_fr"), sort_key!("name.ja", Key "t.name_ja")];
    const VALIDITY_RULES: Option<ValidityRules> = Some(ValidityRules {
        lists: &["mandates"],
        period: validity::item_period,
        condition: validity::any_item_valid,
    });
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Personnes", "人物", "People"],
        schema_org_class: "Person",
        schema_org_terms: &[
            ("/mandates/holder", "schema:affiliation"),
            ("/mandates/title", "schema:jobTitle"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "camille-dupont"}],
            "name": {"fr": "Camille Dupont", "ja": "カミーユ・デュポン", "en": "Camille Dupont"},
            "aliases": [{"text": {"fr": "Camille Martin"}, "until": {"edtf": "2009"}}],
            "mandates": [{
                "role": "deputy_mayor",
                "title": {"fr": "adjointe au maire, déléguée aux relations internationales", "ja": "国際関係担当副市長"},
                "holder": {"id": "insee_com:06029", "kind": "authority"},
                "since": {"edtf": "2014-04"},
                "until": {"edtf": "2032"},
                "as_of": {"edtf": "2024-11-18"}
            }],
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.name.clone()
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        validation.require_periods_in_order(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        validation.require_periods_in_order(
            "/mandates",
            self.mandates.iter().map(|mandate| (mandate.since.as_ref(), mandate.until.as_ref())),
        );
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        vec![("name_fr", sort_key_of(name, "fr").into()), ("name_ja", sort_key_of(name, "ja").into())]
    }

    fn item_periods(&self) -> Vec<ItemPeriod> {
        let periods = self.mandates.iter().map(|mandate| (mandate.since.as_ref(), mandate.until.as_ref()));
        validity::collect_item_periods("/mandates", periods)
    }
}
