//! Commands and options, parsed by clap. Doc comments of commands and options are the help text.

use crate::auth::api_key::Scope;
use crate::server::logging::LogFormat;
use crate::server::settings::{DatabaseSettings, ServerSettings};
use crate::transfer::import::options::ImportMode;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The registry of Franco-Japanese decentralised cooperation, as a JSON REST API.
#[derive(Debug, Parser)]
#[command(
    name = "kakehashi",
    version,
    about,
    propagate_version = true,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    /// What to do; without a command, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings of `serve`, when no command is given.
    #[command(flatten)]
    pub serve: ServerSettings,
}

impl Cli {
    /// Returns the format of the log; a setting of the server only.
    #[must_use]
    pub fn log_format(&self) -> LogFormat {
        match &self.command {
            None => self.serve.operations.log_format,
            Some(Command::Serve(settings)) => settings.operations.log_format,
            Some(_) => LogFormat::Text,
        }
    }
}

/// The settings of an import.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// The file, decompressed where its name ends in `.gz`; `-` is standard input
    pub file: PathBuf,
    /// The organisation that the records come from
    #[arg(long, default_value = "kakehashi")]
    pub origin: String,
    /// What becomes of records that exist: replace them; merge only the members given; update: replace, and
    /// make no new ones; create: only make new ones
    #[arg(long, default_value = "replace")]
    pub mode: ImportMode,
    /// Write all records or none (the default); other writes may have to wait
    #[arg(long, overrides_with = "no_atomic")]
    pub atomic: bool,
    /// Write in batches, whatever is rejected
    #[arg(long)]
    pub no_atomic: bool,
    /// Undo everything at the end
    #[arg(long)]
    pub dry_run: bool,
    /// The database.
    #[command(flatten)]
    pub database: DatabaseSettings,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API (the default); an empty database is migrated and founded
    Serve(ServerSettings),
    /// Bring the database's tables up to date
    Migrate(DatabaseSettings),
    /// Make, list and revoke the keys that may write
    Keys {
        /// What to do with keys.
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Load records from a file: NDJSON or a JSON array
    Import(ImportArgs),
    /// Write every record to a file, one a line (NDJSON)
    Export {
        /// The file; `-` is standard output.
        file: PathBuf,
        /// The database.
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Write everything to a file: records, history, keys; it works while a server runs
    Backup {
        /// The file, compressed where its name ends in `.gz`; `-` is standard output.
        file: PathBuf,
        /// The database.
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Fill an empty database, of either kind, from a backup
    Restore {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// Empty the database first
        #[arg(long)]
        replace: bool,
        /// The database.
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Check the change log
    Feed {
        /// What to do with the log.
        #[command(subcommand)]
        command: FeedCommand,
    },
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it, once, alone on standard output; it works while a server runs
    Create {
        /// What it is for
        #[arg(long)]
        name: String,
        /// The organisation it acts for
        #[arg(long)]
        origin: String,
        /// What it may do: read, write, write:KIND, override, admin (repeatable)
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
        /// A scheme whose identifiers it may write (repeatable)
        #[arg(long = "scheme")]
        schemes: Vec<String>,
        /// How long it lives: 90d, 12h, 30m
        #[arg(long, value_parser = crate::auth::api_key::parse_lifetime)]
        expires: Option<i64>,
        /// The database.
        #[command(flatten)]
        database: DatabaseSettings,
    },
    /// List the keys, without their secrets
    List(DatabaseSettings),
    /// Revoke a key at once
    Revoke {
        /// Its id, as `keys list` shows it.
        id: String,
        /// The database.
        #[command(flatten)]
        database: DatabaseSettings,
    },
}

/// What can be done with the change log.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Check that each record's newest change is the record, and that no number is missing
    Verify(DatabaseSettings),
}
