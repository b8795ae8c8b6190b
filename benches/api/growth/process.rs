//! Runs the `kakehashi` program as a server or an import, and reads its memory and CPU time from `/proc`.

use crate::client::{Connection, request};
use std::collections::HashMap;
use std::io::{Error, Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn program(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kakehashi"));
    command.env("DATABASE_URL", url).env("RUST_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// A server process; stopped when dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    /// Time until it was ready.
    pub(crate) started: Duration,
    child: Child,
    url: String,
}

impl Service {
    pub(crate) fn start(url: &str) -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = free.local_addr().expect("its address");
        drop(free);
        let start = Instant::now();
        let mut command = program(url);
        command.arg("serve").env("KAKEHASHI_LISTEN", address.to_string()).env("KAKEHASHI_WORKERS", "2");
        command
            .env("KAKEHASHI_NO_FOUNDING_DATA", "true")
            .env("KAKEHASHI_CACHE_SIZE", "0")
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the program");
        while !is_ready(address) {
            let ended = child.try_wait().expect("the state of the program");
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_mins(2),
                "it does not start: {ended:?}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { address, started: start.elapsed(), child, url: url.to_owned() }
    }

    /// Creates a key that may write.
    pub(crate) fn key(&self) -> String {
        let arguments = ["keys", "create", "--name", "bench", "--origin", "bench", "--scope", "write"];
        let made = program(&self.url).args(arguments).stdout(Stdio::piped()).output().expect("the program");
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).expect("a key").trim().to_owned()
    }

    /// Returns the resident memory, in MiB.
    pub(crate) fn rss(&self) -> f64 {
        status(self.child.id(), "VmRSS:")
    }

    /// Returns the CPU time so far.
    pub(crate) fn cpu(&self) -> Duration {
        processes().get(&self.child.id()).map_or(Duration::ZERO, |(_, spent)| *spent)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let asked = || Connection::open(address)?.ask(&request("GET", "/health/ready", "", ""));
    asked().is_ok_and(|answer| answer.status == 200)
}

/// Imports a file of records in batches; returns the duration and the peak resident memory in MiB.
pub(crate) fn import(url: &str, file: &Path) -> (Duration, f64) {
    let migrated = program(url).arg("migrate").status().expect("the program");
    assert!(migrated.success(), "no tables");
    let start = Instant::now();
    let mut child = program(url)
        .args(["import", "--no-atomic", "--origin", "bench"])
        .arg(file)
        .spawn()
        .expect("the program");
    let mut peak = 0.0;
    loop {
        if let Some(ended) = child.try_wait().expect("the state of the program") {
            assert!(ended.success(), "something was not imported");
            return (start.elapsed(), peak);
        }
        peak = status(child.id(), "VmHWM:").max(peak);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Reads and discards a snapshot; returns its size in bytes and the duration.
pub(crate) fn snapshot(address: SocketAddr) -> Result<(f64, Duration)> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&request("GET", "/v1/snapshot", "connection: close\r\n", ""))?;
    let (mut part, mut end, mut bytes) = (vec![0; 1 << 16], Vec::new(), 0.0);
    loop {
        let read = stream.read(&mut part)?;
        if read == 0 {
            break;
        }
        bytes += f64::from(u32::try_from(read).map_err(Error::other)?);
        end.extend_from_slice(&part[..read]);
        end.drain(..end.len().saturating_sub(1_000));
    }
    // A complete chunked body ends with an empty chunk.
    let is_whole = end.ends_with(b"0\r\n\r\n") && String::from_utf8_lossy(&end).contains("\"end\"");
    if is_whole { Ok((bytes, start.elapsed())) } else { Err(Error::other("the snapshot was cut off")) }
}

/// Reads a line of `/proc/PID/status`, in MiB.
fn status(pid: u32, name: &str) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes: f64 =
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    kilobytes / 1024.0
}

/// Reads parent and CPU time of every process.
fn processes() -> HashMap<u32, (u32, Duration)> {
    let one = |entry: std::io::Result<std::fs::DirEntry>| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        // Linux reports CPU time in ticks of 10 ms.
        Some((pid, (fields.get(1)?.parse().ok()?, Duration::from_millis(ticks * 10))))
    };
    std::fs::read_dir("/proc").into_iter().flatten().filter_map(one).collect()
}

/// Returns the CPU time so far of a process and its children.
pub(crate) fn cpu_of_family(pid: u32) -> Duration {
    let of_family = |(own, (parent, _)): &(&u32, &(u32, Duration))| **own == pid || *parent == pid;
    processes().iter().filter(of_family).map(|(_, (_, spent))| *spent).sum()
}
