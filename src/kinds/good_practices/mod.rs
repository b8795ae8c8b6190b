//! Good practices: sheets that describe a policy of an authority for others to learn from, after the form
//! « Fiche “Bonne pratique” » of the Rencontres.

mod definition;
pub mod model;
mod rules;
