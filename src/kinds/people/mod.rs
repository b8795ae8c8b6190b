//! People: holders of public office and their mandates. No private data, such as contact details.

mod definition;
pub mod model;
pub(super) mod queries;
