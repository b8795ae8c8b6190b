//! Good practices: sheets on which an authority tells what others may learn from its policy, after the form
//! « Fiche “Bonne pratique” » of the Rencontres.

mod definition;
pub(super) mod model;
mod rules;
