//! Partner requests: authorities that look for a partner in the other country (提携を希望する自治体).

mod model;
mod rules;
mod store;

pub use model::PartnerRequest;
