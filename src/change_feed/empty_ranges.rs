//! Empty ranges.

use super::changes::ChangeFilter;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Stretches of the log in which a selection finds nothing, so that a reader who leaves out a large import does not walk
/// through it each time. The log only grows, so what was found empty stays so.
#[derive(Debug, Clone, Default)]
pub struct EmptyRanges(Arc<Mutex<HashMap<(i64, ChangeFilter), i64>>>);

impl EmptyRanges {
    /// The most that are remembered.
    const MAX_RANGES: usize = 1000;

    /// From where the changes after a number have to be looked for.
    #[must_use]
    pub fn skip_to(&self, after: i64, selection: &ChangeFilter) -> i64 {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(after, selection.clone())).copied().unwrap_or(after)
    }

    /// There is nothing for a selection after `after` up to `end`.
    pub fn note_empty(&self, after: i64, selection: &ChangeFilter, end: i64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= Self::MAX_RANGES {
            known.clear();
        }
        known.insert((after, selection.clone()), end);
    }
}
