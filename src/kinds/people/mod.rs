//! People: holders of public office, as far as their office goes; nothing of their private life.

mod definition;
pub(super) mod model;
pub(super) mod queries;
