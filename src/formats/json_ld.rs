//! Records as JSON-LD 1.1 with schema.org and Wikidata terms. The context is inline, so that documents can
//! be read offline.

use super::atom::LICENCE_URL;
use super::calendar::is_exact_date;
use super::renderer::{RenderContext, Renderer};
use super::values::{is_language_map, string_member, values_at};
use crate::kinds::authorities::locations::Locations;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The datatype of dates that have no type in XML Schema.
const EDTF_DATATYPE: &str = "edtf:EDTF";

/// Returns the context of every document.
#[must_use]
pub fn json_ld_context() -> Value {
    let in_languages = |term: &str| json!({"@id": term, "@container": "@language"});
    let link = |term: &str| json!({"@id": term, "@type": "@id"});
    json!({
        "@version": 1.1,
        "schema": "https://schema.org/", "dct": "http://purl.org/dc/terms/", "xsd": "http://www.w3.org/2001/XMLSchema#",
        "edtf": "http://id.loc.gov/datatypes/edtf/", "prov": "http://www.w3.org/ns/prov#",
        "wd": "http://www.wikidata.org/entity/", "wdt": "http://www.wikidata.org/prop/direct/",
        "p": "http://www.wikidata.org/prop/", "ps": "http://www.wikidata.org/prop/statement/",
        "pq": "http://www.wikidata.org/prop/qualifier/", "pr": "http://www.wikidata.org/prop/reference/",
        "wikibase": "http://wikiba.se/ontology#",
        "id": "@id", "type": "@type", "graph": "@graph",
        "name": in_languages("schema:name"), "alternateName": in_languages("schema:alternateName"),
        "description": in_languages("schema:description"), "keywords": "schema:keywords",
        "sameAs": link("schema:sameAs"), "url": link("schema:url"), "citation": link("schema:citation"),
        "sdDatePublished": {"@id": "schema:sdDatePublished", "@type": "xsd:dateTime"}, "sdLicense": link("schema:sdLicense"),
        "identifier": "schema:identifier", "propertyID": "schema:propertyID", "value": "schema:value",
        "startDate": "schema:startDate", "endDate": "schema:endDate", "temporal": "schema:temporalCoverage",
        "geo": "schema:geo", "latitude": "schema:latitude", "longitude": "schema:longitude"
    })
}

/// Writes a document of records.
pub struct JsonLdRenderer<W: Write> {
    out: W,
    setting: RenderContext,
    has_nodes: bool,
}

impl<W: Write> JsonLdRenderer<W> {
    /// Begins a document.
    pub fn begin(mut out: W, setting: RenderContext) -> io::Result<Self> {
        if !setting.is_single {
            write!(out, "{{\"@context\":{},\"graph\":[", json_ld_context())?;
        }
        Ok(Self { out, setting, has_nodes: false })
    }
}

impl<W: Write> Renderer for JsonLdRenderer<W> {
    fn write_record(&mut self, record: &Map<String, Value>, _places: &Locations) -> io::Result<()> {
        let mut node = build_node(record, &self.setting);
        if self.setting.is_single {
            node.shift_insert(0, "@context".into(), json_ld_context());
        } else if self.has_nodes {
            self.out.write_all(b",")?;
        }
        self.has_nodes = true;
        serde_json::to_writer(&mut self.out, &node)?;
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.write_all(if self.setting.is_single { b"\n" } else { b"]}\n" })?;
        self.out.flush()
    }
}

