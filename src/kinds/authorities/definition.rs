//! Definition of the kind `Authority`: names, filters, sort keys, columns, format hints, sample body.

use super::model::Authority;
use super::{geo_filters, themes};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::geo;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::{AuthorityLevel, AuthorityStatus, Country};
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::gazetteer::lookup;
use crate::gazetteer::official_record::{self, OfficialRecord};
use crate::kinds::definition::{RecordType, ReferenceNames, RuleContext};
use crate::kinds::filters::{self, Filter, FilterType, SortKey, sort_key};
use crate::kinds::format_hints::{FormatHints, MapGeometry};
use crate::kinds::validation::Validation;
use crate::store::projections::{RowValues, sort_key_of};
use serde_json::{Value, json};

/// It is a party of a partnership, of any status, with another authority of this country.
fn has_partner_in(country: BindValue) -> SqlFragment {
    SqlFragment::new(
        "t.id IN (SELECT p.to_record FROM refs p JOIN refs o ON o.from_record = p.from_record \
         AND o.pointer = p.pointer AND o.to_record <> p.to_record JOIN authorities a ON a.id = o.to_record \
         WHERE p.pointer = '/parties/authority' AND a.country = ",
    )
    .bind(country)
    .sql(")")
}

/// It has one of these themes.
fn has_theme(codes: Vec<BindValue>) -> SqlFragment {
    SqlFragment::new("t.id IN (SELECT b.authority FROM (")
        .append(themes::authorities_with_themes(SqlFragment::default().bind_list(codes)))
        .sql(") b)")
}

/// It shares a theme with one of these authorities and is none of them. Broader and narrower themes count as
/// shared.
fn shares_theme_with(others: SqlFragment) -> SqlFragment {
    let shared =
        SqlFragment::new("(").append(themes::related_themes(themes::themes_of(others.clone()))).sql(")");
    SqlFragment::new("t.id IN (SELECT b.authority FROM (")
        .append(themes::authorities_with_themes(shared))
        .sql(") b) AND t.id NOT IN ")
        .append(others)
}

/// It is the host of an edition of the Rencontres, or of none.
fn has_hosted(expected: bool) -> SqlFragment {
    let not = if expected { "" } else { "NOT " };
    SqlFragment::new(format!("t.id {not}IN (SELECT to_record FROM refs WHERE pointer = '/host')"))
}

/// SQL query of the editions already held and of who took part in each, hosts included: `(authority,
/// edition)`.
const ATTENDANCE_QUERY: &str = "SELECT e.to_record AS authority, e.from_record AS edition FROM refs e \
     JOIN rencontres n ON n.id = e.from_record AND n.status = 'held' \
     WHERE e.pointer IN ('/participants/authority', '/host')";

/// It took part in one of these editions.
fn has_attended(editions: SqlFragment) -> SqlFragment {
    SqlFragment::new(format!("t.id IN (SELECT a.authority FROM ({ATTENDANCE_QUERY}) a WHERE a.edition IN "))
        .append(editions)
        .sql(")")
}

/// It took part in at least this many editions.
fn has_attended_at_least(count: i64) -> SqlFragment {
    if count == 0 {
        return SqlFragment::new("1 = 1");
    }
    let attendances =
        format!("t.id IN (SELECT a.authority FROM ({ATTENDANCE_QUERY}) a GROUP BY a.authority ");
    SqlFragment::new(attendances)
        .sql("HAVING COUNT(DISTINCT a.edition) >= ")
        .bind(BindValue::Int(count))
        .sql(")")
}

