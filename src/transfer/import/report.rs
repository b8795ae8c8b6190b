//! The result of each record and the counts. Problems and details are kept in a temporary file, as the JSON
//! in which they are answered.

use crate::db::types::Id;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};

/// The bytes of the file up to which problems keep their faults; later ones lose them.
const MAX_FULL_PROBLEM_BYTES: u64 = 64 << 20;

/// The most faults reported per record.
const MAX_FAULTS_PER_RECORD: usize = 10;

/// The size of a chunk of the answer, in bytes, beyond which no further item is added to it.
const CHUNK_BYTES: usize = 128 << 10;

/// The most bytes of problems in an answer that is not streamed; the last item may exceed it.
const MAX_REJECTED_BYTES: usize = 1 << 20;

/// What an import did to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImportAction {
    /// It was created.
    Created,
    /// It was updated.
    Updated,
    /// It was equal to the stored record already.
    Unchanged,
    /// It was rejected.
    Rejected,
}

impl ImportAction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Rejected => "rejected",
        }
    }
}

/// The result of a record that was not rejected.
#[derive(Debug, Clone)]
pub(super) struct ItemWritten {
    pub(super) action: ImportAction,
    pub(super) id: Id,
    pub(super) version: i64,
    /// The members that were changed.
    pub(super) changed: Vec<String>,
    /// The warnings of rules that do not reject.
    pub(super) warnings: Vec<Fault>,
}

/// The result of a record, or the problem for which it was rejected.
pub(super) type ItemResult = std::result::Result<ItemWritten, Problem>;

/// The state of a record, as it is held in memory.
#[derive(Clone, Copy)]
enum ItemState {
    /// Not processed yet.
    Pending,
    /// What was done, the id, the version, and where its details are in the file.
    Written(ImportAction, Id, i64, DetailRange),
    /// Where its problem is in the file.
    Rejected(DetailRange),
}

/// Offset and length in the file, in bytes.
type DetailRange = (u64, usize);

/// The number of records by result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Records created.
    pub created: usize,
    /// Records updated.
    pub updated: usize,
    /// Records that were equal already.
    pub unchanged: usize,
    /// Records rejected.
    pub rejected: usize,
    /// All records.
    pub total: usize,
}

impl ImportCounts {
    /// The number of records processed so far.
    #[must_use]
    pub fn processed(&self) -> usize {
        self.created + self.updated + self.unchanged + self.rejected
    }

    fn count_mut(&mut self, action: ImportAction) -> &mut usize {
        match action {
            ImportAction::Created => &mut self.created,
            ImportAction::Updated => &mut self.updated,
            ImportAction::Unchanged => &mut self.unchanged,
            ImportAction::Rejected => &mut self.rejected,
        }
    }
}

/// The result of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSummary {
    /// The counts; those that would have been, when nothing was committed.
    pub counts: ImportCounts,
    /// Whether one rejected record rolls everything back.
    pub atomic: bool,
    /// Whether the import was a dry run.
    pub dry_run: bool,
    /// Whether the records were committed.
    pub committed: bool,
}

impl ImportSummary {
    /// The summary as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let ImportCounts { created, updated, unchanged, rejected, total } = self.counts;
        json!({
            "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected, "total": total,
            "dry_run": self.dry_run, "atomic": self.atomic, "committed": self.committed
        })
    }
}

/// The results of all records of an import.
pub struct ImportReport {
    states: Vec<ItemState>,
    counts: ImportCounts,
    /// Problems and details, as JSON text.
    details_file: File,
    details_end: u64,
    language: Language,
    request_id: String,
}

