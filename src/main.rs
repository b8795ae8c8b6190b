//! The program: parses the command line, starts logging and runs the command.

use clap::Parser as _;
use kakehashi::cli;
use kakehashi::cli::args::Cli;
use std::process::ExitCode;

/// Apart from the database, allocation is most of the cost of a response.
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
