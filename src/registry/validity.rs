//! What held on a day (`valid_on`): which parts of a record are dated, the member `holds` that answers get, and the
//! condition that leaves out what certainly did not hold.

use super::store::Tenure;
use crate::db::sql::Clause;
use crate::vocabulary::PartialDate;
use crate::vocabulary::validity::{self, Bounds};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// What is dated in the records of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// The lists whose items are dated; the record itself, where there is none.
    pub lists: &'static [&'static str],
    /// When something dated began and ended, and when it is known to have held, as far as is known today.
    pub term: fn(&Map<String, Value>, Date) -> Term,
    /// The condition that something of the record may have held on the first day, as far as is known on the second.
    pub condition: fn(Date, Date) -> Clause,
}

/// The dates of something that began and ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Term {
    /// When it began.
    pub since: Bounds,
    /// When it ended.
    pub until: Bounds,
    /// When it is known to have held.
    pub known: Bounds,
}

/// The bounds of a date of an answered or stored object.
#[must_use]
pub fn bounds(dated: &Map<String, Value>, name: &str) -> Bounds {
    let edtf = dated.get(name).and_then(|date| date.get("edtf")?.as_str());
    Bounds::of(edtf.and_then(PartialDate::parse).as_ref())
}

/// The term of an item that has `since` and `until`, and `as_of` where a source tells of a date at which it held.
#[must_use]
pub fn of_item(item: &Map<String, Value>, _today: Date) -> Term {
    Term { since: bounds(item, "since"), until: bounds(item, "until"), known: bounds(item, "as_of") }
}

/// An item of a list of the record may have held on the day: by the terms that are kept of each.
#[must_use]
pub fn of_any_item(day: Date, _today: Date) -> Clause {
    Clause::new("t.id IN (SELECT h.record_id FROM tenures h WHERE COALESCE(h.earliest, '') <= ")
        .text(day.to_string())
        .sql(" AND COALESCE(h.latest, '~') >= ")
        .text(day.to_string())
        .sql(")")
}

/// What is kept of the terms of a list, for [`of_any_item`].
pub fn tenures<'a>(
    pointer: &'static str,
    items: impl Iterator<Item = (Option<&'a PartialDate>, Option<&'a PartialDate>)>,
) -> Vec<Tenure> {
    let tenure = |(since, until): (Option<&PartialDate>, Option<&PartialDate>)| Tenure {
        pointer,
        earliest: since.and_then(PartialDate::earliest),
        latest: until.and_then(PartialDate::latest),
    };
    items.map(tenure).collect()
}

impl Validity {
    /// Adds `holds` to what is dated in an answered record.
    pub fn mark(&self, record: &mut Map<String, Value>, day: Date, today: Date) {
        let hold = |dated: &mut Map<String, Value>| {
            let Term { since, until, known } = (self.term)(dated, today);
            let holds = serde_json::to_value(validity::holds(since, until, known, day));
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
