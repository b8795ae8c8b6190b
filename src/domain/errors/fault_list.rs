//! Validation errors collected from one request, the first 100 kept and the others counted.
//!
//! The cap keeps a response, and memory, from growing to many times the size of a body full of errors.

use super::fault::Fault;

/// The most errors that a problem lists; of the others it gives the number.
pub const MAX_REPORTED_FAULTS: usize = 100;

/// Errors in the order found: the first [`MAX_REPORTED_FAULTS`], and the number of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultList {
    reported: Vec<Fault>,
    omitted: usize,
}

impl FaultList {
    /// Adds an error.
    pub fn add(&mut self, fault: Fault) {
        self.add_with(|| fault);
    }

    /// Adds an error, which is built only if it is listed.
    pub fn add_with(&mut self, fault: impl FnOnce() -> Fault) {
        if self.reported.len() < MAX_REPORTED_FAULTS {
            self.reported.push(fault());
        } else {
            self.omitted += 1;
        }
    }

    /// Adds all errors of another list.
    pub fn extend(&mut self, others: impl Into<Self>) {
        let others = others.into();
        others.reported.into_iter().for_each(|fault| self.add(fault));
        self.omitted += others.omitted;
    }

    /// Returns the errors that are listed.
    #[must_use]
    pub fn reported(&self) -> &[Fault] {
        &self.reported
    }

    /// Returns the number of errors beyond those listed.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Returns the number of all errors.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reported.len() + self.omitted
    }

    /// Whether there is no error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Lists at most `max_reported` errors, and counts the others.
    pub fn truncate(&mut self, max_reported: usize) {
        self.omitted += self.reported.len().saturating_sub(max_reported);
        self.reported.truncate(max_reported);
    }
}

impl From<Vec<Fault>> for FaultList {
    fn from(faults: Vec<Fault>) -> Self {
        let mut all = Self::default();
        for fault in faults {
            all.add(fault);
        }
        all
    }
}
