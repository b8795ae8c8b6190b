//! The table of the deliveries: noted from the change log, leased, attempted, written down, removed.
//!
//! Whoever notes, leases or writes down deliveries of a webhook locks the webhook's row first.

use super::{Change, Delivery, retry_at};
use crate::db::paging::Statement;
use crate::db::schema::{changes, deliveries, webhooks};
use crate::db::sql::{Bind, Clause};
use crate::db::types::{Guid, Id};
use crate::db::{Conn, Outcome};
use crate::error::Problem;
use crate::registry::store::head;
use crate::webhooks::client::Answer;
use crate::webhooks::store::{self, Webhook};
use diesel::dsl::{count_star, min};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};

/// The condition that a delivery is pending, written out, not bound: of those there are indexes.
fn is_pending() -> SqlLiteral<Bool> {
    diesel::dsl::sql("deliveries.status = 'pending'")
}

/// Not yet delivered.
pub const PENDING: &str = "pending";
/// Delivered.
pub const DELIVERED: &str = "delivered";
/// Given up.
pub const FAILED: &str = "failed";

/// The most attempts of one webhook at a time.
pub const AT_ONCE: i64 = 2;
/// The most changes that are noted at a time, and the most deliveries that are due before more are noted.
const BATCH: i64 = 100;
/// The most changes that are looked at at a time.
const LOOK: i64 = 100_000;
/// How long a process keeps a delivery to itself, in microseconds: longer than an attempt can take.
const LEASE: i64 = 15_000_000;
/// How long a delivery is kept once it has ended, in microseconds.
const KEPT: i64 = 30 * 86_400_000_000;
/// The most deliveries that are removed at a time.
const REMOVED: i64 = 1000;

type Row = (
    (Id, i64, Option<i64>, String, i64, i64, i64),
    (Option<i64>, Option<i64>, Option<String>),
    (Id, String, i64, String, String, i64),
);

fn delivery((about, last, change): Row) -> Delivery {
    let (webhook, seq, previous_seq, status, attempts, created_at, next_at) = about;
    let (attempted_at, answer_code, answer) = last;
    let (record, kind, version, op, origin, at) = change;
    Delivery {
        webhook,
        seq,
        previous_seq,
        status,
        attempts,
        created_at,
        next_at,
        attempted_at,
        answer_code,
        answer,
        change: Change { record, kind, version, op, origin, at },
    }
}

/// The deliveries of a webhook, with their changes.
macro_rules! of {
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
    let row = of!(webhook).filter(deliveries::seq.eq(seq)).first::<Row>(tx).optional()?;
    Ok(row.map(delivery))
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
    let rows = of!(webhook)
        .filter(deliveries::status.eq_any(statuses).and(deliveries::seq.lt(before)))
        .order(deliveries::seq.desc())
        .limit(limit);
    Ok(rows.load::<Row>(tx)?.into_iter().map(delivery).collect())
}

/// The changes that a webhook is told of, as a condition.
///
/// # Errors
/// 500 when the webhook is damaged: nobody knows which they are.
fn concerning(webhook: &Webhook) -> Result<Clause, Problem> {
    let input = webhook.input()?;
    let one_of = |column: &str, names: &[&'static str]| {
        let names_of =
            |names: &[&'static str]| names.iter().map(|name| Bind::Text((*name).into())).collect::<Vec<_>>();
        (!names.is_empty()).then(|| Clause::new(format!("{column} IN ")).list(names_of(names)))
    };
    let excluded = input.exclude_origin.as_ref().map(|name| name.0.as_str());
    let excluded = excluded.map(|name| if name == "self" { webhook.origin.as_str() } else { name });
    let not = excluded.map(|origin| Clause::new("origin <> ").text(origin));
    Ok(Clause::all([one_of("kind", &input.kinds.0), one_of("op", &input.ops.0), not].into_iter().flatten()))
}

/// How many changes after a number a webhook is told of.
///
/// # Errors
/// When the database fails, or the webhook is damaged.
pub fn count_after(tx: &mut Conn, webhook: &Webhook, seq: i64) -> Outcome<i64> {
    let count = Clause::new("SELECT COUNT(*) FROM changes WHERE seq > ").bind(Bind::Int(seq)).sql(" AND ");
    Ok(Statement::<BigInt>::new(count.then(concerning(webhook)?)).get_result(tx)?)
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
        store::save(tx, webhook)?;
    }
    Ok(())
}

/// Makes a delivery due at once: the next attempt of one that is pending, or the first of one that has ended.
///
/// # Errors
/// When the database fails.
pub fn hurry(tx: &mut Conn, delivery: &Delivery, now: i64) -> QueryResult<()> {
    let attempts = if delivery.status == PENDING { delivery.attempts } else { 0 };
    let row = deliveries::table.find((delivery.webhook, delivery.seq));
    let due =
        (deliveries::status.eq(PENDING), deliveries::attempts.eq(attempts), deliveries::next_at.eq(now));
    diesel::update(row).set(due).execute(tx).map(drop)
}

