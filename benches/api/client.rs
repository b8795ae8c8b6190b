//! HTTP/1.1 client over keep-alive connections, and the load generator.

use std::io::{BufRead as _, BufReader, Error, Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Headers in the order received, without the framing ones.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A keep-alive connection without pipelining.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream), line: Vec::new(), body: Vec::new() })
    }

    /// Sends a request and reads the response; returns its status, and passes each header to `each`.
    fn exchange(&mut self, request: &[u8], mut each: impl FnMut(&[u8], &[u8])) -> Result<u16> {
        self.stream.get_mut().write_all(request)?;
        self.next_line()?;
        let status = self.line.get(9..12).and_then(number).ok_or_else(|| Error::other("no status line"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            self.next_line()?;
            let Some(colon) = self.line.iter().position(|byte| *byte == b':') else { break };
            let (name, value) = (&self.line[..colon], self.line[colon + 1..].trim_ascii());
            if name.eq_ignore_ascii_case(b"content-length") {
                length = number(value).ok_or_else(|| Error::other("no length"))?;
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                chunked = true;
            } else {
                each(name, value);
            }
        }
        self.body.clear();
        self.read(length)?;
        while chunked {
            self.next_line()?;
            let size = std::str::from_utf8(self.line.trim_ascii()).map_err(Error::other)?;
            let size = usize::from_str_radix(size, 16).map_err(Error::other)?;
            self.read(size)?;
            self.next_line()?;
            chunked = size > 0;
        }
        u16::try_from(status).map_err(Error::other)
    }

    /// Appends `length` bytes to the body.
    fn read(&mut self, length: usize) -> Result<()> {
        let start = self.body.len();
        self.body.resize(start + length, 0);
        self.stream.read_exact(&mut self.body[start..])
    }

    fn next_line(&mut self) -> Result<()> {
        self.line.clear();
        match self.stream.read_until(b'\n', &mut self.line)? {
            0 => Err(Error::other("the connection was closed")),
            _ => Ok(()),
        }
    }

    /// Sends a request and returns the whole response.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<Answer> {
        let mut headers = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let status = self.exchange(request, |name, value| headers.push((text(name), text(value))))?;
        Ok(Answer { status, headers, body: self.body.clone() })
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Returns the bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}{length}\r\n{body}").into_bytes()
}

/// Measured throughput and latency.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    /// Responses per second.
    pub(crate) rate: f64,
    /// Median latency in milliseconds.
    pub(crate) p50: f64,
    /// 95th percentile of the latency in milliseconds.
    pub(crate) p95: f64,
    /// 99th percentile of the latency in milliseconds.
    pub(crate) p99: f64,
}

/// Sends requests over `connections` connections for `duration`. Fails if a response has another status.
pub(crate) fn load(
    address: SocketAddr,
    connections: usize,
    duration: Duration,
    status: u16,
    next: &AtomicUsize,
    make: &(dyn Fn(usize) -> Vec<u8> + Sync),
) -> Result<Figures> {
    let start = Instant::now();
    let one = || -> Result<Vec<Duration>> {
        let mut connection = Connection::open(address)?;
        let mut times = Vec::new();
        while start.elapsed() < duration {
            let request = make(next.fetch_add(1, Ordering::Relaxed));
            let sent = Instant::now();
            let got = connection.exchange(&request, |_, _| ())?;
            times.push(sent.elapsed());
            if got != status {
                let body = String::from_utf8_lossy(&connection.body);
                return Err(Error::other(format!("{got} instead of {status}: {body}")));
            }
        }
        Ok(times)
    };
    let all: Result<Vec<_>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|_| Err(Error::other("a panic")))).collect()
    });
    let mut times: Vec<f64> = all?.concat().iter().map(Duration::as_secs_f64).collect();
    let elapsed = start.elapsed().as_secs_f64();
    times.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0.0, |time| time * 1e3);
    let count = u32::try_from(times.len()).map_err(Error::other)?;
    Ok(Figures { rate: f64::from(count) / elapsed, p50: at(50), p95: at(95), p99: at(99) })
}
