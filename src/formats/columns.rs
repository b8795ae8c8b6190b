//! The columns of a kind's table: its schema flattened, in the order of the schema, the same for every
//! record.

use super::values::localize;
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::kinds::all;
use crate::kinds::definition::Definition;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::OnceLock;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Its name: the members that lead to it and the part shown, joined by dots.
    pub name: String,
    path: Vec<String>,
    content: ColumnContent,
}

/// What a column shows of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnContent {
    /// The value: a string, a number, a boolean.
    Scalar,
    /// A part: a language of a text, a bound of a date, the id of a reference.
    Part(&'static str),
    /// The name of a reference, in the language of the response.
    Name,
    /// A text, in the language of the response.
    Label,
    /// An identifier as `scheme:value`.
    Identifier,
    /// The number of items.
    Count,
}

impl TableColumn {
    /// Returns the top-level member that it belongs to.
    #[must_use]
    pub fn top_member(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// Returns the cell of a record, and whether it is a plain value such as a number, and not text.
    #[must_use]
    pub fn cell(&self, record: &Map<String, Value>, language: Language) -> Option<(String, bool)> {
        let (first, rest) = self.path.split_first()?;
        let value = record.get(first)?;
        let shown = self.follow_path(value, rest, language, 0)?;
        Some((shown, value.is_number() || value.is_boolean() || self.content == ColumnContent::Count))
    }

    /// Follows a path; values of a list are joined in order, with an empty one for an item without value.
    fn follow_path(
        &self,
        value: &Value,
        path: &[String],
        language: Language,
        depth: usize,
    ) -> Option<String> {
        if self.content == ColumnContent::Count {
            return Some(value.as_array()?.len().to_string());
        }
        if let Value::Array(items) = value {
            let shown = items.iter().map(|item| self.follow_path(item, path, language, depth + 1));
            let shown: Vec<String> = shown.map(Option::unwrap_or_default).collect();
            let join = if depth == 0 { " | " } else { "; " };
            return shown.iter().any(|shown| !shown.is_empty()).then(|| shown.join(join));
        }
        match path.split_first() {
            Some((name, rest)) => self.follow_path(value.get(name)?, rest, language, depth),
            None => self.value_text(value, language),
        }
    }

    fn value_text(&self, value: &Value, language: Language) -> Option<String> {
        let plain = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            other => Some(other.to_string()),
        };
        match self.content {
            ColumnContent::Scalar => plain(value),
            ColumnContent::Part(part) => plain(value.get(part)?),
            ColumnContent::Name => localize(value.get("name")?, language).map(|localized| localized.text),
            ColumnContent::Label => localize(value, language).map(|localized| localized.text),
            ColumnContent::Identifier => {
                let text = |name: &str| value.get(name)?.as_str();
                Some(format!("{}:{}", text("scheme")?, text("value")?))
            }
            ColumnContent::Count => None,
        }
    }
}

/// Returns the columns of a kind.
#[must_use]
pub fn columns_of(kind: Kind) -> &'static [TableColumn] {
    static ALL: OnceLock<HashMap<Kind, Vec<TableColumn>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        Kind::ALL.iter().map(|kind| (*kind, flatten_schema(all::definition(*kind)))).collect()
    });
    all.get(&kind).map_or(&[], Vec::as_slice)
}

fn flatten_schema(shelf: &dyn Definition) -> Vec<TableColumn> {
    let (content, below) = shelf.schemas();
    let json = |schema| serde_json::to_value(schema).unwrap_or_default();
    let mut schemas = SchemaFlattener {
        components: below.into_iter().map(|(name, schema)| (name, json(schema))).collect(),
        columns: Vec::new(),
    };
    for name in ["id", "kind", "version", "created_at", "updated_at", "origin"] {
        schemas.push_column(&[name.to_owned()], "", ColumnContent::Scalar);
    }
    schemas.push_column(&["label".to_owned()], "", ColumnContent::Label);
    schemas.push_column(&["identifiers".to_owned()], "", ColumnContent::Identifier);
    let content = json(content);
    let members = content.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    // The declaration's order, whatever order a schema keeps its members in.
    for name in shelf.content_members() {
        if let Some(member) = members.get(*name) {
            schemas.flatten(&[(*name).to_owned()], member);
        }
    }
    for derived in shelf.derived_members() {
        let reference = serde_json::json!({"$ref": format!("/{}", derived.schema)});
        schemas.flatten(&[derived.name.to_owned()], &reference);
    }
    schemas.push_column(&["citations".to_owned()], "", ColumnContent::Count);
    schemas.columns
}

