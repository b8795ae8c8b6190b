//! Key–value settings shared by all instances (table `settings`).

use super::conn::Conn;

/// Reads a setting.
pub fn read_setting(tx: &mut Conn, name: &str) -> diesel::QueryResult<Option<String>> {
    use crate::db::schema::settings;
    use diesel::prelude::*;
    settings::table.find(name).select(settings::value).first(tx).optional()
}
