//! Queries.

use super::model::{Mandate, Person};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::Id;
use crate::domain::kind::Kind;
use crate::kinds::{content_verifier, definition};
use crate::store::damage;
use std::collections::HashMap;

/// The offices of these people, by person.
///
/// # Errors
/// When the database fails, or a record is damaged.
pub(crate) fn load_mandates(tx: &mut Conn, people: &[Id]) -> TxResult<HashMap<Id, Vec<Mandate>>> {
    let read = |(id, mut content)| {
        Ok((id, damage::parse_stored_member(Kind::Person, id, &mut content, "mandates")?))
    };
    content_verifier::load_contents(tx, definition::definition_of::<Person>(), people)?
        .into_iter()
        .map(read)
        .collect()
}
