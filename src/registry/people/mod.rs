//! People: holders of public office, as far as their office goes; nothing of their private life.

mod model;
mod store;

pub use model::{Mandate, Person};
pub use store::load_mandates;
