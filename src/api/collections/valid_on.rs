//! The `valid_on` parameter: records that hold on a day.

use crate::db::sql::SqlFragment;
use crate::domain::errors::fault::Fault;
use crate::http::query_params::QueryParams;
use crate::kinds::definition::Definition;
use crate::kinds::validity::ValidityRules;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// A day, with the validity rules of the kind.
#[derive(Clone, Copy)]
pub(super) struct ValidOn {
    validity: ValidityRules,
    pub(super) day: Date,
    today: Date,
}

impl ValidOn {
    /// Reads `valid_on`; only kinds with validity rules have the parameter.
    pub(super) fn from_params(
        params: &mut QueryParams,
        definition: &'static dyn Definition,
        today: Date,
    ) -> Option<Self> {
        let validity = definition.validity_rules()?;
        let given = params.single("valid_on")?;
        let day = given.parse().ok().filter(|_| given.len() == "2015-06-01".len());
        let day = params
            .accept(day.ok_or_else(|| Fault::invalid_parameter("valid_on", &given, "a day, `YYYY-MM-DD`")))?;
        Some(Self { validity, day, today })
    }

    /// Returns the condition that something of the record may hold on the day.
    pub(super) fn condition(self) -> SqlFragment {
        (self.validity.condition)(self.day, self.today)
    }

    /// Marks in a presented record what holds on the day.
    pub(super) fn mark_holds(&self, record: &mut Map<String, Value>) {
        self.validity.mark_holds(record, self.day, self.today);
    }
}