/// How far webhooks in use are behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The deliveries not yet made.
    pub pending: i64,
    /// Since when the one has been due that has been due for longest.
    pub oldest: Option<i64>,
}

/// How far webhooks in use are behind.
///
/// # Errors
/// When the database fails.
pub fn lag(tx: &mut Conn, now: i64) -> QueryResult<Lag> {
    let used: Vec<Id> = webhooks::table.filter(webhooks::enabled.eq(1)).select(webhooks::id).load(tx)?;
    let pending = deliveries::table
        .filter(deliveries::status.eq(PENDING).and(deliveries::webhook_id.eq_any(used)))
        .select((count_star(), min(deliveries::next_at)))
        .first::<(i64, Option<i64>)>(tx)?;
    Ok(Lag { pending: pending.0, oldest: pending.1.filter(|due| *due <= now) })
}

/// The webhooks for which there is something to do, those that have waited longest first.
///
/// # Errors
/// When the database fails.
pub fn waiting(tx: &mut Conn, now: i64) -> QueryResult<Vec<Id>> {
    let now = || Bind::Int(now);
    let pending = "FROM deliveries d WHERE d.webhook_id = w.id AND d.status = 'pending'";
    let found = Clause::new("SELECT w.id FROM webhooks w WHERE w.enabled = 1 AND ")
        .sql(format!("(SELECT COUNT(*) {pending} AND d.leased_until > "))
        .bind(now())
        .sql(") < ")
        .bind(Bind::Int(AT_ONCE))
        .sql(" AND (w.position < (SELECT seq FROM feed_head) OR ")
        .sql(format!("EXISTS (SELECT 1 {pending} AND d.next_at <= "))
        .bind(now())
        .sql(" AND d.leased_until <= ")
        .bind(now())
        .sql(")) ORDER BY COALESCE(w.attempted_at, 0), w.id");
    Statement::<Guid>::new(found).load(tx)
}

/// A webhook's turn: notes what has changed, and leases what is due, `most` deliveries at the most.
///
/// The webhook's row is locked first, so that of several processes one at a time does this. One that is damaged is disabled:
/// nobody knows what to send, and to whom.
///
/// # Errors
/// When the database fails.
pub fn turn(tx: &mut Conn, id: Id, now: i64, most: i64) -> QueryResult<Option<(Webhook, Vec<Delivery>)>> {
    store::lock(tx, id)?;
    let Some(mut webhook) = store::find(tx, id)?.filter(|webhook| webhook.enabled == 1) else {
        return Ok(None);
    };
    let Ok(concerning) = concerning(&webhook) else {
        disable(&mut webhook, "what is stored of it is damaged: delete it and make it again", now);
        store::save(tx, &webhook)?;
        return Ok(None);
    };
    note(tx, &mut webhook, concerning, now)?;
    let leased: i64 = deliveries::table
        .filter(deliveries::webhook_id.eq(id).and(is_pending()))
        .filter(deliveries::leased_until.gt(now))
        .count()
        .get_result(tx)?;
    let claimed = claim(tx, id, now, most.min(AT_ONCE - leased).max(0))?;
    let due = of!(id).filter(deliveries::seq.eq_any(claimed)).order(deliveries::seq).load::<Row>(tx)?;
    Ok(Some((webhook, due.into_iter().map(delivery).collect())))
}

/// Disables a webhook whose owner did not.
fn disable(webhook: &mut Webhook, reason: &str, now: i64) {
    webhook.enabled = 0;
    webhook.disabled_reason = Some(reason.into());
    webhook.updated_at = now;
}

/// Notes the next changes that the webhook is told of, unless many are due already, and moves its position on.
fn note(tx: &mut Conn, webhook: &mut Webhook, concerning: Clause, now: i64) -> QueryResult<()> {
    let head = head(tx)?;
    let due = deliveries::table
        .filter(deliveries::webhook_id.eq(webhook.id).and(is_pending()))
        .filter(deliveries::next_at.le(now))
        .select(deliveries::seq);
    let are_many = due.offset(BATCH - 1).first::<i64>(tx).optional()?.is_some();
    if webhook.position >= head || are_many {
        return Ok(());
    }
    let end = head.min(webhook.position + LOOK);
    let next = Clause::new("SELECT seq FROM changes WHERE seq > ")
        .bind(Bind::Int(webhook.position))
        .sql(" AND seq <= ")
        .bind(Bind::Int(end))
        .sql(" AND ")
        .then(concerning)
        .sql(" ORDER BY seq LIMIT ")
        .bind(Bind::Int(BATCH));
    let found: Vec<i64> = Statement::<BigInt>::new(next).load(tx)?;
    // Fewer than asked for: there is no other up to the end.
    let is_last = i64::try_from(found.len()).is_ok_and(|count| count < BATCH);
    webhook.position = found.last().filter(|_| !is_last).copied().unwrap_or(end);
    if !found.is_empty() {
        insert(tx, webhook, &found, now)?;
        webhook.sent_seq = found.last().copied();
    }
    store::save(tx, webhook)
}