fn build_node(record: &Map<String, Value>, setting: &RenderContext) -> Map<String, Value> {
    let outline = setting.format_hints();
    let mut node = Map::new();
    node.insert("id".into(), setting.record_url(record).into());
    node.insert("type".into(), schema_org_classes(record, outline.schema_org_class).into());
    let label =
        ["name", "title"].into_iter().find_map(|name| record.get(name)).or_else(|| record.get("label"));
    node.extend(label.map(|label| ("name".to_owned(), label.clone())));
    let others: Vec<&Value> = values_at(record, "/aliases/text");
    node.extend((!others.is_empty()).then(|| ("alternateName".to_owned(), group_by_language(&others))));
    let about = outline.summary_members.iter().find_map(|member| record.get(*member));
    node.extend(
        about.filter(|about| is_language_map(about)).map(|about| ("description".to_owned(), about.clone())),
    );
    add_identifiers(record, &mut node);
    let website = ["website", "url", "document_url"].into_iter().find_map(|name| record.get(name));
    node.extend(website.map(|website| ("url".to_owned(), website.clone())));
    node.insert("sdDatePublished".into(), string_member(record, "updated_at").into());
    node.insert("sdLicense".into(), LICENCE_URL.into());
    if let (Some(lat), Some(lon)) =
        (values_at(record, "/location/lat").first(), values_at(record, "/location/lon").first())
    {
        node.insert(
            "geo".into(),
            json!({"type": "schema:GeoCoordinates", "latitude": lat, "longitude": lon}),
        );
    }
    let themes = values_at(record, "/themes");
    node.extend((!themes.is_empty()).then(|| ("keywords".to_owned(), json!(themes))));
    if let Some(date) = outline.calendar_dates.first().and_then(|occasion| record.get(occasion.member))
        && outline.schema_org_class == "Event"
    {
        add_event_dates(date, &mut node);
    }
    for (pointer, term) in outline.schema_org_terms {
        for value in values_at(record, pointer) {
            let list = node.entry((*term).to_owned()).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|list| list.push(to_property_value(value, setting)));
        }
    }
    let sources = source_urls(record, setting);
    if !sources.is_empty() {
        node.insert("citation".into(), sources.clone().into());
    }
    if let Some(pointer) = outline.partner_pointer() {
        let statements = twinning_statements(record, &values_at(record, pointer), &sources, setting);
        node.insert("dct:hasPart".into(), statements.into());
    }
    node
}

/// Returns the schema.org types of a record; for an authority they depend on its level.
fn schema_org_classes(record: &Map<String, Value>, class: &str) -> Vec<String> {
    let level = string_member(record, "level");
    let city = level.ends_with("city") || ["commune", "town", "village", "special_ward"].contains(&level);
    let more = if class == "AdministrativeArea" && city { Some("schema:City".to_owned()) } else { None };
    [format!("schema:{class}")].into_iter().chain(more).collect()
}

/// Groups texts by language.
fn group_by_language(texts: &[&Value]) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for (tag, text) in texts.iter().filter_map(|text| text.as_object()).flatten() {
        let list = all.entry(tag.clone()).or_insert_with(|| json!([]));
        list.as_array_mut().into_iter().for_each(|list| list.push(text.clone()));
    }
    all.into()
}

/// Adds identifiers; those of Wikidata and `GeoNames` become `sameAs`.
fn add_identifiers(record: &Map<String, Value>, node: &mut Map<String, Value>) {
    let (mut same, mut others) = (Vec::new(), Vec::new());
    for identifier in values_at(record, "/identifiers") {
        let part = |name: &str| identifier.get(name).and_then(Value::as_str).unwrap_or_default();
        match (part("scheme"), part("value")) {
            ("wikidata", value) => same.push(json!(format!("http://www.wikidata.org/entity/{value}"))),
            ("geonames", value) => same.push(json!(format!("https://sws.geonames.org/{value}/"))),
            (scheme, value) => {
                others.push(json!({"type": "schema:PropertyValue", "propertyID": scheme, "value": value}));
            }
        }
    }
    node.extend((!others.is_empty()).then(|| ("identifier".to_owned(), others.into())));
    node.extend((!same.is_empty()).then(|| ("sameAs".to_owned(), same.into())));
}

/// Adds the dates of an event: as written, and as days where they are known.
fn add_event_dates(date: &Value, node: &mut Map<String, Value>) {
    node.insert("temporal".into(), to_typed_literal(date));
    if is_exact_date(date["edtf"].as_str().unwrap_or_default()) {
        for (member, term) in [("earliest", "startDate"), ("latest", "endDate")] {
            node.insert(term.into(), json!({"@value": date[member], "@type": "xsd:date"}));
        }
    }
}

