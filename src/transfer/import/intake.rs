//! Reads NDJSON or a JSON array as it arrives, within limits, into the spool.

use super::decode::Utf8Reader;
use super::report::ImportReport;
use super::spool::{RecordSpool, SpoolWriter, temp_file_problem};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::json::{self, UniqueKeyJson};
use crate::domain::text_encoding::UTF8_BOM;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::Value;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

/// The format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// A record on each line (NDJSON).
    Ndjson,
    /// A JSON array of records.
    JsonArray,
    /// An array when the first character is `[`, else NDJSON.
    Detect,
}

/// The limits of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// The most bytes in all, decompressed.
    pub bytes: u64,
    /// The most bytes of one record.
    pub record_bytes: usize,
    /// The most records.
    pub records: u32,
    /// The most ids and identifiers that records bear and refer to; they are held in memory.
    pub names: usize,
}

/// The limits of `POST /v1/import`.
pub const API_LIMITS: ImportLimits =
    ImportLimits { bytes: 1 << 30, record_bytes: json::MAX_BODY_BYTES, records: 1_000_000, names: 8_000_000 };

/// How far a buffered reader may read ahead of the current record, in bytes.
const BUFFER_SIZE: usize = 1 << 16;

/// Reads a body: records that are valid JSON are spooled, other lines are rejected in the report.
///
/// # Errors
/// 400 for a body without records or an array that is not valid JSON; 413 beyond the limits; the failure of
/// the source.
pub fn spool_records(
    source: impl Read,
    format: BodyFormat,
    limits: ImportLimits,
    report: ImportReport,
) -> Result<(RecordSpool, ImportReport)> {
    let spool = SpoolWriter::new().map_err(temp_file_problem)?;
    let record_bytes_left = Cell::new(usize::MAX);
    let limited =
        LimitedReader { source, bytes_left: limits.bytes, limits, record_bytes_left: &record_bytes_left };
    let source = skip_byte_order_mark(limited).map_err(temp_file_problem)?;
    let (source, first) = if format == BodyFormat::Detect {
        peek_first_byte(source).map_err(temp_file_problem)?
    } else {
        (source, None)
    };
    let mut spooler = BodySpooler { spool, report, limits };
    if format == BodyFormat::JsonArray || first == Some(b'[') {
        let source = BufReader::with_capacity(BUFFER_SIZE, Utf8Reader::new(source));
        spooler.spool_array(source, &record_bytes_left)?;
    } else {
        spooler.spool_lines(BufReader::with_capacity(BUFFER_SIZE, source))?;
    }
    Ok((spooler.spool.finish().map_err(temp_file_problem)?, spooler.report))
}

/// Skips the UTF-8 byte order mark that a source may begin with.
fn skip_byte_order_mark<R: Read>(mut source: R) -> io::Result<PartlyRead<R>> {
    let mut start = Vec::with_capacity(UTF8_BOM.len());
    source.by_ref().take(UTF8_BOM.len() as u64).read_to_end(&mut start)?;
    if start == UTF8_BOM {
        start.clear();
    }
    Ok(io::Cursor::new(start).chain(source))
}

/// A source of which the first bytes have been read already.
type PartlyRead<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// Returns the source with its first byte that is not white space, if it is among the first [`BUFFER_SIZE`]
/// bytes.
fn peek_first_byte<R: Read>(mut source: PartlyRead<R>) -> io::Result<(PartlyRead<R>, Option<u8>)> {
    let (start, rest) = source.get_mut();
    let (mut read, mut first) = (std::mem::take(start.get_mut()), None);
    while read.len() < BUFFER_SIZE {
        first = read.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if first.is_some() || rest.by_ref().take(1).read_to_end(&mut read)? == 0 {
            break;
        }
    }
    *start = io::Cursor::new(read);
    Ok((source, first))
}

/// Spools the records of a body and counts them against the limits.
struct BodySpooler {
    spool: SpoolWriter,
    report: ImportReport,
    limits: ImportLimits,
}

