//! The documentation of the endpoints that every kind has alike.
#![expect(clippy::indexing_slicing, reason = "a JSON value grows the member that it is indexed with")]

use super::Collection;
use super::query::fields;
use super::schemas::{self, all, reference};
use crate::registry::filter::{self, Filter, Test};
use crate::vocabulary::Kind;
use crate::vocabulary::codes::Term;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa_actix_web::OpenApiFactory;

impl OpenApiFactory for Collection {
    fn paths(&self) -> Paths {
        serde_json::from_value(self.describe()).unwrap_or_default()
    }

    fn schemas(&self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        let read = |(name, schema)| Some((name, serde_json::from_value(schema).ok()?));
        schemas.extend(all().into_iter().filter_map(read));
    }
}

impl Collection {
    /// The paths of the collection, as they stand in the document.
    #[must_use]
    pub fn describe(self) -> Value {
        let (path, shelf) = (self.0.path(), self.0.shelf());
        let mut paths = Map::new();
        paths.insert(format!("/v1/{path}"), json!({"get": self.list(None), "post": self.create()}));
        let one = json!({"parameters": [name_parameter(self.0)], "get": self.get(), "put": self.put(), "patch": self.patch(), "delete": self.delete()});
        paths.insert(format!("/v1/{path}/{{id}}"), one);
        let owners = json!({"parameters": [name_parameter(self.0)], "get": self.owners()});
        paths.insert(format!("/v1/{path}/{{id}}/owners"), owners);
        self.describe_history(&mut paths);
        if let Some((parent, _)) = shelf.parent() {
            let below = json!({"parameters": [name_parameter(parent)], "get": self.list(Some(parent))});
            paths.insert(format!("/v1/{}/{{id}}/{path}", parent.path()), below);
        }
        paths.into()
    }

