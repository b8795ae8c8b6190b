//! OpenAPI operations of a collection and its records.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::parameters::{
    as_of_parameter, common_parameters, erase_parameter, fields_parameter, id_parameter, include_parameter,
    valid_on_parameter,
};
use super::schemas::{self, all_components};
use crate::api::collections::collection::Collection;
use crate::api::collections::representation;
use crate::api::filter_params::filter_parameters;
use crate::domain::kind::Kind;
use crate::formats::columns;
use crate::http::negotiation::MediaFormat;
use crate::http::openapi::{
    add_parameters, content, create_only_parameter, format_parameter, header_refs, if_match_parameter,
    if_none_match_parameter, parameter_ref, parameter_refs, problem_ref, responses, schema_ref,
};
use crate::kinds::all;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

impl OpenApiFactory for Collection {
    fn paths(&self) -> Paths {
        serde_json::from_value(self.openapi_paths()).unwrap_or_default()
    }

    fn schemas(&self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let read = |(name, schema)| Some((name, serde_json::from_value(schema).ok()?));
        schemas.extend(all_components().into_iter().filter_map(read));
    }
}

impl Collection {
    /// Returns the operations of the collection by path.
    #[must_use]
    pub fn openapi_paths(self) -> Value {
        let (path, definition) = (self.0.path(), all::definition(self.0));
        let mut paths = Map::new();
        paths.insert(
            format!("/v1/{path}"),
            json!({"get": self.list_operation(None), "post": self.create_operation()}),
        );
        let record_operations = json!({"parameters": [id_parameter(self.0)], "get": self.get_operation(), "put": self.put_operation(), "patch": self.patch_operation(), "delete": self.delete_operation()});
        paths.insert(format!("/v1/{path}/{{id}}"), record_operations);
        let owners = json!({"parameters": [id_parameter(self.0)], "get": self.owners_operation()});
        paths.insert(format!("/v1/{path}/{{id}}/owners"), owners);
        self.add_history_paths(&mut paths);
        if let Some((parent, _)) = definition.parent() {
            let parent_operations =
                json!({"parameters": [id_parameter(parent)], "get": self.list_operation(Some(parent))});
            paths.insert(format!("/v1/{}/{{id}}/{path}", parent.path()), parent_operations);
        }
        paths.into()
    }

