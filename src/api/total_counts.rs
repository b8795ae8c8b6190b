//! How many items lists have, kept until the log grows: the next page of a list need not count it again.

use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a count is valid for: the number of the newest change, and the day, from which some filters count.
pub(super) type CountScope = (i64, Date);

/// The most lists whose totals are kept.
const MAX_LISTS: usize = 1000;

/// The totals of lists, by path and parameters, of one moment. Clones share them.
#[derive(Clone, Default)]
pub struct TotalCounts(Arc<Mutex<(CountScope, HashMap<String, i64>)>>);

impl TotalCounts {
    fn lock(&self) -> MutexGuard<'_, (CountScope, HashMap<String, i64>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The total of a list, if it is known of this moment.
    #[must_use]
    pub fn get(&self, list: &str, moment: CountScope) -> Option<i64> {
        let held = self.lock();
        held.1.get(list).copied().filter(|_| held.0 == moment)
    }

    /// Keeps the total of a list, unless totals of a later moment are kept already.
    pub fn insert(&self, list: &str, moment: CountScope, total: i64) {
        let mut held = self.lock();
        if held.0 > moment {
            return;
        }
        if held.0 < moment || held.1.len() >= MAX_LISTS {
            held.1.clear();
        }
        held.0 = moment;
        held.1.insert(list.to_owned(), total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_total_is_of_its_moment_and_an_older_one_never_replaces_it() {
        let (totals, day) = (TotalCounts::default(), date(2026, 11, 24));
        totals.insert("/v1/visits", (7, day), 3);
        totals.insert("/v1/visits", (6, day), 2);
        assert_eq!(totals.get("/v1/visits", (7, day)), Some(3));
        for moment in [(6, day), (8, day), (7, date(2026, 11, 25))] {
            assert_eq!(totals.get("/v1/visits", moment), None, "{moment:?}");
        }
        totals.insert("/v1/events", (8, day), 1);
        assert_eq!(totals.get("/v1/visits", (8, day)), None);
    }
}
