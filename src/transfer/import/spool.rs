//! The records of an import in a temporary file, with an index of their identifiers and references in memory.

use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::gazetteer::identifiers::parse_identifier;
use crate::kinds::all;
use crate::util::hash::to_hex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufWriter, Read as _, Result, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

/// Turns a failure of a temporary file into a problem: the one it wraps, else 503 `unavailable`.
#[must_use]
pub fn temp_file_problem(error: std::io::Error) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => {
            log::error!("temporary file: {error}");
            Problem::new(ErrorCode::Unavailable)
        }
    }
}

/// The place of a record in the file, and its kind if the record has a valid one.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpooledRecord {
    offset: u64,
    length: usize,
    pub(super) kind: Option<Kind>,
    /// Whether the record is valid JSON.
    pub(super) is_readable: bool,
}

/// The hash of an id or identifier that a record bears or refers to, with its kind. An id has no kind, and
/// neither has a reference that does not say one.
type HashedName = (Option<Kind>, u64);

/// Which names (ids, identifiers, natural keys) the records bear and refer to, as hashes.
#[derive(Default)]
pub(super) struct ReferenceIndex {
    hasher: RandomState,
    /// The first and the last record that bears each name.
    bearers: HashMap<HashedName, (u32, u32)>,
    /// The names to which records refer.
    references: Vec<(u32, HashedName)>,
    /// Pairs of a record and an earlier one that bears the same name.
    pub(super) duplicates: Vec<(u32, u32)>,
}

impl ReferenceIndex {
    fn add(&mut self, index: u32, kind: Kind, record: &Value) {
        let mut names: Vec<HashedName> = Vec::new();
        if let Some(id) = record.get("id").and_then(Value::as_str).and_then(types::parse_record_id) {
            names.push(self.hash_id(id));
        }
        let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
        let identifiers = record.get("identifiers").and_then(Value::as_array).into_iter().flatten();
        let identifiers = identifiers.filter_map(|one| Some((text(one, "scheme")?, text(one, "value")?)));
        let natural_key = all::definition(kind).natural_key();
        let natural_key = natural_key.and_then(|name| Some((name.to_owned(), record.get(name)?.to_string())));
        for (scheme, value) in identifiers.chain(natural_key) {
            names.extend(self.hash_identifier(Some(kind), &format!("{scheme}:{value}")));
        }
        for name in names {
            match self.bearers.get_mut(&name) {
                None => drop(self.bearers.insert(name, (index, index))),
                Some((_, last)) if *last != index => {
                    self.duplicates.push((index, *last));
                    *last = index;
                }
                Some(_) => {}
            }
        }
        for member in record.as_object().into_iter().flat_map(|record| record.values()) {
            self.add_references(index, member);
        }
    }

    fn hash_id(&self, id: Id) -> HashedName {
        (None, self.hasher.hash_one(id))
    }

    fn hash_identifier(&self, kind: Option<Kind>, text: &str) -> Option<HashedName> {
        let Identifier { scheme, value } = parse_identifier(text)?;
        Some((kind, self.hasher.hash_one((scheme, value))))
    }

    /// Takes every object with an `id` for a reference; a false one only changes the order.
    fn add_references(&mut self, from: u32, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.add_references(from, item)),
            Value::Object(members) => {
                if let Some(id) = members.get("id").and_then(Value::as_str) {
                    let kind = members.get("kind").and_then(Value::as_str).and_then(Kind::from_name);
                    let name = types::parse_record_id(id).map(|id| self.hash_id(id));
                    let name = name.or_else(|| self.hash_identifier(kind, id));
                    self.references.extend(name.map(|name| (from, name)));
                }
                members.values().for_each(|member| self.add_references(from, member));
            }
            _ => {}
        }
    }

    /// The references between records, as pairs (from, to); `to` is the first record of the name.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.references.iter().flat_map(|(from, (kind, name))| {
            let edge_to =
                |kind: Option<Kind>| self.bearers.get(&(kind, *name)).map(|(first, _)| (*from, *first));
            let to_any_kind =
                kind.is_none().then(|| Kind::ALL.iter().filter_map(move |kind| edge_to(Some(*kind))));
            edge_to(*kind).into_iter().chain(to_any_kind.into_iter().flatten())
        })
    }
}

/// The records in an unnamed temporary file.
pub struct RecordSpool {
    file: Mutex<std::fs::File>,
    pub(super) entries: Vec<SpooledRecord>,
    index: ReferenceIndex,
    /// The SHA-256 of all records, in hexadecimal.
    pub(super) digest: String,
}

impl RecordSpool {
    /// Reads a record back.
    pub(super) fn read(&self, entry: SpooledRecord) -> Result<Vec<u8>> {
        let mut bytes = vec![0; entry.length];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(entry.offset))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Splits off the index, which only the ordering needs.
    pub(super) fn split_index(mut self) -> (Self, ReferenceIndex) {
        let index = std::mem::take(&mut self.index);
        (self, index)
    }
}

/// Writes a spool.
pub(super) struct SpoolWriter {
    out: BufWriter<std::fs::File>,
    offset: u64,
    entries: Vec<SpooledRecord>,
    index: ReferenceIndex,
    hash: Sha256,
}

impl SpoolWriter {
    pub(super) fn new() -> Result<Self> {
        let out = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
        Ok(Self {
            out,
            offset: 0,
            entries: Vec::new(),
            index: ReferenceIndex::default(),
            hash: Sha256::new(),
        })
    }

    /// The number of records so far, which is the index of the next.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// The number of names that the records bear and refer to so far.
    pub(super) fn name_count(&self) -> usize {
        self.index.bearers.len() + self.index.references.len()
    }

    /// Adds a record, given as text and parsed.
    pub(super) fn add(&mut self, bytes: &[u8], record: &Value) -> Result<()> {
        let kind = record.get("kind").and_then(Value::as_str).and_then(Kind::from_name);
        if let Some(kind) = kind {
            self.index.add(self.count(), kind, record);
        }
        self.entries.push(SpooledRecord {
            offset: self.offset,
            length: bytes.len(),
            kind,
            is_readable: true,
        });
        self.offset += bytes.len() as u64;
        self.hash.update(bytes.len().to_le_bytes());
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }

    /// Adds an entry for a record that cannot be read.
    pub(super) fn add_unreadable(&mut self) {
        self.entries.push(SpooledRecord { offset: 0, length: 0, kind: None, is_readable: false });
        self.hash.update([0]);
    }

    pub(super) fn finish(self) -> Result<RecordSpool> {
        let file = self.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let digest = to_hex(&self.hash.finalize());
        Ok(RecordSpool { file: Mutex::new(file), entries: self.entries, index: self.index, digest })
    }
}
