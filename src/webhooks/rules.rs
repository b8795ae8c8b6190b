//! When a body makes a webhook: each member by itself, and an address that may be posted to.

use super::client;
use super::members::{WebhookInput, writable};
use crate::vocabulary::text::Url;
use crate::vocabulary::{At, Faults, Member as _};
use serde_json::Value;

/// The most webhooks of a registry.
pub const MOST: i64 = 100;
/// The most webhooks of an origin.
pub const MOST_OF_ORIGIN: i64 = 10;

/// Reads a body; `allow_private` admits addresses that are not public.
///
/// # Errors
/// Every fault found.
pub fn read(body: Value, allow_private: bool) -> Result<WebhookInput, Faults> {
    let (body, mut faults) = (writable(body), Faults::default());
    let url = body.get("url").cloned();
    let input = WebhookInput::read(Some(body), &At::Root, &mut faults);
    if let Some(url) = Url::read(url, &At::Root, &mut Faults::default())
        && let Some(code) = client::refusal(url.as_str(), allow_private)
    {
        faults.push(&At::Root.key("url"), code, vec![]);
    }
    match input {
        Some(input) if faults.is_empty() => Ok(input),
        _ => Err(faults),
    }
}
