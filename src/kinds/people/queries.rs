//! Mandates of people, loaded by id.

use super::model::{Mandate, Person};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::kinds::{content_verifier, definition};
use crate::store::damage;
use std::collections::HashMap;

/// Loads the mandates of these people, by id.
///
/// # Errors
/// [`ErrorCode::Damaged`](crate::domain::errors::codes::ErrorCode::Damaged) when a record cannot be decoded.
pub(crate) fn load_mandates(tx: &mut Conn, people: &[Id]) -> TxResult<HashMap<Id, Vec<Mandate>>> {
    let read = |(id, mut content)| {
        Ok((id, damage::parse_stored_member(Kind::Person, id, &mut content, "mandates")?))
    };
    content_verifier::load_contents(tx, definition::definition_of::<Person>(), people)?
        .into_iter()
        .map(read)
        .collect()
}
