//! `kakehashi feed verify`.

use super::database::open_database;
use super::output::{CliError, print_line};
use crate::change_feed::verify;
use crate::db::pool::CreateMode;
use crate::server::settings::DatabaseSettings;
use std::fmt::Write as _;

/// Checks the change log against the records.
pub(super) async fn verify_feed(database: &DatabaseSettings) -> Result<(), CliError> {
    let report = open_database(database, CreateMode::Never).await?.read_long(verify::verify).await?;
    if report.errors.is_empty() {
        return print_line(&format!(
            "{} changes, {} records: the change log is true.",
            report.changes, report.records
        ));
    }
    let mut message = report.errors.join("\n");
    if report.omitted > 0 {
        let _ = write!(message, "\nand {} more", report.omitted);
    }
    Err(CliError::Message(message))
}
