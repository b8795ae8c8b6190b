//! What happens to a record of any kind: find, read, write, patch, merge, delete, history.
//!
//! Never here: the name of one kind, HTTP.

pub mod author;
mod citation_pointers;
pub mod field_paths;
pub mod find;
pub mod input;
pub mod ownership;
pub mod read;
pub mod record_key;
pub mod reindex;
pub mod stored;
pub mod text_passages;
pub mod write;
