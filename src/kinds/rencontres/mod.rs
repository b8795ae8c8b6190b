//! Rencontres: the editions of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議),
//! named by their number, with their host, dates past and planned, figures and declaration.

mod definition;
mod derived_members;
pub(super) mod model;
mod queries;
mod rules;
mod title;