    /// The singular with its article.
    pub(super) fn one(self) -> String {
        let noun = self.0.as_str().replace('_', " ");
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    fn many(self) -> String {
        self.0.path().replace('-', " ")
    }

    pub(super) fn operation(self, verb: &str, summary: &str, about: &str) -> Value {
        let noun = match verb {
            "list" => self.0.path().replace('-', "_"),
            _ => self.0.as_str().to_owned(),
        };
        json!({"operationId": format!("{verb}_{noun}"), "tags": [self.0.path()], "summary": summary, "description": about})
    }

    fn list(self, parent: Option<Kind>) -> Value {
        let shelf = self.0.shelf();
        let about = format!(
            "{} A page at a time, in a stable order; `page.next` is the address of the next.",
            shelf.about()
        );
        let mut operation = self.operation("list", &format!("List {}", self.many()), &about);
        if let Some(parent) = parent {
            let of = parent.as_str();
            operation["operationId"] = format!("list_{of}_{}", self.0.path()).into();
            operation["summary"] = format!("List the {} of a {of}", self.many()).into();
        }
        let mut parameters: Vec<Value> = shelf.filters().iter().flat_map(filter_parameters).collect();
        parameters.extend(common_parameters(self.0));
        operation["parameters"] = parameters.into();
        let page = json!({"headers": headers(&["ETag", "Link"]), "description": "A page", "content": content("application/json", &format!("{}Page", shelf.one()))});
        let mut statuses = vec![
            ("200", page),
            ("304", json!({"description": "Nothing has changed since the `If-None-Match` given"})),
        ];
        statuses.extend(parent.map(|_| problem("404")));
        statuses.extend(parent.map(|_| problem("410")));
        operation["responses"] = responses(statuses, &["400", "503"]);
        operation
    }

    fn get(self) -> Value {
        let about = "By UUID or by `scheme:value` of one of its identifiers.";
        let mut operation = self.operation("get", &format!("Get {}", self.one()), about);
        operation["parameters"] =
            json!([fields_parameter(self.0), as_of(), if_none_match(), parameter_ref("lang")]);
        let mut found = self.record("The record; with `fields`, only the members asked for");
        found["content"]["application/json"]["schema"] = schemas::shown(self.0.shelf().one());
        operation["responses"] = responses(
            vec![
                ("200", found),
                (
                    "301",
                    json!({"description": "It was merged into the record at `Location`", "headers": headers(&["Location"])}),
                ),
                ("304", json!({"description": "It has not changed since the `If-None-Match` given"})),
            ],
            &["400", "404", "410", "503"],
        );
        operation
    }

    fn create(self) -> Value {
        let about = "Makes a record with a new id. An identifier that another record has already is a 409 naming that record.";
        let mut operation = self.operation("create", &format!("Create {}", self.one()), about);
        operation["parameters"] = refs(&["idempotency_key", "change_comment", "force", "lang"]);
        operation["requestBody"] = json!({"required": true, "content": content("application/json", &format!("{}Input", self.0.shelf().one()))});
        self.writes(&mut operation, true, &["400", "401", "403", "409", "412", "413", "415", "422", "503"]);
        operation
    }

    fn put(self) -> Value {
        let about = "By UUID: replaces the record, and needs `If-Match`. By `scheme:value`: makes or replaces it (upsert); \
                     onto a record that another origin wrote last it is a 409 `changed_elsewhere`. Members left out are \
                     removed, except identifiers of schemes the key does not own and citations of other origins. With \
                     `base_version`, what differs from that version is merged into the record as it is now.";
        let mut operation = self.operation("put", &format!("Replace or upsert {}", self.one()), about);
        operation["parameters"] =
            refs(&["base_version", "force", "idempotency_key", "change_comment", "lang"]);
        push(&mut operation["parameters"], &[if_match(false), only_create()]);
        operation["requestBody"] = json!({"required": true, "content": content("application/json", &format!("{}Input", self.0.shelf().one()))});
        self.writes(
            &mut operation,
            true,
            &["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428", "503"],
        );
        operation
    }

    fn patch(self) -> Value {
        let about = "A merge patch (RFC 7396), or a JSON Patch (RFC 6902), which also reaches into lists.";
        let mut operation = self.operation("patch", &format!("Change a part of {}", self.one()), about);
        operation["parameters"] =
            refs(&["base_version", "force", "idempotency_key", "change_comment", "lang"]);
        push(&mut operation["parameters"], &[if_match(true)]);
        let merge = format!("{}Patch", self.0.shelf().one());
        let mut types = content("application/merge-patch+json", &merge);
        types["application/json"] = json!({"schema": reference(&merge)});
        types["application/json-patch+json"] = json!({"schema": reference("JsonPatch")});
        operation["requestBody"] = json!({"required": true, "content": types});
        self.writes(
            &mut operation,
            false,
            &["400", "401", "403", "404", "409", "410", "412", "413", "415", "422", "428", "503"],
        );
        operation
    }

    fn delete(self) -> Value {
        let about = "A tombstone stays: the id and the identifiers answer 410. A record that others refer to is not deleted (409). \
                     With `erase=true` no version of it keeps a word, for privacy; that needs the scope `admin`, and takes a \
                     record that is deleted already as well.";
        let mut operation = self.operation("delete", &format!("Delete {}", self.one()), about);
        operation["parameters"] = refs(&["force", "change_comment", "lang"]);
        push(&mut operation["parameters"], &[erase(), if_match(true)]);
        operation["security"] = json!([{"key": []}]);
        operation["responses"] = responses(
            vec![("204", json!({"description": "Deleted"}))],
            &["400", "401", "403", "404", "409", "410", "412", "428", "503"],
        );
        operation
    }

    fn owners(self) -> Value {
        let about = "Member by member, down to a language of a text, a date, a Ref or a list. `protected` members are the \
                     own of an origin whose identifier the record bears: others change them with `force=true` only.";
        let noun = self.0.as_str();
        let summary = format!("See who wrote which member of {}", self.one());
        let mut operation = self.operation("get", &summary, about);
        operation["operationId"] = format!("get_{noun}_owners").into();
        operation["parameters"] = refs(&["lang"]);
        let page = json!({"headers": headers(&["ETag"]), "description": "The members", "content": content("application/json", "OwnerPage")});
        let same = json!({"description": "Nothing has changed since the `If-None-Match` given"});
        operation["responses"] = responses(vec![("200", page), ("304", same)], &["400", "404", "410", "503"]);
        operation
    }

    pub(super) fn record(self, about: &str) -> Value {
        json!({"description": about, "headers": headers(&["ETag"]), "content": content("application/json", self.0.shelf().one())})
    }

    pub(super) fn writes(self, operation: &mut Value, creates: bool, problems: &[&'static str]) {
        operation["security"] = json!([{"key": []}]);
        let mut statuses = vec![];
        if creates {
            let mut made = self.record("Made; the record as it is now");
            made["headers"] = headers(&["ETag", "Location"]);
            statuses.push(("201", made));
        }
        if operation["operationId"] != format!("create_{}", self.0.as_str()) {
            statuses.push(("200", self.record("Written, or so already; the record as it is now")));
        }
        operation["responses"] = responses(statuses, problems);
    }
}

fn refs(names: &[&str]) -> Value {
    names.iter().map(|name| parameter_ref(name)).collect()
}

fn push(parameters: &mut Value, more: &[Value]) {
    parameters.as_array_mut().into_iter().for_each(|list| list.extend_from_slice(more));
}

/// The content of a body or answer: one type, one component.
#[must_use]
pub fn content(media: &str, component: &str) -> Value {
    json!({media: {"schema": reference(component)}})
}

pub(super) fn headers(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")})))
        .collect::<Map<_, _>>()
        .into()
}

fn problem(status: &'static str) -> (&'static str, Value) {
    (status, json!({"$ref": format!("#/components/responses/{status}")}))
}

/// The answers of an operation: its own, the named problems, and any other problem.
#[must_use]
pub fn responses(own: Vec<(&'static str, Value)>, problems: &[&'static str]) -> Value {
    let mut all: Map<String, Value> =
        own.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect();
    for status in problems.iter().chain(&["default"]) {
        let (status, answer) = problem(status);
        all.insert(status.to_owned(), answer);
    }
    all.into()
}

/// A parameter that several operations share.
#[must_use]
pub fn parameter_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

pub(super) fn name_parameter(kind: Kind) -> Value {
    let example = if kind == Kind::Rencontre { "number:8" } else { "slug:example" };
    json!({
        "name": "id", "in": "path", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 129},
        "description": format!("The UUID of the {}, or `scheme:value` of one of its identifiers.", kind.as_str().replace('_', " ")),
        "example": example
    })
}

/// `*`, or a list of `ETags` (RFC 9110 8.8.3).
const ETAGS: &str = r#"^(\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$"#;

fn header(name: &str, required: bool, about: &str, example: &str) -> Value {
    let schema = json!({"type": "string", "pattern": ETAGS});
    json!({"name": name, "in": "header", "required": required, "schema": schema, "description": about, "example": example})
}

pub(super) fn if_match(required: bool) -> Value {
    let about = "The ETag (or only `\"version\"`) of the record that is to be changed; another version by now is a 412. `*` overrides on purpose.";
    // Not `required` in the document: without it the answer is the 428 that is described.
    header(
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

fn only_create() -> Value {
    header("If-None-Match", false, "`*` only creates: a record that exists is a 412.", "*")
}

pub(super) fn if_none_match() -> Value {
    let about = "The ETag that the caller has: the same answer is a 304.";
    json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"}, "description": about,
        "example": "\"7-0011223344556677\""
    })
}

fn fields_parameter(kind: Kind) -> Value {
    many(
        "fields",
        "Only these members are answered.",
        &json!({"type": "string", "enum": fields(kind.shelf())}),
        "id,label",
    )
}

fn as_of() -> Value {
    let about = "The record as the registry held it at this time (RFC 3339), or at the first instant of this day (UTC). A \
                 record that did not exist yet is a 404, one that was deleted then a 410; one that is deleted today is found.";
    single("as_of", about, &json!({"type": "string"}), &"2026-11-30T12:00:00Z".into())
}

fn erase() -> Value {
    let about = "Whether all its versions are erased too.";
    single("erase", about, &json!({"type": "boolean", "default": false}), &true.into())
}

fn many(name: &str, about: &str, items: &Value, example: &str) -> Value {
    let example: Vec<&str> = example.split(',').collect();
    json!({
        "name": name, "in": "query", "required": false, "schema": {"type": "array", "items": items}, "style": "form", "explode": false,
        "description": about, "example": example
    })
}

fn single(name: &str, about: &str, schema: &Value, example: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema, "description": about, "example": example})
}

