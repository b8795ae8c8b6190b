//! A delivery of one change to one webhook: its message, its JSON, its retry schedule.

use super::delivery_client::SignedMessage;
use super::webhook::OPS;
use super::webhook_store::Webhook;
use crate::db::types::Id;
use crate::domain::errors::problem::Result;
use crate::domain::kind::Kind;
use crate::util::clock::rfc3339;
use crate::util::random;
use serde_json::{Map, Value, json};

/// Status of a delivery with attempts to come.
pub(super) const PENDING: &str = "pending";

/// Status of a delivery that the receiver answered with 2xx.
pub(super) const DELIVERED: &str = "delivered";

/// Status of a delivery that was given up.
pub(super) const FAILED: &str = "failed";

/// Every status of a delivery.
pub const DELIVERY_STATUSES: [&str; 3] = [PENDING, DELIVERED, FAILED];

/// The wait after each failed attempt, in seconds. One more attempt follows the last wait: ten in about three
/// days.
const RETRY_DELAYS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// Returns when to try again after this many failed attempts, in microseconds since 1970; `None` after the
/// last. Up to a fifth of the wait is added at random, so that deliveries that failed together are spread
/// out.
#[must_use]
pub(super) fn retry_at(attempts: i64, now: i64) -> Option<i64> {
    let index = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let wait = RETRY_DELAYS.get(index)? * 1_000_000;
    let [first, second, ..] = random::random_bytes();
    let jitter = wait / 5 * i64::from(u16::from_be_bytes([first, second])) / i64::from(u16::MAX);
    Some(now + wait + jitter)
}

/// The change of a delivery, as the log has it. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredChange {
    /// The id of the record.
    pub record_id: Id,
    /// The kind of the record.
    pub kind: String,
    /// The version that the change made.
    pub version: i64,
    /// The operation: `create`, `update`, `delete`, `restore` or `merge`.
    pub op: String,
    /// The origin that made the change.
    pub origin: String,
    /// When it was made.
    pub at: i64,
}

/// A delivery: a row of `deliveries` with its change. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The id of the webhook.
    pub webhook_id: Id,
    /// The number of the change.
    pub seq: i64,
    /// The number of the change sent to the webhook before this one.
    pub previous_seq: Option<i64>,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// The number of attempts so far.
    pub attempts: i64,
    /// When it was enqueued.
    pub created_at: i64,
    /// When the next attempt is due.
    pub next_at: i64,
    /// When the last attempt ended.
    pub attempted_at: Option<i64>,
    /// The HTTP status of the answer to the last attempt.
    pub answer_code: Option<i64>,
    /// The beginning of that answer's body, or why there was no answer.
    pub answer: Option<String>,
    /// The change.
    pub change: DeliveredChange,
}

/// Returns the `webhook-id` of the message of a change: the same in every attempt and every replay.
#[must_use]
fn message_id(webhook: Id, seq: i64) -> String {
    format!("msg_{}_{seq}", webhook.0.simple())
}

/// Returns the number of the change in a `webhook-id`, if it is an id of this webhook.
#[must_use]
pub fn seq_of(webhook: Id, id: &str) -> Option<i64> {
    let seq = id.rsplit('_').next()?.parse().ok()?;
    (message_id(webhook, seq) == id).then_some(seq)
}

impl Delivery {
    /// The type of the message, such as `partnership.updated`.
    fn message_type(&self) -> String {
        let op = &self.change.op;
        let event = OPS.iter().find(|(name, _)| name == op).map_or(op.as_str(), |(_, event)| event);
        format!("{}.{event}", self.change.kind)
    }

    /// The path of the record.
    fn href(&self) -> String {
        let kind = &self.change.kind;
        let path = Kind::from_name(kind).map_or(kind.as_str(), |kind| kind.path());
        format!("/v1/{path}/{}", self.change.record_id)
    }

    /// Builds the message of an attempt at `now`, with the secrets to sign it with.
    ///
    /// # Errors
    /// 500 `damaged_record` when the stored webhook cannot be read.
    pub(super) fn to_message(&self, webhook: &Webhook, now: i64) -> Result<SignedMessage> {
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

    /// The delivery as the API shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("id".into(), message_id(self.webhook_id, self.seq).into());
        json.insert("type".into(), self.message_type().into());
        json.insert("seq".into(), self.seq.into());
        json.extend(self.previous_seq.map(|seq| ("previous_seq".to_owned(), seq.into())));
        json.insert("href".into(), self.href().into());
        json.insert("status".into(), self.status.as_str().into());
        json.insert("attempts".into(), self.attempts.into());
        json.insert("created_at".into(), rfc3339(self.created_at).into());
        if self.status == PENDING {
            json.insert("next_attempt_at".into(), rfc3339(self.next_at).into());
        }
        if let Some(at) = self.attempted_at {
            let mut last = Map::from_iter([("at".to_owned(), rfc3339(at).into())]);
            last.extend(self.answer_code.map(|code| ("status".to_owned(), code.into())));
            let name = if self.answer_code.is_some() { "answer" } else { "error" };
            last.extend(self.answer.iter().map(|text| (name.to_owned(), text.as_str().into())));
            json.insert("last_attempt".into(), last.into());
        }
        json.into()
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
