//! The faults of a request, of which a problem tells so many: a body of faults alone must not make an answer, or take
//! memory, many times its size.

use super::fault::Fault;

/// The most faults that a problem tells; of the others it says how many there are.
pub const MAX_REPORTED_FAULTS: usize = 100;

/// Faults in the order found: the first [`MOST_TOLD`], and how many more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FaultList {
    reported: Vec<Fault>,
    omitted: usize,
}

impl FaultList {
    /// Records a fault.
    pub fn add(&mut self, fault: Fault) {
        self.add_with(|| fault);
    }

    /// Records a fault, which is only made if it is told.
    pub fn add_with(&mut self, fault: impl FnOnce() -> Fault) {
        if self.reported.len() < MAX_REPORTED_FAULTS {
            self.reported.push(fault());
        } else {
            self.omitted += 1;
        }
    }

    /// Records further faults.
    pub fn extend(&mut self, others: impl Into<Self>) {
        let others = others.into();
        others.reported.into_iter().for_each(|fault| self.add(fault));
        self.omitted += others.omitted;
    }

    /// The faults that are told.
    #[must_use]
    pub fn reported(&self) -> &[Fault] {
        &self.reported
    }

    /// How many faults are not told.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// How many faults there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reported.len() + self.omitted
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Tells only the first ones any more.
    pub fn truncate(&mut self, most: usize) {
        self.omitted += self.reported.len().saturating_sub(most);
        self.reported.truncate(most);
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
