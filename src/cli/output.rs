//! Errors and results on a terminal.

use crate::db::pool::OpenError;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The registry refuses.
    #[error("{}", format_problem(.0))]
    Refused(#[from] Problem),
    /// A file or the network fails.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// Anything else, in a sentence.
    #[error("{0}")]
    Message(String),
}

/// A problem with its faults, for a terminal.
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

pub(super) fn print_line(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| CliError::Io("standard output".into(), error))
}

/// An error of a file, with its name.
pub(super) fn io_error(file: &Path) -> impl Fn(std::io::Error) -> CliError {
    let name = file.display().to_string();
    move |error| CliError::Io(name.clone(), error)
}
