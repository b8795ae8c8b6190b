//! The JSON Pointers that a citation of a kind may name, taken from the kind's schema.

use crate::domain::kind::Kind;
use crate::kinds::all;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// The pointers of a kind, each with whether it is a list or inside one.
pub(super) type CitationPointers = BTreeMap<String, bool>;

/// Returns the pointers that citations of a kind may name; `""` is the whole record.
pub(super) fn citation_pointers(kind: Kind) -> &'static CitationPointers {
    static ALL: OnceLock<HashMap<Kind, CitationPointers>> = OnceLock::new();
    static NONE: CitationPointers = CitationPointers::new();
    let all = ALL.get_or_init(|| Kind::ALL.iter().map(|kind| (*kind, collect_pointers(*kind))).collect());
    all.get(&kind).unwrap_or(&NONE)
}

fn collect_pointers(kind: Kind) -> CitationPointers {
    let (schema, components) = all::definition(kind).schemas();
    let components: HashMap<String, Value> = components
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    let mut pointers = CitationPointers::from([(String::new(), false), ("/identifiers".into(), true)]);
    collect_below(&serde_json::to_value(schema).unwrap_or_default(), "", false, &components, &mut pointers);
    pointers
}

fn collect_below(
    schema: &Value,
    at: &str,
    in_list: bool,
    components: &HashMap<String, Value>,
    out: &mut CitationPointers,
) {
    let resolved =
        schema.get("$ref").and_then(Value::as_str).and_then(|name| components.get(name.rsplit('/').next()?));
    let schema = resolved.unwrap_or(schema);
    for alternative in
        ["oneOf", "allOf", "anyOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
    {
        collect_below(alternative, at, in_list, components, out);
    }
    if let Some(items) = schema.get("items") {
        out.insert(at.to_owned(), true);
        collect_below(items, at, true, components, out);
    }
    let members = schema.get("properties").and_then(Value::as_object);
    let is_leaf = members.is_some_and(|members| members.contains_key("edtf") || members.contains_key("href"));
    let written = |member: &Value| member.get("readOnly") != Some(&true.into());
    for (name, member) in
        members.filter(|_| !is_leaf).into_iter().flatten().filter(|(_, member)| written(member))
    {
        let below = format!("{at}/{name}");
        out.insert(below.clone(), in_list);
        collect_below(member, &below, in_list, components, out);
    }
}
