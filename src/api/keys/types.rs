//! The request body and the JSON of an API key.

use crate::auth::api_key::{ApiKey, NewApiKey, Scope, parse_lifetime};
use crate::domain::body_field::{BodyField, BodyPath, body_struct};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::fault_list::FaultList;
use crate::util::clock::rfc3339;
use serde_json::{Map, Value};

body_struct! {
    /// A key to be made.
    pub struct KeyInput {
        /// What it is for.
        #[schema(example = "CLAIR mirror", max_length = 100)]
        pub name: String,
        /// The organisation it acts for: the `origin` of what it writes.
        #[schema(example = "clair", max_length = 64, pattern = "^[A-Za-z0-9._~-]+$")]
        pub origin: String,
        /// What it may do: `read`, `write`, `write:KIND`, `override`, `admin`.
        #[schema(example = json!(["write"]), min_items = 1)]
        pub scopes: Vec<String>,
        /// The schemes whose identifiers it may write.
        #[schema(example = json!(["clair"]))]
        pub schemes: Vec<String>,
        /// How long it lives: a number with `d`, `h`, `m` or `s`.
        #[schema(example = "90d", pattern = "^[1-9][0-9]{0,6}[dhms]$")]
        pub expires: Option<String>,
    }
}

/// Returns the JSON of a key, without its secret.
pub(super) fn key_json(key: &ApiKey) -> Map<String, Value> {
    let scopes: Vec<String> = key.scopes.iter().map(Scope::to_string).collect();
    let mut members = Map::new();
    members.insert("id".into(), key.id.clone().into());
    members.insert("name".into(), key.name.clone().into());
    members.insert("origin".into(), key.origin.clone().into());
    members.insert("scopes".into(), scopes.into());
    members.insert("schemes".into(), key.schemes.clone().into());
    members.insert("created_at".into(), rfc3339(key.created_at).into());
    members.extend(key.expires_at.map(|end| ("expires_at".to_owned(), rfc3339(end).into())));
    members.extend(key.revoked_at.map(|end| ("revoked_at".to_owned(), rfc3339(end).into())));
    members
}

/// Reads the body of a new key.
///
/// # Errors
/// Every fault of the body.
pub(super) fn parse_new_key(body: Value) -> std::result::Result<NewApiKey, FaultList> {
    let mut faults = FaultList::default();
    let read = KeyInput::read(Some(body), &BodyPath::Root, &mut faults);
    let Some(input) = read else { return Err(faults) };
    let mut fault = |pointer: String, reason: String| {
        faults.add(Fault::at_pointer(pointer, ErrorCode::InvalidKey, vec![("reason", reason)]));
    };
    let mut scopes = Vec::new();
    for (index, scope) in input.scopes.iter().enumerate() {
        match scope.parse() {
            Ok(scope) => scopes.push(scope),
            Err(reason) => fault(format!("/scopes/{index}"), reason),
        }
    }
    let lifetime = input.expires.as_deref().map(parse_lifetime).transpose();
    let lifetime = lifetime.map_err(|reason| fault("/expires".into(), reason)).ok().flatten();
    let new_key =
        NewApiKey { name: input.name, origin: input.origin, scopes, schemes: input.schemes, lifetime };
    if faults.is_empty() { Ok(new_key) } else { Err(faults) }
}
