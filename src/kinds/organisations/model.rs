//! Members of an organisation: the body of requests and responses.

use crate::domain::body_field::body_struct;
use crate::domain::partial_date::PartialDate;
use crate::domain::place::{Alias, Contact};
use crate::domain::read_values::Url;
use crate::domain::reference::{AuthorityRef, BodyRef, OrganisationRef, PersonRef};
use crate::domain::text::Text;
use crate::domain::validity::HoldsField;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::organisation::OrganisationCategory;
use crate::domain::vocabularies::role::Role;

body_struct! {
    /// A member of an organisation.
    pub struct Membership {
        /// The authority or organisation that belongs to it.
        pub member: BodyRef,
        /// The part it takes.
        pub role: Option<Role>,
        /// Since when it belongs.
        pub since: Option<PartialDate>,
        /// Until when it belonged.
        pub until: Option<PartialDate>,
        /// Whether it held on the day of `valid_on`: `yes`, `possible` or `no`; only in answers to that parameter.
        #[serde(skip_serializing_if = "HoldsField::is_unset")]
        #[schema(value_type = Option<String>, read_only, example = "possible")]
        pub holds: HoldsField,
    }

    /// A term in the chair, held by an authority and exercised by a person.
    pub struct Presidency {
        /// The authority that presides.
        pub authority: AuthorityRef,
        /// The person who exercises it.
        pub person: Option<PersonRef>,
        /// Since when.
        pub since: Option<PartialDate>,
        /// Until when.
        pub until: Option<PartialDate>,
        /// Whether it held on the day of `valid_on`: `yes`, `possible` or `no`; only in answers to that parameter.
        #[serde(skip_serializing_if = "HoldsField::is_unset")]
        #[schema(value_type = Option<String>, read_only, example = "possible")]
        pub holds: HoldsField,
    }

    /// A body that is not a local authority.
    pub struct Organisation {
        /// What it is.
        pub category: OrganisationCategory,
        /// The usual name.
        pub name: Text,
        /// Its initials.
        #[schema(example = "CUF")]
        pub acronym: Option<String>,
        /// Other names, and when they were in use.
        pub aliases: Vec<Alias>,
        /// The country it belongs to; none when it belongs to both or to none.
        pub country: Option<Country>,
        /// The country it deals with.
        pub focus_country: Option<Country>,
        /// The organisation it is part of.
        pub parent: Option<OrganisationRef>,
        /// When it was founded.
        pub founded: Option<PartialDate>,
        /// Its own site.
        pub website: Option<Url>,
        /// What it does in the cooperation.
        pub role: Option<Text>,
        /// What it sets out to do.
        pub objectives: Vec<Text>,
        /// Who belongs to it.
        pub members: Vec<Membership>,
        /// Who presides over it, now and before.
        pub presidencies: Vec<Presidency>,
        /// Whom to ask there.
        pub contact: Option<Contact>,
    }
}
