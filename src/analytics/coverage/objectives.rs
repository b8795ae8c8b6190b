//! Activities recorded under each objective of a framework.

use super::queries;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::sql::{BindValue, SqlFragment};
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::domain::partial_date::PartialDate;
use crate::domain::text::Text;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::records::read;
use crate::records::record_key::RecordKey;
use crate::store::records::{self, RecordName, record_names};
use crate::util::clock::Clock;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Parameters of a coverage.
#[derive(Debug, Clone, Copy)]
pub struct CoverageQuery {
    /// Whether only activities possibly dated within the framework's period count.
    pub within_period: bool,
    /// Maximum number of records listed per theme and kind.
    pub limit: usize,
}

/// Distinct activities by kind, in the order of creation.
type ActivitiesByKind = BTreeMap<Kind, BTreeSet<Id>>;

/// Activities by the code of a theme that they have themselves.
#[derive(Debug, Default)]
struct ActivitiesByTheme(HashMap<String, ActivitiesByKind>);

impl ActivitiesByTheme {
    fn add(&mut self, theme: String, kind: Kind, id: Id) {
        self.0.entry(theme).or_default().entry(kind).or_default().insert(id);
    }

    /// Returns the activities under any of these themes or narrower ones; every kind has an entry.
    fn under(&self, themes: &[Theme]) -> ActivitiesByKind {
        let mut all: ActivitiesByKind =
            queries::activity_kinds().map(|kind| (kind, BTreeSet::new())).collect();
        let within = themes.iter().copied().flat_map(Theme::with_narrower);
        for (kind, ids) in within.filter_map(|theme| self.0.get(theme.code())).flatten() {
            all.entry(*kind).or_default().extend(ids);
        }
        all
    }
}

/// Returns the themes of a stored objective.
fn objective_themes(objective: &Value) -> Vec<Theme> {
    let codes = objective.get("themes").and_then(Value::as_array).into_iter().flatten();
    let codes = codes.filter_map(Value::as_str);
    codes.filter_map(Theme::from_code).collect()
}

/// Returns the coverage of a framework as JSON: the activities under each objective, and the themes without
/// any.
pub fn compute_coverage(
    tx: &mut Conn,
    name: &RecordKey,
    query: CoverageQuery,
    clock: &Clock,
) -> TxResult<Value> {
    let (_, mut record) = read::queries::read_record(tx, Kind::Framework, name, clock)?;
    let period = record.get("period").and_then(|period| PartialDate::parse(period.get("edtf")?.as_str()?));
    let objectives = record.get("objectives").and_then(Value::as_array).cloned().unwrap_or_default();
    let wanted: BTreeSet<&str> = objectives
        .iter()
        .flat_map(objective_themes)
        .flat_map(Theme::with_narrower)
        .map(Theme::code)
        .collect();
    let mut found = ActivitiesByTheme::default();
    // Without themes, or within an unknown period, there are no activities.
    if !wanted.is_empty() && (period.is_some() || !query.within_period) {
        let period = period.as_ref().filter(|_| query.within_period);
        for (theme, kind, id) in
            queries::find_activities(tx, &wanted.into_iter().collect::<Vec<_>>(), period)?
        {
            if let Some(kind) = Kind::from_name(&kind) {
                found.add(theme, kind, id);
            }
        }
    }
    let builder =
        CoverageAnswer { names: load_names(tx, &objectives, &found, query.limit)?, limit: query.limit };
    let covered: Vec<Value> =
        objectives.iter().map(|objective| builder.objective_json(objective, &found)).collect();
    let mut body = Map::new();
    body.insert("framework".into(), framework_reference(&record));
    body.extend(record.shift_remove("period").map(|period| ("period".to_owned(), period)));
    body.insert("within_period".into(), query.within_period.into());
    body.insert("objectives".into(), covered.into());
    Ok(body.into())
}

