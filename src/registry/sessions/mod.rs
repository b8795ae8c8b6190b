//! Sessions: the points of an edition's programme, in their order.

mod model;
mod rules;
mod store;

pub use model::Session;
