//! When a body makes a webhook: each member by itself, and an address that may be posted to.

use super::client;
use super::members::{WebhookInput, without_read_only};
use crate::vocabulary::text::Url;
use crate::vocabulary::{BodyField as _, BodyPath, FaultList};
use serde_json::Value;

/// The most webhooks of a registry.
pub const MAX_WEBHOOKS: i64 = 100;
/// The most webhooks of an origin.
pub const MAX_WEBHOOKS_PER_ORIGIN: i64 = 10;

/// Reads a body; `allow_private` admits addresses that are not public.
///
/// # Errors
/// Every fault found.
pub fn read_input(body: Value, allow_private: bool) -> Result<WebhookInput, FaultList> {
    let (body, mut faults) = (without_read_only(body), FaultList::default());
    let url = body.get("url").cloned();
    let input = WebhookInput::read(Some(body), &BodyPath::Root, &mut faults);
    if let Some(url) = Url::read(url, &BodyPath::Root, &mut FaultList::default())
        && let Some(code) = client::address_error(url.as_str(), allow_private)
    {
        faults.push(&BodyPath::Root.key("url"), code, vec![]);
    }
    match input {
        Some(input) if faults.is_empty() => Ok(input),
        _ => Err(faults),
    }
}
