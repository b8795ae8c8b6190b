//! Background thread that checkpoints and truncates SQLite's write-ahead log.
//!
//! Without it the writer would stop for a checkpoint every 8,000 pages, with every write that waits for it.
//! Passive checkpoints block nobody. They never reach the end of a log that grows meanwhile, but leave little
//! for the writer's own checkpoint, after which the log starts anew. A log that grew because of a long read
//! is truncated to nothing once no reader needs it.

use super::pool::ConnectionManager;
use super::stats::DbCounters;
use diesel::connection::SimpleConnection;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often the thread looks for new commits.
const CHECK_PERIOD: Duration = Duration::from_millis(100);

/// The size from which the log file is truncated, in bytes: `journal_size_limit` of the connections.
const MAX_WAL_BYTES: u64 = 64 << 20;

/// How often truncating is tried.
const TRUNCATE_PERIOD: Duration = Duration::from_secs(1);

/// Truncates the log without waiting: fails while anybody reads or writes.
const TRUNCATE_SQL: &str =
    "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(PASSIVE); PRAGMA wal_checkpoint(TRUNCATE);
    PRAGMA busy_timeout = 5000";

/// Starts the thread. It ends when the counters of the writer are dropped.
pub(super) fn start(manager: ConnectionManager, counters: &Arc<DbCounters>) {
    let weak_counters = Arc::downgrade(counters);
    let thread = std::thread::Builder::new()
        .name("checkpoint".into())
        .spawn(move || run_checkpoints(&manager, &weak_counters));
    if let Err(error) = thread {
        log::warn!("the writer copies its log itself: {error}");
    }
}

fn run_checkpoints(manager: &ConnectionManager, counters: &Weak<DbCounters>) {
    let (mut connection, mut checkpointed, mut last_run) = (None, 0, Instant::now());
    while let Some(figures) = counters.upgrade() {
        let groups = figures.groups();
        let is_large = groups == checkpointed
            && last_run.elapsed() >= TRUNCATE_PERIOD
            && wal_size(manager) > MAX_WAL_BYTES;
        if groups != checkpointed || is_large {
            connection = connection.or_else(|| manager.open().ok());
            let work = if is_large { TRUNCATE_SQL } else { "PRAGMA wal_checkpoint(PASSIVE)" };
            match connection.as_mut().map(|open| open.batch_execute(work)) {
                Some(Ok(())) => checkpointed = groups,
                _ => connection = None,
            }
            last_run = Instant::now();
        }
        drop(figures);
        std::thread::sleep(CHECK_PERIOD);
    }
}

/// Returns the size of the log file in bytes.
fn wal_size(manager: &ConnectionManager) -> u64 {
    let file = manager.wal_file().and_then(|file| std::fs::metadata(file).ok());
    file.map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::database::STATEMENT_TIMEOUT;
    use crate::db::pool::CreateMode;

    #[test]
    fn a_large_log_is_cut_back_once_nobody_reads_its_past() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let manager = ConnectionManager::new(&url, CreateMode::IfMissing, STATEMENT_TIMEOUT).unwrap();
        let mut writer = manager.open().unwrap();
        writer.batch_execute("CREATE TABLE t (x)").unwrap();
        let mut reader = manager.open().unwrap();
        reader.batch_execute("BEGIN; SELECT COUNT(*) FROM t").unwrap();
        let megabyte = "INSERT INTO t VALUES (randomblob(1000000))";
        for _ in 0..70 {
            writer.batch_execute(megabyte).unwrap();
        }
        assert!(wal_size(&manager) > MAX_WAL_BYTES, "{}", wal_size(&manager));
        let figures = Arc::new(DbCounters::default());
        start(manager.clone(), &figures);
        std::thread::sleep(2 * TRUNCATE_PERIOD);
        assert!(wal_size(&manager) > MAX_WAL_BYTES, "the reader still needs it");
        writer.batch_execute(megabyte).unwrap();
        reader.batch_execute("COMMIT").unwrap();
        let began = Instant::now();
        while wal_size(&manager) > 0 {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", wal_size(&manager));
            std::thread::sleep(CHECK_PERIOD);
        }
    }
}
