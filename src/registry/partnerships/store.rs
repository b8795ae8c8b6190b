//! The table of the partnerships, and what may be asked of it.

use super::Partnership;
use crate::db::paging::Statement;
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::formats::{Outline, Shape};
use crate::registry::authorities::place;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Derived, Facts, Names};
use crate::registry::store::{Columns, key};
use crate::registry::validity::Validity;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{
    AuthorityLevel, PartnershipCategory, PartnershipStatus, SinceBasis, Vocabulary as _,
};
use crate::vocabulary::language::Language;
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use diesel::prelude::*;
use diesel::sql_types::Text as SqlText;
use serde_json::{Value, json};

const PARTY: &str = "t.id IN (SELECT p.from_record FROM refs p";

/// A party is one of these authorities or below one of them.
fn below(regions: Clause) -> Clause {
    Clause::new(PARTY)
        .sql(" WHERE p.pointer = '/parties/authority' AND p.to_record IN (WITH RECURSIVE below(id) AS (SELECT id FROM records WHERE id IN ")
        .then(regions)
        .sql(" UNION SELECT r.from_record FROM refs r JOIN below b ON r.to_record = b.id AND r.pointer = '/parent') SELECT id FROM below))")
}

/// A party is of one of these levels.
fn of_level(levels: Vec<Bind>) -> Clause {
    Clause::new(PARTY)
        .sql(" JOIN authorities a ON a.id = p.to_record WHERE p.pointer = '/parties/authority' AND a.level IN ")
        .list(levels)
        .sql(")")
}

/// A party lies where a condition on its authority `a` says.
fn lying(place: Option<Clause>) -> Option<Clause> {
    let party = " JOIN authorities a ON a.id = p.to_record WHERE p.pointer = '/parties/authority' AND ";
    Some(Clause::new(PARTY).sql(party).then(place?).sql(")"))
}

impl Record for Partnership {
    const KIND: Kind = Kind::Partnership;
    const ABOUT: &'static str =
        "Lasting relations between local authorities of France and Japan, whatever the two sides call them.";
    const ONE: &'static str = "Partnership";
    const TABLE: &'static str = "partnerships";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/partnerships.json");
    const DATED: Option<&'static str> = Some("since");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            about: "What the two sides call it",
            test: Test::Code(PartnershipCategory::TERMS, "category"),
        },
        Filter {
            name: "status",
            about: "How it stands",
            test: Test::Code(PartnershipStatus::TERMS, "status"),
        },
        Filter {
            name: "since_basis",
            about: "What its date is the date of",
            test: Test::Code(SinceBasis::TERMS, "since_basis"),
        },
        filter::THEME,
        Filter {
            name: "authority",
            about: "A party",
            test: Test::Refers(&[Kind::Authority], &["/parties/authority"]),
        },
        Filter {
            name: "region",
            about: "A French region or Japanese prefecture at or above a party",
            test: Test::Records(&[Kind::Authority], below),
        },
        Filter {
            name: "level",
            about: "The level of a party",
            test: Test::Codes(AuthorityLevel::TERMS, of_level),
        },
        Filter {
            name: "near",
            about: "A party within a distance of a place: `latitude,longitude,kilometres`",
            test: Test::Numbers(3, place::NEAR, |numbers| lying(place::near("a", numbers))),
        },
        Filter {
            name: "bbox",
            about: "A party inside a box: `west,south,east,north` in degrees",
            test: Test::Numbers(4, place::BBOX, |numbers| lying(place::bbox("a", numbers))),
        },
        filter::SOURCE,
        Filter { name: "since", about: "Since when it exists", test: Test::Dates("since") },
        Filter { name: "until", about: "Until when it existed", test: Test::Dates("until") },
        Filter {
            name: "last_activity",
            about: "When something was last done",
            test: Test::Dates("last_activity"),
        },
    ];
    const SORTS: &'static [Sort] =
        &[sort!("since", Day "t.since_earliest", "t.since_latest"), sort!("label.fr", Key "t.label_fr")];
    const NAMED_BY_REFS: bool = true;
    const VALIDITY: Option<Validity> = Some(super::term::VALIDITY);
    const DERIVED: &'static [Derived] = &[Derived {
        name: "holds",
        about: "Whether it held on the day of `valid_on`: `yes`, `possible` or `no`; only in answers to that parameter.",
        schema: "string",
        example: Some("\"possible\""),
        always: false,
    }];
    const OUTLINE: Outline = Outline {
        title: ["Partenariats", "自治体間提携", "Partnerships"],
        class: "Intangible",
        shape: Shape::Links("/parties/authority"),
        about: &["summary", "history"],
        terms: &[
            ("/parties/authority", "schema:participant"),
            ("/since", "schema:startDate"),
            ("/until", "schema:endDate"),
        ],
        ..Outline::DEFAULT
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

    fn name(&self, names: &Names) -> Text {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let shown = |language: Language| {
            let parties = self.parties.iter().filter_map(|party| names.get(party.authority.id()));
            parties.map(|name| name.show(language)).collect::<Vec<_>>().join(" – ")
        };
        let [fr, ja, en] = Language::ALL.map(shown);
        Text::of(&[("fr", &fr), ("ja", &ja), ("en", &en)])
    }

    fn check(&self, facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(facts, checks);
    }

    fn check_among(&self, id: Id, facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(id, facts, tx, checks)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [
            ("category", self.category.code().into()),
            ("status", self.status.code().into()),
            ("since_basis", self.since_basis.map(SinceBasis::code).into()),
            ("label_fr", key(name, "fr").into()),
            ("parties", self.party_set().into()),
            ("open", i64::from(self.is_open()).into()),
        ];
        let dates = [
            span!("since", self.since.as_ref()),
            span!("until", self.until.as_ref()),
            span!("last_activity", self.last_activity.as_ref()),
        ];
        columns.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}

/// The authorities that are parties of the memoranda of a partnership.
pub(super) fn authorities_of_memoranda(tx: &mut Conn, id: Id) -> QueryResult<Vec<Id>> {
    let parties = Clause::new(
        "SELECT DISTINCT p.to_record FROM refs m
            JOIN refs p ON p.from_record = m.from_record AND p.pointer = '/parties/party'
            JOIN authorities a ON a.id = p.to_record WHERE m.pointer = '/partnership' AND m.to_record = ",
    );
    Statement::<Guid>::new(parties.bind(Bind::Id(id))).load(tx)
}

/// The countries of these authorities.
pub(super) fn countries(tx: &mut Conn, authorities: &[Id]) -> QueryResult<Vec<String>> {
    let countries = Clause::new("SELECT country FROM authorities WHERE id IN ");
    let authorities = authorities.iter().map(|id| Bind::Id(*id));
    Statement::<SqlText>::new(countries.list(authorities)).load(tx)
}

/// Another open partnership of these parties.
pub(super) fn open(tx: &mut Conn, parties: &str, id: Id) -> QueryResult<Option<Id>> {
    // Written out, not bound: of this there is an index.
    let open = Clause::new("SELECT id FROM partnerships WHERE open = 1 AND parties = ").text(parties);
    Statement::<Guid>::new(open.sql(" AND id <> ").bind(Bind::Id(id))).get_result(tx).optional()
}
