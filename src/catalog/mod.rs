//! What the registry offers, for catalogues of open data (DCAT 3, DCAT-AP) and of services (RFC 9727).

pub mod document;
pub mod handlers;
mod store;

use crate::clock::rfc3339;
use crate::formats::atom::LICENCE;
use crate::formats::values::title;
use crate::http::negotiation::Format;
use crate::registry::collection::forms_of_lists;
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use serde_json::{Map, Value, json};

/// Addresses of the Publications Office of the European Union for what DCAT-AP wants named.
const EU: &str = "http://publications.europa.eu/resource/authority";

/// What the catalogue says of a kind's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// When one of them was last written, in microseconds since 1970; none where there are none.
    pub modified: Option<i64>,
    /// The first and the last day that they tell of.
    pub days: Option<(String, String)>,
}

fn context() -> Value {
    let link = |term: &str| json!({"@id": term, "@type": "@id"});
    let in_languages = |term: &str| json!({"@id": term, "@container": "@language"});
    json!({
        "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "id": "@id", "type": "@type",
        "title": in_languages("dct:title"), "description": in_languages("dct:description"),
        "keyword": in_languages("dcat:keyword"), "name": "foaf:name", "homepage": link("foaf:homepage"),
        "identifier": "dct:identifier", "license": link("dct:license"), "publisher": link("dct:publisher"),
        "creator": link("dct:creator"), "language": link("dct:language"), "spatial": link("dct:spatial"),
        "theme": link("dcat:theme"), "accrualPeriodicity": link("dct:accrualPeriodicity"),
        "accessRights": link("dct:accessRights"),
        "modified": {"@id": "dct:modified", "@type": "xsd:dateTime"}, "temporal": "dct:temporal",
        "startDate": {"@id": "dcat:startDate", "@type": "xsd:date"}, "endDate": {"@id": "dcat:endDate", "@type": "xsd:date"},
        "dataset": link("dcat:dataset"), "service": link("dcat:service"), "distribution": link("dcat:distribution"),
        "accessURL": link("dcat:accessURL"), "downloadURL": link("dcat:downloadURL"), "accessService": link("dcat:accessService"),
        "mediaType": link("dcat:mediaType"), "format": link("dct:format"), "landingPage": link("dcat:landingPage"),
        "endpointURL": link("dcat:endpointURL"), "endpointDescription": link("dcat:endpointDescription"),
        "servesDataset": link("dcat:servesDataset"), "conformsTo": link("dct:conformsTo")
    })
}

/// The file types of the European Union that the forms are.
fn file_type(format: Format) -> &'static str {
    match format {
        Format::Json => "JSON",
        Format::Csv => "CSV",
        Format::Ndjson => "JSONL",
        Format::GeoJson => "GEOJSON",
        Format::Calendar => "ICS",
        Format::JsonLd => "JSON_LD",
        Format::Atom => "ATOM",
    }
}

fn distribution(base: &str, dataset: &str, address: &str, media: &str, kind_of_file: &str) -> Value {
    json!({
        "id": format!("{base}/catalog.jsonld#{dataset}-{}", kind_of_file.to_lowercase()), "type": "dcat:Distribution",
        "title": {"fr": kind_of_file.replace('_', "-"), "en": kind_of_file.replace('_', "-")},
        "accessURL": address, "downloadURL": address,
        "mediaType": format!("https://www.iana.org/assignments/media-types/{media}"),
        "format": format!("{EU}/file-type/{kind_of_file}"), "license": LICENCE, "accessService": format!("{base}/catalog.jsonld#api")
    })
}

/// What every dataset says alike.
fn dataset(base: &str, name: &str, landing: &str, extent: &Extent) -> Map<String, Value> {
    let mut dataset = Map::new();
    dataset.insert("id".into(), format!("{base}/catalog.jsonld#{name}").into());
    dataset.insert("type".into(), "dcat:Dataset".into());
    dataset.insert("identifier".into(), format!("{base}/catalog.jsonld#{name}").into());
    dataset.insert("landingPage".into(), landing.into());
    dataset.extend(extent.modified.map(|modified| ("modified".to_owned(), rfc3339(modified).into())));
    if let Some((first, last)) = &extent.days {
        let period = json!({"type": "dct:PeriodOfTime", "startDate": first, "endDate": last});
        dataset.insert("temporal".into(), period);
    }
    let codes = |list: &str, codes: &[&str]| -> Value {
        codes.iter().map(|code| Value::from(format!("{EU}/{list}/{code}"))).collect()
    };
    dataset.insert("language".into(), codes("language", &["FRA", "JPN", "ENG"]));
    dataset.insert("spatial".into(), codes("country", &["FRA", "JPN"]));
    dataset.insert("theme".into(), codes("data-theme", &["GOVE", "INTR"]));
    dataset.insert("accrualPeriodicity".into(), format!("{EU}/frequency/CONT").into());
    dataset.insert("accessRights".into(), format!("{EU}/access-right/PUBLIC").into());
    dataset.insert("license".into(), LICENCE.into());
    dataset.insert("publisher".into(), format!("{base}/#publisher").into());
    dataset.insert(
        "keyword".into(),
        json!({"fr": ["coopération décentralisée", "jumelage", "Japon"], "ja": ["姉妹都市", "自治体交流", "フランス"], "en": ["decentralised cooperation", "twin towns", "France", "Japan"]}),
    );
    dataset
}

