//! The parameter valid_on.

use crate::db::sql::SqlFragment;
use crate::domain::errors::fault::Fault;
use crate::http::query_params::QueryParams;
use crate::kinds::definition::Definition;
use crate::kinds::validity::ValidityRules;
use jiff::civil::Date;
use serde_json::{Map, Value};

/// What `valid_on` asks of a kind.
#[derive(Clone, Copy)]
pub(super) struct ValidOn {
    validity: ValidityRules,
    pub(super) day: Date,
    today: Date,
}

impl ValidOn {
    /// Reads `valid_on`, which only kinds know that hold for a time.
    pub(super) fn from_params(
        params: &mut QueryParams,
        shelf: &'static dyn Definition,
        today: Date,
    ) -> Option<Self> {
        let validity = shelf.validity_rules()?;
        let given = params.single("valid_on")?;
        let day = given.parse().ok().filter(|_| given.len() == "2015-06-01".len());
        let day = params
            .accept(day.ok_or_else(|| Fault::invalid_parameter("valid_on", &given, "a day, `YYYY-MM-DD`")))?;
        Some(Self { validity, day, today })
    }

    /// Something of the record may have held.
    pub(super) fn to_condition(&self) -> SqlFragment {
        (self.validity.condition)(self.day, self.today)
    }

    /// Says in an answered record what held.
    pub(super) fn mark_holds(&self, record: &mut Map<String, Value>) {
        self.validity.mark_holds(record, self.day, self.today);
    }
}
