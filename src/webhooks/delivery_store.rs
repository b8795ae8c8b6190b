//! The table `deliveries` as the API sees it: find, list, replay, lag.
//!
//! Enqueueing and sending are in `delivery_queue.rs`.

use super::delivery::{DeliveredChange, Delivery, PENDING};
use super::webhook_store::{self, Webhook};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{changes, deliveries, webhooks};
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::Id;
use crate::domain::errors::problem::Problem;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// The columns of a delivery in groups, since diesel's tuples are limited in length.
type DeliveryRow = (
    (Id, i64, Option<i64>, String, i64, i64, i64),
    (Option<i64>, Option<i64>, Option<String>),
    (Id, String, i64, String, String, i64),
);

fn from_row((delivery, last_attempt, change): DeliveryRow) -> Delivery {
    let (webhook_id, seq, previous_seq, status, attempts, created_at, next_at) = delivery;
    let (attempted_at, answer_code, answer) = last_attempt;
    let (record_id, kind, version, op, origin, at) = change;
    Delivery {
        webhook_id,
        seq,
        previous_seq,
        status,
        attempts,
        created_at,
        next_at,
        attempted_at,
        answer_code,
        answer,
        change: DeliveredChange { record_id, kind, version, op, origin, at },
    }
}

/// A query for the deliveries of a webhook, joined with their changes.
macro_rules! deliveries_of {
    ($webhook:expr) => {
        deliveries::table
            .inner_join(changes::table.on(changes::seq.eq(deliveries::seq)))
            .filter(deliveries::webhook_id.eq($webhook))
            .select((
                (
                    deliveries::webhook_id,
                    deliveries::seq,
                    deliveries::previous_seq,
                    deliveries::status,
                    deliveries::attempts,
                    deliveries::created_at,
                    deliveries::next_at,
                ),
                (deliveries::attempted_at, deliveries::answer_code, deliveries::answer),
                (
                    changes::record_id,
                    changes::kind,
                    changes::version,
                    changes::op,
                    changes::origin,
                    changes::at,
                ),
            ))
    };
}

/// Finds the delivery of one change to a webhook.
pub fn find(tx: &mut Conn, webhook: Id, seq: i64) -> QueryResult<Option<Delivery>> {
    let row = deliveries_of!(webhook).filter(deliveries::seq.eq(seq)).first::<DeliveryRow>(tx).optional()?;
    Ok(row.map(from_row))
}

/// Loads these deliveries of a webhook, oldest change first.
pub(super) fn find_all(tx: &mut Conn, webhook: Id, seqs: Vec<i64>) -> QueryResult<Vec<Delivery>> {
    let rows = deliveries_of!(webhook).filter(deliveries::seq.eq_any(seqs)).order(deliveries::seq);
    Ok(rows.load::<DeliveryRow>(tx)?.into_iter().map(from_row).collect())
}

/// Lists the deliveries of a webhook that have one of these statuses and a number below `before`, newest
/// change first.
pub fn list(
    tx: &mut Conn,
    webhook: Id,
    statuses: &[String],
    before: i64,
    limit: i64,
) -> QueryResult<Vec<Delivery>> {
    let rows = deliveries_of!(webhook)
        .filter(deliveries::status.eq_any(statuses).and(deliveries::seq.lt(before)))
        .order(deliveries::seq.desc())
        .limit(limit);
    Ok(rows.load::<DeliveryRow>(tx)?.into_iter().map(from_row).collect())
}

/// Returns the filter of a webhook as an SQL condition on `changes`.
///
/// # Errors
/// 500 `damaged_record` when the stored webhook cannot be read.
pub(super) fn matching_changes(webhook: &Webhook) -> Result<SqlFragment, Problem> {
    let input = webhook.input()?;
    let one_of = |column: &str, names: &[&'static str]| {
        let names_of = |names: &[&'static str]| {
            names.iter().map(|name| BindValue::Text((*name).into())).collect::<Vec<_>>()
        };
        (!names.is_empty()).then(|| SqlFragment::new(format!("{column} IN ")).bind_list(names_of(names)))
    };
    let excluded = input.exclude_origin.as_ref().map(|name| name.0.as_str());
    let excluded = excluded.map(|name| if name == "self" { webhook.origin.as_str() } else { name });
    let not_origin = excluded.map(|origin| SqlFragment::new("origin <> ").bind_text(origin));
    Ok(SqlFragment::all(
        [one_of("kind", &input.kinds.0), one_of("op", &input.ops.0), not_origin].into_iter().flatten(),
    ))
}

/// Counts the changes above a number that match the filter of a webhook.
///
/// # Errors
/// 500 `damaged_record` when the stored webhook cannot be read.
pub fn count_after(tx: &mut Conn, webhook: &Webhook, seq: i64) -> TxResult<i64> {
    let count =
        SqlFragment::new("SELECT COUNT(*) FROM changes WHERE seq > ").bind(BindValue::Int(seq)).sql(" AND ");
    Ok(Statement::<BigInt>::new(count.append(matching_changes(webhook)?)).get_result(tx)?)
}

/// Moves the position of a webhook, which this transaction has locked, back to a number, so that later
/// changes are enqueued again.
pub fn rewind(tx: &mut Conn, webhook: &mut Webhook, seq: i64) -> QueryResult<()> {
    if seq < webhook.position {
        webhook.position = seq;
        webhook.sent_seq = deliveries::table
            .filter(deliveries::webhook_id.eq(webhook.id).and(deliveries::seq.le(seq)))
            .select(diesel::dsl::max(deliveries::seq))
            .first(tx)?;
        webhook_store::save(tx, webhook)?;
    }
    Ok(())
}

/// Makes a delivery due now. A pending delivery keeps its count of attempts; one that has ended starts anew.
pub fn retry_now(tx: &mut Conn, delivery: &Delivery, now: i64) -> QueryResult<()> {
    let attempts = if delivery.status == PENDING { delivery.attempts } else { 0 };
    let row = deliveries::table.find((delivery.webhook_id, delivery.seq));
    let due =
        (deliveries::status.eq(PENDING), deliveries::attempts.eq(attempts), deliveries::next_at.eq(now));
    diesel::update(row).set(due).execute(tx).map(drop)
}

/// How far the deliveries of enabled webhooks are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryLag {
    /// The number of pending deliveries.
    pub pending: i64,
    /// When the longest-waiting due delivery fell due, in microseconds since 1970; `None` when none is due.
    pub oldest_due_at: Option<i64>,
}

/// Reads how far the deliveries of enabled webhooks are behind.
pub fn read_lag(tx: &mut Conn, now: i64) -> QueryResult<DeliveryLag> {
    let enabled: Vec<Id> = webhooks::table.filter(webhooks::enabled.eq(1)).select(webhooks::id).load(tx)?;
    let pending = deliveries::table
        .filter(deliveries::status.eq(PENDING).and(deliveries::webhook_id.eq_any(enabled)))
        .select((count_star(), min(deliveries::next_at)))
        .first::<(i64, Option<i64>)>(tx)?;
    Ok(DeliveryLag { pending: pending.0, oldest_due_at: pending.1.filter(|due| *due <= now) })
}