const ALL: [&str; 3] = [
    "Le registre de la coopération décentralisée franco-japonaise",
    "日仏自治体交流の記録簿",
    "The registry of Franco-Japanese decentralised cooperation",
];

fn texts(of: impl Fn(Language) -> String) -> Value {
    Language::ALL
        .into_iter()
        .map(|language| (language.tag().to_owned(), of(language).into()))
        .collect::<Map<_, _>>()
        .into()
}

fn dataset_of(base: &str, kind: Kind, extent: &Extent) -> Value {
    let (shelf, address) = (kind.shelf(), format!("{base}/v1/{}", kind.path()));
    let mut dataset = dataset(base, kind.path(), &address, extent);
    dataset.insert("title".into(), texts(|language| title(kind, language)));
    let of = |language: Language| {
        let of = [" – ", "：", " – "];
        format!("{}{}{}", language.of(ALL), language.of(of), title(kind, language))
    };
    let mut about = texts(of);
    if let Some(about) = about.as_object_mut() {
        about.insert("en".into(), shelf.about().into());
    }
    dataset.insert("description".into(), about);
    let forms = forms_of_lists(shelf).into_iter().map(|form| {
        let address = format!("{address}?format={}", form.name());
        distribution(base, kind.path(), &address, form.media(), file_type(form))
    });
    dataset.insert("distribution".into(), forms.collect());
    dataset.into()
}

/// The catalogue, as JSON-LD with its context inline.
#[must_use]
pub fn catalog(base: &str, extents: &[(Kind, Extent)]) -> Value {
    let whole = Extent {
        modified: extents.iter().filter_map(|(_, extent)| extent.modified).max(),
        days: extents
            .iter()
            .filter_map(|(_, extent)| extent.days.clone())
            .reduce(|(first, last), (from, to)| (first.min(from), last.max(to))),
    };
    let mut all = dataset(base, "registry", &format!("{base}/"), &whole);
    all.insert("title".into(), texts(|language| language.of(ALL).to_owned()));
    all.insert("description".into(), texts(|language| language.of(ALL).to_owned()));
    let snapshot = format!("{base}/v1/snapshot");
    let snapshot =
        distribution(base, "registry", &snapshot, Format::Ndjson.media(), file_type(Format::Ndjson));
    all.insert("distribution".into(), json!([snapshot]));
    let parts = extents.iter().map(|(kind, extent)| dataset_of(base, *kind, extent));
    let datasets: Vec<Value> = [all.into()].into_iter().chain(parts).collect();
    let served: Vec<&Value> = datasets.iter().filter_map(|dataset| dataset.get("id")).collect();
    let service = json!({
        "id": format!("{base}/catalog.jsonld#api"), "type": "dcat:DataService", "title": {"fr": "API Kakehashi", "ja": "Kakehashi API", "en": "Kakehashi API"},
        "endpointURL": format!("{base}/"), "endpointDescription": format!("{base}/openapi.json"),
        "conformsTo": "https://spec.openapis.org/oas/v3.1.0", "license": LICENCE, "servesDataset": served
    });
    let mut catalog = Map::new();
    catalog.insert("@context".into(), context());
    catalog.insert("id".into(), format!("{base}/catalog.jsonld").into());
    catalog.insert("type".into(), "dcat:Catalog".into());
    catalog.insert("title".into(), json!({"fr": "Kakehashi", "ja": "架け橋", "en": "Kakehashi"}));
    catalog.insert("description".into(), texts(|language| language.of(ALL).to_owned()));
    catalog.insert("homepage".into(), format!("{base}/").into());
    catalog.extend(whole.modified.map(|modified| ("modified".to_owned(), rfc3339(modified).into())));
    catalog.insert("license".into(), LICENCE.into());
    catalog.insert(
        "language".into(),
        ["FRA", "JPN", "ENG"].iter().map(|code| Value::from(format!("{EU}/language/{code}"))).collect(),
    );
    let publisher = json!({"id": format!("{base}/#publisher"), "type": "foaf:Agent", "name": "Kakehashi", "homepage": format!("{base}/")});
    catalog.insert("publisher".into(), publisher);
    catalog.insert("service".into(), json!([service]));
    catalog.insert("dataset".into(), datasets.into());
    catalog.into()
}

/// The links of the service (RFC 9727, as a link set of RFC 9264).
#[must_use]
pub fn linkset(base: &str) -> Value {
    let link = |path: &str, media: &str| json!([{"href": format!("{base}{path}"), "type": media}]);
    json!({"linkset": [{
        "anchor": format!("{base}/"),
        "service-desc": link("/openapi.json", "application/json"),
        "service-doc": link("/docs/", "text/html"),
        "service-meta": link("/catalog.jsonld", "application/ld+json"),
        "status": link("/health/ready", "application/json"),
        "license": [{"href": LICENCE}]
    }]})
}
