//! Builds the presented JSON of a record by copying its canonical JSON and inserting labels, links and date
//! bounds, without parsing it.
//!
//! This works because canonical JSON is compact and quotes inside strings are escaped: `{"edtf":"…"}` is a
//! date wherever it stands, and `{"id":"…","kind":"…"}` a reference.

use crate::domain::kind::Kind;
use crate::domain::{partial_date, text};
use uuid::Uuid;

/// The member before which the label is inserted.
const IDENTIFIERS_MEMBER: &str = ",\"identifiers\":";

/// The names of the records referred to, as stored JSON.
#[derive(Debug, Default)]
pub struct NameLookup<'a>(Vec<(Uuid, &'a str)>);

impl<'a> FromIterator<(Uuid, &'a str)> for NameLookup<'a> {
    fn from_iter<T: IntoIterator<Item = (Uuid, &'a str)>>(names: T) -> Self {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable_by_key(|(id, _)| *id);
        Self(names)
    }
}

impl<'a> NameLookup<'a> {
    /// Parses the names that a list query returns for each record, one per line.
    #[must_use]
    pub(super) fn from_lines(lines: &'a str) -> Self {
        let one = |line: &'a str| {
            let (id, name) = line.split_at(line.find('{')?);
            Some((Uuid::try_parse(id).ok()?, name))
        };
        lines.split('\n').filter_map(one).collect()
    }

    fn get(&self, id: &str) -> Option<&'a str> {
        let id = Uuid::try_parse(id).ok()?;
        let found = self.0.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.0.get(found).map(|(_, name)| *name)
    }
}

/// Writes the presented form of a record: names and links of references, bounds and labels of dates, and
/// its label, which is its stored `name`.
pub(super) fn splice_json(out: &mut String, content: &str, name: &str, names: &NameLookup<'_>) {
    let mut rest = content;
    if let Some((head, tail)) = content.find(IDENTIFIERS_MEMBER).and_then(|at| content.split_at_checked(at)) {
        out.push_str(head);
        out.push_str(",\"label\":");
        text::write_label(out, name);
        rest = tail;
    }
    let mut seen = 0;
    while let Some(start) = rest.get(seen..).and_then(|rest| rest.find('{')).map(|at| seen + at) {
        seen = start + 1;
        let object = rest.get(start..).unwrap_or_default();
        let Some((length, added)) = match_date(object).or_else(|| match_reference(object, names)) else {
            continue;
        };
        let (done, left) = rest.split_at_checked(start + length).unwrap_or((rest, ""));
        out.push_str(done);
        added.write(out);
        (rest, seen) = (left, 0);
    }
    out.push_str(rest);
}

/// What is inserted before the end of an object.
enum Insertion<'a> {
    Date(&'a str),
    Reference { kind: &'a str, id: &'a str, name: &'a str },
}

impl Insertion<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Date(edtf) => out.push_str(&partial_date::presented_json(edtf)),
            Self::Reference { kind, id, name } => {
                let path = Kind::from_name(kind).map_or("", Kind::path);
                out.extend([",\"name\":", name, ",\"href\":\"/v1/", path, "/", id, "\""]);
            }
        }
    }
}

/// Matches a date at the start of a text; returns its length without the closing brace, and what to insert.
fn match_date(object: &str) -> Option<(usize, Insertion<'_>)> {
    let (edtf, after) = object.strip_prefix("{\"edtf\":\"")?.split_once('"')?;
    after.starts_with('}').then_some((object.len() - after.len(), Insertion::Date(edtf)))
}

