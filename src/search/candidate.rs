//! A record that may be a hit, with what ranking and facets need.

use crate::db::types::Id;
use diesel::prelude::*;

/// A record that matches the terms, before the filters are applied.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Candidate {
    /// Id of the record.
    pub(super) id: Id,
    /// Name of its kind.
    pub(super) kind: String,
    /// Its names, folded with [`fold_texts_for_search`](crate::domain::folding::fold_texts_for_search).
    pub(super) names: String,
    /// Codes of the countries it concerns, separated by spaces; may repeat.
    pub(super) countries: String,
    /// Codes of its themes, separated by spaces.
    pub(super) themes: String,
    /// EDTF date on which it began or took place; empty if it has none.
    pub(super) date: String,
    /// Number of references from other records to it.
    pub(super) references: i64,
}
