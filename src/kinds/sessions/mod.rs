//! Sessions: the points of an edition's programme, in their order.

mod definition;
pub(super) mod model;
mod rules;
