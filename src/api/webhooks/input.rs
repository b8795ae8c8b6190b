//! Request bodies of webhooks, and their validation.

use crate::domain::body_field::{BodyField as _, BodyPath, body_struct};
use crate::domain::errors::fault_list::FaultList;
use crate::domain::quantity::Count;
use crate::domain::read_values::Url;
use crate::webhooks::delivery_client;
use crate::webhooks::webhook::WebhookInput;
use serde_json::Value;

body_struct! {
    /// From where on changes are sent again.
    pub struct WebhookReplayInput {
        /// The number after which every change that fits the webhook is sent again.
        pub after_seq: Count,
    }
}

/// The read-only members, ignored in bodies.
const READ_ONLY_MEMBERS: [&str; 7] =
    ["id", "origin", "created_at", "updated_at", "disabled_reason", "last_delivery", "secret"];

/// Removes the read-only members of a body.
fn without_read_only(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| !READ_ONLY_MEMBERS.contains(&name.as_str()));
    }
    body
}

/// The most webhooks of all origins together.
pub(super) const MAX_WEBHOOKS: i64 = 100;

/// The most webhooks of one origin.
pub(super) const MAX_WEBHOOKS_PER_ORIGIN: i64 = 10;

/// Reads and validates a body. `allow_private` accepts URLs whose address is not public.
///
/// # Errors
/// Every fault of the body.
pub(super) fn read_input(body: Value, allow_private: bool) -> Result<WebhookInput, FaultList> {
    let (body, mut faults) = (without_read_only(body), FaultList::default());
    let url = body.get("url").cloned();
    let input = WebhookInput::read(Some(body), &BodyPath::Root, &mut faults);
    if let Some(url) = Url::read(url, &BodyPath::Root, &mut FaultList::default())
        && let Some(code) = delivery_client::address_error(url.as_str(), allow_private)
    {
        faults.push(&BodyPath::Root.key("url"), code, vec![]);
    }
    match input {
        Some(input) if faults.is_empty() => Ok(input),
        _ => Err(faults),
    }
}
