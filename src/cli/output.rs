//! Errors and results on a terminal.

use crate::db::pool::OpenError;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The registry rejects the operation.
    #[error("{}", format_problem(.0))]
    Refused(#[from] Problem),
    /// An I/O error, with the file or address.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// Any other error, as a message.
    #[error("{0}")]
    Message(String),
}

/// Formats a problem with its faults.
fn format_problem(problem: &Problem) -> String {
    let mut text = problem.to_string();
    for fault in problem.faults.reported() {
        let _ = write!(text, "\n  {}", fault.to_json(Language::En));
    }
    if problem.faults.omitted() > 0 {
        let _ = write!(text, "\n  and {} more", problem.faults.omitted());
    }
    text
}

/// Prints a line to standard output.
pub(super) fn print_line(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| CliError::Io("standard output".into(), error))
}

/// Returns a function that adds the name of a file to an I/O error.
pub(super) fn io_error(file: &Path) -> impl Fn(std::io::Error) -> CliError {
    let name = file.display().to_string();
    move |error| CliError::Io(name.clone(), error)
}
