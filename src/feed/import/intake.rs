//! From a body to a spool: lines of JSON or a JSON array, read as they arrive, within limits.

use super::report::Report;
use super::spool::{Spool, Spooler};
use super::stream::Utf8;
use super::unspooled;
use crate::error::{Code, Problem, Result};
use crate::http::body::{self, Strict};
use crate::http::encoding::MARK;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::Value;
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

/// How the records stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One on each line.
    Lines,
    /// A JSON array.
    Array,
    /// Whichever the first character says.
    Either,
}

/// The most that is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes in all, decompressed.
    pub bytes: u64,
    /// Bytes of one record.
    pub record: usize,
    /// Records.
    pub records: u32,
    /// Names that they bear and refer to, which memory holds.
    pub names: usize,
}

/// The limits of the API.
pub const LIMITS: Limits =
    Limits { bytes: 1 << 30, record: body::LARGEST, records: 1_000_000, names: 8_000_000 };

/// What the buffer of a reader may hold beyond the record that is being read.
const BUFFER: usize = 1 << 16;

/// Takes records in: those that can be read are spooled, the others rejected in the report.
///
/// # Errors
/// 400 for a body that holds no records, 413 beyond the limits; what the source gives.
pub fn intake(source: impl Read, form: Form, limits: Limits, report: Report) -> Result<(Spool, Report)> {
    let spool = Spooler::new().map_err(unspooled)?;
    let allowance = Cell::new(usize::MAX);
    let metered = Metered { source, left: limits.bytes, limits, allowance: &allowance };
    let source = unmarked(metered).map_err(unspooled)?;
    let (source, first) =
        if form == Form::Either { begun(source).map_err(unspooled)? } else { (source, None) };
    let mut intake = Intake { spool, report, limits };
    if form == Form::Array || first == Some(b'[') {
        let source = BufReader::with_capacity(BUFFER, Utf8::new(source));
        intake.array(source, &allowance)?;
    } else {
        intake.lines(BufReader::with_capacity(BUFFER, source))?;
    }
    Ok((intake.spool.finish().map_err(unspooled)?, intake.report))
}

/// A source without the byte order mark that it may begin with.
fn unmarked<R: Read>(mut source: R) -> io::Result<Begun<R>> {
    let mut start = Vec::with_capacity(MARK.len());
    source.by_ref().take(MARK.len() as u64).read_to_end(&mut start)?;
    if start == MARK {
        start.clear();
    }
    Ok(io::Cursor::new(start).chain(source))
}

/// A source of which a part has been read.
type Begun<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

/// A source, and the first byte of it that is no white space, unless that comes late.
fn begun<R: Read>(mut source: Begun<R>) -> io::Result<(Begun<R>, Option<u8>)> {
    let (start, rest) = source.get_mut();
    let (mut read, mut first) = (std::mem::take(start.get_mut()), None);
    while read.len() < BUFFER {
        first = read.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if first.is_some() || rest.by_ref().take(1).read_to_end(&mut read)? == 0 {
            break;
        }
    }
    *start = io::Cursor::new(read);
    Ok((source, first))
}

struct Intake {
    spool: Spooler,
    report: Report,
    limits: Limits,
}

impl Intake {
    fn lines(&mut self, mut source: impl BufRead) -> Result<()> {
        let (mut line, mut number, mut any) = (Vec::new(), 0, false);
        loop {
            line.clear();
            number += 1;
            let whole = read_line(&mut source, self.limits.record, &mut line).map_err(unspooled)?;
            let Some(whole) = whole else { break };
            let text = line.trim_ascii();
            if whole && text.is_empty() {
                continue;
            }
            any = true;
            let read = if whole { body::parse(text) } else { Err(self.too_large()) };
            match read {
                Ok(record) => self.keep(text, &record)?,
                Err(problem) => self.reject(problem.with("line", number))?,
            }
        }
        if any {
            Ok(())
        } else {
            Err(Problem::new(Code::MalformedJson).fact("reason", "there is nothing in it"))
        }
    }

    fn array(&mut self, source: impl Read, allowance: &Cell<usize>) -> Result<()> {
        let mut refusal = None;
        let mut reader = serde_json::Deserializer::from_reader(source);
        let elements = Elements { intake: self, allowance, refusal: &mut refusal };
        let read = reader.deserialize_seq(elements).and_then(|()| reader.end());
        match (refusal, read) {
            (Some(problem), _) => Err(problem),
            (None, Err(error)) if error.is_io() => Err(unspooled(error.into())),
            (None, Err(error)) => Err(body::malformed(&error)),
            (None, Ok(())) => Ok(()),
        }
    }

    fn element(&mut self, record: &Value) -> Result<()> {
        let text = record.to_string();
        if text.len() > self.limits.record {
            return Err(self.too_large());
        }
        self.keep(text.as_bytes(), record)
    }

    fn keep(&mut self, text: &[u8], record: &Value) -> Result<()> {
        if record.get("kind").and_then(Value::as_str) == Some("end") {
            return Ok(());
        }
        self.count()?;
        self.report.expect();
        self.spool.add(text, record).map_err(unspooled)
    }

