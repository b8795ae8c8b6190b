//! Whether a partnership held on a day: by its dates, and by what its status says of today.

use crate::db::sql::Clause;
use crate::registry::validity::{Term, Validity, bounds};
use crate::vocabulary::validity::Bounds;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// A partnership is dated as a whole.
pub(super) const VALIDITY: Validity = Validity { lists: &[], term, condition };

/// The statuses of what has not begun.
const TO_COME: [&str; 2] = ["exploratory", "project"];
/// The statuses of what has ended.
const OVER: [&str; 2] = ["ended", "superseded"];

/// An active partnership holds today, another held when something was last done. Where no date says so, what is over
/// ended before today and what is to come begins after it.
fn term(record: &Map<String, Value>, today: Date) -> Term {
    let status = record.get("status").and_then(Value::as_str).unwrap_or_default();
    let unset = |name: &str| !record.contains_key(name);
    let mut term = Term { since: bounds(record, "since"), until: bounds(record, "until"), ..Term::default() };
    term.known = if status == "active" { Bounds::on(today) } else { bounds(record, "last_activity") };
    if TO_COME.contains(&status) && unset("since") {
        term.since.earliest = today.tomorrow().ok();
    }
    if OVER.contains(&status) && unset("until") {
        term.until.latest = today.yesterday().ok();
    }
    term
}

/// It does not certainly begin later or end before: what [`term`] says, in SQL.
fn condition(day: Date, today: Date) -> Clause {
    let by_dates = Clause::new("COALESCE(t.since_earliest, '') <= ")
        .text(day.to_string())
        .sql(" AND COALESCE(t.until_latest, '~') >= ")
        .text(day.to_string());
    let mut all = vec![by_dates];
    if day <= today {
        all.push(Clause::new("NOT (t.since IS NULL AND t.status IN ('exploratory', 'project'))"));
    }
    if day >= today {
        all.push(Clause::new("NOT (t.until IS NULL AND t.status IN ('ended', 'superseded'))"));
    }
    Clause::all(all)
}
