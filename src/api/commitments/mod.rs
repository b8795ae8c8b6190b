//! `/v1/commitments`: commitments in the declarations of the Rencontres.

pub mod handlers;
pub mod openapi;