    fn reject(&mut self, problem: Problem) -> Result<()> {
        self.count()?;
        let index = self.report.expect();
        self.spool.skip();
        self.report.record(index, Err(problem)).map_err(unspooled)
    }

    fn count(&self) -> Result<()> {
        if self.spool.count() < self.limits.records && self.spool.names() < self.limits.names {
            return Ok(());
        }
        Err(Problem::new(Code::TooManyRecords).fact("limit", self.limits.records))
    }

    fn too_large(&self) -> Problem {
        Problem::new(Code::PayloadTooLarge).fact("limit", self.limits.record)
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
struct Elements<'a> {
    intake: &'a mut Intake,
    allowance: &'a Cell<usize>,
    refusal: &'a mut Option<Problem>,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        loop {
            self.allowance.set(self.intake.limits.record);
            let Some(record) = seq.next_element_seed(Strict)? else { break };
            if let Err(problem) = self.intake.element(&record) {
                *self.refusal = Some(problem);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        self.allowance.set(usize::MAX);
        Ok(())
    }
}

/// A source of which only so much is read in all, and for one element of an array.
struct Metered<'a, R> {
    source: R,
    left: u64,
    limits: Limits,
    allowance: &'a Cell<usize>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let too_large =
            |limit: u64| Err(io::Error::other(Problem::new(Code::PayloadTooLarge).fact("limit", limit)));
        if self.allowance.get() == 0 {
            return too_large(self.limits.record as u64);
        }
        let count = self.source.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return too_large(self.limits.bytes),
        }
        self.allowance.set(self.allowance.get().saturating_sub(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::language::Language;

    const FEW: Limits = Limits { bytes: 400_000, record: 100, records: 5, names: 9 };

    fn refused(body: &[u8], form: Form) -> Option<Code> {
        intake(body, form, FEW, Report::new(Language::En, "").unwrap()).err().map(|problem| problem.code)
    }

    #[test]
    fn more_records_or_bytes_than_the_limit_are_refused() {
        for (form, open, between, close) in [(Form::Lines, "", "\n", ""), (Form::Array, "[", ",", "]")] {
            let body = |count: usize| format!("{open}{}{close}", vec!["{}"; count].join(between));
            assert_eq!(refused(body(5).as_bytes(), form), None);
            assert_eq!(refused(body(6).as_bytes(), form), Some(Code::TooManyRecords));
            let spaces = " ".repeat(400_001);
            assert_eq!(
                refused(format!("{open}{spaces}{close}").as_bytes(), form),
                Some(Code::PayloadTooLarge)
            );
        }
    }

    #[test]
    fn names_are_limited_as_well() {
        let one = r#"{"kind":"source","id":"0192d0a4-7c00-7000-8000-000000000001","identifiers":[]}"#;
        let many = format!(r#"{{"kind":"source","x":[{}]}}"#, [r#"{"id":"a:b"}"#; 5].join(","));
        assert_eq!(refused(one.as_bytes(), Form::Lines), None);
        let limits = Limits { record: 1000, ..FEW };
        let taken = |lines: &[&str]| {
            let report = Report::new(Language::En, "").unwrap();
            intake(lines.join("\n").as_bytes(), Form::Lines, limits, report).err().map(|problem| problem.code)
        };
        assert_eq!(taken(&[&many, one]), None);
        assert_eq!(taken(&[&many, &many, one]), Some(Code::TooManyRecords));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        for form in [Form::Lines, Form::Array, Form::Either] {
            let body = if form == Form::Lines { "\u{FEFF}{}\n{}" } else { "\u{FEFF}[{}, {}]" };
            let report = Report::new(Language::En, "").unwrap();
            let (spool, report) = intake(body.as_bytes(), form, FEW, report).unwrap();
            assert_eq!((spool.entries.len(), report.counts().rejected), (2, 0), "{form:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_utf8_is_told_so() {
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("[{\"name\": {\"ja\": \"横浜市\"}}]");
        assert_eq!(refused(&bytes, Form::Array), Some(Code::NotUtf8));
        let report = Report::new(Language::En, "").unwrap();
        let line = bytes.trim_ascii_start().strip_prefix(b"[").unwrap();
        let (_, mut report) = intake(line, Form::Lines, FEW, report).unwrap();
        assert_eq!(report.rejected(0, 9).unwrap()[0]["problem"]["code"], "not_utf8");
    }

    #[test]
    fn an_element_that_never_ends_is_given_up() {
        let endless = std::io::repeat(b'x').take(10 << 20);
        let body = b"[\"".chain(endless);
        let unlimited = Limits { bytes: u64::MAX, ..FEW };
        let taken = intake(body, Form::Array, unlimited, Report::new(Language::En, "").unwrap());
        assert_eq!(taken.err().map(|problem| problem.code), Some(Code::PayloadTooLarge));
        assert_eq!(
            refused(format!("[{}]", serde_json::json!("x".repeat(99))).as_bytes(), Form::Array),
            Some(Code::PayloadTooLarge)
        );
    }
}
