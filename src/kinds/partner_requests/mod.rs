//! Partner requests: local authorities looking for a partner in the other country (提携を希望する自治体).

mod definition;
pub mod model;
mod rules;
