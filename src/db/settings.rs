//! Values that all instances over a database share.

use super::conn::Conn;

/// A value that all instances over this database share.
///
/// # Errors
/// When the database fails.
pub fn read_setting(tx: &mut Conn, name: &str) -> diesel::QueryResult<Option<String>> {
    use crate::db::schema::settings;
    use diesel::prelude::*;
    settings::table.find(name).select(settings::value).first(tx).optional()
}
