//! Definition of the kind `Partnership`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Partnership;
use super::validity;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::AuthorityLevel;
use crate::domain::vocabularies::partnership::{PartnershipCategory, PartnershipStatus, SinceBasis};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::authorities::geo_filters;
use crate::kinds::definition::{DerivedMember, RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::kinds::validity::ValidityRules;
use crate::store::projections::{RowValues, date_columns, sort_key_of};
use serde_json::{Value, json};

/// Start of a condition on the references `p` of the partnership.
const HAS_PARTY: &str = "t.id IN (SELECT p.from_record FROM refs p";

/// A party is one of these authorities, or below one of them at any depth.
fn has_party_within(authorities: SqlFragment) -> SqlFragment {
    SqlFragment::new(HAS_PARTY)
        .sql(" WHERE p.pointer = '/parties/authority' AND p.to_record IN (WITH RECURSIVE below(id) AS (SELECT id FROM records WHERE id IN ")
        .append(authorities)
        .sql(" UNION SELECT r.from_record FROM refs r JOIN below b ON r.to_record = b.id AND r.pointer = '/parent') SELECT id FROM below))")
}

/// A party is of one of these levels.
fn has_party_of_level(levels: Vec<BindValue>) -> SqlFragment {
    SqlFragment::new(HAS_PARTY)
        .sql(" JOIN authorities a ON a.id = p.to_record WHERE p.pointer = '/parties/authority' AND a.level IN ")
        .bind_list(levels)
        .sql(")")
}

/// A party fulfils a condition on its row `a` of the table `authorities`.
fn has_party_located(condition: Option<SqlFragment>) -> Option<SqlFragment> {
    let party = " JOIN authorities a ON a.id = p.to_record WHERE p.pointer = '/parties/authority' AND ";
    Some(SqlFragment::new(HAS_PARTY).sql(party).append(condition?).sql(")"))
}

impl RecordType for Partnership {
    const KIND: Kind = Kind::Partnership;
    const DESCRIPTION: &'static str =
        "Lasting relations between local authorities of France and Japan, whatever the two sides call them.";
    const SCHEMA_NAME: &'static str = "Partnership";
    const TABLE: &'static str = "partnerships";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/partnerships.json");
    const DATE_MEMBER: Option<&'static str> = Some("since");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What the two sides call it",
            filter_type: FilterType::Code(PartnershipCategory::TERMS, "category"),
        },
        Filter {
            name: "status",
            description: "How it stands",
            filter_type: FilterType::Code(PartnershipStatus::TERMS, "status"),
        },
        Filter {
            name: "since_basis",
            description: "What its date is the date of",
            filter_type: FilterType::Code(SinceBasis::TERMS, "since_basis"),
        },
        filters::THEME,
        Filter {
            name: "authority",
            description: "A party",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/parties/authority"]),
        },
        Filter {
            name: "region",
            description: "A French region or Japanese prefecture at or above a party",
            filter_type: FilterType::Records(&[Kind::Authority], has_party_within),
        },
        Filter {
            name: "level",
            description: "The level of a party",
            filter_type: FilterType::Codes(AuthorityLevel::TERMS, has_party_of_level),
        },
        Filter {
            name: "near",
            description: "A party within a distance of a place: `latitude,longitude,kilometres`",
            filter_type: FilterType::NumberTuple(3, geo_filters::NEAR_FORMAT, |numbers| {
                has_party_located(geo_filters::within_distance("a", numbers))
            }),
        },
        Filter {
            name: "bbox",
            description: "A party inside a box: `west,south,east,north` in degrees",
            filter_type: FilterType::NumberTuple(4, geo_filters::BBOX_FORMAT, |numbers| {
                has_party_located(geo_filters::within_bbox("a", numbers))
            }),
        },
        filters::SOURCE,
        Filter {
            name: "since",
            description: "Since when it exists",
            filter_type: FilterType::PartialDate("since"),
        },
        Filter {
            name: "until",
            description: "Until when it existed",
            filter_type: FilterType::PartialDate("until"),
        },
        Filter {
            name: "last_activity",
            description: "When something was last done",
            filter_type: FilterType::PartialDate("last_activity"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("since", Day "t.since_earliest", "t.since_latest"),
        sort_key!("label.fr", Key "t.label_fr"),
    ];
    const HAS_LABEL_FROM_REFS: bool = true;
    const VALIDITY_RULES: Option<ValidityRules> = Some(validity::VALIDITY_RULES);
    const DERIVED_MEMBERS: &'static [DerivedMember] = &[DerivedMember {
        name: "holds",
        description: "Whether it held on the day of `valid_on`: `yes`, `possible` or `no`; only in answers to that parameter.",
        schema: "string",
        example: Some("\"possible\""),
        is_always_present: false,
    }];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Partenariats", "自治体間提携", "Partnerships"],
        schema_org_class: "Intangible",
        map_geometry: MapGeometry::PartnerLines("/parties/authority"),
        summary_members: &["summary", "history"],
        schema_org_terms: &[
            ("/parties/authority", "schema:participant"),
            ("/since", "schema:startDate"),
            ("/until", "schema:endDate"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "cannes-shizuoka"}],
            "category": "twinning",
            "status": "active",
            "status_reason": {"fr": "Citée au présent par Cités Unies France"},
            "parties": [
                {"authority": {"id": "insee_com:06029"}, "role": "lead"},
                {"authority": {"id": "dantai:221007"}, "role": "lead"}
            ],
            "since": {"edtf": "1991"},
            "since_basis": "stated_year_only",
            "until": {"edtf": "2031"},
            "last_activity": {"edtf": "2024-11"},
            "themes": ["culture", "tourism"],
            "name": {"fr": "Jumelage Cannes – Shizuoka", "ja": "カンヌ・静岡姉妹都市提携"},
            "summary": {"fr": "Deux villes de bord de mer."},
            "history": {"fr": "Née d'échanges autour du cinéma."},
            "clair_criteria": {"signed_by_heads": "yes", "not_field_limited": "yes", "assembly_approved": "unknown"},
            "citations": []
        })
    }

    fn name(&self, names: &ReferenceNames) -> Text {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let party_names = |language: Language| {
            let parties = self.parties.iter().filter_map(|party| names.get(party.authority.id()));
            parties.map(|name| name.in_language(language)).collect::<Vec<_>>().join(" – ")
        };
        let [fr, ja, en] = Language::ALL.map(party_names);
        Text::from_pairs(&[("fr", &fr), ("ja", &ja), ("en", &en)])
    }

    fn validate(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(context, validation);
    }

    fn validate_in_database(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        self.apply_database_rules(id, context, tx, validation)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let columns = [
            ("category", self.category.code().into()),
            ("status", self.status.code().into()),
            ("since_basis", self.since_basis.map(SinceBasis::code).into()),
            ("label_fr", sort_key_of(name, "fr").into()),
            ("parties", self.party_set_key().into()),
            ("open", i64::from(self.is_open()).into()),
        ];
        let dates = [
            date_columns!("since", self.since.as_ref()),
            date_columns!("until", self.until.as_ref()),
            date_columns!("last_activity", self.last_activity.as_ref()),
        ];
        columns.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
