//! The program: reads the command, starts the log, calls the library.

use clap::Parser as _;
use kakehashi::cli;
use kakehashi::cli::args::Cli;
use std::process::ExitCode;

/// Most of what an answer costs beside the database is memory taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    kakehashi::server::logging::start(cli.log_format());
    match cli::run::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kakehashi: {error}");
            ExitCode::FAILURE
        }
    }
}