fn codes(terms: &'static [Term]) -> (Value, &'static str) {
    let codes: Vec<&str> = terms.iter().map(|term| term.code).collect();
    (json!({"type": "string", "enum": codes}), terms.first().map_or("", |term| term.code))
}

fn filter_parameters(filter: &Filter) -> Vec<Value> {
    let text = json!({"type": "string"});
    let parameter = |(name, about): (String, String)| match filter.test {
        Test::Code(terms, _) | Test::Tag(terms, _) | Test::Codes(terms, _) => {
            let (items, example) = codes(terms);
            many(&name, &format!("{about} Repeated or separated by commas: any of them."), &items, example)
        }
        Test::Refers(..) | Test::Records(..) => {
            let about = format!(
                "{about} A UUID or `scheme:value` ({}); repeated or separated by commas: any of them.",
                filter::kinds(&filter.test)
            );
            many(&name, &about, &text, "dantai:221007")
        }
        Test::Flag(_) => single(&name, &about, &json!({"type": "boolean"}), &true.into()),
        Test::Dates(_) | Test::Number(_) if name.ends_with("[exists]") => {
            single(&name, &about, &json!({"type": "boolean"}), &true.into())
        }
        Test::Dates(_) => {
            single(&name, &format!("{about} An EDTF date or interval."), &text, &"2010/2019".into())
        }
        Test::Number(_) => single(&name, &about, &json!({"type": "integer"}), &1.into()),
        Test::Numbers(count, ..) => {
            let example =
                if count == 3 { json!([35.18, 136.91, 50]) } else { json!([135.0, 34.0, 137.0, 36.0]) };
            let schema =
                json!({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count});
            json!({"name": name, "in": "query", "required": false, "schema": schema, "style": "form", "explode": false, "description": about, "example": example})
        }
    };
    filter.parameters().into_iter().map(parameter).collect()
}

