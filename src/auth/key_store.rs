//! Table `keys`.

use super::api_key::{ApiKey, Scope, key_id};
use crate::db::conn::Conn;
use crate::db::schema::keys;
use diesel::prelude::*;

type ApiKeyRow = (String, String, String, String, String, Vec<u8>, i64, Option<i64>, Option<i64>);

fn key_from_row(
    (id, name, origin, scopes, schemes, hash, created_at, expires_at, revoked_at): ApiKeyRow,
) -> ApiKey {
    let list =
        |text: &str| text.split(' ').filter(|item| !item.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    // A scope that cannot be parsed is left out, so the key allows less.
    let scope = |scope: &String| {
        scope.parse().inspect_err(|why| log::error!("a scope of key {id} is left out: {why}")).ok()
    };
    let scopes = list(&scopes).iter().filter_map(scope).collect();
    ApiKey { id, name, origin, scopes, schemes: list(&schemes), hash, created_at, expires_at, revoked_at }
}

/// Inserts a key.
pub fn insert(tx: &mut Conn, new: &ApiKey) -> QueryResult<()> {
    let row = (
        keys::id.eq(&new.id),
        keys::name.eq(&new.name),
        keys::origin.eq(&new.origin),
        keys::scopes.eq(new.scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(" ")),
        keys::schemes.eq(new.schemes.join(" ")),
        keys::hash.eq(&new.hash),
        keys::created_at.eq(new.created_at),
        keys::expires_at.eq(new.expires_at),
    );
    diesel::insert_into(keys::table).values(row).execute(tx).map(drop)
}

/// Returns all keys, oldest first.
pub fn all(tx: &mut Conn) -> QueryResult<Vec<ApiKey>> {
    Ok(keys::table.order(keys::id).load::<ApiKeyRow>(tx)?.into_iter().map(key_from_row).collect())
}

/// Returns at most `most` keys after the key with the id `after`, oldest first.
pub fn page(tx: &mut Conn, after: Option<&str>, most: i64) -> QueryResult<Vec<ApiKey>> {
    let following = keys::table.filter(keys::id.gt(after.unwrap_or_default())).order(keys::id).limit(most);
    Ok(following.load::<ApiKeyRow>(tx)?.into_iter().map(key_from_row).collect())
}

/// Returns the key with this public part.
pub fn find(tx: &mut Conn, id: &str) -> QueryResult<Option<ApiKey>> {
    Ok(keys::table.find(id).first::<ApiKeyRow>(tx).optional()?.map(key_from_row))
}

/// Returns the key with this text, if it is in force.
pub fn find_in_force(tx: &mut Conn, text: &str, now: i64) -> QueryResult<Option<ApiKey>> {
    let Some(id) = key_id(text) else { return Ok(None) };
    Ok(find(tx, id)?.filter(|key| key.matches(text, now)))
}

/// Revokes a key. Returns whether there was one that was not revoked yet.
pub fn revoke(tx: &mut Conn, id: &str, now: i64) -> QueryResult<bool> {
    let row = diesel::update(keys::table.filter(keys::id.eq(id).and(keys::revoked_at.is_null())));
    Ok(row.set(keys::revoked_at.eq(now)).execute(tx)? == 1)
}

/// Whether any key, even a revoked one, has this scheme.
pub fn scheme_exists(tx: &mut Conn, scheme: &str) -> QueryResult<bool> {
    Ok(all(tx)?.iter().any(|key| key.schemes.iter().any(|owned| owned == scheme)))
}
