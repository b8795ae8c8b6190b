//! From a body to a spool: lines of JSON or a JSON array, read as they arrive, within limits.

use super::decode::Utf8Reader;
use super::report::ImportReport;
use super::spool::{RecordSpool, SpoolWriter, temp_file_problem};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::json;
use crate::domain::json::UniqueKeyJson;
use crate::domain::text_encoding::UTF8_BOM;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::Value;
use std::cell::Cell;
use std::io;
use std::io::{BufRead, BufReader, Read};

/// How the records stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// One on each line.
    Ndjson,
    /// A JSON array.
    JsonArray,
    /// Whichever the first character says.
    Detect,
}

/// The most that is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// Bytes in all, decompressed.
    pub bytes: u64,
    /// Bytes of one record.
    pub record_bytes: usize,
    /// Records.
    pub records: u32,
    /// Names that they bear and refer to, which memory holds.
    pub names: usize,
}

/// The limits of the API.
pub const API_LIMITS: ImportLimits =
    ImportLimits { bytes: 1 << 30, record_bytes: json::MAX_BODY_BYTES, records: 1_000_000, names: 8_000_000 };

/// What the buffer of a reader may hold beyond the record that is being read.
const BUFFER_SIZE: usize = 1 << 16;

/// Takes records in: those that can be read are spooled, the others rejected in the report.
///
/// # Errors
/// 400 for a body that holds no records, 413 beyond the limits; what the source gives.
pub fn spool_records(
    source: impl Read,
    form: BodyFormat,
    limits: ImportLimits,
    report: ImportReport,
) -> Result<(RecordSpool, ImportReport)> {
    let spool = SpoolWriter::new().map_err(temp_file_problem)?;
    let allowance = Cell::new(usize::MAX);
    let metered = LimitedReader { source, bytes_left: limits.bytes, limits, record_bytes_left: &allowance };
    let source = skip_byte_order_mark(metered).map_err(temp_file_problem)?;
    let (source, first) = if form == BodyFormat::Detect {
        peek_first_byte(source).map_err(temp_file_problem)?
    } else {
        (source, None)
    };
    let mut intake = BodySpooler { spool, report, limits };
    if form == BodyFormat::JsonArray || first == Some(b'[') {
        let source = BufReader::with_capacity(BUFFER_SIZE, Utf8Reader::new(source));
        intake.spool_array(source, &allowance)?;
    } else {
        intake.spool_lines(BufReader::with_capacity(BUFFER_SIZE, source))?;
    }
    Ok((intake.spool.finish().map_err(temp_file_problem)?, intake.report))
}

/// A source without the byte order mark that it may begin with.
fn skip_byte_order_mark<R: Read>(mut source: R) -> io::Result<PartlyRead<R>> {
    let mut start = Vec::with_capacity(UTF8_BOM.len());
    source.by_ref().take(UTF8_BOM.len() as u64).read_to_end(&mut start)?;
    if start == UTF8_BOM {
        start.clear();
    }
    Ok(io::Cursor::new(start).chain(source))
}

/// A source of which a part has been read.
type PartlyRead<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// A source, and the first byte of it that is no white space, unless that comes late.
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

struct BodySpooler {
    spool: SpoolWriter,
    report: ImportReport,
    limits: ImportLimits,
}

impl BodySpooler {
    fn spool_lines(&mut self, mut source: impl BufRead) -> Result<()> {
        let (mut line, mut number, mut any) = (Vec::new(), 0, false);
        loop {
            line.clear();
            number += 1;
            let whole =
                read_line(&mut source, self.limits.record_bytes, &mut line).map_err(temp_file_problem)?;
            let Some(whole) = whole else { break };
            let text = line.trim_ascii();
            if whole && text.is_empty() {
                continue;
            }
            any = true;
            let read = if whole { json::parse_json(text) } else { Err(self.too_large()) };
            match read {
                Ok(record) => self.add_record(text, &record)?,
                Err(problem) => self.reject(problem.with_member("line", number))?,
            }
        }
        if any {
            Ok(())
        } else {
            Err(Problem::new(ErrorCode::MalformedJson).with_arg("reason", "there is nothing in it"))
        }
    }

