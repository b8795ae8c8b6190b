//! Members of a person: the body of requests and responses.

use crate::domain::body_field::body_struct;
use crate::domain::partial_date::PartialDate;
use crate::domain::place::Alias;
use crate::domain::reference::BodyRef;
use crate::domain::text::Text;
use crate::domain::validity::HoldsField;
use crate::domain::vocabularies::role::Role;

body_struct! {
    /// An office that a person holds or held.
    pub struct Mandate {
        /// The office.
        pub role: Role,
        /// The title, in the words of the time.
        pub title: Option<Text>,
        /// The authority or organisation where it is held; none for an office of the State.
        pub holder: Option<BodyRef>,
        /// Since when it is held.
        pub since: Option<PartialDate>,
        /// Until when it was held.
        pub until: Option<PartialDate>,
        /// A date at which it was held for certain.
        pub as_of: Option<PartialDate>,
        /// Whether it held on the day of `valid_on`: `yes`, `possible` or `no`; only in answers to that parameter.
        #[serde(skip_serializing_if = "HoldsField::is_unset")]
        #[schema(value_type = Option<String>, read_only, example = "possible")]
        pub holds: HoldsField,
    }

    /// A holder of public office.
    pub struct Person {
        /// The name, in the usual order of each language.
        pub name: Text,
        /// Other names and spellings, and when they were in use.
        pub aliases: Vec<Alias>,
        /// The offices.
        pub mandates: Vec<Mandate>,
    }
}

impl Mandate {
    /// Whether the date is definitely before its start or after its end.
    #[must_use]
    pub(crate) fn excludes(&self, date: &PartialDate) -> bool {
        let is_before = |start: &PartialDate| date.edtf().is_definitely_before(start.edtf());
        let is_after = |end: &PartialDate| end.edtf().is_definitely_before(date.edtf());
        self.since.as_ref().is_some_and(is_before) || self.until.as_ref().is_some_and(is_after)
    }
}