struct SchemaFlattener {
    components: HashMap<String, Value>,
    columns: Vec<TableColumn>,
}

impl SchemaFlattener {
    fn push_column(&mut self, path: &[String], part: &'static str, shows: ColumnContent) {
        let mut name = path.join(".");
        if !part.is_empty() {
            name = format!("{name}.{part}");
        }
        self.columns.push(TableColumn { name, path: path.to_vec(), content: shows });
    }

    fn flatten(&mut self, path: &[String], schema: &Value) {
        let choices = ["oneOf", "anyOf", "allOf"].into_iter().find_map(|name| schema.get(name)?.as_array());
        if let Some(choices) = choices {
            let real = choices.iter().find(|choice| choice.get("type") != Some(&"null".into()));
            return real.into_iter().for_each(|choice| self.flatten(path, choice));
        }
        if let Some(items) = schema.get("items") {
            return self.flatten(path, items);
        }
        let component = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        match component {
            Some("Text") => {
                let readings = path.len() == 1 && path.iter().any(|name| name == "name");
                let tags = ["fr", "ja", "en", "ja-Hira", "ja-Latn"];
                for tag in tags.into_iter().take(if readings { 5 } else { 3 }) {
                    self.push_column(path, tag, ColumnContent::Part(tag));
                }
            }
            Some("PartialDate") => {
                for part in ["edtf", "earliest", "latest"] {
                    self.push_column(path, part, ColumnContent::Part(part));
                }
            }
            Some("Ref") => {
                self.push_column(path, "id", ColumnContent::Part("id"));
                self.push_column(path, "label", ColumnContent::Name);
            }
            Some(name) => match self.components.get(name).cloned() {
                Some(schema) => self.flatten_members(path, &schema),
                None => self.push_column(path, "", ColumnContent::Scalar),
            },
            None => self.flatten_members(path, schema),
        }
    }

    /// Flattens the members of an object; anything else is one column.
    fn flatten_members(&mut self, path: &[String], schema: &Value) {
        let Some(members) = schema.get("properties").and_then(Value::as_object) else {
            if schema.get("$ref").is_some() || schema.get("items").is_some() {
                return self.flatten(path, schema);
            }
            return self.push_column(path, "", ColumnContent::Scalar);
        };
        for (name, member) in members {
            let mut path = path.to_vec();
            path.push(name.clone());
            self.flatten(&path, member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: Kind) -> Vec<&'static str> {
        columns_of(kind).iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn partnerships_have_these_columns_in_this_order() {
        let expected = "id kind version created_at updated_at origin label identifiers category status \
            status_reason.fr status_reason.ja status_reason.en parties.authority.id parties.authority.label \
            parties.role since.edtf since.earliest since.latest since_basis until.edtf until.earliest until.latest \
            last_activity.edtf last_activity.earliest last_activity.latest themes \
            name.fr name.ja name.en name.ja-Hira name.ja-Latn summary.fr summary.ja summary.en \
            history.fr history.ja history.en clair_criteria.signed_by_heads clair_criteria.not_field_limited \
            clair_criteria.assembly_approved holds citations";
        assert_eq!(names(Kind::Partnership), expected.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn every_member_of_every_kind_has_columns_of_their_own() {
        for kind in Kind::ALL {
            let names = names(*kind);
            let unique: std::collections::HashSet<_> = names.iter().collect();
            assert_eq!(unique.len(), names.len(), "{kind:?}");
            for member in all::definition(*kind).content_members() {
                assert!(
                    columns_of(*kind).iter().any(|column| column.top_member() == *member),
                    "{kind:?}: {member}"
                );
            }
        }
        assert!(names(Kind::Rencontre).contains(&"figures.source.label"));
        assert!(names(Kind::Rencontre).contains(&"confirmation_overdue"));
        assert!(names(Kind::Authority).contains(&"population.as_of.edtf"));
    }

    #[test]
    fn lists_are_joined_in_order() {
        let record = serde_json::json!({"parties": [
            {"authority": {"id": "a", "href": "/a", "name": {"fr": "Nancy"}}, "role": "lead"},
            {"authority": {"id": "b", "href": "/b", "name": {"ja": "金沢市", "fr": "Kanazawa"}}},
        ]});
        let value = |name: &str| {
            let column = columns_of(Kind::Partnership).iter().find(|column| column.name == name).unwrap();
            column.cell(record.as_object().unwrap(), Language::Ja).map(|(text, _)| text)
        };
        assert_eq!(value("parties.authority.label").unwrap(), "Nancy | 金沢市");
        assert_eq!(value("parties.role").unwrap(), "lead | ");
        assert_eq!(value("since.edtf"), None);
    }
}
