//! The DCAT-AP catalogue of the datasets, as JSON-LD, and the RFC 9727 link set of the API.

use crate::analytics::datasets::DatasetExtent;
use crate::api::collections::representation::list_formats;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::formats::atom::LICENCE_URL;
use crate::formats::values::kind_title;
use crate::http::negotiation::MediaFormat;
use crate::kinds::all;
use crate::util::clock::rfc3339;
use serde_json::{Map, Value, json};

/// The base of the controlled vocabularies (EU Publications Office) that DCAT-AP asks for.
const EU_AUTHORITY: &str = "http://publications.europa.eu/resource/authority";

/// Returns the JSON-LD context of the catalogue.
fn json_ld_context() -> Value {
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

/// Returns the code of a format in the EU vocabulary of file types.
fn file_type(format: MediaFormat) -> &'static str {
    match format {
        MediaFormat::Json => "JSON",
        MediaFormat::Csv => "CSV",
        MediaFormat::Ndjson => "JSONL",
        MediaFormat::GeoJson => "GEOJSON",
        MediaFormat::Calendar => "ICS",
        MediaFormat::JsonLd => "JSON_LD",
        MediaFormat::Atom => "ATOM",
    }
}

fn distribution_json(base: &str, dataset: &str, address: &str, media_type: &str, file_type: &str) -> Value {
    json!({
        "id": format!("{base}/catalog.jsonld#{dataset}-{}", file_type.to_lowercase()), "type": "dcat:Distribution",
        "title": {"fr": file_type.replace('_', "-"), "en": file_type.replace('_', "-")},
        "accessURL": address, "downloadURL": address,
        "mediaType": format!("https://www.iana.org/assignments/media-types/{media_type}"),
        "format": format!("{EU_AUTHORITY}/file-type/{file_type}"), "license": LICENCE_URL, "accessService": format!("{base}/catalog.jsonld#api")
    })
}

/// Returns the members that every dataset has.
fn base_dataset(base: &str, name: &str, landing_page: &str, extent: &DatasetExtent) -> Map<String, Value> {
    let mut dataset = Map::new();
    dataset.insert("id".into(), format!("{base}/catalog.jsonld#{name}").into());
    dataset.insert("type".into(), "dcat:Dataset".into());
    dataset.insert("identifier".into(), format!("{base}/catalog.jsonld#{name}").into());
    dataset.insert("landingPage".into(), landing_page.into());
    dataset.extend(extent.modified.map(|modified| ("modified".to_owned(), rfc3339(modified).into())));
    if let Some((first, last)) = &extent.period {
        let period = json!({"type": "dct:PeriodOfTime", "startDate": first, "endDate": last});
        dataset.insert("temporal".into(), period);
    }
    let codes = |list: &str, codes: &[&str]| -> Value {
        codes.iter().map(|code| Value::from(format!("{EU_AUTHORITY}/{list}/{code}"))).collect()
    };
    dataset.insert("language".into(), codes("language", &["FRA", "JPN", "ENG"]));
    dataset.insert("spatial".into(), codes("country", &["FRA", "JPN"]));
    dataset.insert("theme".into(), codes("data-theme", &["GOVE", "INTR"]));
    dataset.insert("accrualPeriodicity".into(), format!("{EU_AUTHORITY}/frequency/CONT").into());
    dataset.insert("accessRights".into(), format!("{EU_AUTHORITY}/access-right/PUBLIC").into());
    dataset.insert("license".into(), LICENCE_URL.into());
    dataset.insert("publisher".into(), format!("{base}/#publisher").into());
    dataset.insert(
        "keyword".into(),
        json!({"fr": ["coopération décentralisée", "jumelage", "Japon"], "ja": ["姉妹都市", "自治体交流", "フランス"], "en": ["decentralised cooperation", "twin towns", "France", "Japan"]}),
    );
    dataset
}

const REGISTRY_TITLE: [&str; 3] = [
    "Le registre de la coopération décentralisée franco-japonaise",
    "日仏自治体交流の記録簿",
    "The registry of Franco-Japanese decentralised cooperation",
];

/// Returns a JSON-LD language map of a text.
fn language_map(text: impl Fn(Language) -> String) -> Value {
    Language::ALL
        .into_iter()
        .map(|language| (language.tag().to_owned(), text(language).into()))
        .collect::<Map<_, _>>()
        .into()
}