/// Returns a date as a literal of the narrowest type that holds it.
fn to_typed_literal(date: &Value) -> Value {
    let edtf = date["edtf"].as_str().unwrap_or_default();
    let plain = edtf.bytes().all(|letter| letter.is_ascii_digit() || letter == b'-');
    let season = edtf.get(5..7).is_some_and(|month| month > "12");
    let datatype = match edtf.len() {
        4 if plain => "xsd:gYear",
        7 if plain && !season => "xsd:gYearMonth",
        10 if plain => "xsd:date",
        _ => EDTF_DATATYPE,
    };
    json!({"@value": edtf, "@type": datatype})
}

/// Returns a value as the object of a property.
fn to_property_value(value: &Value, setting: &RenderContext) -> Value {
    if let Some(href) = value.get("href").and_then(Value::as_str) {
        let mut node = json!({"id": format!("{}{href}", setting.base_url)});
        if let (Some(node), Some(name)) = (node.as_object_mut(), value.get("name")) {
            node.insert("name".into(), name.clone());
        }
        return node;
    }
    if value.get("edtf").is_some() {
        return to_typed_literal(value);
    }
    if is_language_map(value) {
        let texts = value.as_object().into_iter().flatten();
        return texts.map(|(tag, text)| json!({"@value": text, "@language": tag})).collect();
    }
    match value.as_str().filter(|text| text.starts_with("https://") || text.starts_with("http://")) {
        Some(address) => json!({"id": address}),
        None => value.clone(),
    }
}

/// Returns the URLs of the cited sources, without duplicates.
fn source_urls(record: &Map<String, Value>, setting: &RenderContext) -> Vec<Value> {
    let mut sources: Vec<Value> = Vec::new();
    for href in values_at(record, "/citations/source/href").into_iter().filter_map(Value::as_str) {
        let source = Value::from(format!("{}{href}", setting.base_url));
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

/// Wikidata statements of twinning (P190) from each party to each other, with start (P580), end (P582) and
/// sources (P248).
fn twinning_statements(
    record: &Map<String, Value>,
    parties: &[&Value],
    sources: &[Value],
    setting: &RenderContext,
) -> Vec<Value> {
    let address = |party: &Value| {
        party.get("href").and_then(Value::as_str).map(|href| format!("{}{href}", setting.base_url))
    };
    let parties: Vec<String> = parties.iter().filter_map(|party| address(party)).collect();
    let mut statements = Vec::new();
    for from in &parties {
        for to in parties.iter().filter(|to| *to != from) {
            let mut statement = Map::new();
            statement.insert("type".into(), "wikibase:Statement".into());
            let direct = json!({"id": from, "wdt:P190": {"id": to}});
            statement.insert("@reverse".into(), json!({"p:P190": direct}));
            statement.insert("ps:P190".into(), json!({"id": to}));
            for (member, term) in [("since", "pq:P580"), ("until", "pq:P582")] {
                statement.extend(record.get(member).map(|date| (term.to_owned(), to_typed_literal(date))));
            }
            let references: Vec<Value> =
                sources.iter().map(|source| json!({"pr:P248": {"id": source}})).collect();
            if !references.is_empty() {
                statement.insert("prov:wasDerivedFrom".into(), references.into());
            }
            statements.push(statement.into());
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_the_narrowest_type() {
        for (edtf, expected) in [
            ("1958", "xsd:gYear"),
            ("2015-06", "xsd:gYearMonth"),
            ("2015-06-01", "xsd:date"),
            ("2026-23", EDTF_DATATYPE),
            ("201X", EDTF_DATATYPE),
            ("2016/2018", EDTF_DATATYPE),
            ("2022?-05-19", EDTF_DATATYPE),
        ] {
            assert_eq!(to_typed_literal(&json!({"edtf": edtf}))["@type"], expected, "{edtf}");
        }
    }
}
