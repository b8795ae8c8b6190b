//! [`Collection`]: a kind of record, as routes and the OpenAPI document see it.

use crate::domain::kind::Kind;

/// The collection of a kind: `/{path}`, `/{path}/{id}`, its history, and the list below its parent where it
/// has one. It is app data of its routes, from which handlers learn the kind.
#[derive(Debug, Clone, Copy)]
pub struct Collection(pub Kind);
