//! The table of the organisations, and what may be asked of it.

use super::Organisation;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::Outline;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::{Columns, Tenure, key};
use crate::registry::validity::{self, Validity};
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{Country, OrganisationCategory, Role, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for Organisation {
    const KIND: Kind = Kind::Organisation;
    const ABOUT: &'static str = "Bodies that are not local authorities: associations of authorities, support bodies, ministries, country groups, networks.";
    const ONE: &'static str = "Organisation";
    const TABLE: &'static str = "organisations";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/organisations.json");
    const DATED: Option<&'static str> = Some("founded");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            about: "What it is",
            test: Test::Code(OrganisationCategory::TERMS, "category"),
        },
        Filter {
            name: "country",
            about: "The country it belongs to",
            test: Test::Code(Country::TERMS, "country"),
        },
        Filter {
            name: "focus_country",
            about: "The country it deals with",
            test: Test::Code(Country::TERMS, "focus_country"),
        },
        Filter {
            name: "parent",
            about: "The organisation it is part of",
            test: Test::Refers(&[Kind::Organisation], &["/parent"]),
        },
        Filter {
            name: "member",
            about: "An authority or organisation that belongs or belonged to it",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/members/member"]),
        },
        Filter {
            name: "role",
            about: "The part a member takes",
            test: Test::Tag(Role::TERMS, &["/members/role"]),
        },
        Filter {
            name: "presidency",
            about: "An authority that presides or presided over it",
            test: Test::Refers(&[Kind::Authority], &["/presidencies/authority"]),
        },
        Filter {
            name: "person",
            about: "A person who presides or presided over it",
            test: Test::Refers(&[Kind::Person], &["/presidencies/person"]),
        },
        filter::SOURCE,
        Filter { name: "founded", about: "When it was founded", test: Test::Dates("founded") },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("name.fr", Key "t.name_fr"),
        sort!("name.ja", Key "t.name_ja"),
        sort!("founded", Day "t.founded_earliest", "t.founded_latest"),
    ];
    const VALIDITY: Option<Validity> = Some(Validity {
        lists: &["members", "presidencies"],
        term: validity::of_item,
        condition: validity::of_any_item,
    });
    const OUTLINE: Outline = Outline {
        title: ["Organismes", "団体", "Organisations"],
        class: "Organization",
        about: &["role", "objectives"],
        terms: &[
            ("/parent", "schema:parentOrganization"),
            ("/members/member", "schema:member"),
            ("/founded", "schema:foundingDate"),
            ("/acronym", "schema:alternateName"),
        ],
        ..Outline::DEFAULT
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

    fn name(&self, _names: &Names) -> Text {
        self.name.clone()
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(checks);
    }

    fn check_among(&self, id: Id, _facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(id, tx, checks)
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        let columns = [
            ("category", self.category.code().into()),
            ("country", self.country.map(Country::code).into()),
            ("focus_country", self.focus_country.map(Country::code).into()),
            ("name_fr", key(name, "fr").into()),
            ("name_ja", key(name, "ja").into()),
        ];
        columns.into_iter().chain(span!("founded", self.founded.as_ref())).collect()
    }

    fn tenures(&self) -> Vec<Tenure> {
        let members = self.members.iter().map(|member| (member.since.as_ref(), member.until.as_ref()));
        let chairs = self.presidencies.iter().map(|term| (term.since.as_ref(), term.until.as_ref()));
        let mut terms = validity::tenures("/members", members);
        terms.extend(validity::tenures("/presidencies", chairs));
        terms
    }
}
