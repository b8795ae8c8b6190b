//! The table `webhooks`.

use super::webhook::WebhookInput;
use crate::db::conn::Conn;
use crate::db::schema::{settings, webhooks};
use crate::db::types::Id;
use crate::domain::body_field::{BodyField as _, BodyPath};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::errors::problem::Problem;
use diesel::prelude::*;

/// A webhook: a row of the table. Times are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Webhook {
    /// The id.
    pub id: Id,
    /// The origin of the key that created it.
    pub origin: String,
    /// The members that its owner wrote, as JSON: `url`, `description`, `kinds`, `ops`, `exclude_origin`.
    pub content: String,
    /// 1 while messages are sent, else 0.
    pub enabled: i64,
    /// Why the server disabled it; `None` when its owner did.
    pub disabled_reason: Option<String>,
    /// The secret that signs messages.
    pub secret: String,
    /// The secret before the last rotation.
    pub old_secret: Option<String>,
    /// Until when the old secret signs too.
    pub old_secret_until: i64,
    /// When it was created.
    pub created_at: i64,
    /// When it was last written.
    pub updated_at: i64,
    /// The number of the last change of the log that was considered for it.
    pub position: i64,
    /// The number of the last change that was enqueued for it.
    pub sent_seq: Option<i64>,
    /// When the last attempt ended.
    pub attempted_at: Option<i64>,
    /// The status of its delivery after that attempt.
    pub attempt_status: Option<String>,
}

impl Webhook {
    /// The secrets that sign at `now`, newest first.
    #[must_use]
    pub(super) fn secrets_in_force(&self, now: i64) -> Vec<String> {
        let old = self.old_secret.iter().filter(|_| now < self.old_secret_until);
        std::iter::once(&self.secret).chain(old).cloned().collect()
    }

    /// The members that its owner wrote.
    ///
    /// # Errors
    /// 500 `damaged_record`, naming the webhook, when the stored JSON is not that of a webhook.
    pub fn input(&self) -> Result<WebhookInput, Problem> {
        let mut faults = FaultList::default();
        let body = serde_json::from_str(&self.content).map_err(|error| error.to_string());
        let input = body.and_then(|body| {
            let input = WebhookInput::read(Some(body), &BodyPath::Root, &mut faults);
            input.filter(|_| faults.is_empty()).ok_or_else(|| Problem::invalid(faults).to_string())
        });
        input.map_err(|why| {
            log::error!("what is stored of webhook {} is damaged: {why}", self.id);
            Problem::new(ErrorCode::Damaged).with_arg("record", format_args!("webhook {}", self.id))
        })
    }
}

/// Keeps other transactions from creating a webhook until the end of this one, so that their number can be
/// limited. An update of a row that always exists takes the lock on either database.
pub fn lock_creation(tx: &mut Conn) -> QueryResult<()> {
    let row = diesel::update(settings::table.find("cursor_key"));
    row.set(settings::value.eq(settings::value)).execute(tx).map(drop)
}

/// Locks the row of a webhook until the end of the transaction.
pub fn lock(tx: &mut Conn, id: Id) -> QueryResult<()> {
    let row = diesel::update(webhooks::table.find(id));
    row.set(webhooks::position.eq(webhooks::position)).execute(tx).map(drop)
}

/// Finds a webhook by its id.
pub fn find(tx: &mut Conn, id: Id) -> QueryResult<Option<Webhook>> {
    webhooks::table.find(id).select(Webhook::as_select()).first(tx).optional()
}

/// Lists all webhooks, oldest first.
pub fn all(tx: &mut Conn) -> QueryResult<Vec<Webhook>> {
    webhooks::table.order(webhooks::id).select(Webhook::as_select()).load(tx)
}

/// Inserts a new webhook.
pub fn insert(tx: &mut Conn, webhook: &Webhook) -> QueryResult<()> {
    diesel::insert_into(webhooks::table).values(webhook).execute(tx).map(drop)
}

/// Writes back a webhook that this transaction has locked.
pub fn save(tx: &mut Conn, webhook: &Webhook) -> QueryResult<()> {
    diesel::update(webhooks::table.find(webhook.id)).set(webhook).execute(tx).map(drop)
}

/// Deletes a webhook and, by the foreign key, its deliveries.
pub fn delete(tx: &mut Conn, id: Id) -> QueryResult<()> {
    diesel::delete(webhooks::table.find(id)).execute(tx).map(drop)
}
