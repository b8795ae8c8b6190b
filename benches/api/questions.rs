//! The questions of `docs/questions.md`: its table has a row for each, whose last column is a request that answers it.

use crate::client::{Answer, Connection, request};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::path::Path;
use std::time::Instant;

/// How often each is asked.
const TIMES: usize = 7;
/// What a request may not hold as it is.
const RAW: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'[').add(b']').add(b'`').add(b'^');

/// A question: its number, and the address of its answer.
pub(crate) struct Question {
    number: String,
    address: String,
}

/// The questions, in their order; none where the file is missing.
pub(crate) fn read() -> Vec<Question> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/questions.md");
    std::fs::read_to_string(file).unwrap_or_default().lines().filter_map(question).collect()
}

/// The question of a row; none of a heading, or of what is no row.
fn question(line: &str) -> Option<Question> {
    let row = line.trim().strip_prefix('|')?;
    let (number, _) = row.split_once('|')?;
    let (_, last) = row.rsplit_once("`/v1/")?;
    let (address, _) = last.split_once('`')?;
    Some(Question { number: number.trim().into(), address: format!("/v1/{address}") })
}

impl Question {
    /// Asks it a few times: a row with its number, the status, what the answer holds, and the time that half of them took.
    pub(crate) fn ask(&self, connection: &mut Connection) -> String {
        let sent = request("GET", &utf8_percent_encode(&self.address, RAW).to_string(), "", "");
        let mut times = Vec::new();
        let mut answer = Answer::default();
        for _ in 0..TIMES {
            let start = Instant::now();
            answer = connection.ask(&sent).unwrap_or_else(|error| panic!("{}: {error}", self.address));
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_unstable_by(f64::total_cmp);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let items = body["items"].as_array().map_or_else(|| "–".into(), |items| items.len().to_string());
        let (bytes, middle) = (answer.body.len(), times[TIMES / 2]);
        format!(
            "| {} | `{}` | {} | {bytes} | {items} | {middle:.1} |",
            self.number, self.address, answer.status
        )
    }
}