impl BodySpooler {
    fn spool_lines(&mut self, mut source: impl BufRead) -> Result<()> {
        let (mut line, mut number, mut has_records) = (Vec::new(), 0, false);
        loop {
            line.clear();
            number += 1;
            let is_whole =
                read_line(&mut source, self.limits.record_bytes, &mut line).map_err(temp_file_problem)?;
            let Some(is_whole) = is_whole else { break };
            let text = line.trim_ascii();
            if is_whole && text.is_empty() {
                continue;
            }
            has_records = true;
            let read = if is_whole { json::parse_json(text) } else { Err(self.too_large()) };
            match read {
                Ok(record) => self.add_record(text, &record)?,
                Err(problem) => self.reject(problem.with_member("line", number))?,
            }
        }
        if has_records {
            Ok(())
        } else {
            Err(Problem::new(ErrorCode::MalformedJson).with_arg("reason", "there is nothing in it"))
        }
    }

    fn spool_array(&mut self, source: impl Read, record_bytes_left: &Cell<usize>) -> Result<()> {
        let mut rejection = None;
        let mut reader = serde_json::Deserializer::from_reader(source);
        let elements = ArrayVisitor { spooler: self, record_bytes_left, rejection: &mut rejection };
        let read = reader.deserialize_seq(elements).and_then(|()| reader.end());
        match (rejection, read) {
            (Some(problem), _) => Err(problem),
            (None, Err(error)) if error.is_io() => Err(temp_file_problem(error.into())),
            (None, Err(error)) => Err(json::malformed_json(&error)),
            (None, Ok(())) => Ok(()),
        }
    }

    fn add_element(&mut self, record: &Value) -> Result<()> {
        let text = record.to_string();
        if text.len() > self.limits.record_bytes {
            return Err(self.too_large());
        }
        self.add_record(text.as_bytes(), record)
    }

    /// Spools a record; the end line of an export is skipped.
    fn add_record(&mut self, text: &[u8], record: &Value) -> Result<()> {
        if record.get("kind").and_then(Value::as_str) == Some("end") {
            return Ok(());
        }
        self.check_count()?;
        self.report.add_pending();
        self.spool.add(text, record).map_err(temp_file_problem)
    }

    /// Rejects a record that cannot be read.
    fn reject(&mut self, problem: Problem) -> Result<()> {
        self.check_count()?;
        let index = self.report.add_pending();
        self.spool.add_unreadable();
        self.report.set_result(index, Err(problem)).map_err(temp_file_problem)
    }

    fn check_count(&self) -> Result<()> {
        if self.spool.count() < self.limits.records && self.spool.name_count() < self.limits.names {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::TooManyRecords).with_arg("limit", self.limits.records))
    }

    fn too_large(&self) -> Problem {
        Problem::new(ErrorCode::PayloadTooLarge).with_arg("limit", self.limits.record_bytes)
    }
}

/// Reads a line into `line`, without its line feed; returns whether it has at most `limit` bytes (`line` is
/// then whole), or `None` at the end of the source.
fn read_line(source: &mut impl BufRead, limit: usize, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let (mut has_read, mut is_whole) = (false, true);
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(has_read.then_some(is_whole));
        }
        has_read = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (piece, _) = buffer.split_at(end.unwrap_or(buffer.len()));
        is_whole = is_whole && line.len() + piece.len() <= limit;
        if is_whole {
            line.extend_from_slice(piece);
        }
        let read = piece.len() + usize::from(end.is_some());
        source.consume(read);
        if end.is_some() {
            return Ok(Some(is_whole));
        }
    }
}

/// Spools the elements of an array one by one.
struct ArrayVisitor<'a> {
    spooler: &'a mut BodySpooler,
    record_bytes_left: &'a Cell<usize>,
    /// Why the body is refused; serde's own errors can only hold a text.
    rejection: &'a mut Option<Problem>,
}

impl<'de> Visitor<'de> for ArrayVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        loop {
            self.record_bytes_left.set(self.spooler.limits.record_bytes);
            let Some(record) = seq.next_element_seed(UniqueKeyJson)? else { break };
            if let Err(problem) = self.spooler.add_element(&record) {
                *self.rejection = Some(problem);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        self.record_bytes_left.set(usize::MAX);
        Ok(())
    }
}

/// Limits the bytes read in all, and for one element of an array.
struct LimitedReader<'a, R> {
    source: R,
    bytes_left: u64,
    limits: ImportLimits,
    record_bytes_left: &'a Cell<usize>,
}

