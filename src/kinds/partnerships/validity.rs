//! When a partnership was in force, by its dates and status.

use crate::db::sql::SqlFragment;
use crate::domain::validity::DateBounds;
use crate::kinds::validity::{ValidPeriod, ValidityRules, read_date_bounds};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// The partnership itself has a period, none of its lists has.
pub(super) const VALIDITY_RULES: ValidityRules =
    ValidityRules { lists: &[], period: valid_period, condition };

/// Statuses of a partnership that has not begun today.
const NOT_STARTED_STATUSES: [&str; 2] = ["exploratory", "project"];

/// Statuses of a partnership that has ended before today.
const ENDED_STATUSES: [&str; 2] = ["ended", "superseded"];

/// Returns the period of a partnership.
///
/// An active one is attested today, another one at its last activity. Without `since`, one that has not begun
/// starts tomorrow at the earliest; without `until`, one that has ended did so yesterday at the latest.
fn valid_period(record: &Map<String, Value>, today: Date) -> ValidPeriod {
    let status = record.get("status").and_then(Value::as_str).unwrap_or_default();
    let is_unset = |name: &str| !record.contains_key(name);
    let mut period = ValidPeriod {
        since: read_date_bounds(record, "since"),
        until: read_date_bounds(record, "until"),
        ..ValidPeriod::default()
    };
    period.attested = if status == "active" {
        DateBounds::of_day(today)
    } else {
        read_date_bounds(record, "last_activity")
    };
    if NOT_STARTED_STATUSES.contains(&status) && is_unset("since") {
        period.since.earliest = today.tomorrow().ok();
    }
    if ENDED_STATUSES.contains(&status) && is_unset("until") {
        period.until.latest = today.yesterday().ok();
    }
    period
}

/// Returns the condition that it neither certainly begins after `day` nor ends before it: [`valid_period`] in
/// SQL.
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
