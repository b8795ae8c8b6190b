//! What becomes of the costs as the registry grows: `cargo bench -- growth`.
//!
//! Registries of several sizes are loaded with the program's own `import`, as a process of its own, and served by another,
//! whose memory and CPU time are therefore its own. Nothing is reused: the cache of answers is off. One table for each
//! database has the time and the CPU time of each kind of request by size, another has what concerns the whole registry.
//!
//! `BENCH_SIZES` (`5000,50000,500000`) are the partnerships; `BENCH_SECONDS` (2) is how long each point is measured.
//! `BENCH_KEEP` names a folder in which the databases stay, so that the next run need not load them again; the requests
//! that write leave some records more there each time. `BENCH_ONLY` (`sqlite`, `postgres`) leaves one database out.

mod process;
mod storage;

use crate::client::{Connection, Figures, load};
use crate::workload::{self, SEARCH, Workload};
use crate::{generate, machine, median, setting};
use process::{Service, import, snapshot};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;
use storage::{Database, Postgres};

/// A kind of request at one size.
struct Point {
    p50: f64,
    p99: f64,
    /// Microseconds of the server's and of the database server's CPU time, for each answer.
    cpu: f64,
    database_cpu: f64,
}

/// A registry of one size.
struct Grown {
    points: Vec<(&'static str, Point)>,
    /// What concerns all of it: a heading and a figure each.
    whole: Vec<(&'static str, String)>,
}

pub(crate) fn run() {
    let sizes = std::env::var("BENCH_SIZES").unwrap_or_else(|_| "5000,50000,500000".into());
    let sizes: Vec<usize> = sizes.split(',').map(|size| size.trim().parse().expect("a size")).collect();
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let (folder, is_kept) = match std::env::var("BENCH_KEEP") {
        Ok(folder) => (PathBuf::from(folder), true),
        Err(_) => (std::env::temp_dir().join(format!("kakehashi-growth-{}", std::process::id())), false),
    };
    std::fs::create_dir_all(&folder).expect("a folder for the databases");
    println!("{}\n", machine());
    if only != "postgres" {
        table("SQLite", &sizes, |size| Database::file(&folder, size));
    }
    if only != "sqlite" {
        match Postgres::start(&folder) {
            Some(server) => table("PostgreSQL", &sizes, |size| server.database(size)),
            None => println!("**NOT MEASURED: there is no PostgreSQL server here.**\n"),
        }
    }
    println!("{}", machine());
    if !is_kept {
        let _ = std::fs::remove_dir_all(&folder);
    }
}

/// Measures a database at every size and prints what came out.
fn table(name: &str, sizes: &[usize], database: impl Fn(usize) -> Database) {
    let grown: Vec<Grown> = sizes.iter().map(|size| measure(&database(*size), *size)).collect();
    let (Some(smallest), Some(largest)) = (grown.first(), grown.last()) else { return };
    println!("## {name}: one connection, p50 / p99 ms, and µs of CPU an answer\n");
    let cells =
        |after: &str| sizes.iter().map(|size| format!(" {size} |{after}")).collect::<Vec<_>>().concat();
    println!("| |{} p50, largest : smallest | CPU, largest : smallest |", cells(" CPU |"));
    println!("|---|{}---:|---:|", "---:|".repeat(2 * sizes.len()));
    for (index, (name, small)) in smallest.points.iter().enumerate() {
        print!("| {name} |");
        for (_, Point { p50, p99, cpu, database_cpu }) in grown.iter().map(|one| &one.points[index]) {
            let database = if *database_cpu > 0.0 { format!(" + {database_cpu:.0}") } else { String::new() };
            print!(" {p50:.2} / {p99:.2} | {cpu:.0}{database} |");
        }
        let large = &largest.points[index].1;
        let all = |point: &Point| point.cpu + point.database_cpu;
        println!(" {:.1} | {:.1} |", large.p50 / small.p50, all(large) / all(small));
    }
    println!("\n| |{}", cells(""));
    println!("|---|{}", "---:|".repeat(sizes.len()));
    for (index, (name, _)) in smallest.whole.iter().enumerate() {
        let figures = grown.iter().map(|one| format!(" {} |", one.whole[index].1));
        println!("| {name} |{}", figures.collect::<Vec<_>>().concat());
    }
    println!();
}

fn measure(database: &Database, size: usize) -> Grown {
    eprintln!("{}: {size} partnerships", database.url);
    let mut whole = loaded(database, size);
    let seconds = Duration::from_secs_f64(setting("BENCH_SECONDS", 2.0));
    // The first start finds the files cold; the median of three is that of a restart.
    let starts = (0..3).map(|_| Service::start(&database.url).started.as_secs_f64() * 1e3).collect();
    let service = Service::start(&database.url);
    let idle = service.rss();
    let mut connection = Connection::open(service.address).expect("a connection");
    let mut points = Vec::new();
    for workload in workloads(&mut connection, &service.key(), size) {
        workload.rehearse(&mut connection, 8);
        points.push((workload.name, point(&service, database, &workload, seconds)));
    }
    let served = service.rss();
    let (bytes, elapsed) = snapshot(service.address).expect("a whole snapshot");
    whole.extend([
        ("snapshot, MB/s", format!("{:.1}", bytes / elapsed.as_secs_f64() / 1e6)),
        ("snapshot, MB", format!("{:.0}", bytes / 1e6)),
        ("start to ready, ms", format!("{:.0}", median(starts))),
        ("RSS after the start, MB", format!("{idle:.0}")),
        ("RSS after the requests, MB", format!("{served:.0}")),
        ("RSS after the snapshot, MB", format!("{:.0}", service.rss())),
    ]);
    Grown { points, whole }
}

/// Fills the database, unless that was done before; what that took.
fn loaded(database: &Database, size: usize) -> Vec<(&'static str, String)> {
    let note = database.folder.join(format!("{}.json", database.name));
    let known = std::fs::read_to_string(&note).ok().and_then(|text| serde_json::from_str(&text).ok());
    let facts: Value = known.unwrap_or_else(|| {
        database.clear();
        let file = database.folder.join(format!("{}.ndjson", database.name));
        let records = generate::write(&file, size).expect("a file of records");
        let bytes = std::fs::metadata(&file).expect("that file").len();
        let (elapsed, rss) = import(&database.url, &file);
        std::fs::remove_file(&file).expect("that file");
        database.settle();
        let facts = json!({"records": records, "bytes": bytes, "seconds": elapsed.as_secs_f64(), "rss": rss});
        std::fs::write(&note, facts.to_string()).expect("a note of what was loaded");
        facts
    });
    let fact = |name: &str| facts[name].as_f64().unwrap_or_default();
    vec![
        ("records", format!("{:.0}", fact("records"))),
        ("database, MB", format!("{:.0}", database.bytes() / 1e6)),
        ("import, s", format!("{:.1}", fact("seconds"))),
        ("import, MB/s", format!("{:.2}", fact("bytes") / fact("seconds") / 1e6)),
        ("import, records/s", format!("{:.0}", fact("records") / fact("seconds"))),
        ("import, most RSS, MB", format!("{:.0}", fact("rss"))),
    ]
}

fn point(service: &Service, database: &Database, workload: &Workload, seconds: Duration) -> Point {
    let Workload { name, status, make, next, .. } = workload;
    let before = (service.cpu(), database.cpu(), next.load(Ordering::Relaxed));
    let measured = load(service.address, 1, seconds, *status, next, make);
    let Figures { p50, p99, .. } = measured.unwrap_or_else(|error| panic!("{name}: {error}"));
    let answers = u32::try_from(next.load(Ordering::Relaxed) - before.2).expect("some answers");
    let each = |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(answers);
    let (cpu, database_cpu) =
        (service.cpu().saturating_sub(before.0), database.cpu().saturating_sub(before.1));
    Point { p50, p99, cpu: each(cpu), database_cpu: each(database_cpu) }
}

/// What is asked at every size.
fn workloads(connection: &mut Connection, key: &str, size: usize) -> Vec<Workload> {
    let mut pages = |list: &str| workload::pages(connection, list, size);
    let (list, count) = (pages("/v1/partnerships?"), pages("/v1/partnerships?count=exact&"));
    let filtered = pages("/v1/partnerships?category=twinning&status=active&sort=-since&");
    // From all over the registry, as the pages are.
    let first = |page: &String| {
        let page = workload::get(connection, page);
        Some(format!("/v1/partnerships/{}", page.pointer("/items/0/id")?.as_str()?))
    };
    let one: Vec<String> = list.iter().filter_map(first).collect();
    let filtered_count = ["/v1/partnerships?category=twinning&status=active&limit=20&count=exact".to_owned()];
    let beginning =
        |n: usize| generate::names("fr", false, workload::FORMS)[n].chars().take(1 + n % 4).collect();
    // No partnership is made twice, in a registry that was kept neither: what there is by now is counted.
    let made = workload::get(connection, "/v1/partnerships?limit=1&count=exact");
    let made = made.pointer("/page/total").and_then(Value::as_u64).expect("how many there are");
    vec![
        Workload::reading("get", "/id", &one),
        Workload::reading("list 20", "/items/0/id", &list),
        Workload::reading("list 20, filtered", "/items/0/id", &filtered),
        Workload::reading("list 20 with count", "/page/total", &count),
        Workload::reading("list 20, filtered, with count", "/page/total", &filtered_count),
        Workload::reading("search", "/items/0/id", &workload::searches(SEARCH, generate::word)),
        Workload::reading("suggest", "/items", &workload::searches("/v1/search/suggest?", beginning)),
        workload::creating(key, usize::try_from(made).expect("a number")),
    ]
}

/// The folder of a database's own files.
fn size_of(path: &Path) -> f64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0.0 };
    let each = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => f64::from(u32::try_from(found.len() >> 10).unwrap_or(u32::MAX)) * 1024.0,
        Err(_) => 0.0,
    });
    each.sum()
}
