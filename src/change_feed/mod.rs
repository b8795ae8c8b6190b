//! What goes in and out in bulk, and what changed: the feed, snapshots, RPDE, import, the founding dataset, and the
//! checks of the change log.

pub mod changes;
pub mod cursor;
pub mod empty_ranges;
pub mod notifier;
pub mod reader_positions;
pub mod rpde;
pub mod status;
pub mod verify;
