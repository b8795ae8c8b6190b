//! The parameters of the endpoints that every kind has alike, as the document describes them.

use super::forms;
use super::query::selectable_fields;
use crate::http::negotiation::MediaFormat;
use crate::registry::filter::{self, Filter, FilterType};
use crate::vocabulary::codes::VocabularyTerm;
use crate::vocabulary::{Kind, period};
use serde_json::{Value, json};

pub(super) fn parameter_refs(names: &[&str]) -> Value {
    names.iter().map(|name| parameter_ref(name)).collect()
}

pub(super) fn add_parameters(parameters: &mut Value, more: &[Value]) {
    parameters.as_array_mut().into_iter().for_each(|list| list.extend_from_slice(more));
}

/// A parameter that several operations share.
#[must_use]
pub fn parameter_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

pub(super) fn id_parameter(kind: Kind) -> Value {
    let example = if kind == Kind::Rencontre { "number:8" } else { "slug:example" };
    json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": format!("The UUID of the {}, or `scheme:value` of one of its identifiers.", kind.as_str().replace('_', " ")),
        "example": example
    })
}

/// `*`, or a list of `ETags` (RFC 9110 8.8.3).
const ETAG_LIST_PATTERN: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

pub(super) fn header_parameter(name: &str, required: bool, about: &str, example: &str) -> Value {
    let schema = json!({"type": "string", "pattern": ETAG_LIST_PATTERN});
    json!({"name": name, "in": "header", "required": required, "schema": schema, "description": about, "example": example})
}

pub(super) fn if_match_parameter(required: bool) -> Value {
    let about = "The ETag (or only `\"version\"`) of the record that is to be changed; another version by now is a 412. `*` overrides on purpose.";
    // Not `required` in the document: without it the answer is the 428 that is described.
    header_parameter(
        "If-Match",
        false,
        if required {
            about
        } else {
            "Needed when the path has a UUID: the ETag of the record that is to be replaced, or `*`."
        },
        "\"7\"",
    )
}

pub(super) fn create_only_parameter() -> Value {
    header_parameter("If-None-Match", false, "`*` only creates: a record that exists is a 412.", "*")
}

/// The header by which a caller says what it has.
#[must_use]
pub fn if_none_match_parameter() -> Value {
    let about = "The ETag that the caller has: the same answer is a 304.";
    json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"}, "description": about,
        "example": "\"7-0011223344556677\""
    })
}

pub(super) fn fields_parameter(kind: Kind) -> Value {
    list_parameter(
        "fields",
        "Only these members are answered, in JSON, NDJSON and CSV; other forms have members of their own.",
        &json!({"type": "string", "enum": selectable_fields(kind.definition())}),
        "id,label",
    )
}

pub(super) fn as_of_parameter() -> Value {
    let about = "The record as the registry held it at this time (RFC 3339), or at the first instant of this day (UTC). A \
                 record that did not exist yet is a 404, one that was deleted then a 410; one that is deleted today is found.";
    single_parameter("as_of", about, &json!({"type": "string"}), &"2026-11-30T12:00:00Z".into())
}

pub(super) fn valid_on_parameter(listed: bool) -> Value {
    let about = "What is dated gets the member `holds`: whether it held on this day (`yes`, `no`, or `possible`, where the dates do not tell). An end that is not recorded is unknown.";
    let left_out = if listed { " A record nothing of which can have held is left out." } else { "" };
    single_parameter(
        "valid_on",
        &format!("{about}{left_out}"),
        &json!({"type": "string", "format": "date"}),
        &"2015-06-01".into(),
    )
}

pub(super) fn include_parameter() -> Value {
    let paths: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
    let about = "Collections whose records that refer to this one are answered with it, in `included`: at most 50 of each, \
                 in the order of their list, as they are today. A record that only cites this one is not among them.";
    list_parameter("include", about, &json!({"type": "string", "enum": paths}), "partnerships,visits")
}

pub(super) fn erase_parameter() -> Value {
    let about = "Whether all its versions are erased too.";
    single_parameter("erase", about, &json!({"type": "boolean", "default": false}), &true.into())
}

pub(super) fn list_parameter(name: &str, about: &str, items: &Value, example: &str) -> Value {
    let example: Vec<&str> = example.split(',').collect();
    json!({
        "name": name, "in": "query", "required": false, "schema": {"type": "array", "items": items}, "style": "form", "explode": false,
        "description": about, "example": example
    })
}

pub(super) fn single_parameter(name: &str, about: &str, schema: &Value, example: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about, "example": example})
}

pub(super) fn code_schema(terms: &'static [VocabularyTerm]) -> (Value, &'static str) {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    (json!({"type": "string", "enum": codes}), terms.first().map_or("", |term| term.code))
}

