//! Reading records: one, lists, included ones, history, and their presented form.

pub mod history;
pub mod include;
pub mod json_splice;
pub mod presentation;
pub mod queries;
