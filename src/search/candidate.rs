//! A record that may be a hit, with what ranking and facets need.

use crate::db::types::Id;
use diesel::prelude::*;

/// A record that may be a hit, with what its rank and the facets need.
#[derive(Debug, Clone, Queryable)]
pub(super) struct Candidate {
    /// Its id.
    pub(super) id: Id,
    /// Its kind's name.
    pub(super) kind: String,
    /// Its names, folded (`folding::fold_texts`).
    pub(super) names: String,
    /// The countries it has to do with, between spaces.
    pub(super) countries: String,
    /// Its themes, between spaces.
    pub(super) themes: String,
    /// When it began or took place, as EDTF; empty if it does not say.
    pub(super) date: String,
    /// How many references to it there are.
    pub(super) references: i64,
}
