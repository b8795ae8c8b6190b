//! The queue of deliveries in the database: enqueues changes from the log, leases what is due, records the
//! results, prunes.
//!
//! Whoever enqueues, leases or finishes deliveries of a webhook locks the webhook's row first.

use super::delivery::{DELIVERED, Delivery, FAILED, PENDING, retry_at};
use super::delivery_client::AttemptResult;
use super::delivery_store;
use super::webhook_store::{self, Webhook};
use crate::db::conn::Conn;
use crate::db::schema::deliveries;
use crate::db::sql::{BindValue, SqlFragment, Statement};
use crate::db::types::{Id, UuidSql};
use crate::store::changes::latest_seq;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

/// The most concurrent attempts of one webhook.
const MAX_CONCURRENT_PER_WEBHOOK: i64 = 2;

/// The most changes enqueued at once for a webhook; nothing is enqueued while as many of its deliveries are
/// due.
const MAX_DUE_DELIVERIES: i64 = 100;

/// The most numbers of the log scanned at once for a webhook.
const MAX_CHANGES_SCANNED: i64 = 100_000;

/// How long a leased delivery is left to one process, in microseconds: longer than an attempt can take.
const LEASE_DURATION: i64 = 15_000_000;

/// How long a delivery is kept after its end, in microseconds: 30 days.
const RETENTION: i64 = 30 * 86_400_000_000;

/// The most deliveries deleted per statement.
const MAX_PRUNED: i64 = 1000;

/// The condition that a delivery is pending. The status is not bound, so that the partial indexes on it
/// serve.
fn is_pending() -> SqlLiteral<Bool> {
    diesel::dsl::sql("deliveries.status = 'pending'")
}

/// Finds the enabled webhooks with changes to enqueue or deliveries to attempt and room for an attempt, the
/// longest-waiting first.
pub(super) fn find_with_work(tx: &mut Conn, now: i64) -> QueryResult<Vec<Id>> {
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

/// Enqueues the next changes of a webhook and leases up to `limit` of its due deliveries. Returns `None` for
/// a webhook that is gone or disabled.
///
/// The row of the webhook is locked first, so that only one process at a time does this. A webhook whose
/// stored JSON is damaged is disabled, since its URL and filter are unknown.
pub(super) fn lease_due(
    tx: &mut Conn,
    id: Id,
    now: i64,
    limit: i64,
) -> QueryResult<Option<(Webhook, Vec<Delivery>)>> {
    webhook_store::lock(tx, id)?;
    let Some(mut webhook) = webhook_store::find(tx, id)?.filter(|webhook| webhook.enabled == 1) else {
        return Ok(None);
    };
    let Ok(filter) = delivery_store::matching_changes(&webhook) else {
        disable(&mut webhook, "what is stored of it is damaged: delete it and make it again", now);
        webhook_store::save(tx, &webhook)?;
        return Ok(None);
    };
    enqueue_changes(tx, &mut webhook, filter, now)?;
    let leased: i64 = deliveries::table
        .filter(deliveries::webhook_id.eq(id).and(is_pending()))
        .filter(deliveries::leased_until.gt(now))
        .count()
        .get_result(tx)?;
    let claimed = lease(tx, id, now, limit.min(MAX_CONCURRENT_PER_WEBHOOK - leased).max(0))?;
    let due = delivery_store::find_all(tx, id, claimed)?;
    Ok(Some((webhook, due)))
}

/// Disables a webhook on the server's own account.
fn disable(webhook: &mut Webhook, reason: &str, now: i64) {
    webhook.enabled = 0;
    webhook.disabled_reason = Some(reason.into());
    webhook.updated_at = now;
}

/// Enqueues the next changes that match the filter of the webhook and advances its position, unless many of
/// its deliveries are due already.
fn enqueue_changes(tx: &mut Conn, webhook: &mut Webhook, filter: SqlFragment, now: i64) -> QueryResult<()> {
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
        .append(filter)
        .sql(" ORDER BY seq LIMIT ")
        .bind(BindValue::Int(MAX_DUE_DELIVERIES));
    let found: Vec<i64> = Statement::<BigInt>::new(next).load(tx)?;
    // Fewer than the limit: nothing else matches up to `end`.
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < MAX_DUE_DELIVERIES);
    webhook.position = found.last().filter(|_| !is_last).copied().unwrap_or(end);
    if !found.is_empty() {
        insert_deliveries(tx, webhook, &found, now)?;
        webhook.sent_seq = found.last().copied();
    }
    webhook_store::save(tx, webhook)
}

/// Inserts deliveries that are due now; one that exists already (a replay) becomes due again.
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

/// Leases due deliveries and counts an attempt for each; returns the numbers of their changes.
fn lease(tx: &mut Conn, webhook: Id, now: i64, limit: i64) -> QueryResult<Vec<i64>> {
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
        .bind(BindValue::Int(limit))
        .sql(") AND status = 'pending' AND leased_until <= ")
        .bind(now())
        .sql(" RETURNING seq");
    Statement::<BigInt>::new(statement).load(tx)
}

/// Records the result of an attempt: delivered, retried later or failed. Answer 410 disables the webhook.
/// Nothing is recorded when the lease had run out and another process has attempted the delivery since.
pub(super) fn finish_attempt(
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
    let update = diesel::update(this_attempt).set((
        deliveries::status.eq(status),
        deliveries::next_at.eq(next.unwrap_or(now)),
        deliveries::leased_until.eq(0),
        deliveries::attempted_at.eq(now),
        deliveries::answer_code.eq(answer.status_code.map(i64::from)),
        deliveries::answer.eq(&answer.text),
    ));
    if update.execute(tx)? == 0 {
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

/// Deletes a batch of deliveries that ended more than 30 days ago; returns whether there may be more.
pub(super) fn prune(tx: &mut Conn, now: i64) -> QueryResult<bool> {
    let cutoff = || BindValue::Int(now - RETENTION);
    let statement = SqlFragment::new(
        "DELETE FROM deliveries WHERE (webhook_id, seq) IN (SELECT d.webhook_id, d.seq FROM deliveries d \
         WHERE d.status <> 'pending' AND d.created_at < ",
    );
    let statement = statement
        .bind(cutoff())
        .sql(" AND COALESCE(d.attempted_at, 0) < ")
        .bind(cutoff())
        .sql(" LIMIT ")
        .bind(BindValue::Int(MAX_PRUNED))
        .sql(")");
    let deleted = Statement::<BigInt>::new(statement).execute(tx)?;
    Ok(i64::try_from(deleted).is_ok_and(|deleted| deleted == MAX_PRUNED))
}
