//! SQLite's write-ahead log is copied into the database's file beside the writer, which would otherwise stop for that
//! every 8,000 pages, with all who wait for it.
//!
//! A passive checkpoint waits for nobody and keeps nobody waiting. It never reaches the end of a log that grows
//! meanwhile: the writer's own, then short, still does, and the log begins anew. A log that grew because somebody read an
//! old state for long is cut back to nothing once nobody needs it any more.

use super::pool::ConnectionManager;
use super::stats::DbCounters;
use diesel::connection::SimpleConnection;
use std::sync::Arc;
use std::sync::Weak;
use std::time::Duration;
use std::time::Instant;

/// How often it is looked whether something was committed.
const CHECK_PERIOD: Duration = Duration::from_millis(100);

/// From how many bytes on the log's file is cut back: `journal_size_limit` of the connections.
const MAX_WAL_BYTES: u64 = 64 << 20;

/// How often it is tried to cut it back.
const TRUNCATE_PERIOD: Duration = Duration::from_secs(1);

/// Waits for nobody: where somebody reads or writes, it is tried again later.
const TRUNCATE_SQL: &str =
    "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(PASSIVE); PRAGMA wal_checkpoint(TRUNCATE);
    PRAGMA busy_timeout = 5000";

/// Copies what the writer whose figures these are has committed, until it is gone.
pub(super) fn start(manager: ConnectionManager, counters: &Arc<DbCounters>) {
    let figures = Arc::downgrade(counters);
    let copying = std::thread::Builder::new()
        .name("checkpoint".into())
        .spawn(move || run_checkpoints(&manager, &figures));
    if let Err(error) = copying {
        log::warn!("the writer copies its log itself: {error}");
    }
}

fn run_checkpoints(manager: &ConnectionManager, counters: &Weak<DbCounters>) {
    let (mut connection, mut copied, mut cut) = (None, 0, Instant::now());
    while let Some(figures) = counters.upgrade() {
        let groups = figures.groups();
        let is_large =
            groups == copied && cut.elapsed() >= TRUNCATE_PERIOD && wal_size(manager) > MAX_WAL_BYTES;
        if groups != copied || is_large {
            connection = connection.or_else(|| manager.open().ok());
            let work = if is_large { TRUNCATE_SQL } else { "PRAGMA wal_checkpoint(PASSIVE)" };
            match connection.as_mut().map(|open| open.batch_execute(work)) {
                Some(Ok(())) => copied = groups,
                _ => connection = None,
            }
            cut = Instant::now();
        }
        drop(figures);
        std::thread::sleep(CHECK_PERIOD);
    }
}

/// The bytes of the log's file.
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
