//! The program: reads the command, starts the log, calls the library.

use clap::Parser as _;
use kakehashi::commands;
use kakehashi::config::Cli;
use std::process::ExitCode;

/// Most of what an answer costs beside the database is memory taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    kakehashi::logging::start(cli.log_format());
    match commands::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kakehashi: {error}");
            ExitCode::FAILURE
        }
    }
}
