//! What goes in and out in bulk: backup, import, export, the founding dataset, and the checks of the change log.

pub mod backup;
pub mod export;
pub mod founding;
pub mod import;
pub mod verify;