/// Notes deliveries; one that was noted before is due again.
fn insert(tx: &mut Conn, webhook: &Webhook, seqs: &[i64], now: i64) -> QueryResult<()> {
    let mut previous = webhook.sent_seq;
    let mut rows = Clause::default();
    for seq in seqs {
        let separator = if previous == webhook.sent_seq { "(" } else { ", (" };
        rows = rows.sql(separator).bind(Bind::Id(webhook.id)).sql(", ").bind(Bind::Int(*seq)).sql(", ");
        rows = match previous {
            Some(previous) => rows.bind(Bind::Int(previous)),
            None => rows.sql("NULL"),
        };
        rows = rows.sql(", 'pending', 0, ").bind(Bind::Int(now)).sql(", ").bind(Bind::Int(now)).sql(", 0)");
        previous = Some(*seq);
    }
    let columns = "webhook_id, seq, previous_seq, status, attempts, created_at, next_at, leased_until";
    let statement = Clause::new(format!("INSERT INTO deliveries ({columns}) VALUES ")).then(rows).sql(
        " ON CONFLICT (webhook_id, seq) DO UPDATE SET status = 'pending', next_at = excluded.next_at, \
         previous_seq = excluded.previous_seq, \
         attempts = CASE WHEN deliveries.status = 'pending' THEN deliveries.attempts ELSE 0 END",
    );
    Statement::<BigInt>::new(statement).execute(tx).map(drop)
}

/// Leases what is due; gives the numbers of the changes.
fn claim(tx: &mut Conn, webhook: Id, now: i64, most: i64) -> QueryResult<Vec<i64>> {
    let now = || Bind::Int(now);
    let statement = Clause::new("UPDATE deliveries SET attempts = attempts + 1, leased_until = ")
        .bind(Bind::Int(LEASE))
        .sql(" + ")
        .bind(now())
        .sql(" WHERE webhook_id = ")
        .bind(Bind::Id(webhook))
        .sql(" AND seq IN (SELECT d.seq FROM deliveries d WHERE d.webhook_id = ")
        .bind(Bind::Id(webhook))
        .sql(" AND d.status = 'pending' AND d.next_at <= ")
        .bind(now())
        .sql(" AND d.leased_until <= ")
        .bind(now())
        .sql(" ORDER BY d.next_at, d.seq LIMIT ")
        .bind(Bind::Int(most))
        .sql(") AND status = 'pending' AND leased_until <= ")
        .bind(now())
        .sql(" RETURNING seq");
    Statement::<BigInt>::new(statement).load(tx)
}

/// Writes down how an attempt went. One that another process has attempted since says nothing any more.
///
/// # Errors
/// When the database fails.
pub fn conclude(tx: &mut Conn, attempt: &Delivery, answer: &Answer, now: i64) -> QueryResult<()> {
    store::lock(tx, attempt.webhook)?;
    let Some(mut webhook) = store::find(tx, attempt.webhook)? else { return Ok(()) };
    let is_gone = answer.code == Some(410);
    let next = retry_at(attempt.attempts, now).filter(|_| !is_gone);
    let status = match (answer.code, next) {
        (Some(200..=299), _) => DELIVERED,
        (_, Some(_)) => PENDING,
        (_, None) => FAILED,
    };
    let own = deliveries::table
        .find((attempt.webhook, attempt.seq))
        .filter(deliveries::attempts.eq(attempt.attempts).and(deliveries::status.eq(PENDING)));
    let ended = diesel::update(own).set((
        deliveries::status.eq(status),
        deliveries::next_at.eq(next.unwrap_or(now)),
        deliveries::leased_until.eq(0),
        deliveries::attempted_at.eq(now),
        deliveries::answer_code.eq(answer.code.map(i64::from)),
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
    store::save(tx, &webhook)
}

/// Removes deliveries that ended long ago; whether there may be more of them.
///
/// # Errors
/// When the database fails.
pub fn prune(tx: &mut Conn, now: i64) -> QueryResult<bool> {
    let limit = || Bind::Int(now - KEPT);
    let statement = Clause::new(
        "DELETE FROM deliveries WHERE (webhook_id, seq) IN (SELECT d.webhook_id, d.seq FROM deliveries d \
         WHERE d.status <> 'pending' AND d.created_at < ",
    );
    let statement = statement
        .bind(limit())
        .sql(" AND COALESCE(d.attempted_at, 0) < ")
        .bind(limit())
        .sql(" LIMIT ")
        .bind(Bind::Int(REMOVED))
        .sql(")");
    let removed = Statement::<BigInt>::new(statement).execute(tx)?;
    Ok(i64::try_from(removed).is_ok_and(|removed| removed == REMOVED))
}
