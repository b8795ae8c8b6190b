//! The table of the deliveries: noted from the change log, leased, attempted, written down, removed.
//!
//! Whoever notes, leases or writes down deliveries of a webhook locks the webhook's row first.

use super::delivery::{DeliveredChange, Delivery, PENDING};
use super::webhook_store;
use super::webhook_store::Webhook;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{changes, deliveries, webhooks};
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::Id;
use crate::domain::errors::problem::Problem;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

type DeliveryRow = (
    (Id, i64, Option<i64>, String, i64, i64, i64),
    (Option<i64>, Option<i64>, Option<String>),
    (Id, String, i64, String, String, i64),
);

fn from_row((about, last, change): DeliveryRow) -> Delivery {
    let (webhook, seq, previous_seq, status, attempts, created_at, next_at) = about;
    let (attempted_at, answer_code, answer) = last;
    let (record, kind, version, op, origin, at) = change;
    Delivery {
        webhook_id: webhook,
        seq,
        previous_seq,
        status,
        attempts,
        created_at,
        next_at,
        attempted_at,
        answer_code,
        answer,
        change: DeliveredChange { record_id: record, kind, version, op, origin, at },
    }
}

/// The deliveries of a webhook, with their changes.
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

/// One delivery.
///
/// # Errors
/// When the database fails.
pub fn find(tx: &mut Conn, webhook: Id, seq: i64) -> QueryResult<Option<Delivery>> {
    let row = deliveries_of!(webhook).filter(deliveries::seq.eq(seq)).first::<DeliveryRow>(tx).optional()?;
    Ok(row.map(from_row))
}

/// These deliveries of a webhook, oldest change first.
pub(super) fn find_all(tx: &mut Conn, webhook: Id, seqs: Vec<i64>) -> QueryResult<Vec<Delivery>> {
    let rows = deliveries_of!(webhook).filter(deliveries::seq.eq_any(seqs)).order(deliveries::seq);
    Ok(rows.load::<DeliveryRow>(tx)?.into_iter().map(from_row).collect())
}

/// The deliveries of a webhook with one of these statuses, the newest change first, from before a number on.
///
/// # Errors
/// When the database fails.
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

/// The changes that a webhook is told of, as a condition.
///
/// # Errors
/// 500 when the webhook is damaged: nobody knows which they are.
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
    let not = excluded.map(|origin| SqlFragment::new("origin <> ").bind_text(origin));
    Ok(SqlFragment::all(
        [one_of("kind", &input.kinds.0), one_of("op", &input.ops.0), not].into_iter().flatten(),
    ))
}

/// How many changes after a number a webhook is told of.
///
/// # Errors
/// When the database fails, or the webhook is damaged.
pub fn count_after(tx: &mut Conn, webhook: &Webhook, seq: i64) -> TxResult<i64> {
    let count =
        SqlFragment::new("SELECT COUNT(*) FROM changes WHERE seq > ").bind(BindValue::Int(seq)).sql(" AND ");
    Ok(Statement::<BigInt>::new(count.append(matching_changes(webhook)?)).get_result(tx)?)
}

/// Moves a webhook that this transaction has locked back to a number, so that what follows is sent again.
///
/// # Errors
/// When the database fails.
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

/// Makes a delivery due at once: the next attempt of one that is pending, or the first of one that has ended.
///
/// # Errors
/// When the database fails.
pub fn retry_now(tx: &mut Conn, delivery: &Delivery, now: i64) -> QueryResult<()> {
    let attempts = if delivery.status == PENDING { delivery.attempts } else { 0 };
    let row = deliveries::table.find((delivery.webhook_id, delivery.seq));
    let due =
        (deliveries::status.eq(PENDING), deliveries::attempts.eq(attempts), deliveries::next_at.eq(now));
    diesel::update(row).set(due).execute(tx).map(drop)
}

/// How far webhooks in use are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryLag {
    /// The deliveries not yet made.
    pub pending: i64,
    /// Since when the one has been due that has been due for longest.
    pub oldest_due_at: Option<i64>,
}

/// How far webhooks in use are behind.
///
/// # Errors
/// When the database fails.
pub fn read_lag(tx: &mut Conn, now: i64) -> QueryResult<DeliveryLag> {
    let used: Vec<Id> = webhooks::table.filter(webhooks::enabled.eq(1)).select(webhooks::id).load(tx)?;
    let pending = deliveries::table
        .filter(deliveries::status.eq(PENDING).and(deliveries::webhook_id.eq_any(used)))
        .select((count_star(), min(deliveries::next_at)))
        .first::<(i64, Option<i64>)>(tx)?;
    Ok(DeliveryLag { pending: pending.0, oldest_due_at: pending.1.filter(|due| *due <= now) })
}