impl RecordType for Authority {
    const KIND: Kind = Kind::Authority;
    const DESCRIPTION: &'static str = "Local authorities of France and Japan, named by their official codes.";
    const SCHEMA_NAME: &'static str = "Authority";
    const TABLE: &'static str = "authorities";
    const CONTENT_MEMBERS: &'static [&'static str] = Self::MEMBERS;
    const SEED: &'static str = include_str!("../../../data/founding/authorities.json");
    const FILTERS: &'static [Filter] = &[
        Filter {
            name: "country",
            description: "The country",
            filter_type: FilterType::Code(Country::TERMS, "country"),
        },
        Filter {
            name: "level",
            description: "The level",
            filter_type: FilterType::Code(AuthorityLevel::TERMS, "level"),
        },
        Filter {
            name: "status",
            description: "Whether it still exists",
            filter_type: FilterType::Code(AuthorityStatus::TERMS, "status"),
        },
        Filter {
            name: "parent",
            description: "The authority above it",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/parent"]),
        },
        Filter {
            name: "successor",
            description: "The authority that took its place",
            filter_type: FilterType::Reference(&[Kind::Authority], &["/successor"]),
        },
        filters::SOURCE,
        Filter {
            name: "has_partner_in",
            description: "A country in which it has a partner: another party of one of its partnerships, whatever the status",
            filter_type: FilterType::CodeFlags(Country::TERMS, has_partner_in),
        },
        Filter {
            name: "theme",
            description: "A theme of what it takes part in: partnerships, memoranda, visits, editions hosted and their sessions, good practices, partner requests; a broader one matches its narrower ones",
            filter_type: FilterType::Codes(Theme::TERMS, has_theme),
        },
        Filter {
            name: "shares_theme_with",
            description: "Another authority with which it has a theme in common, or one of which one is broader than the other",
            filter_type: FilterType::Records(&[Kind::Authority], shares_theme_with),
        },
        Filter {
            name: "attended",
            description: "An edition of the Rencontres that was held and in which it took part, as host too",
            filter_type: FilterType::Records(&[Kind::Rencontre], has_attended),
        },
        Filter {
            name: "attended_min",
            description: "In how many editions of the Rencontres that were held it took part at least, as host too",
            filter_type: FilterType::AtLeast(has_attended_at_least),
        },
        Filter {
            name: "hosted",
            description: "Whether it is or was host of an edition of the Rencontres",
            filter_type: FilterType::Boolean(has_hosted),
        },
        Filter {
            name: "coastal",
            description: "Whether its seat is at most 10 km from the sea; never matches where that is not known",
            filter_type: FilterType::Boolean(geo_filters::is_coastal),
        },
        Filter {
            name: "population",
            description: "How many people live there",
            filter_type: FilterType::Number("population"),
        },
        Filter {
            name: "near",
            description: "Within a distance of a place: `latitude,longitude,kilometres`",
            filter_type: FilterType::NumberTuple(3, geo_filters::NEAR_FORMAT, |numbers| {
                geo_filters::within_distance("t", numbers)
            }),
        },
        Filter {
            name: "bbox",
            description: "Inside a box: `west,south,east,north` in degrees",
            filter_type: FilterType::NumberTuple(4, geo_filters::BBOX_FORMAT, |numbers| {
                geo_filters::within_bbox("t", numbers)
            }),
        },
    ];
    const SORT_KEYS: &'static [SortKey] = &[
        sort_key!("name.fr", Key "t.name_fr"),
        sort_key!("name.ja", Key "t.name_ja"),
        sort_key!("population", Number "t.population"),
    ];
    const FORMAT_HINTS: FormatHints = FormatHints {
        title: ["Collectivités", "自治体", "Authorities"],
        schema_org_class: "AdministrativeArea",
        map_geometry: MapGeometry::OwnPoint,
        schema_org_terms: &[("/parent", "schema:containedInPlace"), ("/official_name", "schema:legalName")],
        ..FormatHints::DEFAULT
    };

    fn sample() -> Value {
        json!({
            "identifiers": [{"scheme": "dantai", "value": "221007"}, {"scheme": "wikidata", "value": "Q185125"}],
            "country": "JP",
            "level": "designated_city",
            "name": {"fr": "Shizuoka", "ja": "静岡市", "en": "Shizuoka", "ja-Hira": "しずおかし", "ja-Latn": "Shizuoka-shi"},
            "official_name": {"fr": "Ville de Shizuoka", "ja": "静岡市"},
            "aliases": [{"text": {"ja": "駿府"}, "until": {"edtf": "1869"}}],
            "parent": {"id": "dantai:220001"},
            "location": {"lat": 34.9756, "lon": 138.3828},
            "population": {"value": 693_389, "as_of": {"edtf": "2020-10-01"}, "qualifier": "exact"},
            "area_km2": {"value": 1411.83, "qualifier": "exact"},
            "website": "https://www.city.shizuoka.lg.jp/",
            "status": "active",
            "successor": {"id": "dantai:220001"},
            "description": {"fr": "Ville désignée, hôte des 8e Rencontres."},
            "citations": []
        })
    }

    fn name(&self, _names: &ReferenceNames) -> Text {
        self.name.clone()
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

    fn official_record(identifier: &Identifier) -> Option<OfficialRecord> {
        official_record::authority_record(identifier)
    }

    fn columns(&self, name: &Text, identifiers: &[Identifier]) -> RowValues {
        let location = self.location.as_ref();
        let vector = location.map(|at| geo::unit_vector(at.lat, at.lon));
        let coast_km = identifiers.iter().find_map(|code| lookup::find(code)?.coast_km());
        vec![
            ("country", self.country.code().into()),
            ("level", self.level.code().into()),
            ("status", self.status.map(AuthorityStatus::code).into()),
            ("name_fr", sort_key_of(name, "fr").into()),
            ("name_ja", sort_key_of(name, "ja").into()),
            ("population", self.population.as_ref().map(|population| population.value.0).into()),
            ("lat", location.map(|at| at.lat).into()),
            ("lon", location.map(|at| at.lon).into()),
            ("x", vector.map(|[x, _, _]| x).into()),
            ("y", vector.map(|[_, y, _]| y).into()),
            ("z", vector.map(|[_, _, z]| z).into()),
            ("coast_km", coast_km.into()),
        ]
    }
}
