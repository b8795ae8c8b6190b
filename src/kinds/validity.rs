//! What held on a day (`valid_on`): which parts of a record are dated, the member `holds` that answers get, and the
//! condition that leaves out what certainly did not hold.

use crate::db::sql::SqlFragment;
use crate::domain::partial_date::PartialDate;
use crate::domain::validity::{self, DateBounds};
use crate::store::projections::ItemPeriod;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// What is dated in the records of a kind.
#[derive(Debug, Clone, Copy)]
pub struct ValidityRules {
    /// The lists whose items are dated; the record itself, where there is none.
    pub lists: &'static [&'static str],
    /// When something dated began and ended, and when it is known to have held, as far as is known today.
    pub period: fn(&Map<String, Value>, Date) -> ValidPeriod,
    /// The condition that something of the record may have held on the first day, as far as is known on the second.
    pub condition: fn(Date, Date) -> SqlFragment,
}

/// The dates of something that began and ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ValidPeriod {
    /// When it began.
    pub since: DateBounds,
    /// When it ended.
    pub until: DateBounds,
    /// When it is known to have held.
    pub attested: DateBounds,
}

/// The bounds of a date of an answered or stored object.
#[must_use]
pub fn read_date_bounds(dated: &Map<String, Value>, name: &str) -> DateBounds {
    let edtf = dated.get(name).and_then(|date| date.get("edtf")?.as_str());
    DateBounds::of_date(edtf.and_then(PartialDate::parse).as_ref())
}

/// The term of an item that has `since` and `until`, and `as_of` where a source tells of a date at which it held.
#[must_use]
pub fn item_period(item: &Map<String, Value>, _today: Date) -> ValidPeriod {
    ValidPeriod {
        since: read_date_bounds(item, "since"),
        until: read_date_bounds(item, "until"),
        attested: read_date_bounds(item, "as_of"),
    }
}

/// An item of a list of the record may have held on the day: by the terms that are kept of each.
#[must_use]
pub fn any_item_valid(day: Date, _today: Date) -> SqlFragment {
    SqlFragment::new("t.id IN (SELECT h.record_id FROM tenures h WHERE COALESCE(h.earliest, '') <= ")
        .bind_text(day.to_string())
        .sql(" AND COALESCE(h.latest, '~') >= ")
        .bind_text(day.to_string())
        .sql(")")
}

/// What is kept of the terms of a list, for [`of_any_item`].
pub fn collect_item_periods<'a>(
    pointer: &'static str,
    items: impl Iterator<Item = (Option<&'a PartialDate>, Option<&'a PartialDate>)>,
) -> Vec<ItemPeriod> {
    let tenure = |(since, until): (Option<&PartialDate>, Option<&PartialDate>)| ItemPeriod {
        pointer,
        earliest: since.and_then(PartialDate::earliest),
        latest: until.and_then(PartialDate::latest),
    };
    items.map(tenure).collect()
}

impl ValidityRules {
    /// Adds `holds` to what is dated in an answered record.
    pub fn mark_holds(&self, record: &mut Map<String, Value>, day: Date, today: Date) {
        let hold = |dated: &mut Map<String, Value>| {
            let ValidPeriod { since, until, attested: known } = (self.period)(dated, today);
            let holds = serde_json::to_value(validity::holds_on(since, until, known, day));
            dated.insert("holds".into(), holds.unwrap_or_default());
        };
        if self.lists.is_empty() {
            hold(record);
        }
        for list in self.lists {
            let items = record.get_mut(*list).and_then(Value::as_array_mut);
            items.into_iter().flatten().filter_map(Value::as_object_mut).for_each(hold);
        }
    }
}
