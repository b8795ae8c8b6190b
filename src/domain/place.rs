//! Body structs for coordinates, alternative names and contacts.

use super::body_field::body_struct;
use super::partial_date::PartialDate;
use super::read_values::Url;
use super::text::Text;

body_struct! {
    /// A point on the Earth, WGS 84.
    pub struct Location {
        /// The latitude in degrees, positive to the north.
        #[schema(minimum = -90, maximum = 90, example = 34.9756)]
        pub lat: f64,
        /// The longitude in degrees, positive to the east.
        #[schema(minimum = -180, maximum = 180, example = 138.3828)]
        pub lon: f64,
    }

    /// Another name, and when it was in use.
    pub struct Alias {
        /// The name.
        pub text: Text,
        /// Since when it is in use.
        pub since: Option<PartialDate>,
        /// Until when it was in use.
        pub until: Option<PartialDate>,
    }

    /// Whom to ask: an office, never a person's address.
    pub struct Contact {
        /// The office or function.
        pub role: Text,
        /// Where it is reached on the web.
        pub url: Option<Url>,
    }
}
