//! Definition of the kind `Visit`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Visit;
use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::visit::{Direction, VisitCategory, VisitOutcome, VisitPurpose};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{CalendarDate, FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, date_columns};
use serde_json::{Value, json};

/// A memorandum may have been signed between its start and this many months after its end, and is an outcome
/// of it or has parties among its authorities of both countries.
///
/// Dates are compared as whole numbers: 32 days a month, 12 months a year.
fn is_followed_by_memorandum(months: i64) -> SqlFragment {
    let has_party_from = |country: &str| {
        format!(
            "m.id IN (SELECT p.from_record FROM refs v JOIN refs p ON p.to_record = v.to_record AND p.pointer = '/parties/party' \
             JOIN authorities a ON a.id = v.to_record WHERE v.from_record = t.id AND a.country = '{country}' \
             AND v.pointer IN ('/delegation/represents', '/hosts/represents', '/stops/authority'))"
        )
    };
    let day_number = |day: &str| {
        format!(
            "(CAST(SUBSTR({day}, 1, 4) AS BIGINT) * 12 + CAST(SUBSTR({day}, 6, 2) AS BIGINT)) * 32 + CAST(SUBSTR({day}, 9, 2) AS BIGINT)"
        )
    };
    let (last, earliest) = (
        day_number("COALESCE(t.dates_latest, '9999-12-31')"),
        day_number("COALESCE(m.signed_earliest, '0001-01-01')"),
    );
    SqlFragment::new(format!(
        "EXISTS (SELECT 1 FROM memoranda m WHERE (m.id IN (SELECT o.to_record FROM refs o WHERE o.from_record = t.id \
         AND o.pointer = '/outcomes/result') OR ({} AND {})) \
         AND COALESCE(m.signed_latest, '~') >= COALESCE(t.dates_earliest, '') AND {earliest} <= {last} + ",
        has_party_from("FR"),
        has_party_from("JP")
    ))
    .bind(BindValue::Int(months * 32))
    .sql(")")
}

impl RecordType for Visit {
    const KIND: Kind = Kind::Visit;
    const DESCRIPTION: &'static str = "Journeys of delegations from one country to the other.";
    const SCHEMA_NAME: &'static str = "Visit";
    const TABLE: &'static str = "visits";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/visits.json");
    const DATE_MEMBER: Option<&'static str> = Some("dates");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "category",
            description: "What it is",
            filter_type: FilterType::Code(VisitCategory::TERMS, "category"),
        },
        Filter {
            name: "direction",
            description: "Which way it goes",
            filter_type: FilterType::Code(Direction::TERMS, "direction"),
        },
        Filter {
            name: "authority",
            description: "An authority that travels, receives or is visited",
            filter_type: FilterType::Reference(
                &[Kind::Authority],
                &["/delegation/represents", "/hosts/represents", "/stops/authority"],
            ),
        },
        Filter {
            name: "person",
            description: "A person who travels or receives",
            filter_type: FilterType::Reference(
                &[Kind::Person],
                &["/delegation/person", "/hosts/person", "/stops/delegates"],
            ),
        },
        Filter {
            name: "host",
            description: "An authority or organisation that receives",
            filter_type: FilterType::Reference(
                &[Kind::Authority, Kind::Organisation],
                &["/hosts/represents"],
            ),
        },
        Filter {
            name: "partnership",
            description: "A relation it serves",
            filter_type: FilterType::Reference(&[Kind::Partnership], &["/partnerships"]),
        },
        filters::THEME,
        Filter {
            name: "purpose",
            description: "What it is for",
            filter_type: FilterType::Tag(VisitPurpose::TERMS, &["/purposes/code"]),
        },
        Filter {
            name: "outcome",
            description: "What came of it",
            filter_type: FilterType::Tag(VisitOutcome::TERMS, &["/outcomes/code"]),
        },
        Filter {
            name: "result",
            description: "The text, the relation or the event that came of it",
            filter_type: FilterType::Reference(
                &[Kind::Memorandum, Kind::Partnership, Kind::Event],
                &["/outcomes/result"],
            ),
        },
        filters::SOURCE,
        Filter {
            name: "dates",
            description: "When it takes place",
            filter_type: FilterType::PartialDate("dates"),
        },
        Filter {
            name: "signature_within",
            description: "Perhaps followed, within this period, by a signed text that it names as its outcome or whose parties it concerns on both sides",
            filter_type: FilterType::DurationInMonths(is_followed_by_memorandum),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[sort_key!("dates", Day "t.dates_earliest", "t.dates_latest")];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Déplacements et accueils", "訪問・受入", "Visits"],
        schema_org_class: "Event",
        calendar_dates: &[CalendarDate::of_record("dates")],
        map_geometry: MapGeometry::Route("/stops/authority"),
        place_pointers: &["/stops/authority", "/stops/place"],
        schema_org_terms: &[
            ("/stops/authority", "schema:location"),
            ("/delegation/person", "schema:attendee"),
            ("/delegation/represents", "schema:attendee"),
            ("/hosts/represents", "schema:organizer"),
        ],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "slug", "value": "cannes-shizuoka-2024"}],
            "category": "official_visit",
            "direction": "fr_to_jp",
            "title": {"fr": "Visite d'une délégation de Cannes à Shizuoka", "ja": "カンヌ市代表団の静岡市訪問"},
            "dates": {"edtf": "2024-11-17/2024-11-22"},
            "delegation": [{
                "person": {"id": "slug:camille-dupont"},
                "represents": {"id": "insee_com:06029", "kind": "authority"},
                "title": {"fr": "adjointe au maire", "ja": "副市長"}
            }],
            "hosts": [{"represents": {"id": "dantai:221007", "kind": "authority"}}],
            "stops": [{
                "authority": {"id": "dantai:221007"},
                "place": {"fr": "Hôtel de ville de Shizuoka", "ja": "静岡市役所"},
                "dates": {"edtf": "2024-11-18"},
                "activity": {"fr": "Entretien sur le tourisme."},
                "delegates": [{"id": "slug:camille-dupont"}]
            }],
            "purposes": [{"code": "good_practice_exchange", "text": {"fr": "échanger sur l'accueil des festivals"}}],
            "outcomes": [{
                "code": "partnership_strengthened",
                "text": {"fr": "un programme commun pour deux ans"},
                "result": {"id": "slug:cannes-shizuoka", "kind": "partnership"}
            }],
            "partnerships": [{"id": "slug:cannes-shizuoka"}],
            "themes": ["culture", "tourism"],
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.title.clone()
    }

    fn validate(&self, _context: &RuleContext<'_>, validation: &mut Validation) {
        self.apply_rules(validation);
    }

    fn columns(&self, _name: &Text, _identifiers: &[Identifier]) -> RowValues {
        let codes = [("category", self.category.code().into()), ("direction", self.direction.code().into())];
        codes.into_iter().chain(date_columns!("dates", Some(&self.dates))).collect()
    }
}
