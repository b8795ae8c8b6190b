//! `Collection`.

use crate::domain::kind::Kind;

/// The collection of a kind: `/{path}` and `/{path}/{id}`, its history, and the list below its parent where it has one.
#[derive(Debug, Clone, Copy)]
pub struct Collection(pub Kind);
