//! Rencontres: editions of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議).
//!
//! Their natural key is their number. The points of their programme are sessions.

mod definition;
mod derived_members;
pub mod model;
mod queries;
mod rules;
mod title;
