//! The table of the signed texts, and what may be asked of it.

use super::Memorandum;
use crate::db::sql::Clause;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Occasion, Outline};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{
    FollowUpCategory, FollowUpStatus, MemorandumCategory, MemorandumStatus, Vocabulary as _,
};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use jiff::civil::Date;
use serde_json::{Value, json};

/// It may end in this period and nothing took its place, or something that was to come of it is not done.
fn due(first: Date, last: Date) -> Clause {
    Clause::new("((t.expires IS NOT NULL AND t.status NOT IN ('expired', 'renewed', 'terminated')")
        .sql(" AND COALESCE(t.expires_earliest, '') <= ")
        .text(last.to_string())
        .sql(" AND COALESCE(t.expires_latest, '~') >= ")
        .text(first.to_string())
        .sql(") OR t.id IN (SELECT record_id FROM tags WHERE pointer = '/follow_ups/status' AND code = 'planned'))")
}

impl Record for Memorandum {
    const KIND: Kind = Kind::Memorandum;
    const ABOUT: &'static str = "Signed texts of every form, with their parties, signatories and follow-ups.";
    const ONE: &'static str = "Memorandum";
    const TABLE: &'static str = "memoranda";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/memoranda.json");
    const DATED: Option<&'static str> = Some("signed");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            about: "What the parties call it",
            test: Test::Code(MemorandumCategory::TERMS, "category"),
        },
        Filter {
            name: "status",
            about: "How it stands",
            test: Test::Code(MemorandumStatus::TERMS, "status"),
        },
        Filter {
            name: "partnership",
            about: "The relation it belongs to",
            test: Test::Refers(&[Kind::Partnership], &["/partnership"]),
        },
        Filter {
            name: "party",
            about: "An authority or organisation that it binds",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/parties/party"]),
        },
        Filter {
            name: "authority",
            about: "An authority that it binds",
            test: Test::Refers(&[Kind::Authority], &["/parties/party"]),
        },
        Filter {
            name: "renewal_of",
            about: "The text that it renews",
            test: Test::Refers(&[Kind::Memorandum], &["/renewal_of"]),
        },
        Filter {
            name: "person",
            about: "A person who signed",
            test: Test::Refers(&[Kind::Person], &["/signatories/person"]),
        },
        filter::THEME,
        Filter {
            name: "follow_up_category",
            about: "What a follow-up is",
            test: Test::Tag(FollowUpCategory::TERMS, &["/follow_ups/category"]),
        },
        Filter {
            name: "follow_up_status",
            about: "How a follow-up stands",
            test: Test::Tag(FollowUpStatus::TERMS, &["/follow_ups/status"]),
        },
        filter::SOURCE,
        Filter { name: "signed", about: "When it was signed", test: Test::Dates("signed") },
        Filter {
            name: "in_force_from",
            about: "From when it is in force",
            test: Test::Dates("in_force_from"),
        },
        Filter { name: "expires", about: "Until when it is in force", test: Test::Dates("expires") },
        Filter {
            name: "due_within",
            about: "It may expire in this period, unless it is renewed or terminated, or a follow-up is planned and not done",
            test: Test::Period(due),
        },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("signed", Day "t.signed_earliest", "t.signed_latest"),
        sort!("expires", Day "t.expires_earliest", "t.expires_latest"),
    ];
    const OUTLINE: Outline = Outline {
        title: ["Textes signés", "調印文書", "Memoranda"],
        class: "CreativeWork",
        occasions: &[
            Occasion::when("signed", ["Signature", "調印", "Signature"]),
            Occasion::when("expires", ["Échéance", "期限", "Expiry"]),
        ],
        about: &["summary", "purposes"],
        terms: &[
            ("/parties/party", "schema:contributor"),
            ("/signatories/person", "schema:author"),
            ("/partnership", "schema:about"),
            ("/signed", "schema:dateCreated"),
            ("/expires", "schema:expires"),
        ],
        ..Outline::DEFAULT
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

    fn name(&self, _names: &Names) -> Text {
        self.title.clone()
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(checks);
    }

    fn check_among(&self, id: Id, _facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(id, tx, checks)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let codes = [("category", self.category.code().into()), ("status", self.status.code().into())];
        let dates = [
            span!("signed", self.signed.as_ref()),
            span!("in_force_from", self.in_force_from.as_ref()),
            span!("expires", self.expires.as_ref()),
        ];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
