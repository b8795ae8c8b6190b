//! The table of the deliveries: noted from the change log, leased, attempted, written down, removed.
//!
//! Whoever notes, leases or writes down deliveries of a webhook locks the webhook's row first.

use super::delivery::{DELIVERED, DeliveredChange, Delivery, FAILED, PENDING, retry_at};
use super::delivery_client::AttemptResult;
use super::webhook_store;
use super::webhook_store::Webhook;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::{changes, deliveries, webhooks};
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::domain::errors::problem::Problem;
use crate::store::changes::latest_seq;
use diesel::dsl::count_star;
use diesel::dsl::min;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sql_types::Bool;

/// The condition that a delivery is pending, written out, not bound: of those there are indexes.
fn is_pending() -> SqlLiteral<Bool> {
    diesel::dsl::sql("deliveries.status = 'pending'")
}

/// The most attempts of one webhook at a time.
pub const MAX_CONCURRENT_PER_WEBHOOK: i64 = 2;

/// The most changes that are noted at a time, and the most deliveries that are due before more are noted.
const MAX_DUE_DELIVERIES: i64 = 100;

/// The most changes that are looked at at a time.
const MAX_CHANGES_SCANNED: i64 = 100_000;

/// How long a process keeps a delivery to itself, in microseconds: longer than an attempt can take.
const LEASE_DURATION: i64 = 15_000_000;

/// How long a delivery is kept once it has ended, in microseconds.
const RETENTION: i64 = 30 * 86_400_000_000;

/// The most deliveries that are removed at a time.
const MAX_PRUNED: i64 = 1000;

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
fn matching_changes(webhook: &Webhook) -> Result<SqlFragment, Problem> {
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

/// The webhooks for which there is something to do, those that have waited longest first.
///
/// # Errors
/// When the database fails.
pub fn find_with_work(tx: &mut Conn, now: i64) -> QueryResult<Vec<Id>> {
    let now = || BindValue::Int(now);
    let pending = "FROM deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending'";
    let found = SqlFragment::new("SELECT w.id FROM webhooks w WHERE w.enabled = 1 AND ")
        .sql(format!("(SELECT COUNT(*) {pending} AND d.leased_until > "))
        .bind(now())
        .sql(") < ")
        .bind(BindValue::Int(MAX_CONCURRENT_PER_WEBHOOK))
        .sql(" AND (w.position < (SELECT seq FROM feed_head) OR ")
        .sql(format!("EXISTS (SELECT 1 {pending} AND d.next_at <= "))
        .bind(now())
        .sql(" AND d.leased_until <= ")
        .bind(now())
        .sql(")) ORDER BY COALESCE(w.attempted_at, 0), w.id");
    Statement::<UuidSql>::new(found).load(tx)
}

/// A webhook's turn: notes what has changed, and leases what is due, `most` deliveries at the most.
///
/// The webhook's row is locked first, so that of several processes one at a time does this. One that is damaged is disabled:
/// nobody knows what to send, and to whom.
///
/// # Errors
/// When the database fails.
pub fn lease_due(
    tx: &mut Conn,
    id: Id,
    now: i64,
    most: i64,
) -> QueryResult<Option<(Webhook, Vec<Delivery>)>> {
    webhook_store::lock(tx, id)?;
    let Some(mut webhook) = webhook_store::find(tx, id)?.filter(|webhook| webhook.enabled == 1) else {
        return Ok(None);
    };
    let Ok(concerning) = matching_changes(&webhook) else {
        disable(&mut webhook, "what is stored of it is damaged: delete it and make it again", now);
        webhook_store::save(tx, &webhook)?;
        return Ok(None);
    };
    enqueue_changes(tx, &mut webhook, concerning, now)?;
    let leased: i64 = deliveries::table
        .filter(deliveries::webhook_id.eq(id).and(is_pending()))
        .filter(deliveries::leased_until.gt(now))
        .count()
        .get_result(tx)?;
    let claimed = lease(tx, id, now, most.min(MAX_CONCURRENT_PER_WEBHOOK - leased).max(0))?;
    let due = deliveries_of!(id)
        .filter(deliveries::seq.eq_any(claimed))
        .order(deliveries::seq)
        .load::<DeliveryRow>(tx)?;
    Ok(Some((webhook, due.into_iter().map(from_row).collect())))
}

/// Disables a webhook whose owner did not.
fn disable(webhook: &mut Webhook, reason: &str, now: i64) {
    webhook.enabled = 0;
    webhook.disabled_reason = Some(reason.into());
    webhook.updated_at = now;
}

/// Notes the next changes that the webhook is told of, unless many are due already, and moves its position on.
fn enqueue_changes(
    tx: &mut Conn,
    webhook: &mut Webhook,
    concerning: SqlFragment,
    now: i64,
) -> QueryResult<()> {
    let head = latest_seq(tx)?;
    let due = deliveries::table
        .filter(deliveries::webhook_id.eq(webhook.id).and(is_pending()))
        .filter(deliveries::next_at.le(now))
        .select(deliveries::seq);
    let has_many_due = due.offset(MAX_DUE_DELIVERIES - 1).first::<i64>(tx).optional()?.is_some();
    if webhook.position >= head || has_many_due {
        return Ok(());
    }
    let end = head.min(webhook.position + MAX_CHANGES_SCANNED);
    let next = SqlFragment::new("SELECT seq FROM changes WHERE seq > ")
        .bind(BindValue::Int(webhook.position))
        .sql(" AND seq <= ")
        .bind(BindValue::Int(end))
        .sql(" AND ")
        .append(concerning)
        .sql(" ORDER BY seq LIMIT ")
        .bind(BindValue::Int(MAX_DUE_DELIVERIES));
    let found: Vec<i64> = Statement::<BigInt>::new(next).load(tx)?;
    // Fewer than asked for: there is no other up to the end.
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < MAX_DUE_DELIVERIES);
    webhook.position = found.last().filter(|_| !is_last).copied().unwrap_or(end);
    if !found.is_empty() {
        insert_deliveries(tx, webhook, &found, now)?;
        webhook.sent_seq = found.last().copied();
    }
    webhook_store::save(tx, webhook)
}