/// Returns the JSON of a reference to the framework.
fn framework_reference(record: &Map<String, Value>) -> Value {
    let name = record.get("title").map(Text::from_language_map).unwrap_or_default();
    let named = RecordName { kind: Kind::Framework.as_str().into(), name };
    let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
    records::named_reference(id, &named).into()
}

/// Reads the names of the listed records. The first records of an objective are among the first of its
/// themes.
fn load_names(
    tx: &mut Conn,
    objectives: &[Value],
    found: &ActivitiesByTheme,
    limit: usize,
) -> TxResult<HashMap<String, RecordName>> {
    let each: BTreeSet<Theme> = objectives.iter().flat_map(objective_themes).collect();
    let shown = each.into_iter().flat_map(|theme| {
        found.under(&[theme]).into_values().flat_map(move |ids| ids.into_iter().take(limit))
    });
    let ids: BTreeSet<Id> = shown.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    record_names(tx, SqlFragment::default().bind_list(ids.into_iter().map(BindValue::Id)))
}

/// Builder of the response: names of the listed records, and their maximum number.
struct CoverageAnswer {
    names: HashMap<String, RecordName>,
    limit: usize,
}

impl CoverageAnswer {
    fn objective_json(&self, objective: &Value, found: &ActivitiesByTheme) -> Value {
        let themes = objective_themes(objective);
        let mut members = Map::new();
        for name in ["number", "title"] {
            members.extend(objective.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        members.extend(self.activities_json(&found.under(&themes)));
        let each: Vec<Value> = themes.iter().map(|theme| self.theme_json(*theme, found)).collect();
        let is_without = |theme: &&Theme| found.under(&[**theme]).values().all(BTreeSet::is_empty);
        let without: Value = themes.iter().filter(is_without).map(|theme| theme.code()).collect();
        members.insert("themes_without".into(), without);
        members.insert("themes".into(), each.into());
        members.into()
    }

    fn theme_json(&self, theme: Theme, found: &ActivitiesByTheme) -> Value {
        let [fr, ja, en] = theme.term().label;
        let mut members = Map::new();
        members.insert("theme".into(), theme.code().into());
        members.insert("label".into(), json!({"fr": fr, "ja": ja, "en": en}));
        members.extend(self.activities_json(&found.under(&[theme])));
        members.into()
    }

    /// Returns the number of activities, and per kind the number with references to the first.
    fn activities_json(&self, activities: &ActivitiesByKind) -> [(String, Value); 2] {
        let of_kind = |(kind, ids): (&Kind, &BTreeSet<Id>)| {
            let first = ids.iter().take(self.limit).filter_map(|id| {
                let id = id.to_string();
                Some(Value::from(records::named_reference(&id, self.names.get(&id)?)))
            });
            json!({"kind": kind.as_str(), "count": ids.len(), "records": first.collect::<Value>()})
        };
        let count: usize = activities.values().map(BTreeSet::len).sum();
        [("count".into(), count.into()), ("activities".into(), activities.iter().map(of_kind).collect())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::types::new_record_id;

    #[test]
    fn an_activity_counts_under_broader_themes_and_once_under_an_objective() {
        let (industry, both) = (new_record_id(), new_record_id());
        let mut found = ActivitiesByTheme::default();
        found.add("automotive".into(), Kind::Visit, industry);
        found.add("trade".into(), Kind::Visit, both);
        found.add("culture".into(), Kind::Visit, both);
        let visits = |themes: &[Theme]| found.under(themes)[&Kind::Visit].iter().copied().collect::<Vec<_>>();
        assert_eq!(visits(&[Theme::Economy]), [industry, both]);
        assert_eq!(visits(&[Theme::Industry]), [industry]);
        assert_eq!(visits(&[Theme::Culture, Theme::Economy]), [industry, both]);
        assert_eq!(visits(&[Theme::Transport]), []);
        assert!(
            found.under(&[Theme::Transport]).keys().copied().eq(queries::activity_kinds()),
            "every kind is listed"
        );
    }
}
