//! Definition of the kind `Rencontre`: names, filters, sort keys, columns, format hints, sample body.

use super::derived_members::{DERIVED_MEMBERS, add_derived_members};
use super::model::Rencontre;
use super::title::edition_title;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::figure::{Measure, Side};
use crate::domain::vocabularies::rencontre::RencontreStatus;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{DerivedMember, RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use crate::util::clock::Clock;
use serde_json::{Map, Value, json};

/// The host is in one of these countries.
fn has_host_in(countries: Vec<BindValue>) -> SqlFragment {
    SqlFragment::new(
        "t.id IN (SELECT h.from_record FROM refs h JOIN authorities a ON a.id = h.to_record \
         WHERE h.pointer = '/host' AND a.country IN ",
    )
    .bind_list(countries)
    .sql(")")
}

impl RecordType for Rencontre {
    const KIND: Kind = Kind::Rencontre;
    const DESCRIPTION: &'static str = "Editions of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議), by number.";
    const SCHEMA_NAME: &'static str = "Rencontre";
    const TABLE: &'static str = "rencontres";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/rencontres.json");
    const DATE_MEMBER: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "status",
            description: "How it stands",
            filter_type: FilterType::Code(RencontreStatus::TERMS, "status"),
        },
        Filter {
            name: "country",
            description: "The country of the host",
            filter_type: FilterType::Codes(Country::TERMS, has_host_in),
        },
        Filter {
            name: "host",
            description: "The authority that receives it",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/host"]),
        },
        Filter {
            name: "organiser",
            description: "An authority or organisation that organises it",
            filter_type: FilterType::Reference(
                &[Kind::Authority, Kind::Organisation],
                &["/organisers/organiser"],
            ),
        },
        Filter {
            name: "participant",
            description: "An authority that takes part",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/participants/authority"]),
        },
        filters::THEME,
        Filter {
            name: "measure",
            description: "What a figure counts",
            filter_type: FilterType::Tag(Measure::TERMS, &["/figures/measure"]),
        },
        Filter {
            name: "side",
            description: "Whom a figure counts",
            filter_type: FilterType::Tag(Side::TERMS, &["/figures/side"]),
        },
        Filter {
            name: "source",
            description: "A source cited, or that gives a figure",
            filter_type: FilterType::Reference(&[Kind::Source], &["/citations/source", "/figures/source"]),
        },
        Filter { name: "number", description: "Its number", filter_type: FilterType::Number("number") },
        Filter {
            name: "dates",
            description: "When it takes place",
            filter_type: FilterType::PartialDate("dates"),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("number", Count "t.number"),
        sort_key!("dates", Day "t.dates_earliest", "t.dates_latest"),
    ];
    const DEFAULT_SORT: &'static str = "number";
    const DERIVED_MEMBERS: &'static [DerivedMember] = DERIVED_MEMBERS;
    const NATURAL_KEY: Option<&'static str> = Some("number");
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: [
            "Rencontres franco-japonaises de la coopération décentralisée",
            "日仏自治体交流会議",
            "Franco-Japanese Meetings on Decentralised Cooperation",
        ],
        schema_org_class: "Event",
        calendar_dates: &[CalendarDate::of_record("dates")],
        map_geometry: MapGeometry::AuthorityPoints("/host"),
        summary_members: &["theme", "occasion"],
        place_pointers: &["/host"],
        schema_org_terms: &[
            ("/host", "schema:location"),
            ("/organisers/organiser", "schema:organizer"),
            ("/participants/authority", "schema:attendee"),
            ("/previous", "schema:isBasedOn"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "number": 8,
            "status": "held",
            "host": {"id": "dantai:221007"},
            "dates": {"edtf": "2024-11-18/2024-11-21"},
            "related_dates": [{"edtf": "2024-11-22"}],
            "theme": {"fr": "Le partenariat des collectivités franco-japonaises porteur de nouvelles valeurs mondiales"},
            "occasion": {"fr": "La deuxième édition depuis la pandémie"},
            "schedule": [{
                "dates": {"edtf": "2024"},
                "status": "announced",
                "as_of": {"edtf": "2022-10-06"},
                "reason": {"fr": "Annoncée à Aix-en-Provence"}
            }],
            "organisers": [{"organiser": {"id": "slug:cites-unies-france", "kind": "organisation"}, "role": "co_organiser"}],
            "figures": [{
                "measure": "authorities",
                "value": 54,
                "side": "total",
                "qualifier": "exact",
                "source": {"id": "slug:clair-paris-8th-meetings"}
            }],
            "participants": [{"authority": {"id": "dantai:221007"}, "role": "host"}],
            "themes": ["inclusion", "local_economy"],
            "announced_at": {"id": "number:7"},
            "declaration": {
                "title": {"fr": "Déclaration de Shizuoka", "ja": "静岡宣言", "en": "Shizuoka Declaration"},
                "adopted": {"edtf": "2024-11-21"},
                "read_by": {"fr": "le maire de Shizuoka"},
                "commitments": [{"fr": "la réalisation d'une société décarbonée"}],
                "document_url": "https://www.city.shizuoka.lg.jp/"
            },
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        edition_title(self.number.0)
    }

    fn natural_key(&self) -> Option<(&'static str, String)> {
        Self::NATURAL_KEY.map(|scheme| (scheme, self.number.0.to_string()))
    }

    fn validate(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(context, validation);
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
        let columns = [("number", self.number.0.into()), ("status", self.status.code().into())];
        columns.into_iter().chain(date_columns!("dates", self.dates.as_ref())).collect()
    }

    fn add_derived(records: &mut [Map<String, Value>], clock: &Clock, tx: &mut Conn) -> TxResult<()> {
        add_derived_members(records, clock.today(), tx)
    }
}
