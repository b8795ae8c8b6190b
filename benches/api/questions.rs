//! The questions of `docs/questions.md`, a table whose last column is the request that answers each.

use crate::client::{Answer, Connection, request};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// Number of times each request is `request_bytes`.
const TIMES: usize = 7;
/// Characters to percent-encode in a request target.
const RAW: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'[').add(b']').add(b'`').add(b'^');

/// A question: its number, and the request target that answers it.
pub(crate) struct Question {
    number: String,
    address: String,
}

/// Reads the questions in order; empty if the file is missing.
pub(crate) fn read() -> Vec<Question> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/questions.md");
    std::fs::read_to_string(file).unwrap_or_default().lines().filter_map(question).collect()
}

/// Parses a row of the table; none for other lines.
fn question(line: &str) -> Option<Question> {
    let row = line.trim().strip_prefix('|')?;
    let (number, _) = row.split_once('|')?;
    let (_, last) = row.rsplit_once("`/v1/")?;
    let (address, _) = last.split_once('`')?;
    Some(Question { number: number.trim().into(), address: format!("/v1/{address}") })
}

impl Question {
    /// Sends the request [`TIMES`] times. Returns a table row: number, request, status, bytes, items, median
    /// time.
    pub(crate) fn measure(&self, connection: &mut Connection) -> String {
        let request_bytes = request("GET", &utf8_percent_encode(&self.address, RAW).to_string(), "", "");
        let mut times = Vec::new();
        let mut answer = Answer::default();
        for _ in 0..TIMES {
            let start = Instant::now();
            answer =
                connection.ask(&request_bytes).unwrap_or_else(|error| panic!("{}: {error}", self.address));
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_unstable_by(f64::total_cmp);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let items = body["items"].as_array().map_or_else(|| "–".into(), |items| items.len().to_string());
        let (bytes, median) = (answer.body.len(), times[TIMES / 2]);
        format!(
            "| {} | `{}` | {} | {bytes} | {items} | {median:.1} |",
            self.number, self.address, answer.status
        )
    }
}
