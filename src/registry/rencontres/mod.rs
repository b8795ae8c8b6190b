//! Rencontres: the editions of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議),
//! named by their number, with their host, dates past and planned, figures and declaration.

mod derived;
mod model;
mod rules;
mod store;
mod title;

pub use model::{Declaration, Figure, Organiser, Participant, Rencontre, ScheduledDates};
