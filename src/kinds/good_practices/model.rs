//! Members of a good practice: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::place::Contact;
use crate::domain::quantity::Population;
use crate::domain::read_values::Url;
use crate::domain::reference::AuthorityRef;
use crate::domain::text::Text;
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// A sheet on a policy that others may learn from.
    pub struct GoodPractice {
        /// The authority whose policy it is (« Nom de la collectivité »).
        pub authority: AuthorityRef,
        /// What the sheet is called.
        pub title: Text,
        /// The fields of cooperation (« Domaine(s) concerné(s) »).
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// How many people live there, as the sheet says; `updated_on` dates it where it has no date of its own.
        pub population: Option<Population>,
        /// The authority's site (« Site Internet (en anglais) »).
        pub website: Option<Url>,
        /// Where a map shows it (« Localisation (sur carte) ou CARTE (lien) »); the authority has the coordinates.
        pub map_url: Option<Url>,
        /// Whom to ask there: an office.
        pub contact: Option<Contact>,
        /// The main points of the policy, at least one (« Points essentiels de la politique novatrice déployée »).
        #[schema(min_items = 1)]
        pub key_points: Vec<Text>,
        /// When the sheet was last brought up to date (« Mis à jour le »).
        pub updated_on: Option<PartialDate>,
    }
}
