//! Cost by size of the registry: `cargo bench -- growth`.
//!
//! Registries of several sizes are loaded with `kakehashi import` and served by `kakehashi serve`, each a
//! separate process, whose memory and CPU time are measured. The response cache is off. Per database, one
//! table has latency and CPU time of each workload by size, another the figures of the whole registry.
//!
//! `BENCH_SIZES` (default `5000,50000,500000`) are the numbers of partnerships; `BENCH_SECONDS` (2) is how
//! long each point is measured. `BENCH_KEEP` names a folder in which the databases are kept, so that the next
//! run need not load them again; each run adds some records to them. `BENCH_ONLY` (`sqlite`, `postgres`)
//! measures one database only.

mod process;
mod storage;

use crate::client::{Connection, Figures, load};
use crate::workload::{self, SEARCH, Workload};
use crate::{describe_machine, generate, median, setting};
use process::{Service, import, snapshot};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;
use storage::{Database, Postgres};

/// Figures of a workload at one size.
struct Point {
    p50: f64,
    p99: f64,
    /// CPU time per response of the server and of the database server, in microseconds.
    cpu: f64,
    database_cpu: f64,
}

/// Figures of a registry of one size.
struct SizeFigures {
    points: Vec<(&'static str, Point)>,
    /// Heading and figure of what concerns the whole registry.
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
    println!("{}\n", describe_machine());
    if only != "postgres" {
        table("SQLite", &sizes, |size| Database::file(&folder, size));
    }
    if only != "sqlite" {
        match Postgres::start(&folder) {
            Some(server) => table("PostgreSQL", &sizes, |size| server.database(size)),
            None => println!("**NOT MEASURED: there is no PostgreSQL server here.**\n"),
        }
    }
    println!("{}", describe_machine());
    if !is_kept {
        let _ = std::fs::remove_dir_all(&folder);
    }
}

/// Measures a database at every size and prints the tables.
fn table(name: &str, sizes: &[usize], database: impl Fn(usize) -> Database) {
    let by_size: Vec<SizeFigures> = sizes.iter().map(|size| measure(&database(*size), *size)).collect();
    let (Some(smallest), Some(largest)) = (by_size.first(), by_size.last()) else { return };
    println!("## {name}: one connection, p50 / p99 ms, and µs of CPU an answer\n");
    let cells =
        |after: &str| sizes.iter().map(|size| format!(" {size} |{after}")).collect::<Vec<_>>().concat();
    println!("| |{} p50, largest : smallest | CPU, largest : smallest |", cells(" CPU |"));
    println!("|---|{}---:|---:|", "---:|".repeat(2 * sizes.len()));
    for (index, (name, small)) in smallest.points.iter().enumerate() {
        print!("| {name} |");
        for (_, Point { p50, p99, cpu, database_cpu }) in by_size.iter().map(|one| &one.points[index]) {
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
        let figures = by_size.iter().map(|one| format!(" {} |", one.whole[index].1));
        println!("| {name} |{}", figures.collect::<Vec<_>>().concat());
    }
    println!();
}

fn measure(database: &Database, size: usize) -> SizeFigures {
    eprintln!("{}: {size} partnerships", database.url);
    let mut whole = load_database(database, size);
    let seconds = Duration::from_secs_f64(setting("BENCH_SECONDS", 2.0));
    // The first start reads cold files; the median of three is that of a restart.
    let starts = (0..3).map(|_| Service::start(&database.url).started.as_secs_f64() * 1e3).collect();
    let service = Service::start(&database.url);
    let idle = service.rss();
    let mut connection = Connection::open(service.address).expect("a connection");
    let mut points = Vec::new();
    for workload in workloads(&mut connection, &service.key(), size) {
        workload.verify(&mut connection, 8);
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
    SizeFigures { points, whole }
}

/// Fills the database unless an earlier run did; returns the figures of the import.
fn load_database(database: &Database, size: usize) -> Vec<(&'static str, String)> {
    let note = database.folder.join(format!("{}.json", database.name));
    let known = std::fs::read_to_string(&note).ok().and_then(|text| serde_json::from_str(&text).ok());
    let figures: Value = known.unwrap_or_else(|| {
        database.clear();
        let file = database.folder.join(format!("{}.ndjson", database.name));
        let records = generate::write(&file, size).expect("a file of records");
        let bytes = std::fs::metadata(&file).expect("that file").len();
        let (elapsed, rss) = import(&database.url, &file);
        std::fs::remove_file(&file).expect("that file");
        database.vacuum();
        let figures =
            json!({"records": records, "bytes": bytes, "seconds": elapsed.as_secs_f64(), "rss": rss});
        std::fs::write(&note, figures.to_string()).expect("a note of what was loaded");
        figures
    });
    let figure = |name: &str| figures[name].as_f64().unwrap_or_default();
    vec![
        ("records", format!("{:.0}", figure("records"))),
        ("database, MB", format!("{:.0}", database.bytes() / 1e6)),
        ("import, s", format!("{:.1}", figure("seconds"))),
        ("import, MB/s", format!("{:.2}", figure("bytes") / figure("seconds") / 1e6)),
        ("import, records/s", format!("{:.0}", figure("records") / figure("seconds"))),
        ("import, most RSS, MB", format!("{:.0}", figure("rss"))),
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

/// Returns the workloads that are measured at every size.
fn workloads(connection: &mut Connection, key: &str, size: usize) -> Vec<Workload> {
    let mut pages = |list: &str| workload::pages(connection, list, size);
    let (list, count) = (pages("/v1/partnerships?"), pages("/v1/partnerships?count=exact&"));
    let filtered = pages("/v1/partnerships?category=twinning&status=active&sort=-since&");
    // Evenly spread over the registry, as the pages are.
    let first = |page: &String| {
        let page = workload::get(connection, page);
        Some(format!("/v1/partnerships/{}", page.pointer("/items/0/id")?.as_str()?))
    };
    let one: Vec<String> = list.iter().filter_map(first).collect();
    let filtered_count = ["/v1/partnerships?category=twinning&status=active&limit=20&count=exact".to_owned()];
    let prefix =
        |n: usize| generate::names("fr", false, workload::VARIANTS)[n].chars().take(1 + n % 4).collect();
    // A kept registry has partnerships created by earlier runs: new numbers begin after them.
    let existing = workload::get(connection, "/v1/partnerships?limit=1&count=exact");
    let existing = existing.pointer("/page/total").and_then(Value::as_u64).expect("how many there are");
    vec![
        Workload::reading("get", "/id", &one),
        Workload::reading("list 20", "/items/0/id", &list),
        Workload::reading("list 20, filtered", "/items/0/id", &filtered),
        Workload::reading("list 20 with count", "/page/total", &count),
        Workload::reading("list 20, filtered, with count", "/page/total", &filtered_count),
        Workload::reading("search", "/items/0/id", &workload::searches(SEARCH, generate::word)),
        Workload::reading("suggest", "/items", &workload::searches("/v1/search/suggest?", prefix)),
        workload::creating(key, usize::try_from(existing).expect("a number")),
    ]
}

/// Returns the size of the files in a folder, in bytes.
fn size_of(path: &Path) -> f64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0.0 };
    let each = entries.flatten().map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_of(&entry.path()),
        Ok(found) => f64::from(u32::try_from(found.len() >> 10).unwrap_or(u32::MAX)) * 1024.0,
        Err(_) => 0.0,
    });
    each.sum()
}
