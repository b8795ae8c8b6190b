//! Whether a partnership held on a day: by its dates, and by what its status says of today.

use crate::db::sql::SqlFragment;
use crate::domain::validity::DateBounds;
use crate::kinds::validity::{ValidPeriod, ValidityRules, read_date_bounds};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// A partnership is dated as a whole.
pub(super) const VALIDITY_RULES: ValidityRules =
    ValidityRules { lists: &[], period: valid_period, condition };

/// The statuses of what has not begun.
const NOT_STARTED_STATUSES: [&str; 2] = ["exploratory", "project"];

/// The statuses of what has ended.
const ENDED_STATUSES: [&str; 2] = ["ended", "superseded"];

/// An active partnership holds today, another held when something was last done. Where no date says so, what
/// is over ended before today and what is to come begins after it.
fn valid_period(record: &Map<String, Value>, today: Date) -> ValidPeriod {
    let status = record.get("status").and_then(Value::as_str).unwrap_or_default();
    let unset = |name: &str| !record.contains_key(name);
    let mut term = ValidPeriod {
        since: read_date_bounds(record, "since"),
        until: read_date_bounds(record, "until"),
        ..ValidPeriod::default()
    };
    term.attested = if status == "active" {
        DateBounds::of_day(today)
    } else {
        read_date_bounds(record, "last_activity")
    };
    if NOT_STARTED_STATUSES.contains(&status) && unset("since") {
        term.since.earliest = today.tomorrow().ok();
    }
    if ENDED_STATUSES.contains(&status) && unset("until") {
        term.until.latest = today.yesterday().ok();
    }
    term
}

/// It does not certainly begin later or end before: what [`term`] says, in SQL.
fn condition(day: Date, today: Date) -> SqlFragment {
    let by_dates = SqlFragment::new("COALESCE(t.since_earliest, '') <= ")
        .bind_text(day.to_string())
        .sql(" AND COALESCE(t.until_latest, '~') >= ")
        .bind_text(day.to_string());
    let mut all = vec![by_dates];
    if day <= today {
        all.push(SqlFragment::new("NOT (t.since IS NULL AND t.status IN ('exploratory', 'project'))"));
    }
    if day >= today {
        all.push(SqlFragment::new("NOT (t.until IS NULL AND t.status IN ('ended', 'superseded'))"));
    }
    SqlFragment::all(all)
}
