//! Definition of the kind `PartnerRequest`: names, filters, sort keys, columns, format hints, sample body.

use super::model::PartnerRequest;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use serde_json::{Value, json};

impl RecordType for PartnerRequest {
    const KIND: Kind = Kind::PartnerRequest;
    const DESCRIPTION: &'static str = "Authorities that look for a partner in the other country.";
    const SCHEMA_NAME: &'static str = "PartnerRequest";
    const TABLE: &'static str = "partner_requests";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const DATE_MEMBER: Option<&'static str> = Some("opened");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "authority",
            description: "The authority that looks for a partner",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/authority"]),
        },
        Filter {
            name: "wanted_country",
            description: "The country in which it looks",
            filter_type: FilterType::Code(Country::TERMS, "wanted_country"),
        },
        filters::THEME,
        filters::SOURCE,
        Filter {
            name: "opened",
            description: "Since when it looks",
            filter_type: FilterType::PartialDate("opened"),
        },
        Filter {
            name: "closed",
            description: "Until when it looked",
            filter_type: FilterType::PartialDate("closed"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("opened", Day "t.opened_earliest", "t.opened_latest"),
        sort_key!("closed", Day "t.closed_earliest", "t.closed_latest"),
    ];
    const HAS_LABEL_FROM_REFS: bool = true;
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Recherches de partenaire", "提携希望", "Partner requests"],
        schema_org_class: "Demand",
        map_geometry: MapGeometry::AuthorityPoints("/authority"),
        schema_org_terms: &[("/authority", "schema:seller")],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "shizuoka-seeks-2025"}],
            "authority": {"id": "dantai:221007"},
            "wanted_country": "FR",
            "themes": ["agriculture", "crafts"],
            "text": {"fr": "Shizuoka cherche une ville de vignerons pour un échange sur le thé et le vin.", "ja": "茶とワインの交流を望む。"},
            "opened": {"edtf": "2025-04-01"},
            "closed": {"edtf": "2027-03"},
            "citations": []
        })
    }

    fn name(&self, names: &ReferenceNames) -> Text {
        let authority = names.get(self.authority.id());
        let authority_name = |language| authority.map_or("", |name| name.in_language(language));
        let [fr, ja, en] = Language::ALL.map(authority_name);
        let (there, [_, country_ja, country_en]) = match self.wanted_country {
            Country::France => ("en France", Country::France.term().label),
            Country::Japan => ("au Japon", Country::Japan.term().label),
        };
        Text::from_pairs(&[
            ("fr", &format!("{fr} : partenaire recherché {there}")),
            ("ja", &format!("{ja}：{country_ja}の提携先を希望")),
            ("en", &format!("{en}: partner wanted in {country_en}")),
        ])
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(validation);
    }

    fn validate_in_database(
        &self,
        _id: Id,
        _context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        self.apply_database_rules(tx, validation)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let codes = [("wanted_country", self.wanted_country.code().into())];
        let dates =
            [date_columns!("opened", self.opened.as_ref()), date_columns!("closed", self.closed.as_ref())];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
