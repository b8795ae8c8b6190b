//! Good practices: sheets on which an authority tells what others may learn from its policy, after the form
//! « Fiche “Bonne pratique” » of the Rencontres.

mod model;
mod rules;
mod store;

pub use model::GoodPractice;
