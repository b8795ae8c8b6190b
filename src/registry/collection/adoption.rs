//! The name in a path, of a record that the registry may have to adopt before it can be read.

use super::query;
use crate::error::Result;
use crate::http::State;
use crate::registry::engine::{self, Name};
use crate::registry::store::{self, ADOPTED, Stamp};
use crate::vocabulary::Kind;
use actix_web::HttpRequest;

/// The name in the path of a request that reads.
///
/// # Errors
/// As [`adopted`]; 404 when it is neither a UUID nor `scheme:value`.
pub(super) async fn name(request: &HttpRequest, state: &State, kind: Kind) -> Result<Name> {
    let name = query::name(request)?;
    Ok(adopted(state, kind, &name).await?.map_or(name, |(id, _)| Name::Id(id)))
}

/// The record that a name leads to which no record bears, adopted if need be; and whether the name is an old one. None
/// where a record bears the name, or nothing is known of it.
///
/// # Errors
/// When the database cannot be read or written.
pub(crate) async fn adopted(
    state: &State,
    kind: Kind,
    name: &Name,
) -> Result<Option<(crate::db::types::Id, bool)>> {
    let Name::Identifier(identifier) = name else { return Ok(None) };
    let asked = name.clone();
    if state.db.read_short(move |tx| engine::is_held(tx, kind, &asked)).await? {
        return Ok(None);
    }
    if kind.shelf().known(identifier).is_none() {
        return Ok(None);
    }
    let (identifier, today) = (identifier.clone(), state.clock.today());
    let (at, batch) = (state.clock.now(), store::new_id());
    let stamp = Stamp { origin: ADOPTED.into(), actor: ADOPTED.into(), at, batch, comment: None };
    let write = move |tx: &mut crate::db::Conn| {
        let adopted = engine::adopt(tx, &stamp, kind, &identifier, today)?;
        let Some(adopted) = adopted else { return Ok(None) };
        store::append(tx, &stamp, &adopted.changes)?;
        Ok(Some((adopted.id, adopted.moved)))
    };
    state.db.write(write).await
}
