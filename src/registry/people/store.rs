//! The table of the people, and what may be asked of it.

use super::{Mandate, Person};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::Outline;
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::{self, Columns, Tenure, key};
use crate::registry::validity::{self, Validity};
use crate::registry::{Checks, Record, content};
use crate::sort;
use crate::vocabulary::codes::{Role, Vocabulary as _};
use crate::vocabulary::{Identifier, Kind, Text};
use serde_json::{Value, json};
use std::collections::HashMap;

impl Record for Person {
    const KIND: Kind = Kind::Person;
    const ABOUT: &'static str = "Holders of public office who sign, lead or receive; no private data.";
    const ONE: &'static str = "Person";
    const TABLE: &'static str = "people";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const FOUNDING: &'static str = include_str!("../../../data/founding/people.json");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "role",
            about: "An office held, now or ever",
            test: Test::Tag(Role::TERMS, &["/mandates/role"]),
        },
        Filter {
            name: "holder",
            about: "The authority or organisation where an office is held",
            test: Test::Refers(&[Kind::Authority, Kind::Organisation], &["/mandates/holder"]),
        },
        filter::SOURCE,
    ];
    const SORTS: &'static [Sort] = &[sort!("name.fr", Key "t.name_fr"), sort!("name.ja", Key "t.name_ja")];
    const VALIDITY: Option<Validity> =
        Some(Validity { lists: &["mandates"], term: validity::of_item, condition: validity::of_any_item });
    const OUTLINE: Outline = Outline {
        title: ["Personnes", "人物", "People"],
        class: "Person",
        terms: &[("/mandates/holder", "schema:affiliation"), ("/mandates/title", "schema:jobTitle")],
        ..Outline::DEFAULT
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

    fn name(&self, _names: &Names) -> Text {
        self.name.clone()
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        checks.periods(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        checks.periods(
            "/mandates",
            self.mandates.iter().map(|held| (held.since.as_ref(), held.until.as_ref())),
        );
    }

    fn columns(&self, name: &Text, _identifiers: &[Identifier]) -> Columns {
        vec![("name_fr", key(name, "fr").into()), ("name_ja", key(name, "ja").into())]
    }

    fn tenures(&self) -> Vec<Tenure> {
        let terms = self.mandates.iter().map(|held| (held.since.as_ref(), held.until.as_ref()));
        validity::tenures("/mandates", terms)
    }
}

/// The offices of these people, by person.
///
/// # Errors
/// When the database fails, or a record is damaged.
pub fn mandates(tx: &mut Conn, people: &[Id]) -> Outcome<HashMap<Id, Vec<Mandate>>> {
    let read = |(id, mut content)| Ok((id, content::stored(Kind::Person, id, &mut content, "mandates")?));
    store::contents(tx, people)?.into_iter().map(read).collect()
}