impl ImportReport {
    /// Starts a report with problems in `language`; opens its temporary file.
    pub fn new(language: Language, request_id: &str) -> Result<Self> {
        let (details_file, request_id) = (tempfile::tempfile()?, request_id.to_owned());
        Ok(Self {
            states: Vec::new(),
            counts: ImportCounts::default(),
            details_file,
            details_end: 0,
            language,
            request_id,
        })
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// Adds a record that is not processed yet; returns its index.
    pub(super) fn add_pending(&mut self) -> u32 {
        self.states.push(ItemState::Pending);
        self.counts.total += 1;
        u32::try_from(self.states.len() - 1).unwrap_or(u32::MAX)
    }

    /// Sets the result of a record.
    pub(super) fn set_result(&mut self, index: u32, result: ItemResult) -> Result<()> {
        let state = match result {
            Ok(item) => {
                let details = match item.action {
                    ImportAction::Updated => self.write_detail(&self.details_text(&item))?,
                    _ => (0, 0),
                };
                ItemState::Written(item.action, item.id, item.version, details)
            }
            Err(problem) => {
                let mut problem = problem;
                problem.limit_faults(if self.details_end > MAX_FULL_PROBLEM_BYTES {
                    0
                } else {
                    MAX_FAULTS_PER_RECORD
                });
                ItemState::Rejected(
                    self.write_detail(&problem.to_json(self.language, &self.request_id).to_string())?,
                )
            }
        };
        self.set_state(index, state);
        Ok(())
    }

    /// The details of an updated record as JSON members: the changed members, and warnings.
    fn details_text(&self, item: &ItemWritten) -> String {
        let mut text = format!(",\"changed\":{}", json!(item.changed));
        let warnings: Vec<Value> =
            item.warnings.iter().map(|warning| warning.to_json(self.language)).collect();
        if !warnings.is_empty() {
            let _ = write!(text, ",\"warnings\":{}", json!(warnings));
        }
        text
    }

    /// Appends a text to the file.
    fn write_detail(&mut self, text: &str) -> Result<DetailRange> {
        self.details_file.seek(SeekFrom::Start(self.details_end))?;
        self.details_file.write_all(text.as_bytes())?;
        self.details_end += text.len() as u64;
        Ok((self.details_end - text.len() as u64, text.len()))
    }

    /// Resets the result of a record.
    pub(super) fn reset(&mut self, index: u32) {
        self.set_state(index, ItemState::Pending);
    }

    fn set_state(&mut self, index: u32, state: ItemState) {
        let action_of = |state: ItemState| match state {
            ItemState::Pending => None,
            ItemState::Written(action, ..) => Some(action),
            ItemState::Rejected(_) => Some(ImportAction::Rejected),
        };
        let Some(slot) = self.states.get_mut(index as usize) else { return };
        if let Some(before) = action_of(std::mem::replace(slot, state)) {
            *self.counts.count_mut(before) -= 1;
        }
        if let Some(now) = action_of(state) {
            *self.counts.count_mut(now) += 1;
        }
    }

    /// Returns up to `limit` items from `start` on, fewer when they are long, as JSON separated by commas,
    /// with the index of the next item; `None` at the end.
    pub fn items_text(&mut self, start: usize, limit: usize) -> Result<Option<(String, usize)>> {
        let (mut text, mut next) = (String::new(), start);
        let states: Vec<ItemState> = self.states.iter().skip(start).take(limit).copied().collect();
        for (index, state) in (start..).zip(states) {
            if text.len() > CHUNK_BYTES {
                break;
            }
            next = index + 1;
            let comma = if index == 0 { "" } else { "," };
            let _ = match state {
                ItemState::Pending => continue,
                ItemState::Rejected(range) => {
                    let problem = self.read_detail(range)?;
                    write!(text, "{comma}{{\"index\":{index},\"action\":\"rejected\",\"problem\":{problem}}}")
                }
                ItemState::Written(action, id, version, range) => {
                    let details = match action {
                        ImportAction::Updated => self.read_detail(range)?,
                        ImportAction::Unchanged => ",\"changed\":[]".into(),
                        _ => String::new(),
                    };
                    let action = action.as_str();
                    write!(
                        text,
                        "{comma}{{\"index\":{index},\"action\":\"{action}\",\"id\":\"{id}\",\"version\":{version}{details}}}"
                    )
                }
            };
        }
        Ok((start < self.states.len()).then_some((text, next)))
    }

    /// Returns up to `limit` rejected items from `start` on, fewer when they are long.
    pub fn rejected_items(&mut self, start: usize, limit: usize) -> Result<Vec<Value>> {
        let rejected = |(index, state): (usize, &ItemState)| match state {
            ItemState::Rejected(range) => Some((index, *range)),
            _ => None,
        };
        let mut total = 0;
        let fits = |(_, (_, length)): &(usize, DetailRange)| {
            let fits = total <= MAX_REJECTED_BYTES;
            total += length;
            fits
        };
        let found =
            self.states.iter().enumerate().skip(start).filter_map(rejected).take(limit).take_while(fits);
        let found: Vec<_> = found.collect();
        let to_item = |(index, range)| {
            let problem: Value = serde_json::from_str(&self.read_detail(range)?)?;
            Ok(json!({"index": index, "action": ImportAction::Rejected.as_str(), "problem": problem}))
        };
        found.into_iter().map(to_item).collect()
    }

    fn read_detail(&mut self, (offset, length): DetailRange) -> Result<String> {
        let mut text = String::with_capacity(length);
        self.details_file.seek(SeekFrom::Start(offset))?;
        (&mut self.details_file).take(length as u64).read_to_string(&mut text)?;
        Ok(text)
    }
}
