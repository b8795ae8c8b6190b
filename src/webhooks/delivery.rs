//! Deliveries: one for each change and webhook that it concerns, from the first attempt to the last.

use super::delivery_client::SignedMessage;
use super::webhook::OPS;
use super::webhook_store::Webhook;
use crate::db::types::Id;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::util::clock::rfc3339;
use crate::util::random;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

/// Not yet delivered.
pub const PENDING: &str = "pending";

/// Delivered.
pub const DELIVERED: &str = "delivered";

/// Given up.
pub const FAILED: &str = "failed";

/// What a delivery can be.
pub const DELIVERY_STATUSES: [&str; 3] = [PENDING, DELIVERED, FAILED];

/// How long to wait after each attempt that failed, in seconds; after the last of them there is one attempt more.
const RETRY_DELAYS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// When to try again after this many attempts have failed, in microseconds since 1970: as the schedule says, and up
/// to a fifth later, so that those who failed together do not come back together.
#[must_use]
pub fn retry_at(attempts: i64, now: i64) -> Option<i64> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let wait = RETRY_DELAYS.get(index)? * 1_000_000;
    let [first, second, ..] = random::random_bytes();
    let jitter = wait / 5 * i64::from(u16::from_be_bytes([first, second])) / i64::from(u16::MAX);
    Some(now + wait + jitter)
}

/// A change that is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredChange {
    /// The record.
    pub record_id: Id,
    /// Its kind.
    pub kind: String,
    /// The version that the change made.
    pub version: i64,
    /// What was done.
    pub op: String,
    /// Who did it.
    pub origin: String,
    /// When, in microseconds since 1970.
    pub at: i64,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The webhook.
    pub webhook_id: Id,
    /// The number of the change.
    pub seq: i64,
    /// The number of the change that was sent to the webhook before.
    pub previous_seq: Option<i64>,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// How many attempts there have been.
    pub attempts: i64,
    /// When it was noted.
    pub created_at: i64,
    /// When the next attempt is due.
    pub next_at: i64,
    /// When the last attempt ended.
    pub attempted_at: Option<i64>,
    /// The status that the last attempt was answered with.
    pub answer_code: Option<i64>,
    /// The beginning of that answer, or why there was none.
    pub answer: Option<String>,
    /// The change.
    pub change: DeliveredChange,
}

/// The id of the message that tells a webhook of a change: the same in every attempt, and when it is sent again.
#[must_use]
pub fn message_id(webhook: Id, seq: i64) -> String {
    format!("msg_{}_{seq}", webhook.0.simple())
}

/// The number of the change in an id, if it is one of this webhook.
#[must_use]
pub fn seq_of(webhook: Id, id: &str) -> Option<i64> {
    let seq = id.rsplit('_').next()?.parse().ok()?;
    (message_id(webhook, seq) == id).then_some(seq)
}

impl Delivery {
    /// The type of the message, such as `partnership.updated`.
    fn message_type(&self) -> String {
        let op = &self.change.op;
        let done = OPS.iter().find(|(name, _)| name == op).map_or(op.as_str(), |(_, done)| done);
        format!("{}.{done}", self.change.kind)
    }

    fn href(&self) -> String {
        let kind = &self.change.kind;
        let path = Kind::from_name(kind).map_or(kind.as_str(), |kind| kind.path());
        format!("/v1/{path}/{}", self.change.record_id)
    }

    /// The message, signed for an attempt at `now`.
    ///
    /// # Errors
    /// 500 when the webhook is damaged.
    pub fn to_message(&self, webhook: &Webhook, now: i64) -> Result<SignedMessage> {
        let change = &self.change;
        let mut data = Map::new();
        data.insert("seq".into(), self.seq.into());
        data.extend(self.previous_seq.map(|seq| ("previous_seq".to_owned(), seq.into())));
        data.insert("kind".into(), change.kind.as_str().into());
        data.insert("id".into(), change.record_id.to_string().into());
        data.insert("version".into(), change.version.into());
        data.insert("op".into(), change.op.as_str().into());
        data.insert("origin".into(), change.origin.as_str().into());
        data.insert("href".into(), self.href().into());
        Ok(SignedMessage {
            url: webhook.input()?.url.as_str().into(),
            secrets: webhook.secrets_in_force(now),
            id: message_id(self.webhook_id, self.seq),
            timestamp: now.div_euclid(1_000_000),
            body: json!({"type": self.message_type(), "timestamp": rfc3339(change.at), "data": data})
                .to_string(),
        })
    }

    /// The delivery as its owner sees it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut shown = Map::new();
        shown.insert("id".into(), message_id(self.webhook_id, self.seq).into());
        shown.insert("type".into(), self.message_type().into());
        shown.insert("seq".into(), self.seq.into());
        shown.extend(self.previous_seq.map(|seq| ("previous_seq".to_owned(), seq.into())));
        shown.insert("href".into(), self.href().into());
        shown.insert("status".into(), self.status.as_str().into());
        shown.insert("attempts".into(), self.attempts.into());
        shown.insert("created_at".into(), rfc3339(self.created_at).into());
        if self.status == PENDING {
            shown.insert("next_attempt_at".into(), rfc3339(self.next_at).into());
        }
        if let Some(at) = self.attempted_at {
            let mut last = Map::from_iter([("at".to_owned(), rfc3339(at).into())]);
            last.extend(self.answer_code.map(|code| ("status".to_owned(), code.into())));
            let name = if self.answer_code.is_some() { "answer" } else { "error" };
            last.extend(self.answer.iter().map(|text| (name.to_owned(), text.as_str().into())));
            shown.insert("last_attempt".into(), last.into());
        }
        shown.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_about_three_days() {
        let day = 86_400_000_000;
        let waits: Vec<i64> = (1..).map_while(|attempts| retry_at(attempts, 0)).collect();
        assert_eq!(waits.len(), 9);
        for (wait, seconds) in waits.iter().zip(RETRY_DELAYS) {
            assert!((seconds * 1_000_000..=seconds * 1_200_000).contains(wait), "{wait}");
        }
        assert!((3 * day..4 * day).contains(&waits.iter().sum::<i64>()));
        assert_eq!((retry_at(0, 0), retry_at(10, 0)), (None, None));
    }

    #[test]
    fn an_id_tells_its_webhook_and_change() {
        let (webhook, other) = (Id(random::new_uuid()), Id(random::new_uuid()));
        let id = message_id(webhook, 42);
        assert_eq!((seq_of(webhook, &id), seq_of(other, &id)), (Some(42), None));
        for wrong in ["", "msg_", "42", &id.replace("_42", "_042"), &id.to_uppercase()] {
            assert_eq!(seq_of(webhook, wrong), None, "{wrong}");
        }
    }
}