    fn spool_array(&mut self, source: impl Read, allowance: &Cell<usize>) -> Result<()> {
        let mut refusal = None;
        let mut reader = serde_json::Deserializer::from_reader(source);
        let elements = ArrayVisitor { intake: self, record_bytes_left: allowance, rejection: &mut refusal };
        let read = reader.deserialize_seq(elements).and_then(|()| reader.end());
        match (refusal, read) {
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

    fn add_record(&mut self, text: &[u8], record: &Value) -> Result<()> {
        if record.get("kind").and_then(Value::as_str) == Some("end") {
            return Ok(());
        }
        self.check_count()?;
        self.report.add_pending();
        self.spool.add(text, record).map_err(temp_file_problem)
    }

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

/// Reads a line of at most `limit` bytes; of a longer one nothing is kept and `false` given. Nothing at the end.
fn read_line(source: &mut impl BufRead, limit: usize, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let (mut any, mut whole) = (false, true);
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let (piece, _) = buffer.split_at(end.unwrap_or(buffer.len()));
        whole = whole && line.len() + piece.len() <= limit;
        if whole {
            line.extend_from_slice(piece);
        }
        let read = piece.len() + usize::from(end.is_some());
        source.consume(read);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

/// Takes the elements of an array one by one.
struct ArrayVisitor<'a> {
    intake: &'a mut BodySpooler,
    record_bytes_left: &'a Cell<usize>,
    rejection: &'a mut Option<Problem>,
}

impl<'de> Visitor<'de> for ArrayVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        loop {
            self.record_bytes_left.set(self.intake.limits.record_bytes);
            let Some(record) = seq.next_element_seed(UniqueKeyJson)? else { break };
            if let Err(problem) = self.intake.add_element(&record) {
                *self.rejection = Some(problem);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        self.record_bytes_left.set(usize::MAX);
        Ok(())
    }
}

/// A source of which only so much is read in all, and for one element of an array.
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

    fn refused(body: &[u8], form: BodyFormat) -> Option<ErrorCode> {
        spool_records(body, form, FEW, ImportReport::new(Language::En, "").unwrap())
            .err()
            .map(|problem| problem.code)
    }

    #[test]
    fn more_records_or_bytes_than_the_limit_are_refused() {
        for (form, open, between, close) in
            [(BodyFormat::Ndjson, "", "\n", ""), (BodyFormat::JsonArray, "[", ",", "]")]
        {
            let body = |count: usize| format!("{open}{}{close}", vec!["{}"; count].join(between));
            assert_eq!(refused(body(5).as_bytes(), form), None);
            assert_eq!(refused(body(6).as_bytes(), form), Some(ErrorCode::TooManyRecords));
            let spaces = " ".repeat(400_001);
            assert_eq!(
                refused(format!("{open}{spaces}{close}").as_bytes(), form),
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
        let taken = |lines: &[&str]| {
            let report = ImportReport::new(Language::En, "").unwrap();
            spool_records(lines.join("\n").as_bytes(), BodyFormat::Ndjson, limits, report)
                .err()
                .map(|problem| problem.code)
        };
        assert_eq!(taken(&[&many, one]), None);
        assert_eq!(taken(&[&many, &many, one]), Some(ErrorCode::TooManyRecords));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        for form in [BodyFormat::Ndjson, BodyFormat::JsonArray, BodyFormat::Detect] {
            let body = if form == BodyFormat::Ndjson { "\u{FEFF}{}\n{}" } else { "\u{FEFF}[{}, {}]" };
            let report = ImportReport::new(Language::En, "").unwrap();
            let (spool, report) = spool_records(body.as_bytes(), form, FEW, report).unwrap();
            assert_eq!((spool.entries.len(), report.counts().rejected), (2, 0), "{form:?}");
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
        let taken = spool_records(
            body,
            BodyFormat::JsonArray,
            unlimited,
            ImportReport::new(Language::En, "").unwrap(),
        );
        assert_eq!(taken.err().map(|problem| problem.code), Some(ErrorCode::PayloadTooLarge));
        assert_eq!(
            refused(format!("[{}]", serde_json::json!("x".repeat(99))).as_bytes(), BodyFormat::JsonArray),
            Some(ErrorCode::PayloadTooLarge)
        );
    }
}
