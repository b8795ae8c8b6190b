//! What became of each record, and of all together. Problems and details are kept in a temporary file,
//! as they are answered.

use crate::db::types::Id;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};

/// How much of problems is kept in full, in bytes; those that come later are told without their faults.
const MAX_FULL_PROBLEM_BYTES: u64 = 64 << 20;

/// The most faults of a record that are told.
const MAX_FAULTS_PER_RECORD: usize = 10;

/// How long a piece of an answer becomes, in bytes, before it ends with an item.
const CHUNK_BYTES: usize = 128 << 10;

/// How much of problems one answer names that is not sent while it is read, in bytes.
const MAX_REJECTED_BYTES: usize = 1 << 20;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportAction {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was so already.
    Unchanged,
    /// It was refused.
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

/// A record that was not refused.
#[derive(Debug, Clone)]
pub(super) struct ItemWritten {
    pub(super) action: ImportAction,
    pub(super) id: Id,
    pub(super) version: i64,
    /// The members that it changed.
    pub(super) changed: Vec<String>,
    /// The soft rules that it breaks.
    pub(super) warnings: Vec<Fault>,
}

/// A record that was written, or why it was not.
pub(super) type ItemResult = std::result::Result<ItemWritten, Problem>;

#[derive(Clone, Copy)]
enum ItemState {
    /// Nothing is known yet.
    Pending,
    /// What was done with which version, and where the rest of what is told of it is in the file.
    Written(ImportAction, Id, i64, DetailRange),
    /// Where its problem is in the file.
    Rejected(DetailRange),
}

/// A place in the file and a length.
type DetailRange = (u64, usize);

/// How many records met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Records made.
    pub created: usize,
    /// Records changed.
    pub updated: usize,
    /// Records that were so already.
    pub unchanged: usize,
    /// Records refused.
    pub rejected: usize,
    /// All records.
    pub total: usize,
}

impl ImportCounts {
    /// How many records have met their fate.
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

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSummary {
    /// What became of its records; what would have, where nothing was committed.
    pub counts: ImportCounts,
    /// Whether one rejection undid everything.
    pub atomic: bool,
    /// Whether everything was to be undone.
    pub dry_run: bool,
    /// Whether what was written stays.
    pub committed: bool,
}

impl ImportSummary {
    /// The summary as it is answered.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let ImportCounts { created, updated, unchanged, rejected, total } = self.counts;
        json!({
            "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected, "total": total,
            "dry_run": self.dry_run, "atomic": self.atomic, "committed": self.committed
        })
    }
}

/// What became of each record.
pub struct ImportReport {
    states: Vec<ItemState>,
    counts: ImportCounts,
    details_file: File,
    details_end: u64,
    language: Language,
    request_id: String,
}

impl ImportReport {
    /// A report whose problems are in `language`.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn new(language: Language, request_id: &str) -> Result<Self> {
        let (problems, request_id) = (tempfile::tempfile()?, request_id.to_owned());
        Ok(Self {
            states: Vec::new(),
            counts: ImportCounts::default(),
            details_file: problems,
            details_end: 0,
            language,
            request_id,
        })
    }

    /// How many records met which fate so far.
    #[must_use]
    pub fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// Makes room for the next record; gives its number.
    pub(super) fn add_pending(&mut self) -> u32 {
        self.states.push(ItemState::Pending);
        self.counts.total += 1;
        u32::try_from(self.states.len() - 1).unwrap_or(u32::MAX)
    }

    /// Keeps what became of a record.
    pub(super) fn set_result(&mut self, index: u32, verdict: ItemResult) -> Result<()> {
        let fate = match verdict {
            Ok(done) => {
                let told = match done.action {
                    ImportAction::Updated => self.write_detail(&self.details_text(&done))?,
                    _ => (0, 0),
                };
                ItemState::Written(done.action, done.id, done.version, told)
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
        self.set_state(index, fate);
        Ok(())
    }

    /// What is told of a record that was changed: its members, and soft rules.
    fn details_text(&self, done: &ItemWritten) -> String {
        let mut text = format!(",\"changed\":{}", json!(done.changed));
        let warnings: Vec<Value> =
            done.warnings.iter().map(|warning| warning.to_json(self.language)).collect();
        if !warnings.is_empty() {
            let _ = write!(text, ",\"warnings\":{}", json!(warnings));
        }
        text
    }

    /// Keeps a text in the file.
    fn write_detail(&mut self, text: &str) -> Result<DetailRange> {
        self.details_file.seek(SeekFrom::Start(self.details_end))?;
        self.details_file.write_all(text.as_bytes())?;
        self.details_end += text.len() as u64;
        Ok((self.details_end - text.len() as u64, text.len()))
    }

    /// Forgets what became of a record.
    pub(super) fn reset(&mut self, index: u32) {
        self.set_state(index, ItemState::Pending);
    }

    fn set_state(&mut self, index: u32, fate: ItemState) {
        let action = |fate: ItemState| match fate {
            ItemState::Pending => None,
            ItemState::Written(action, ..) => Some(action),
            ItemState::Rejected(_) => Some(ImportAction::Rejected),
        };
        let Some(place) = self.states.get_mut(index as usize) else { return };
        if let Some(before) = action(std::mem::replace(place, fate)) {
            *self.counts.count_mut(before) -= 1;
        }
        if let Some(now) = action(fate) {
            *self.counts.count_mut(now) += 1;
        }
    }

    /// The items from `start` on, as they are answered and separated by commas, and the number of the next:
    /// at most `most` of them, and fewer where they are long. Nothing at the end.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn items_text(&mut self, start: usize, most: usize) -> Result<Option<(String, usize)>> {
        let (mut text, mut next) = (String::new(), start);
        let fates: Vec<ItemState> = self.states.iter().skip(start).take(most).copied().collect();
        for (index, fate) in (start..).zip(fates) {
            if text.len() > CHUNK_BYTES {
                break;
            }
            next = index + 1;
            let comma = if index == 0 { "" } else { "," };
            let _ = match fate {
                ItemState::Pending => continue,
                ItemState::Rejected(told) => {
                    let problem = self.read_detail(told)?;
                    write!(text, "{comma}{{\"index\":{index},\"action\":\"rejected\",\"problem\":{problem}}}")
                }
                ItemState::Written(action, id, version, told) => {
                    let details = match action {
                        ImportAction::Updated => self.read_detail(told)?,
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

    /// The first rejected items from `start` on, as they are answered: at most `most`, and fewer where they
    /// are long.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn rejected_items(&mut self, start: usize, most: usize) -> Result<Vec<Value>> {
        let place = |(index, fate): (usize, &ItemState)| match fate {
            ItemState::Rejected(told) => Some((index, *told)),
            _ => None,
        };
        let mut named = 0;
        let fits = |(_, (_, length)): &(usize, DetailRange)| {
            let fits = named <= MAX_REJECTED_BYTES;
            named += length;
            fits
        };
        let found = self.states.iter().enumerate().skip(start).filter_map(place).take(most).take_while(fits);
        let found: Vec<_> = found.collect();
        let read = |(index, told)| {
            let problem: Value = serde_json::from_str(&self.read_detail(told)?)?;
            Ok(json!({"index": index, "action": ImportAction::Rejected.as_str(), "problem": problem}))
        };
        found.into_iter().map(read).collect()
    }

    fn read_detail(&mut self, (offset, length): DetailRange) -> Result<String> {
        let mut text = String::with_capacity(length);
        self.details_file.seek(SeekFrom::Start(offset))?;
        (&mut self.details_file).take(length as u64).read_to_string(&mut text)?;
        Ok(text)
    }
}
