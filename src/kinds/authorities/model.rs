//! Members of a local authority: the body of requests and responses.

use crate::domain::body_field::body_struct;
use crate::domain::place::{Alias, Location};
use crate::domain::quantity::{Area, Population};
use crate::domain::read_values::Url;
use crate::domain::reference::AuthorityRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::{AuthorityLevel, AuthorityStatus, Country};

body_struct! {
    /// A local authority of France or Japan.
    pub struct Authority {
        /// The country.
        pub country: Country,
        /// The level, in the country's own system.
        pub level: AuthorityLevel,
        /// The usual name.
        pub name: Text,
        /// The name in full, as in law.
        pub official_name: Option<Text>,
        /// Other names, and when they were in use.
        pub aliases: Vec<Alias>,
        /// The authority or area above it: a city's prefecture, a commune's region.
        pub parent: Option<AuthorityRef>,
        /// Where its seat is.
        pub location: Option<Location>,
        /// How many people live there.
        pub population: Option<Population>,
        /// Its surface, in square kilometres.
        pub area_km2: Option<Area>,
        /// Its own site.
        pub website: Option<Url>,
        /// Whether it still exists.
        pub status: Option<AuthorityStatus>,
        /// The authority that took its place.
        pub successor: Option<AuthorityRef>,
        /// What it is known for.
        pub description: Option<Text>,
    }
}