/// Notes deliveries; one that was noted before is due again.
fn insert_deliveries(tx: &mut Conn, webhook: &Webhook, seqs: &[i64], now: i64) -> QueryResult<()> {
    let mut previous = webhook.sent_seq;
    let mut rows = SqlFragment::default();
    for seq in seqs {
        let separator = if previous == webhook.sent_seq { "(" } else { ", (" };
        rows = rows
            .sql(separator)
            .bind(BindValue::Id(webhook.id))
            .sql(", ")
            .bind(BindValue::Int(*seq))
            .sql(", ");
        rows = match previous {
            Some(previous) => rows.bind(BindValue::Int(previous)),
            None => rows.sql("NULL"),
        };
        rows = rows
            .sql(", 'pending', 0, ")
            .bind(BindValue::Int(now))
            .sql(", ")
            .bind(BindValue::Int(now))
            .sql(", 0)");
        previous = Some(*seq);
    }
    let columns = "webhook_id, seq, previous_seq, status, attempts, created_at, next_at, leased_until";
    let statement = SqlFragment::new(format!("INSERT INTO deliveries ({columns}) VALUES ")).append(rows).sql(
        " ON CONFLICT (webhook_id, seq) DO UPDATE SET status = 'pending', next_at = excluded.next_at, \
         previous_seq = excluded.previous_seq, \
         attempts = CASE WHEN deliveries.status = 'pending' THEN deliveries.attempts ELSE 0 END",
    );
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// Leases what is due; gives the numbers of the changes.
fn lease(tx: &mut Conn, webhook: Id, now: i64, most: i64) -> QueryResult<Vec<i64>> {
    let now = || BindValue::Int(now);
    let statement = SqlFragment::new("UPDATE deliveries SET attempts = attempts + 1, leased_until = ")
        .bind(BindValue::Int(LEASE_DURATION))
        .sql(" + ")
        .bind(now())
        .sql(" WHERE webhook_id = ")
        .bind(BindValue::Id(webhook))
        .sql(" AND seq IN (SELECT d.seq FROM deliveries d WHERE d.webhook_id = ")
        .bind(BindValue::Id(webhook))
        .sql(" AND d.status = 'pending' AND d.next_at <= ")
        .bind(now())
        .sql(" AND d.leased_until <= ")
        .bind(now())
        .sql(" ORDER BY d.next_at, d.seq LIMIT ")
        .bind(BindValue::Int(most))
        .sql(") AND status = 'pending' AND leased_until <= ")
        .bind(now())
        .sql(" RETURNING seq");
    Statement::<BigInt>::new(statement).load(tx)
}

/// Writes down how an attempt went. One that another process has attempted since says nothing any more.
///
/// # Errors
/// When the database fails.
pub fn finish_attempt(
    tx: &mut Conn,
    attempt: &Delivery,
    answer: &AttemptResult,
    now: i64,
) -> QueryResult<()> {
    webhook_store::lock(tx, attempt.webhook_id)?;
    let Some(mut webhook) = webhook_store::find(tx, attempt.webhook_id)? else { return Ok(()) };
    let is_gone = answer.status_code == Some(410);
    let next = retry_at(attempt.attempts, now).filter(|_| !is_gone);
    let status = match (answer.status_code, next) {
        (Some(200..=299), _) => DELIVERED,
        (_, Some(_)) => PENDING,
        (_, None) => FAILED,
    };
    let this_attempt = deliveries::table
        .find((attempt.webhook_id, attempt.seq))
        .filter(deliveries::attempts.eq(attempt.attempts).and(deliveries::status.eq(PENDING)));
    let ended = diesel::update(this_attempt).set((
        deliveries::status.eq(status),
        deliveries::next_at.eq(next.unwrap_or(now)),
        deliveries::leased_until.eq(0),
        deliveries::attempted_at.eq(now),
        deliveries::answer_code.eq(answer.status_code.map(i64::from)),
        deliveries::answer.eq(&answer.text),
    ));
    if ended.execute(tx)? == 0 {
        return Ok(());
    }
    webhook.attempted_at = Some(now);
    webhook.attempt_status = Some(status.into());
    if is_gone {
        disable(&mut webhook, "the receiver answered 410 Gone", now);
        let others = deliveries::webhook_id.eq(webhook.id).and(is_pending());
        diesel::update(deliveries::table.filter(others)).set(deliveries::status.eq(FAILED)).execute(tx)?;
    }
    webhook_store::save(tx, &webhook)
}

/// Removes deliveries that ended long ago; whether there may be more of them.
///
/// # Errors
/// When the database fails.
pub fn prune(tx: &mut Conn, now: i64) -> QueryResult<bool> {
    let limit = || BindValue::Int(now - RETENTION);
    let statement = SqlFragment::new(
        "DELETE FROM deliveries WHERE (webhook_id, seq) IN (SELECT d.webhook_id, d.seq FROM deliveries d \
         WHERE d.status <> 'pending' AND d.created_at < ",
    );
    let statement = statement
        .bind(limit())
        .sql(" AND COALESCE(d.attempted_at, 0) < ")
        .bind(limit())
        .sql(" LIMIT ")
        .bind(BindValue::Int(MAX_PRUNED))
        .sql(")");
    let removed = Statement::<BigInt>::new(statement).execute(tx)?;
    Ok(i64::try_from(removed).is_ok_and(|removed| removed == MAX_PRUNED))
}
