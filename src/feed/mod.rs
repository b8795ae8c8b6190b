//! What goes in and out in bulk, and what changed: the feed, snapshots, RPDE, import, the founding dataset, and the
//! checks of the change log.

pub mod backup;
pub mod bell;
pub mod changes;
pub mod document;
pub mod export;
pub mod founding;
pub mod handlers;
pub mod import;
pub mod position;
pub mod readers;
pub mod reindex;
pub mod rpde;
pub mod snapshot;
pub mod status;
pub mod verify;
