//! `kakehashi keys`.

use super::{Error, open, print};
use crate::access::keys::{NewKey, Scope};
use crate::access::store;
use crate::clock::{Clock, rfc3339};
use crate::config::Keys;
use crate::db::Create;

/// Runs a command on keys.
///
/// # Errors
/// Why it failed.
pub(super) async fn run(command: Keys) -> Result<(), Error> {
    let now = Clock::default().now();
    match command {
        Keys::Create { name, origin, scopes, schemes, expires, database } => {
            let new = NewKey { name, origin, scopes, schemes, lifetime: expires };
            let (key, text) = new.draw(now).map_err(Error::Said)?;
            open(&database, Create::Never).await?.write(move |tx| Ok(store::insert(tx, &key)?)).await?;
            print(&text)
        }
        Keys::List(database) => {
            let keys = open(&database, Create::Never).await?.read(|tx| Ok(store::all(tx)?)).await?;
            for key in keys {
                let state = if key.is_in_force(now) {
                    "in force"
                } else if key.revoked_at.is_some() {
                    "revoked"
                } else {
                    "expired"
                };
                let scopes = key.scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(",");
                let end = key.expires_at.map_or_else(|| "never".into(), rfc3339);
                let schemes = key.schemes.join(",");
                print(&format!(
                    "{}\t{state}\t{}\t{}\t{scopes}\t{schemes}\texpires {end}",
                    key.id, key.origin, key.name
                ))?;
            }
            Ok(())
        }
        Keys::Revoke { id, database } => {
            let revoked = {
                let id = id.clone();
                open(&database, Create::Never)
                    .await?
                    .write(move |tx| Ok(store::revoke(tx, &id, now)?))
                    .await?
            };
            if revoked { Ok(()) } else { Err(Error::Said(format!("there is no key {id} in force"))) }
        }
    }
}
