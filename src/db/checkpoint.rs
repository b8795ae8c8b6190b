//! SQLite's write-ahead log is copied into the database's file beside the writer, which would otherwise stop for that
//! every 8,000 pages, with all who wait for it.
//!
//! A passive checkpoint waits for nobody and keeps nobody waiting. It never reaches the end of a log that grows
//! meanwhile: the writer's own, then short, still does, and the log begins anew.

use super::connection::Manager;
use super::figures::Figures;
use diesel::connection::SimpleConnection;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it is looked whether something was committed.
const PERIOD: Duration = Duration::from_millis(100);

/// Copies what the writer whose figures these are has committed, until it is gone.
pub(super) fn start(manager: Manager, figures: &Arc<Figures>) {
    let figures = Arc::downgrade(figures);
    let copying =
        std::thread::Builder::new().name("checkpoint".into()).spawn(move || keep(&manager, &figures));
    if let Err(error) = copying {
        log::warn!("the writer copies its log itself: {error}");
    }
}

fn keep(manager: &Manager, figures: &Weak<Figures>) {
    let (mut connection, mut copied) = (None, 0);
    while let Some(figures) = figures.upgrade() {
        let groups = figures.groups();
        if groups != copied {
            connection = connection.or_else(|| manager.open().ok());
            let copy = connection.as_mut().map(|open| open.batch_execute("PRAGMA wal_checkpoint(PASSIVE)"));
            match copy {
                Some(Ok(())) => copied = groups,
                _ => connection = None,
            }
        }
        drop(figures);
        std::thread::sleep(PERIOD);
    }
}
