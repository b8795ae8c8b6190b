//! Throughput and latency on both databases, compared with a static actix handler that sends the same bytes.
//!
//! `cargo bench` prints Markdown: latency of the requests of `docs/questions.md` and of single reads, then
//! requests per second over 32 connections. The clients share the machine with the servers, on both sides of
//! the comparison. The throw-away PostgreSQL cluster runs without fsync; set `TEST_DATABASE_URL` to use a
//! server with it.
//!
//! `cargo bench -- growth` measures registries of several sizes instead ([`growth`]).
//!
//! `BENCH_SECONDS` (default 2) and `BENCH_ROUNDS` (3) set how long each point is measured; `BENCH_LARGE=1`
//! adds a registry of 50,000 partnerships.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark prints its figures, and one that cannot run has failed"
)]

mod client;
mod generate;
mod growth;
#[path = "../../tests/api/support/postgres.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod postgres;
mod questions;
mod subject;
mod workload;

use client::{Connection, Figures, load};
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;
use subject::{Backend, Running, Subject};
use workload::{VARIANTS, Workload};

/// Numbers of partnerships of the registry that is measured, and of the large one.
const SIZES: [usize; 2] = [5_000, 50_000];
const CONNECTIONS: usize = 32;

fn main() {
    // `cargo test --all-targets` also runs this program.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("to measure: cargo bench");
        return;
    }
    if std::env::args().any(|argument| argument == "growth") {
        growth::run();
        return;
    }
    let seconds = Duration::from_secs_f64(setting("BENCH_SECONDS", 2.0));
    let rounds = setting("BENCH_ROUNDS", 3);
    let large = setting("BENCH_LARGE", 0) > 0;
    let sizes = if large { &SIZES[..] } else { &SIZES[..1] };
    println!("{}\n", describe_machine());
    for backend in [Backend::Sqlite, Backend::Postgres] {
        for (index, size) in sizes.iter().enumerate() {
            println!("## {}, {size} partnerships\n", backend.name());
            let Some(subject) = Subject::start(backend, *size) else {
                println!("**NOT MEASURED: there is no {} server here.**\n", backend.name());
                break;
            };
            measure_questions(&subject);
            measure_single_reads(&subject, *size, seconds / 2);
            if index == 0 {
                compare(&subject, *size, seconds, rounds);
            }
        }
    }
    println!("{}", describe_machine());
}

/// Reads a number from an environment variable.
fn setting<T: FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Describes the machine and its load, which disturbs the figures.
fn describe_machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').take(3).collect::<Vec<_>>().join(" ");
    format!("Machine: {cores} cores, load {load}; {CONNECTIONS} connections, 2 workers.")
}

/// Measures each workload and the static handler alternately, and prints a table.
fn compare(subject: &Subject, size: usize, seconds: Duration, rounds: u32) {
    println!(
        "| {CONNECTIONS} connections | requests/s | p50 ms | p99 ms | static/s | static p50 | share of static |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let address = subject.running.address;
    let mut connection = Connection::open(address).expect("a connection");
    for workload in workload::all(subject, &mut connection, size) {
        let (repeated, answers) = workload.verify(&mut connection, VARIANTS);
        let fixed = Running::start_static(answers);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.push(measure(address, CONNECTIONS, seconds, &workload));
            theirs.push(measure(fixed.address, CONNECTIONS, seconds, &repeated));
        }
        let median_of = |all: &[Figures], one: fn(&Figures) -> f64| median(all.iter().map(one).collect());
        let share = median(ours.iter().zip(&theirs).map(|(a, b)| 100.0 * a.rate / b.rate).collect());
        println!(
            "| {} | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {share:.1} % |",
            workload.name,
            median_of(&ours, |of| of.rate),
            median_of(&ours, |of| of.p50),
            median_of(&ours, |of| of.p99),
            median_of(&theirs, |of| of.rate),
            median_of(&theirs, |of| of.p50),
        );
    }
    println!();
}

/// Measures the requests of `docs/questions.md`, and prints a table.
fn measure_questions(subject: &Subject) {
    println!("| question | request | status | bytes | items | median ms |");
    println!("|---:|---|---:|---:|---:|---:|");
    let mut connection = Connection::open(subject.running.address).expect("a connection");
    for question in questions::read() {
        println!("{}", question.measure(&mut connection));
    }
    println!();
}

/// Measures reads over a single connection, and prints a table.
fn measure_single_reads(subject: &Subject, size: usize, seconds: Duration) {
    println!("| one connection | requests/s | p50 ms | p95 ms | p99 ms |");
    println!("|---|---:|---:|---:|---:|");
    let address = subject.running.address;
    let mut connection = Connection::open(address).expect("a connection");
    for workload in workload::single_reads(&mut connection, size) {
        workload.verify(&mut connection, VARIANTS / 16);
        let Figures { rate, p50, p95, p99 } = measure(address, 1, seconds, &workload);
        println!("| {} | {rate:.0} | {p50:.2} | {p95:.2} | {p99:.2} |", workload.name);
    }
    println!();
}

fn measure(address: SocketAddr, connections: usize, seconds: Duration, workload: &Workload) -> Figures {
    let Workload { name, status, make, next, .. } = workload;
    let measured = load(address, connections, seconds, *status, next, make);
    measured.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the median.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
