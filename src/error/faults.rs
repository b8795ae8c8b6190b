//! The faults of a request, of which a problem tells so many: a body of faults alone must not make an answer, or take
//! memory, many times its size.

use super::Fault;

/// The most faults that a problem tells; of the others it says how many there are.
pub const MOST_TOLD: usize = 100;

/// Faults in the order found: the first [`MOST_TOLD`], and how many more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    told: Vec<Fault>,
    omitted: usize,
}

impl Faults {
    /// Records a fault.
    pub fn add(&mut self, fault: Fault) {
        self.add_with(|| fault);
    }

    /// Records a fault, which is only made if it is told.
    pub fn add_with(&mut self, fault: impl FnOnce() -> Fault) {
        if self.told.len() < MOST_TOLD {
            self.told.push(fault());
        } else {
            self.omitted += 1;
        }
    }

    /// Records further faults.
    pub fn extend(&mut self, others: impl Into<Self>) {
        let others = others.into();
        others.told.into_iter().for_each(|fault| self.add(fault));
        self.omitted += others.omitted;
    }

    /// The faults that are told.
    #[must_use]
    pub fn told(&self) -> &[Fault] {
        &self.told
    }

    /// How many faults are not told.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// How many faults there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.told.len() + self.omitted
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Tells only the first ones any more.
    pub fn omit(&mut self, most: usize) {
        self.omitted += self.told.len().saturating_sub(most);
        self.told.truncate(most);
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        let mut all = Self::default();
        for fault in faults {
            all.add(fault);
        }
        all
    }
}
