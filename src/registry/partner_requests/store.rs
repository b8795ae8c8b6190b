//! The table of the partner requests, and what may be asked of it.

use super::PartnerRequest;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::formats::{Outline, Shape};
use crate::registry::filter::{self, Filter, Sort, Test};
use crate::registry::shelf::{Facts, Names};
use crate::registry::store::Columns;
use crate::registry::{Checks, Record};
use crate::vocabulary::codes::{Country, Vocabulary as _};
use crate::vocabulary::language::Language;
use crate::vocabulary::{Identifier, Kind, Text};
use crate::{sort, span};
use serde_json::{Value, json};

impl Record for PartnerRequest {
    const KIND: Kind = Kind::PartnerRequest;
    const ABOUT: &'static str = "Authorities that look for a partner in the other country.";
    const ONE: &'static str = "PartnerRequest";
    const TABLE: &'static str = "partner_requests";
    const NAMES: &'static [&'static str] = Self::MEMBERS;
    const DATED: Option<&'static str> = Some("opened");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "authority",
            about: "The authority that looks for a partner",
            test: Test::Refers(&[Kind::Authority], &["/authority"]),
        },
        Filter {
            name: "wanted_country",
            about: "The country in which it looks",
            test: Test::Code(Country::TERMS, "wanted_country"),
        },
        filter::THEME,
        filter::SOURCE,
        Filter { name: "opened", about: "Since when it looks", test: Test::Dates("opened") },
        Filter { name: "closed", about: "Until when it looked", test: Test::Dates("closed") },
    ];
    const SORTS: &'static [Sort] = &[
        sort!("opened", Day "t.opened_earliest", "t.opened_latest"),
        sort!("closed", Day "t.closed_earliest", "t.closed_latest"),
    ];
    const NAMED_BY_REFS: bool = true;
    const OUTLINE: Outline = Outline {
        title: ["Recherches de partenaire", "提携希望", "Partner requests"],
        class: "Demand",
        shape: Shape::At("/authority"),
        terms: &[("/authority", "schema:seller")],
        ..Outline::DEFAULT
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

    fn name(&self, names: &Names) -> Text {
        let authority = names.get(self.authority.id());
        let shown = |language| authority.map_or("", |name| name.show(language));
        let [fr, ja, en] = Language::ALL.map(shown);
        let (there, [_, country_ja, country_en]) = match self.wanted_country {
            Country::France => ("en France", Country::France.term().label),
            Country::Japan => ("au Japon", Country::Japan.term().label),
        };
        Text::of(&[
            ("fr", &format!("{fr} : partenaire recherché {there}")),
            ("ja", &format!("{ja}：{country_ja}の提携先を希望")),
            ("en", &format!("{en}: partner wanted in {country_en}")),
        ])
    }

    fn check(&self, _facts: &Facts<'_>, checks: &mut Checks) {
        self.rules(checks);
    }

    fn check_among(&self, _id: Id, _facts: &Facts<'_>, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        self.rules_among(tx, checks)
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> Columns {
        let codes = [("wanted_country", self.wanted_country.code().into())];
        let dates = [span!("opened", self.opened.as_ref()), span!("closed", self.closed.as_ref())];
        codes.into_iter().chain(dates.into_iter().flatten()).collect()
    }
}
