//! The latest committed change this process knows of, and the cache generation that follows from it.
//!
//! Commits of this process are known before they are answered; those of other processes on the same database
//! are polled every 25 ms. A cached response is valid as long as the generation in which it was read.

use super::conn::Conn;
use super::pool::ConnectionManager;
use super::schema::feed_head;
use diesel::prelude::*;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the head of the log is polled.
const POLL_PERIOD: Duration = Duration::from_millis(25);

/// The longest time after which a commit of another process is known. If polling has failed for so long,
/// nothing is known.
pub const VISIBILITY_DELAY: Duration = Duration::from_millis(100);

/// How long the results of polls are remembered.
pub(super) const MAX_HEAD_AGE: Duration = Duration::from_mins(1);

/// Pause after a failed poll.
const RETRY_PAUSE: Duration = Duration::from_millis(250);

thread_local! {
    /// The newest change number that this thread's transaction has given.
    static APPENDED: Cell<Option<i64>> = const { Cell::new(None) };
}

/// Records that this thread's transaction has given a change this number.
pub fn note_appended(seq: i64) {
    APPENDED.set(Some(seq));
}

/// Returns the newest change number of this thread's transaction, for [`roll_back_to`].
pub(super) fn mark() -> Option<i64> {
    APPENDED.get()
}

/// Restores what [`mark`] returned, after a rollback to a savepoint.
pub(super) fn roll_back_to(before: Option<i64>) {
    APPENDED.set(before);
}

/// The known head of the change log. Clones share it.
#[derive(Debug, Clone)]
pub struct LogHead(Arc<LogHeadState>);

#[derive(Debug)]
struct LogHeadState {
    /// Counts every change of the known head; never the same for two states of the log.
    generation: AtomicU64,
    /// The newest change that this process committed.
    latest_own: AtomicI64,
    /// When the log was last polled, in microseconds since `start`; 0 if never.
    polled_at: AtomicU64,
    /// The heads seen lately, each with the last time at which it was seen.
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
    /// Returns the cache generation: it changes with every commit this process knows of. What was read in a
    /// generation is at most [`VISIBILITY_DELAY`] out of date. None while nothing is known.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.is_current().then(|| self.0.generation.load(SeqCst))
    }

    /// Returns the newest known change.
    #[must_use]
    pub fn latest(&self) -> i64 {
        *self.0.latest.borrow()
    }

    /// Returns the newest change that this process committed and acknowledged.
    #[must_use]
    pub fn latest_own(&self) -> i64 {
        self.0.latest_own.load(SeqCst)
    }

    /// Returns a number that is at least that of every change committed longer than `bound` ago. None if the
    /// log could not be polled for so long.
    #[must_use]
    pub fn seen_before(&self, bound: Duration) -> Option<i64> {
        let since = self.0.start.elapsed().saturating_sub(bound);
        let heads = self.0.recent_heads.lock().ok()?;
        let first = heads.partition_point(|(at, _)| *at < since);
        heads.get(first).map(|(_, seq)| *seq)
    }

    /// Whether the log was polled within [`VISIBILITY_DELAY`].
    #[must_use]
    pub fn is_current(&self) -> bool {
        let (seen, now) = (self.0.polled_at.load(SeqCst), self.0.start.elapsed());
        seen > 0 && now.saturating_sub(Duration::from_micros(seen)) <= VISIBILITY_DELAY
    }

    /// Subscribes to the newest known change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.0.latest.subscribe()
    }

    /// Publishes the changes of this thread's transaction, which has just been committed.
    pub(super) fn publish_commit(&self) {
        if let Some(seq) = APPENDED.take() {
            self.0.latest_own.fetch_max(seq, SeqCst);
            self.advance_to(seq, None);
        }
    }

    /// Advances to a committed change. A lower number counts only if a poll finds it, as after a failover
    /// that lost commits: `known_before` is what was known when the poll began.
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
        let Ok(mut heads) = self.0.recent_heads.lock() else { return };
        if heads.back().is_some_and(|(_, newest)| *newest == seq) {
            heads.pop_back();
        }
        heads.push_back((at, seq));
        while heads.front().is_some_and(|(first, _)| *first + MAX_HEAD_AGE < at) {
            heads.pop_front();
        }
    }

    fn poll(&self, connection: &mut Conn) -> QueryResult<()> {
        let (at, known_before) = (self.0.start.elapsed(), self.latest());
        let seq = feed_head::table.select(feed_head::seq).first(connection)?;
        self.advance_to(seq, Some(known_before));
        self.remember_head(at, seq);
        self.0.polled_at.store(u64::try_from(at.as_micros()).unwrap_or(u64::MAX).max(1), SeqCst);
        Ok(())
    }

    /// Starts the thread that polls for the commits of other processes, unless it runs. It ends with the last
    /// clone.
    pub(super) fn start_watching(&self, manager: ConnectionManager) {
        if self.0.is_watched.swap(true, SeqCst) {
            return;
        }
        let state = Arc::downgrade(&self.0);
        let thread =
            std::thread::Builder::new().name("head".into()).spawn(move || run_watcher(&state, &manager));
        if let Err(error) = thread {
            log::error!("the head of the log is not watched: {error}");
        }
    }
}

fn run_watcher(state: &Weak<LogHeadState>, manager: &ConnectionManager) {
    let mut connection = None;
    while let Some(state) = state.upgrade() {
        let head = LogHead(state);
        connection = connection.or_else(|| manager.open().ok());
        let polled = connection.as_mut().is_some_and(|connection| head.poll(connection).is_ok());
        drop(head);
        if !polled {
            connection = None;
        }
        std::thread::sleep(if polled { POLL_PERIOD } else { RETRY_PAUSE });
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
