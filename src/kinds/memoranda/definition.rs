//! Definition of the kind `Memorandum`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Memorandum;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::SqlFragment;
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::partnership::{
    FollowUpCategory, FollowUpStatus, MemorandumCategory, MemorandumStatus,
};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use jiff::civil::Date;
use serde_json::{Value, json};

/// It may expire in this period and is neither expired, renewed nor terminated, or one of its follow-ups is
/// planned.
fn is_due(first: Date, last: Date) -> SqlFragment {
    SqlFragment::new("((t.expires IS NOT NULL AND t.status NOT IN ('expired', 'renewed', 'terminated')")
        .sql(" AND COALESCE(t.expires_earliest, '') <= ")
        .bind_text(last.to_string())
        .sql(" AND COALESCE(t.expires_latest, '~') >= ")
        .bind_text(first.to_string())
        .sql(") OR t.id IN (SELECT record_id FROM tags WHERE pointer = '/follow_ups/status' AND code = 'planned'))")
}

impl RecordType for Memorandum {
    const KIND: Kind = Kind::Memorandum;
    const DESCRIPTION: &'static str =
        "Signed texts of every form, with their parties, signatories and follow-ups.";
    const SCHEMA_NAME: &'static str = "Memorandum";
    const TABLE: &'static str = "memoranda";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/memoranda.json");
    const DATE_MEMBER: Option<&'static str> = Some("signed");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What the parties call it",
            filter_type: FilterType::Code(MemorandumCategory::TERMS, "category"),
        },
        Filter {
            name: "status",
            description: "How it stands",
            filter_type: FilterType::Code(MemorandumStatus::TERMS, "status"),
        },
        Filter {
            name: "partnership",
            description: "The relation it belongs to",
            filter_type: FilterType::Reference(&[Kind::Partnership], &["/partnership"]),
        },
        Filter {
            name: "party",
            description: "An authority or organisation that it binds",
            filter_type: FilterType::Reference(&[Kind::Authority, Kind::Organisation], &["/parties/party"]),
        },
        Filter {
            name: "authority",
            description: "An authority that it binds",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/parties/party"]),
        },
        Filter {
            name: "renewal_of",
            description: "The text that it renews",
            filter_type: FilterType::Reference(&[Kind::Memorandum], &["/renewal_of"]),
        },
        Filter {
            name: "person",
            description: "A person who signed",
            filter_type: FilterType::Reference(&[Kind::Person], &["/signatories/person"]),
        },
        filters::THEME,
        Filter {
            name: "follow_up_category",
            description: "What a follow-up is",
            filter_type: FilterType::Tag(FollowUpCategory::TERMS, &["/follow_ups/category"]),
        },
        Filter {
            name: "follow_up_status",
            description: "How a follow-up stands",
            filter_type: FilterType::Tag(FollowUpStatus::TERMS, &["/follow_ups/status"]),
        },
        filters::SOURCE,
        Filter {
            name: "signed",
            description: "When it was signed",
            filter_type: FilterType::PartialDate("signed"),
        },
        Filter {
            name: "in_force_from",
            description: "From when it is in force",
            filter_type: FilterType::PartialDate("in_force_from"),
        },
        Filter {
            name: "expires",
            description: "Until when it is in force",
            filter_type: FilterType::PartialDate("expires"),
        },
        Filter {
            name: "due_within",
            description: "It may expire in this period, unless it is renewed or terminated, or a follow-up is planned and not done",
            filter_type: FilterType::PeriodFromToday(is_due),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("signed", Day "t.signed_earliest", "t.signed_latest"),
        sort_key!("expires", Day "t.expires_earliest", "t.expires_latest"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Textes signés", "調印文書", "Memoranda"],
        schema_org_class: "CreativeWork",
        calendar_dates: &[
            CalendarDate::of_event("signed", ["Signature", "調印", "Signature"]),
            CalendarDate::of_event("expires", ["Échéance", "期限", "Expiry"]),
        ],
        summary_members: &["summary", "purposes"],
        schema_org_terms: &[
            ("/parties/party", "schema:contributor"),
            ("/signatories/person", "schema:author"),
            ("/partnership", "schema:about"),
            ("/signed", "schema:dateCreated"),
            ("/expires", "schema:expires"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "cannes-shizuoka-renewal"}],
            "category": "renewal",
            "title": {"fr": "Renouvellement du jumelage entre Cannes et Shizuoka", "ja": "カンヌ市・静岡市姉妹都市提携の再調印"},
            "status": "in_force",
            "partnership": {"id": "slug:cannes-shizuoka"},
            "parties": [
                {"party": {"id": "insee_com:06029", "kind": "authority"}},
                {"party": {"id": "dantai:221007", "kind": "authority"}}
            ],
            "signed": {"edtf": "2021-11-05"},
            "place": {"fr": "Hôtel de ville de Cannes"},
            "in_force_from": {"edtf": "2021-12"},
            "expires": {"edtf": "2031"},
            "renewal_of": {"id": "slug:cannes-shizuoka-1991"},
            "signatories": [{
                "party": {"id": "insee_com:06029", "kind": "authority"},
                "person": {"id": "slug:camille-dupont"},
                "role": "deputy_mayor",
                "title": {"fr": "adjointe au maire", "ja": "副市長"}
            }],
            "themes": ["culture", "tourism"],
            "purposes": [{"fr": "échanger sur le cinéma et les festivals"}],
            "approvals": [{
                "authority": {"id": "insee_com:06029"},
                "body": {"fr": "conseil municipal"},
                "decided": {"edtf": "2021-10"},
                "reference": "2021-10-12"
            }],
            "follow_ups": [{
                "category": "visit",
                "status": "done",
                "description": {"fr": "Une délégation de Cannes se rend à Shizuoka."},
                "leaders": [{"id": "slug:camille-dupont", "kind": "person"}],
                "when": {"edtf": "2024-11"},
                "outcome": {"id": "slug:cannes-shizuoka-2024", "kind": "visit"}
            }],
            "summary": {"fr": "Renouvelle pour dix ans le jumelage de 1991."},
            "document_url": "https://www.city.shizuoka.lg.jp/",
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
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

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let codes = [("category", self.category.code().into()), ("status", self.status.code().into())];
        let dates = [
            date_columns!("signed", self.signed.as_ref()),
            date_columns!("in_force_from", self.in_force_from.as_ref()),
            date_columns!("expires", self.expires.as_ref()),
        ];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
