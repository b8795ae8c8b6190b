//! In-memory cache of list totals (`count=exact`), valid until the next change of the log or UTC midnight.

use jiff::civil::Date;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of the registry that a total belongs to: the number of the latest change and, as some filters
/// count from today, the day (UTC).
pub(super) type CountScope = (i64, Date);

/// The most totals cached; then all are dropped.
const MAX_LISTS: usize = 1000;

/// The totals of one [`CountScope`], by path and parameters of the list. Clones share them.
#[derive(Clone, Default)]
pub struct TotalCounts(Arc<Mutex<(CountScope, HashMap<String, i64>)>>);

impl TotalCounts {
    fn lock(&self) -> MutexGuard<'_, (CountScope, HashMap<String, i64>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the total of a list, if it is cached for this scope.
    #[must_use]
    pub fn get(&self, list: &str, scope: CountScope) -> Option<i64> {
        let cached = self.lock();
        cached.1.get(list).copied().filter(|_| cached.0 == scope)
    }

    /// Caches the total of a list, unless totals of a later scope are cached already.
    pub fn insert(&self, list: &str, scope: CountScope, total: i64) {
        let mut cached = self.lock();
        if cached.0 > scope {
            return;
        }
        if cached.0 < scope || cached.1.len() >= MAX_LISTS {
            cached.1.clear();
        }
        cached.0 = scope;
        cached.1.insert(list.to_owned(), total);
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