/// As [`match_date`], for a reference whose name is known.
fn match_reference<'a>(object: &'a str, names: &NameLookup<'a>) -> Option<(usize, Insertion<'a>)> {
    let (id, after) = object.strip_prefix("{\"id\":\"")?.split_once('"')?;
    let (kind, after) = after.strip_prefix(",\"kind\":\"")?.split_once('"')?;
    let name = names.get(id).filter(|_| after.starts_with('}'))?;
    Some((object.len() - after.len(), Insertion::Reference { kind, id, name }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::partial_date::PartialDate;
    use crate::domain::text::Text;
    use crate::kinds::all;
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};
    use std::collections::HashMap;

    /// Names of records by id.
    type NamesById = HashMap<String, Text>;

    /// The expected result of [`splice_json`], computed on parsed values.
    fn complete(value: &mut Value, known: &NamesById) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| complete(item, known)),
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
                match (members.len(), text("edtf"), text("id"), text("kind")) {
                    (1, Some(edtf), ..) => PartialDate::add_bounds_and_label(&edtf, members),
                    (2, _, Some(id), Some(kind)) => {
                        if let Some(name) = known.get(&id) {
                            let path = Kind::from_name(&kind).map_or("", Kind::path);
                            members.insert("name".into(), json!(name));
                            members.insert("href".into(), format!("/v1/{path}/{id}").into());
                        }
                    }
                    _ => members.values_mut().for_each(|member| complete(member, known)),
                }
            }
            _ => {}
        }
    }

    fn agree(content: &Map<String, Value>, name: &Text, known: &NamesById) {
        let mut expected = content.clone();
        expected.values_mut().for_each(|member| complete(member, known));
        expected.shift_insert(6, "label".into(), name.to_label());
        let jsons: Vec<(Uuid, String)> =
            known.iter().map(|(id, name)| (id.parse().unwrap(), name.to_json())).collect();
        let names = jsons.iter().map(|(id, name)| (*id, name.as_str())).collect();
        let mut spliced = String::new();
        splice_json(&mut spliced, &json!(content).to_string(), &name.to_json(), &names);
        assert_eq!(spliced, Value::Object(expected).to_string());
        let lines: Vec<String> = jsons.iter().map(|(id, name)| format!("{:X}{name}", id.simple())).collect();
        let mut again = String::new();
        splice_json(
            &mut again,
            &json!(content).to_string(),
            &name.to_json(),
            &NameLookup::from_lines(&lines.join("\n")),
        );
        assert_eq!(again, spliced);
    }

    /// A content with these members.
    fn content(origin: &str, members: Map<String, Value>) -> Map<String, Value> {
        let head = json!({
            "id": "0192d0a4-7c00-7000-8000-000000000001", "kind": "visit", "version": 3, "created_at": "c",
            "updated_at": "u", "origin": origin, "identifiers": [{"scheme": "slug", "value": "a"}],
        });
        head.as_object().cloned().into_iter().flatten().chain(members).collect()
    }

    /// Turns references of a body into stored ones, to records named after their identifiers.
    fn resolve(value: &mut Value, known: &mut NamesById) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, known)),
            Value::Object(members) => {
                let id = members.get("id").and_then(Value::as_str).map(str::to_owned);
                if let Some(named) = id {
                    let number = u128::try_from(known.len()).unwrap() + 1;
                    let id = Uuid::from_u128(number).to_string();
                    known.insert(id.clone(), Text::from_pairs(&[("ja", &named), ("fr", "\"Ô\\{")]));
                    *members = json!({"id": id, "kind": "authority"}).as_object().cloned().unwrap();
                } else {
                    members.values_mut().for_each(|member| resolve(member, known));
                }
            }
            _ => {}
        }
    }

    #[test]
    fn founding_records_are_presented_as_their_values_are() {
        for kind in Kind::ALL {
            let records: Vec<Map<String, Value>> =
                serde_json::from_str(all::definition(*kind).seed()).unwrap();
            for mut record in records.into_iter().chain(all::definition(*kind).sample().as_object().cloned())
            {
                record.retain(|name, _| !["id", "kind", "identifiers"].contains(&name.as_str()));
                let mut known = NamesById::new();
                record.values_mut().for_each(|member| resolve(member, &mut known));
                agree(&content("kakehashi", record), &Text::from_pairs(&[("ja-Hira", "かな")]), &known);
            }
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        let tricky = prop::sample::select(vec![
            "{\"edtf\":\"2015\"}",
            "\\",
            "\"",
            "{",
            "}",
            ",\"identifiers\":",
            ":",
            "\n",
            "名",
            "2015",
            "{\"id\":\"",
            "\\\"fr\":",
        ]);
        prop::collection::vec(tricky, 0..6).prop_map(|parts| parts.concat())
    }

    fn values() -> impl Strategy<Value = Value> {
        let date = prop_oneof!["2015", "201X", "2016-03-01/..", "2022?-05-19", "no date"]
            .prop_map(|edtf| json!({"edtf": edtf}));
        let reference = (1_u128..6, prop::sample::select(vec!["authority", "source", "unheard"]))
            .prop_map(|(id, kind)| json!({"id": Uuid::from_u128(id).to_string(), "kind": kind}));
        let leaf = prop_oneof![
            date,
            reference,
            texts().prop_map(Value::from),
            texts().prop_map(|edtf| json!({"edtf": edtf, "more": 1})),
            texts().prop_map(|text| json!({"id": text, "kind": text})),
            any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let object = prop::collection::hash_map(texts(), inner.clone(), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                object.prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_record_is_presented_as_its_value_is(value in values(), origin in texts(), name in texts()) {
            let members = json!({"member": value, "citations": []});
            let known = (1..5).map(|id| (Uuid::from_u128(id).to_string(), Text::from_pairs(&[("en", &name), ("ja", "日")])));
            let name = Text::from_pairs(&[("ja-Latn", &name), ("en", &name)]);
            agree(&content(&origin, members.as_object().cloned().unwrap()), &name, &known.collect());
        }
    }
}
