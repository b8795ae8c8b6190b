//! Temporal validity (`valid_on`): the parts of a record that have a period, the member `holds` that
//! responses get, and the SQL condition that excludes records that certainly were not valid on the day.

use crate::db::sql::SqlFragment;
use crate::domain::partial_date::PartialDate;
use crate::domain::validity::{self, DateBounds};
use crate::store::projections::ItemPeriod;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// How `valid_on` applies to the records of a kind.
#[derive(Debug, Clone, Copy)]
pub struct ValidityRules {
    /// The lists whose items have a period. If empty, the record itself has one.
    pub lists: &'static [&'static str],
    /// Returns the period of an item, or of the record, as far as is known on the given day (today).
    pub period: fn(&Map<String, Value>, Date) -> ValidPeriod,
    /// Returns the condition that something of the record may have been valid on the first day, as far as is
    /// known on the second (today).
    pub condition: fn(Date, Date) -> SqlFragment,
}

/// The period of validity of an item or a record. Each date is the interval of days that it may stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ValidPeriod {
    /// Its start.
    pub since: DateBounds,
    /// Its end.
    pub until: DateBounds,
    /// A date on which it is known to have been valid.
    pub attested: DateBounds,
}

/// Reads the bounds of the date member `name` of a stored object or a response.
#[must_use]
pub fn read_date_bounds(object: &Map<String, Value>, name: &str) -> DateBounds {
    let edtf = object.get(name).and_then(|date| date.get("edtf")?.as_str());
    DateBounds::of_date(edtf.and_then(PartialDate::parse).as_ref())
}

/// Returns the period of an item with the members `since`, `until` and `as_of` (a date on which it was
/// valid).
#[must_use]
pub fn item_period(item: &Map<String, Value>, _today: Date) -> ValidPeriod {
    ValidPeriod {
        since: read_date_bounds(item, "since"),
        until: read_date_bounds(item, "until"),
        attested: read_date_bounds(item, "as_of"),
    }
}

/// Returns the condition that an item of the record may have been valid on the day, by its [`ItemPeriod`]s.
#[must_use]
pub fn any_item_valid(day: Date, _today: Date) -> SqlFragment {
    SqlFragment::new("t.id IN (SELECT h.record_id FROM tenures h WHERE COALESCE(h.earliest, '') <= ")
        .bind_text(day.to_string())
        .sql(" AND COALESCE(h.latest, '~') >= ")
        .bind_text(day.to_string())
        .sql(")")
}

/// Returns the periods of a list's items, as stored for [`any_item_valid`]: earliest start and latest end.
pub fn collect_item_periods<'a>(
    pointer: &'static str,
    items: impl Iterator<Item = (Option<&'a PartialDate>, Option<&'a PartialDate>)>,
) -> Vec<ItemPeriod> {
    let item_period = |(since, until): (Option<&PartialDate>, Option<&PartialDate>)| ItemPeriod {
        pointer,
        earliest: since.and_then(PartialDate::earliest),
        latest: until.and_then(PartialDate::latest),
    };
    items.map(item_period).collect()
}

impl ValidityRules {
    /// Adds the member `holds` (`yes`, `possible` or `no` on `day`) to each item of a response that has a
    /// period.
    pub fn mark_holds(&self, record: &mut Map<String, Value>, day: Date, today: Date) {
        let mark = |dated: &mut Map<String, Value>| {
            let ValidPeriod { since, until, attested } = (self.period)(dated, today);
            let holds = serde_json::to_value(validity::holds_on(since, until, attested, day));
            dated.insert("holds".into(), holds.unwrap_or_default());
        };
        if self.lists.is_empty() {
            mark(record);
        }
        for list in self.lists {
            let items = record.get_mut(*list).and_then(Value::as_array_mut);
            items.into_iter().flatten().filter_map(Value::as_object_mut).for_each(mark);
        }
    }
}
