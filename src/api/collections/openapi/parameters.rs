//! OpenAPI parameters of collections.

use crate::api::collections::representation::{self, selectable_fields};
use crate::domain::kind::Kind;
use crate::http::openapi::{
    format_parameter, if_none_match_parameter, list_parameter, parameter_ref, single_parameter,
};
use crate::kinds::all;
use serde_json::{Value, json};

pub(super) fn id_parameter(kind: Kind) -> Value {
    let example = if kind == Kind::Rencontre { "number:8" } else { "slug:example" };
    json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": format!("The UUID of the {}, or `scheme:value` of one of its identifiers.", kind.as_str().replace('_', " ")),
        "example": example
    })
}

pub(super) fn fields_parameter(kind: Kind) -> Value {
    list_parameter(
        "fields",
        "Only these members are answered, in JSON, NDJSON and CSV; other forms have members of their own.",
        &json!({"type": "string", "enum": selectable_fields(all::definition(kind))}),
        "id,label",
    )
}

pub(super) fn as_of_parameter() -> Value {
    let description = "The record as the registry held it at this time (RFC 3339), or at the first instant of this day (UTC). A \
                 record that did not exist yet is a 404, one that was deleted then a 410; one that is deleted today is found.";
    single_parameter("as_of", description, &json!({"type": "string"}), &"2026-11-30T12:00:00Z".into())
}

pub(super) fn valid_on_parameter(listed: bool) -> Value {
    let description = "What is dated gets the member `holds`: whether it held on this day (`yes`, `no`, or `possible`, where the dates do not tell). An end that is not recorded is unknown.";
    let left_out = if listed { " A record nothing of which can have held is left out." } else { "" };
    single_parameter(
        "valid_on",
        &format!("{description}{left_out}"),
        &json!({"type": "string", "format": "date"}),
        &"2015-06-01".into(),
    )
}

pub(super) fn include_parameter() -> Value {
    let paths: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
    let description = "Collections whose records that refer to this one are answered with it, in `included`: at most 50 of each, \
                 in the order of their list, as they are today. A record that only cites this one is not among them.";
    list_parameter("include", description, &json!({"type": "string", "enum": paths}), "partnerships,visits")
}

pub(super) fn erase_parameter() -> Value {
    let description = "Whether all its versions are erased too.";
    single_parameter("erase", description, &json!({"type": "boolean", "default": false}), &true.into())
}

pub(super) fn common_parameters(kind: Kind) -> Vec<Value> {
    let definition = all::definition(kind);
    let keys: Vec<&str> = definition.sort_keys().iter().map(|sort| sort.name).chain(["updated_at"]).collect();
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
        format_parameter(&representation::list_formats(definition)),
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