    /// Returns the singular with its indefinite article.
    pub(super) fn noun_with_article(self) -> String {
        let noun = self.0.as_str().replace('_', " ");
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    /// Returns the plural, which is the path in words.
    fn plural_noun(self) -> String {
        self.0.path().replace('-', " ")
    }

    /// Begins an operation; its id is the verb with the singular, or with the plural for `list`.
    pub(super) fn new_operation(self, verb: &str, summary: &str, description: &str) -> Value {
        let noun = match verb {
            "list" => self.0.path().replace('-', "_"),
            _ => self.0.as_str().to_owned(),
        };
        json!({"operationId": format!("{verb}_{noun}"), "tags": [self.0.path()], "summary": summary, "description": description})
    }

    fn list_operation(self, parent: Option<Kind>) -> Value {
        let definition = all::definition(self.0);
        let description = format!(
            "{} A page at a time, in a stable order; `page.next` is the address of the next.",
            definition.description()
        );
        let mut operation = self.new_operation("list", &format!("List {}", self.plural_noun()), &description);
        if let Some(parent) = parent {
            let parent_noun = parent.as_str();
            operation["operationId"] = format!("list_{parent_noun}_{}", self.0.path()).into();
            operation["summary"] = format!("List the {} of a {parent_noun}", self.plural_noun()).into();
        }
        let mut parameters: Vec<Value> = definition.filters().iter().flat_map(filter_parameters).collect();
        parameters.extend(definition.validity_rules().map(|_| valid_on_parameter(true)));
        parameters.extend(common_parameters(self.0));
        operation["parameters"] = parameters.into();
        let mut page = json!({"headers": header_refs(&["ETag", "Link", "Vary"]), "description": "A page, or the whole list in another form", "content": content("application/json", &format!("{}Page", definition.schema_name()))});
        self.add_formats(&mut page, &representation::list_formats(definition));
        let mut statuses = vec![
            ("200", page),
            ("304", json!({"description": "Nothing has changed since the `If-None-Match` given"})),
        ];
        statuses.extend(parent.map(|_| problem_ref("404")));
        statuses.extend(parent.map(|_| problem_ref("410")));
        operation["responses"] = responses(statuses, &["400", "406", "503"]);
        operation
    }

    /// Adds the formats other than JSON to a response.
    fn add_formats(self, response: &mut Value, offered: &[MediaFormat]) {
        for format in offered.iter().filter(|format| **format != MediaFormat::Json) {
            let schema = match format {
                MediaFormat::Csv => {
                    let names: Vec<&str> =
                        columns::columns_of(self.0).iter().map(|column| column.name.as_str()).collect();
                    let description = format!(
                        "RFC 4180, a record a row. Items of a list are joined by ` | `; `label` and the names of Refs are in the language asked for. Columns: {}.",
                        names.join(", ")
                    );
                    json!({"type": "string", "description": description})
                }
                MediaFormat::GeoJson | MediaFormat::JsonLd => json!({"type": "object"}),
                _ => json!({"type": "string"}),
            };
            response["content"][format.media_type()] = json!({"schema": schema});
        }
    }

    fn get_operation(self) -> Value {
        let description = "By UUID or by `scheme:value` of one of its identifiers.";
        let offered = representation::record_formats(all::definition(self.0));
        let mut operation =
            self.new_operation("get", &format!("Get {}", self.noun_with_article()), description);
        let mut parameters = vec![fields_parameter(self.0), as_of_parameter(), include_parameter()];
        parameters.extend(all::definition(self.0).validity_rules().map(|_| valid_on_parameter(false)));
        parameters.push(format_parameter(&offered));
        parameters.extend(["bom", "delimiter", "headings"].map(parameter_ref));
        parameters.extend([if_none_match_parameter(), parameter_ref("lang")]);
        operation["parameters"] = parameters.into();
        let mut response = self.response_with_record("The record; with `fields`, only the members asked for");
        response["content"]["application/json"]["schema"] =
            schemas::full_or_sparse_schema(all::definition(self.0).schema_name());
        response["headers"] = header_refs(&["ETag", "Vary"]);
        self.add_formats(&mut response, &offered);
        operation["responses"] = responses(
            vec![
                ("200", response),
                (
                    "301",
                    json!({"description": "It was merged into the record at `Location`", "headers": header_refs(&["Location"])}),
                ),
                ("304", json!({"description": "It has not changed since the `If-None-Match` given"})),
            ],
            &["400", "404", "406", "410", "503"],
        );
        operation
    }

    fn create_operation(self) -> Value {
        let description = "Makes a record with a new id. An identifier that another record has already is a 409 naming that record.";
        let mut operation =
            self.new_operation("create", &format!("Create {}", self.noun_with_article()), description);
        operation["parameters"] =
            parameter_refs(&["dry_run", "idempotency_key", "change_comment", "force", "lang"]);
        operation["requestBody"] = json!({"required": true, "content": content("application/json", &format!("{}Input", all::definition(self.0).schema_name()))});
        self.add_write_responses(
            &mut operation,
            true,
            &["400", "401", "403", "409", "410", "412", "413", "415", "422", "503"],
        );
        operation
    }

    fn put_operation(self) -> Value {
        let description = "By UUID: replaces the record, and needs `If-Match`. By `scheme:value`: makes or replaces it (upsert); \
                     a body all of which is there already changes nothing. Members left out are removed, except identifiers \
                     of schemes the key does not own and citations of other origins. Without `If-Match` naming the version, \
                     a body that would change or remove members that another origin wrote last, or identifiers that it \
                     gave, is a 409 `changed_elsewhere`, whose `conflicts` list them. With `base_version`, what differs from that version \
                     is merged into the record as it is now; what others wrote is then removed only by an explicit null.";
        let mut operation = self.new_operation(
            "put",
            &format!("Replace or upsert {}", self.noun_with_article()),
            description,
        );
        operation["parameters"] = parameter_refs(&[
            "base_version",
            "dry_run",
            "force",
            "idempotency_key",
            "change_comment",
            "lang",
        ]);
        add_parameters(&mut operation["parameters"], &[if_match_parameter(false), create_only_parameter()]);
        operation["requestBody"] = json!({"required": true, "content": content("application/json", &format!("{}Input", all::definition(self.0).schema_name()))});
        self.add_write_responses(
            &mut operation,
            true,
            &["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428", "503"],
        );
        operation
    }

    fn patch_operation(self) -> Value {
        let description =
            "A merge patch (RFC 7396), or a JSON Patch (RFC 6902), which also reaches into lists.";
        let mut operation = self.new_operation(
            "patch",
            &format!("Change a part of {}", self.noun_with_article()),
            description,
        );
        operation["parameters"] = parameter_refs(&[
            "base_version",
            "dry_run",
            "force",
            "idempotency_key",
            "change_comment",
            "lang",
        ]);
        add_parameters(&mut operation["parameters"], &[if_match_parameter(true)]);
        let merge = format!("{}Patch", all::definition(self.0).schema_name());
        let mut types = content("application/merge-patch+json", &merge);
        types["application/json"] = json!({"schema": schema_ref(&merge)});
        types["application/json-patch+json"] = json!({"schema": schema_ref("JsonPatch")});
        operation["requestBody"] = json!({"required": true, "content": types});
        self.add_write_responses(
            &mut operation,
            false,
            &["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428", "503"],
        );
        operation
    }

    fn delete_operation(self) -> Value {
        let description = "A tombstone stays: the id and the identifiers answer 410. A record that others refer to is not deleted (409). \
                     With `erase=true` no version of it keeps a word, for privacy; that needs the scope `admin`, and takes a \
                     record that is deleted already as well.";
        let mut operation =
            self.new_operation("delete", &format!("Delete {}", self.noun_with_article()), description);
        operation["parameters"] = parameter_refs(&["dry_run", "force", "change_comment", "lang"]);
        add_parameters(&mut operation["parameters"], &[erase_parameter(), if_match_parameter(true)]);
        operation["security"] = json!([{"key": []}]);
        operation["responses"] = responses(
            vec![("204", json!({"description": "Deleted"}))],
            &["400", "401", "403", "404", "409", "410", "412", "428", "503"],
        );
        operation
    }

    fn owners_operation(self) -> Value {
        let description = "Member by member, down to a language of a text, a date, a Ref or a list; identifiers one by one. `protected` members are the \
                     own of an origin whose identifier the record bears: others change them with `force=true` only.";
        let noun = self.0.as_str();
        let summary = format!("See who wrote which member of {}", self.noun_with_article());
        let mut operation = self.new_operation("get", &summary, description);
        operation["operationId"] = format!("get_{noun}_owners").into();
        operation["parameters"] = parameter_refs(&["lang"]);
        let page = json!({"headers": header_refs(&["ETag"]), "description": "The members", "content": content("application/json", "OwnerPage")});
        let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
        operation["responses"] = responses(vec![("200", page), ("304", same)], &["400", "404", "410", "503"]);
        operation
    }

    /// Returns a response with a record and its `ETag`.
    pub(super) fn response_with_record(self, description: &str) -> Value {
        json!({"description": description, "headers": header_refs(&["ETag"]), "content": content("application/json", all::definition(self.0).schema_name())})
    }

    /// Adds the responses and the security of a write.
    pub(super) fn add_write_responses(self, operation: &mut Value, creates: bool, problems: &[&'static str]) {
        operation["security"] = json!([{"key": []}]);
        let mut statuses = vec![];
        if creates {
            let mut response = self.response_with_record("Made; the record as it is now");
            response["headers"] = header_refs(&["ETag", "Location"]);
            statuses.push(("201", response));
        }
        if operation["operationId"] != format!("create_{}", self.0.as_str()) {
            statuses
                .push(("200", self.response_with_record("Written, or so already; the record as it is now")));
        }
        operation["responses"] = responses(statuses, problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collection_is_described_as_openapi() {
        for kind in Kind::ALL {
            let described: Result<Paths, _> = serde_json::from_value(Collection(*kind).openapi_paths());
            assert!(described.is_ok(), "{kind:?}: {:?}", described.err());
        }
    }
}
