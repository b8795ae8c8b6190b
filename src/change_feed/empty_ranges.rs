//! Remembers ranges of the log in which a filter matches nothing, so that they are not scanned again.

use super::changes::ChangeFilter;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Ranges of the log without a match, by start and filter: a reader whose filter leaves out a large import
/// does not scan it with every request. Never stale: the log only grows at its end. Clones share one map.
#[derive(Debug, Clone, Default)]
pub struct EmptyRanges(Arc<Mutex<HashMap<(i64, ChangeFilter), i64>>>);

impl EmptyRanges {
    /// The most ranges remembered; all are dropped when there are more.
    const MAX_RANGES: usize = 1000;

    /// Returns the number after which a scan has to begin that would begin after `after`.
    #[must_use]
    pub fn skip_to(&self, after: i64, filter: &ChangeFilter) -> i64 {
        let ranges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ranges.get(&(after, filter.clone())).copied().unwrap_or(after)
    }

    /// Notes that no change matches the filter above `after`, up to and including `end`.
    pub fn note_empty(&self, after: i64, filter: &ChangeFilter, end: i64) {
        let mut ranges = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ranges.len() >= Self::MAX_RANGES {
            ranges.clear();
        }
        ranges.insert((after, filter.clone()), end);
    }
}