/// Returns the dataset of one kind, with a distribution for each format.
fn kind_dataset(base: &str, kind: Kind, extent: &DatasetExtent) -> Value {
    let (definition, address) = (all::definition(kind), format!("{base}/v1/{}", kind.path()));
    let mut dataset = base_dataset(base, kind.path(), &address, extent);
    dataset.insert("title".into(), language_map(|language| kind_title(kind, language)));
    let full_title = |language: Language| {
        let separator = [" – ", "：", " – "];
        format!("{}{}{}", language.pick(REGISTRY_TITLE), language.pick(separator), kind_title(kind, language))
    };
    let mut description = language_map(full_title);
    if let Some(description) = description.as_object_mut() {
        description.insert("en".into(), definition.description().into());
    }
    dataset.insert("description".into(), description);
    let distributions = list_formats(definition).into_iter().map(|format| {
        let address = format!("{address}?format={}", format.name());
        distribution_json(base, kind.path(), &address, format.media_type(), file_type(format))
    });
    dataset.insert("distribution".into(), distributions.collect());
    dataset.into()
}

/// Returns the catalogue, as JSON-LD with an inline context: a dataset per kind, and one of the whole
/// registry.
#[must_use]
pub(super) fn dcat_catalog(base: &str, extents: &[(Kind, DatasetExtent)]) -> Value {
    let registry_extent = DatasetExtent {
        modified: extents.iter().filter_map(|(_, extent)| extent.modified).max(),
        period: extents
            .iter()
            .filter_map(|(_, extent)| extent.period.clone())
            .reduce(|(first, last), (from, to)| (first.min(from), last.max(to))),
    };
    let mut registry = base_dataset(base, "registry", &format!("{base}/"), &registry_extent);
    registry.insert("title".into(), language_map(|language| language.pick(REGISTRY_TITLE).to_owned()));
    registry.insert("description".into(), language_map(|language| language.pick(REGISTRY_TITLE).to_owned()));
    let snapshot = format!("{base}/v1/snapshot");
    let snapshot = distribution_json(
        base,
        "registry",
        &snapshot,
        MediaFormat::Ndjson.media_type(),
        file_type(MediaFormat::Ndjson),
    );
    registry.insert("distribution".into(), json!([snapshot]));
    let kind_datasets = extents.iter().map(|(kind, extent)| kind_dataset(base, *kind, extent));
    let datasets: Vec<Value> = [registry.into()].into_iter().chain(kind_datasets).collect();
    let dataset_ids: Vec<&Value> = datasets.iter().filter_map(|dataset| dataset.get("id")).collect();
    let service = json!({
        "id": format!("{base}/catalog.jsonld#api"), "type": "dcat:DataService", "title": {"fr": "API Kakehashi", "ja": "Kakehashi API", "en": "Kakehashi API"},
        "endpointURL": format!("{base}/"), "endpointDescription": format!("{base}/openapi.json"),
        "conformsTo": "https://spec.openapis.org/oas/v3.1.0", "license": LICENCE_URL, "servesDataset": dataset_ids
    });
    let mut catalog = Map::new();
    catalog.insert("@context".into(), json_ld_context());
    catalog.insert("id".into(), format!("{base}/catalog.jsonld").into());
    catalog.insert("type".into(), "dcat:Catalog".into());
    catalog.insert("title".into(), json!({"fr": "Kakehashi", "ja": "架け橋", "en": "Kakehashi"}));
    catalog.insert("description".into(), language_map(|language| language.pick(REGISTRY_TITLE).to_owned()));
    catalog.insert("homepage".into(), format!("{base}/").into());
    catalog
        .extend(registry_extent.modified.map(|modified| ("modified".to_owned(), rfc3339(modified).into())));
    catalog.insert("license".into(), LICENCE_URL.into());
    catalog.insert(
        "language".into(),
        ["FRA", "JPN", "ENG"]
            .iter()
            .map(|code| Value::from(format!("{EU_AUTHORITY}/language/{code}")))
            .collect(),
    );
    let publisher = json!({"id": format!("{base}/#publisher"), "type": "foaf:Agent", "name": "Kakehashi", "homepage": format!("{base}/")});
    catalog.insert("publisher".into(), publisher);
    catalog.insert("service".into(), json!([service]));
    catalog.insert("dataset".into(), datasets.into());
    catalog.into()
}

/// Returns the link set (RFC 9264) of the API.
#[must_use]
pub(super) fn api_linkset(base: &str) -> Value {
    let link = |path: &str, media_type: &str| json!([{"href": format!("{base}{path}"), "type": media_type}]);
    json!({"linkset": [{
        "anchor": format!("{base}/"),
        "service-desc": link("/openapi.json", "application/json"),
        "service-doc": link("/docs/", "text/html"),
        "service-meta": link("/catalog.jsonld", "application/ld+json"),
        "status": link("/health/ready", "application/json"),
        "license": [{"href": LICENCE_URL}]
    }]})
}
