//! Definition of the kind `Organisation`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Organisation;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::organisation::OrganisationCategory;
use crate::domain::vocabularies::role::Role;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::FormatHints;
use crate::kinds::validation::Validation;
use crate::kinds::validity::{self, ValidityRules};
use crate::store::projections::{ItemPeriod, RowValues, date_columns, sort_key_of};
use serde_json::{Value, json};

impl RecordType for Organisation {
    const KIND: Kind = Kind::Organisation;
    const DESCRIPTION: &'static str = "Bodies that are not local authorities: associations of authorities, support bodies, ministries, country groups, networks.";
    const SCHEMA_NAME: &'static str = "Organisation";
    const TABLE: &'static str = "organisations";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/organisations.json");
    const DATE_MEMBER: Option<&'static str> = Some("founded");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(OrganisationCategory::TERMS, "category"),
        },
        Filter {
            name: "country",
            description: "The country it belongs to",
            filter_type: FilterType::Code(Country::TERMS, "country"),
        },
        Filter {
            name: "focus_country",
            description: "The country it deals with",
            filter_type: FilterType::Code(Country::TERMS, "focus_country"),
        },
        Filter {
            name: "parent",
            description: "The organisation it is part of",
            filter_type: FilterType::Reference(&[Kind::Organisation], &["/parent"]),
        },
        Filter {
            name: "member",
            description: "An authority or organisation that belongs or belonged to it",
            filter_type: FilterType::Reference(&[Kind::Authority, Kind::Organisation], &["/members/member"]),
        },
        Filter {
            name: "role",
            description: "The part a member takes",
            filter_type: FilterType::Tag(Role::TERMS, &["/members/role"]),
        },
        Filter {
            name: "presidency",
            description: "An authority that presides or presided over it",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/presidencies/authority"]),
        },
        Filter {
            name: "person",
            description: "A person who presides or presided over it",
            filter_type: FilterType::Reference(&[Kind::Person], &["/presidencies/person"]),
        },
        filters::SOURCE,
        Filter {
            name: "founded",
            description: "When it was founded",
            filter_type: FilterType::PartialDate("founded"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("name.fr", Key "t.name_fr"),
        sort_key!("name.ja", Key "t.name_ja"),
        sort_key!("founded", Day "t.founded_earliest", "t.founded_latest"),
    ];
    const VALIDITY_RULES: Option<ValidityRules> = Some(ValidityRules {
        lists: &["members", "presidencies"],
        period: validity::item_period,
        condition: validity::any_item_valid,
    });
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Organismes", "団体", "Organisations"],
        schema_org_class: "Organization",
        summary_members: &["role", "objectives"],
        schema_org_terms: &[
            ("/parent", "schema:parentOrganization"),
            ("/members/member", "schema:member"),
            ("/founded", "schema:foundingDate"),
            ("/acronym", "schema:alternateName"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "japan-country-group"}],
            "category": "country_group",
            "name": {"fr": "Groupe-pays Japon", "ja": "国別グループ「日本」", "en": "Country group Japan"},
            "acronym": "GPJ",
            "aliases": [{"text": {"fr": "Groupe Japon"}, "until": {"edtf": "2013"}}],
            "country": "FR",
            "focus_country": "JP",
            "parent": {"id": "slug:cites-unies-france"},
            "founded": {"edtf": "2011-11-02"},
            "website": "https://cites-unies-france.org/",
            "role": {"fr": "Réunit les collectivités françaises engagées avec le Japon."},
            "objectives": [{"fr": "Partager les expériences de la coopération franco-japonaise."}],
            "members": [{
                "member": {"id": "insee_com:06029", "kind": "authority"},
                "role": "member",
                "since": {"edtf": "2012"},
                "until": {"edtf": "2032"}
            }],
            "presidencies": [{
                "authority": {"id": "insee_com:06029"},
                "person": {"id": "slug:camille-dupont"},
                "since": {"edtf": "2020-23"},
                "until": {"edtf": "2032"}
            }],
            "contact": {"role": {"fr": "Référent Japon"}, "url": "https://cites-unies-france.org/"},
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.name.clone()
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(validation);
    }

    fn validate_in_database(
        &self,
        id: Id,
        _context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        self.apply_database_rules(id, tx, validation)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns = [
            ("category", self.category.code().into()),
            ("country", self.country.map(Country::code).into()),
            ("focus_country", self.focus_country.map(Country::code).into()),
            ("name_fr", sort_key_of(name, "fr").into()),
            ("name_ja", sort_key_of(name, "ja").into()),
        ];
        columns.into_iter().chain(date_columns!("founded", self.founded.as_ref())).collect()
    }

    fn item_periods(&self) -> Vec<ItemPeriod> {
        let members = self.members.iter().map(|member| (member.since.as_ref(), member.until.as_ref()));
        let chairs = self.presidencies.iter().map(|term| (term.since.as_ref(), term.until.as_ref()));
        let mut terms = validity::collect_item_periods("/members", members);
        terms.extend(validity::collect_item_periods("/presidencies", chairs));
        terms
    }
}