fn common_parameters(kind: Kind) -> Vec<Value> {
    let shelf = kind.shelf();
    let keys: Vec<&str> = shelf.sorts().iter().map(|sort| sort.name).chain(["updated_at"]).collect();
    let either: Vec<String> = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
    let sort = format!(
        "The order: {}; `-` reverses. Unset values come last both ways, and the id decides at the end.",
        keys.join(", ")
    );
    vec![
        many(
            "identifier",
            "Bears one of these identifiers, as `scheme:value`.",
            &json!({"type": "string"}),
            "slug:example",
        ),
        single(
            "updated_at[gte]",
            "Written at or after this time (RFC 3339) or day.",
            &json!({"type": "string"}),
            &"2026-11-01".into(),
        ),
        single(
            "updated_at[lte]",
            "Written at or before this time (RFC 3339) or day.",
            &json!({"type": "string"}),
            &"2026-11-30T12:00:00Z".into(),
        ),
        parameter_ref("q"),
        many("sort", &sort, &json!({"type": "string", "enum": either}), "updated_at"),
        fields_parameter(kind),
        parameter_ref("limit"),
        parameter_ref("cursor"),
        parameter_ref("count"),
        if_none_match(),
        parameter_ref("lang"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_collection_is_described_as_openapi() {
        for kind in Kind::ALL {
            let described: Result<Paths, _> = serde_json::from_value(Collection(*kind).describe());
            assert!(described.is_ok(), "{kind:?}: {:?}", described.err());
        }
    }
}
