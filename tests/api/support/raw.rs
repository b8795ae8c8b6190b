//! Raw HTTP over a socket: requests that a client library would not send, and responses byte by byte.

use super::TestApp;
use flate2::read::GzDecoder;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A response as received, before decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawResponse {
    /// `HTTP/1.1`, as received.
    pub(crate) version: String,
    pub(crate) status: u16,
    /// Names in lower case and values, sorted.
    pub(crate) headers: Vec<(String, String)>,
    /// The body without chunk framing.
    pub(crate) body: Vec<u8>,
}

/// Headers that differ from one response to the next.
const VARYING_HEADERS: [&str; 4] = ["date", "x-request-id", "ratelimit", "ratelimit-policy"];

impl RawResponse {
    fn read(bytes: &[u8], is_head: bool) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("the end of the header");
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let (version, rest) = lines.next().and_then(|line| line.split_once(' ')).expect("a status line");
        let status = rest[..3].parse().expect("a status");
        let mut headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        headers.sort();
        let is_chunked = headers.iter().any(|(name, _)| name == "transfer-encoding");
        let body = &bytes[end + 4..];
        let body = if is_chunked && !is_head { decode_chunked(body) } else { body.to_vec() };
        Self { version: version.into(), status, headers, body }
    }

    /// Returns all values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    /// Returns the body as text, decompressed.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if self.header("content-encoding") == Some("gzip") && !self.body.is_empty() {
            GzDecoder::new(self.body.as_slice()).read_to_string(&mut text).expect("a text");
            return text;
        }
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the response without what differs from one response to the next.
    pub(crate) fn common(mut self) -> Self {
        self.headers.retain(|(name, _)| !VARYING_HEADERS.contains(&name.as_str()));
        if self.status >= 400 {
            let text = self.text();
            let before = text.split_once("\"request_id\":").map_or(text.as_str(), |(before, _)| before);
            self.body = before.as_bytes().to_vec();
            self.headers.retain(|(name, _)| name != "content-length");
        }
        self
    }
}

/// Decodes a chunked body.
fn decode_chunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size =
            usize::from_str_radix(std::str::from_utf8(&bytes[..at]).expect("a size"), 16).expect("a size");
        if size == 0 {
            break;
        }
        body.extend_from_slice(&bytes[at + 2..at + 2 + size]);
        bytes = &bytes[at + 4 + size..];
    }
    body
}

/// Sends raw bytes and reads until the server closes the connection.
pub(crate) fn exchange(app: &TestApp, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(app.url.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    stream.write_all(request).expect("a request that is sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer that ends");
    bytes
}

/// Sends a request with these header lines and `Connection: close`. Characters up to U+00FF are sent as one
/// byte.
pub(crate) fn send(app: &TestApp, method: &str, target: &str, headers: &[&str]) -> RawResponse {
    let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    for line in headers {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    let bytes: Vec<u8> =
        text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("a byte")).collect();
    RawResponse::read(&exchange(app, &bytes), method == "HEAD")
}

/// Sends a whole request and returns the response.
pub(crate) fn send_raw(app: &TestApp, request: &str) -> RawResponse {
    RawResponse::read(&exchange(app, request.as_bytes()), request.starts_with("HEAD"))
}
