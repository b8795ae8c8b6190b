//! The head of the log: the newest change that this process knows to be committed.
//!
//! Its own commits are known before they are answered; those of other processes over the same database are looked for
//! every 25 ms. What was read while a *turn* of the log lasted stands as long as the turn does: that is what makes
//! answers reusable.

use super::conn::Conn;
use super::pool::ConnectionManager;
use super::schema::feed_head;
use diesel::prelude::*;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use std::time::Instant;
use tokio::sync::watch;

/// How often the log is looked at.
const POLL_PERIOD: Duration = Duration::from_millis(25);

/// How late a commit of another process may become known. Where the log could not be looked at for so long, nothing is
/// known.
pub const VISIBILITY_DELAY: Duration = Duration::from_millis(100);

/// How long it is remembered when the log was looked at, and what was its newest change.
pub(super) const MAX_HEAD_AGE: Duration = Duration::from_mins(1);

/// How long the log is left alone after it could not be read.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

thread_local! {
    /// The newest number that the transaction of this thread has given.
    static APPENDED: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Says that the transaction of this thread has given this number to a change.
pub fn note_appended(seq: i64) {
    APPENDED.set(Some(seq));
}

/// What the transaction of this thread has appended so far.
pub(super) fn mark() -> Option<i64> {
    APPENDED.get()
}

/// Goes back to what the transaction had appended before something of it was undone.
pub(super) fn roll_back_to(before: Option<i64>) {
    APPENDED.set(before);
}

/// What is known of the head of the log. Clones are the same.
#[derive(Debug, Clone)]
pub struct LogHead(Arc<LogHeadState>);

#[derive(Debug)]
struct LogHeadState {
    /// Counts whatever is heard of: never the same for two states of the log.
    generation: AtomicU64,
    /// The newest change that this process wrote.
    latest_own: AtomicI64,
    /// When the log was last looked at, in microseconds since `start`; 0 is never.
    polled_at: AtomicU64,
    /// For each head that was seen lately, when it was last.
    recent_heads: Mutex<VecDeque<(Duration, i64)>>,
    start: Instant,
    is_watched: AtomicBool,
    latest: watch::Sender<i64>,
}

impl Default for LogHead {
    fn default() -> Self {
        Self(Arc::new(LogHeadState {
            generation: AtomicU64::new(0),
            latest_own: AtomicI64::new(0),
            polled_at: AtomicU64::new(0),
            recent_heads: Mutex::default(),
            start: Instant::now(),
            is_watched: AtomicBool::new(false),
            latest: watch::Sender::new(0),
        }))
    }
}

impl LogHead {
    /// The turn of the log, as far as it is known: what was read in it is what would be read now, or what was there at
    /// most [`BOUND`] ago if another process has written. None while nothing is known.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.is_current().then(|| self.0.generation.load(SeqCst))
    }

    /// The newest change that is known of.
    #[must_use]
    pub fn latest(&self) -> i64 {
        *self.0.latest.borrow()
    }

    /// The newest change that this process wrote: its callers have been told of it.
    #[must_use]
    pub fn latest_own(&self) -> i64 {
        self.0.latest_own.load(SeqCst)
    }

    /// A number that is not below any change committed longer than `bound` ago. None where the log could not be looked at
    /// for so long.
    #[must_use]
    pub fn seen_before(&self, bound: Duration) -> Option<i64> {
        let since = self.0.start.elapsed().saturating_sub(bound);
        let looks = self.0.recent_heads.lock().ok()?;
        let first = looks.partition_point(|(at, _)| *at < since);
        looks.get(first).map(|(_, seq)| *seq)
    }

    /// Whether the log was looked at lately.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let (seen, now) = (self.0.polled_at.load(SeqCst), self.0.start.elapsed());
        seen > 0 && now.saturating_sub(Duration::from_micros(seen)) <= VISIBILITY_DELAY
    }

    /// Who wants to be told when the log has grown.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.latest.subscribe()
    }

    /// Makes known what the transaction of this thread, which has just been committed, appended.
    pub(super) fn publish_commit(&self) {
        if let Some(seq) = APPENDED.take() {
            self.0.latest_own.fetch_max(seq, SeqCst);
            self.advance_to(seq, None);
        }
    }

    /// Hears of a committed change. The log goes back only where it is another one, as after a failover that lost
    /// commits: what was known before it was looked at is then no longer in it.
    fn advance_to(&self, seq: i64, known_before: Option<i64>) {
        self.0.latest.send_if_modified(|newest| {
            let changes = seq > *newest || known_before.is_some_and(|known| seq < known);
            if changes {
                *newest = seq;
                self.0.generation.fetch_add(1, SeqCst);
            }
            changes
        });
    }

    /// Remembers that `seq` was the head at a time.
    fn remember_head(&self, at: Duration, seq: i64) {
        let Ok(mut looks) = self.0.recent_heads.lock() else { return };
        if looks.back().is_some_and(|(_, newest)| *newest == seq) {
            looks.pop_back();
        }
        looks.push_back((at, seq));
        while looks.front().is_some_and(|(first, _)| *first + MAX_HEAD_AGE < at) {
            looks.pop_front();
        }
    }

    fn poll(&self, connection: &mut Conn) -> QueryResult<()> {
        let (at, known) = (self.0.start.elapsed(), self.latest());
        let seq = feed_head::table.select(feed_head::seq).first(connection)?;
        self.advance_to(seq, Some(known));
        self.remember_head(at, seq);
        self.0.polled_at.store(u64::try_from(at.as_micros()).unwrap_or(u64::MAX).max(1), SeqCst);
        Ok(())
    }

    /// Looks for the commits of other processes, until the last clone is gone. Once is enough.
    pub(super) fn start_watching(&self, manager: ConnectionManager) {
        if self.0.is_watched.swap(true, SeqCst) {
            return;
        }
        let known = Arc::downgrade(&self.0);
        let watching =
            std::thread::Builder::new().name("head".into()).spawn(move || run_watcher(&known, &manager));
        if let Err(error) = watching {
            log::error!("the head of the log is not watched: {error}");
        }
    }
}

fn run_watcher(known: &Weak<LogHeadState>, manager: &ConnectionManager) {
    let mut connection = None;
    while let Some(known) = known.upgrade() {
        let head = LogHead(known);
        connection = connection.or_else(|| manager.open().ok());
        let looked = connection.as_mut().is_some_and(|connection| head.poll(connection).is_ok());
        drop(head);
        if !looked {
            connection = None;
        }
        std::thread::sleep(if looked { POLL_PERIOD } else { RETRY_PAUSE });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_what_was_seen_at_the_first_look_within_the_bound() {
        let head = LogHead::default();
        let (short, long) = (Duration::from_millis(20), Duration::from_secs(20));
        assert_eq!(head.seen_before(long), None);
        head.remember_head(head.0.start.elapsed(), 7);
        assert_eq!((head.seen_before(short), head.seen_before(long)), (Some(7), Some(7)));
        std::thread::sleep(short * 2);
        assert_eq!((head.seen_before(short), head.seen_before(long)), (None, Some(7)));
        head.remember_head(head.0.start.elapsed(), 9);
        assert_eq!((head.seen_before(short), head.seen_before(long)), (Some(9), Some(7)));
    }
}