impl<R: Read> Read for LimitedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let too_large = |limit: u64| {
            Err(io::Error::other(Problem::new(ErrorCode::PayloadTooLarge).with_arg("limit", limit)))
        };
        if self.record_bytes_left.get() == 0 {
            return too_large(self.limits.record_bytes as u64);
        }
        let count = self.source.read(buffer)?;
        match self.bytes_left.checked_sub(count as u64) {
            Some(left) => self.bytes_left = left,
            None => return too_large(self.limits.bytes),
        }
        self.record_bytes_left.set(self.record_bytes_left.get().saturating_sub(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    const FEW: ImportLimits = ImportLimits { bytes: 400_000, record_bytes: 100, records: 5, names: 9 };

    fn refused(body: &[u8], format: BodyFormat) -> Option<ErrorCode> {
        spool_records(body, format, FEW, ImportReport::new(Language::En, "").unwrap())
            .err()
            .map(|problem| problem.code)
    }

    #[test]
    fn more_records_or_bytes_than_the_limit_are_refused() {
        for (format, open, between, close) in
            [(BodyFormat::Ndjson, "", "\n", ""), (BodyFormat::JsonArray, "[", ",", "]")]
        {
            let body = |count: usize| format!("{open}{}{close}", vec!["{}"; count].join(between));
            assert_eq!(refused(body(5).as_bytes(), format), None);
            assert_eq!(refused(body(6).as_bytes(), format), Some(ErrorCode::TooManyRecords));
            let spaces = " ".repeat(400_001);
            assert_eq!(
                refused(format!("{open}{spaces}{close}").as_bytes(), format),
                Some(ErrorCode::PayloadTooLarge)
            );
        }
    }

    #[test]
    fn names_are_limited_as_well() {
        let one = r#"{"kind":"source","id":"0192d0a4-7c00-7000-8000-000000000001","identifiers":[]}"#;
        let many = format!(r#"{{"kind":"source","x":[{}]}}"#, [r#"{"id":"a:b"}"#; 5].join(","));
        assert_eq!(refused(one.as_bytes(), BodyFormat::Ndjson), None);
        let limits = ImportLimits { record_bytes: 1000, ..FEW };
        let spooled = |lines: &[&str]| {
            let report = ImportReport::new(Language::En, "").unwrap();
            spool_records(lines.join("\n").as_bytes(), BodyFormat::Ndjson, limits, report)
                .err()
                .map(|problem| problem.code)
        };
        assert_eq!(spooled(&[&many, one]), None);
        assert_eq!(spooled(&[&many, &many, one]), Some(ErrorCode::TooManyRecords));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        for format in [BodyFormat::Ndjson, BodyFormat::JsonArray, BodyFormat::Detect] {
            let body = if format == BodyFormat::Ndjson { "\u{FEFF}{}\n{}" } else { "\u{FEFF}[{}, {}]" };
            let report = ImportReport::new(Language::En, "").unwrap();
            let (spool, report) = spool_records(body.as_bytes(), format, FEW, report).unwrap();
            assert_eq!((spool.entries.len(), report.counts().rejected), (2, 0), "{format:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_utf8_is_told_so() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("[{\"name\": {\"ja\": \"横浜市\"}}]");
        assert_eq!(refused(&bytes, BodyFormat::JsonArray), Some(ErrorCode::NotUtf8));
        let report = ImportReport::new(Language::En, "").unwrap();
        let line = bytes.trim_ascii_start().strip_prefix(b"[").unwrap();
        let (_, mut report) = spool_records(line, BodyFormat::Ndjson, FEW, report).unwrap();
        assert_eq!(report.rejected_items(0, 9).unwrap()[0]["problem"]["code"], "not_utf8");
    }

    #[test]
    fn an_element_that_never_ends_is_given_up() {
        let endless = std::io::repeat(b'x').take(10 << 20);
        let body = b"[\"".chain(endless);
        let unlimited = ImportLimits { bytes: u64::MAX, ..FEW };
        let spooled = spool_records(
            body,
            BodyFormat::JsonArray,
            unlimited,
            ImportReport::new(Language::En, "").unwrap(),
        );
        assert_eq!(spooled.err().map(|problem| problem.code), Some(ErrorCode::PayloadTooLarge));
        assert_eq!(
            refused(format!("[{}]", serde_json::json!("x".repeat(99))).as_bytes(), BodyFormat::JsonArray),
            Some(ErrorCode::PayloadTooLarge)
        );
    }
}
