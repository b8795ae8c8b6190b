//! `kakehashi keys`.

use super::args::KeysCommand;
use super::database::open_database;
use super::output::{CliError, print_line};
use crate::auth::api_key::{NewApiKey, Scope};
use crate::auth::key_store;
use crate::db::pool::CreateMode;
use crate::util::clock::{Clock, rfc3339};

/// Runs a subcommand of `keys`.
pub(super) async fn run(command: KeysCommand) -> Result<(), CliError> {
    let now = Clock::default().now();
    match command {
        KeysCommand::Create { name, origin, scopes, schemes, expires, database } => {
            let new = NewApiKey { name, origin, scopes, schemes, lifetime: expires };
            let (key, text) = new.generate(now).map_err(CliError::Message)?;
            open_database(&database, CreateMode::Never)
                .await?
                .write(move |tx| Ok(key_store::insert(tx, &key)?))
                .await?;
            print_line(&text)
        }
        KeysCommand::List(database) => {
            let keys =
                open_database(&database, CreateMode::Never).await?.read(|tx| Ok(key_store::all(tx)?)).await?;
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
                print_line(&format!(
                    "{}\t{state}\t{}\t{}\t{scopes}\t{schemes}\texpires {end}",
                    key.id, key.origin, key.name
                ))?;
            }
            Ok(())
        }
        KeysCommand::Revoke { id, database } => {
            let revoked = {
                let id = id.clone();
                open_database(&database, CreateMode::Never)
                    .await?
                    .write(move |tx| Ok(key_store::revoke(tx, &id, now)?))
                    .await?
            };
            if revoked { Ok(()) } else { Err(CliError::Message(format!("there is no key {id} in force"))) }
        }
    }
}
