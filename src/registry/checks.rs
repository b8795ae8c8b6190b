//! Where the rules of a kind report: faults refuse a write, warnings accompany it.

use crate::error::{Code, Facts, Fault};
use crate::vocabulary::PartialDate;

/// What the rules found.
#[derive(Debug, Default)]
pub struct Checks {
    /// Broken hard rules: nothing is written.
    pub faults: Vec<Fault>,
    /// Broken soft rules: the answer mentions them.
    pub warnings: Vec<Fault>,
}

impl Checks {
    /// A hard rule is broken at `pointer`.
    pub fn fault(&mut self, pointer: impl Into<String>, code: Code, facts: Facts) {
        self.faults.push(Fault::at(pointer, code, facts));
    }

    /// A soft rule is broken at `pointer`.
    pub fn warn(&mut self, pointer: impl Into<String>, code: Code, facts: Facts) {
        self.warnings.push(Fault::at(pointer, code, facts));
    }

    /// The end at `pointer` must not be definitely before the start.
    pub fn order(&mut self, pointer: &str, start: Option<&PartialDate>, end: Option<&PartialDate>) {
        if let (Some(start), Some(end)) = (start, end)
            && end.edtf().is_definitely_before(start.edtf())
        {
            self.fault(pointer, Code::EndBeforeStart, vec![("start", start.edtf().as_str().into())]);
        }
    }
}