/// A filter as the document describes it.
#[must_use]
pub fn filter_parameters(filter: &Filter) -> Vec<Value> {
    let text = json!({"type": "string"});
    let parameter = |(name, about): (String, String)| match filter.filter_type {
        FilterType::Code(terms, _) | FilterType::Tag(terms, _) | FilterType::Codes(terms, _) => {
            let (items, example) = code_schema(terms);
            list_parameter(
                &name,
                &format!("{about} Repeated or separated by commas: any of them."),
                &items,
                example,
            )
        }
        FilterType::Reference(..) | FilterType::Records(..) => {
            let about = format!(
                "{about} A UUID or `scheme:value` ({}); repeated or separated by commas: any of them.",
                filter::reference_kind_list(&filter.filter_type)
            );
            list_parameter(&name, &about, &text, "dantai:221007")
        }
        FilterType::CodeFlags(terms, _) => {
            let codes = terms.iter().map(|term| term.code);
            let each =
                codes.flat_map(|code| [code.to_owned(), format!("{code}:true"), format!("{code}:false")]);
            let about = format!(
                "{about} `:false` after a code asks for the opposite. Repeated or separated by commas: any of them."
            );
            list_parameter(
                &name,
                &about,
                &json!({"type": "string", "enum": each.collect::<Vec<_>>()}),
                "JP:false",
            )
        }
        FilterType::AtLeast(_) => {
            single_parameter(&name, &about, &json!({"type": "integer", "minimum": 0}), &3.into())
        }
        FilterType::PeriodFromToday(_) => {
            let about =
                format!("{about} From today (UTC) on; an ISO 8601 duration in days, weeks, months or years.");
            single_parameter(
                &name,
                &about,
                &json!({"type": "string", "pattern": "^P[0-9YMWD]+$"}),
                &"P12M".into(),
            )
        }
        FilterType::Boolean(_) => single_parameter(&name, &about, &json!({"type": "boolean"}), &true.into()),
        FilterType::PartialDate(_) | FilterType::Number(_) if name.ends_with("[exists]") => {
            single_parameter(&name, &about, &json!({"type": "boolean"}), &true.into())
        }
        FilterType::PartialDate(_) => {
            single_parameter(&name, &format!("{about} An EDTF date or interval."), &text, &"2010/2019".into())
        }
        FilterType::DurationInMonths(_) => {
            let period = json!({"type": "string", "pattern": period::DURATION_PATTERN});
            single_parameter(
                &name,
                &format!("{about} A period of years and months (ISO 8601)."),
                &period,
                &"P36M".into(),
            )
        }
        FilterType::Number(_) => single_parameter(&name, &about, &json!({"type": "integer"}), &1.into()),
        FilterType::NumberTuple(count, ..) => {
            let example =
                if count == 3 { json!([35.18, 136.91, 50]) } else { json!([135.0, 34.0, 137.0, 36.0]) };
            let schema =
                json!({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count});
            json!({"name": name, "in": "query", "required": false, "schema": schema, "style": "form", "explode": false, "description": about, "example": example})
        }
    };
    filter.documented_parameters().into_iter().map(parameter).collect()
}

/// The form that is answered, among those offered.
#[must_use]
pub fn format_parameter(offered: &[MediaFormat]) -> Value {
    let names: Vec<&str> = offered.iter().map(|format| format.name()).collect();
    let about = "The form of the answer; wins over `Accept`. Of lists of records, forms other than `json` and `atom` are \
                 whole, unless `limit` or `cursor` is given.";
    single_parameter(
        "format",
        about,
        &json!({"type": "string", "enum": names, "default": "json"}),
        &"csv".into(),
    )
}

pub(super) fn common_parameters(kind: Kind) -> Vec<Value> {
    let shelf = kind.definition();
    let keys: Vec<&str> = shelf.sort_keys().iter().map(|sort| sort.name).chain(["updated_at"]).collect();
    let either: Vec<String> = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
    let sort = format!(
        "The order: {}; `-` reverses. Unset values come last both ways, and the id decides at the end.",
        keys.join(", ")
    );
    vec![
        list_parameter(
            "identifier",
            "Bears one of these identifiers, as `scheme:value`.",
            &json!({"type": "string"}),
            "slug:example",
        ),
        single_parameter(
            "updated_at[gte]",
            "Written at or after this time (RFC 3339) or day.",
            &json!({"type": "string"}),
            &"2026-11-01".into(),
        ),
        single_parameter(
            "updated_at[lte]",
            "Written at or before this time (RFC 3339) or day.",
            &json!({"type": "string"}),
            &"2026-11-30T12:00:00Z".into(),
        ),
        parameter_ref("q"),
        list_parameter("sort", &sort, &json!({"type": "string", "enum": either}), "updated_at"),
        fields_parameter(kind),
        format_parameter(&forms::list_formats(shelf)),
        parameter_ref("bom"),
        parameter_ref("delimiter"),
        parameter_ref("headings"),
        parameter_ref("limit"),
        parameter_ref("cursor"),
        parameter_ref("count"),
        if_none_match_parameter(),
        parameter_ref("lang"),
    ]
}
