//! What became of each record, and of all together. Problems and details are kept in a temporary file,
//! as they are answered.

use crate::db::types::Id;
use crate::error::{Fault, Problem};
use crate::vocabulary::language::Language;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Result, Seek as _, SeekFrom, Write as _};

/// How much of problems is kept in full, in bytes; those that come later are told without their faults.
const MOST_KEPT: u64 = 64 << 20;
/// The most faults of a record that are told.
const FAULTS: usize = 10;
/// How long a piece of an answer becomes, in bytes, before it ends with an item.
const PIECE: usize = 128 << 10;
/// How much of problems one answer names that is not sent while it is read, in bytes.
const MOST_NAMED: usize = 1 << 20;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was so already.
    Unchanged,
    /// It was refused.
    Rejected,
}

impl Action {
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
pub(super) struct Done {
    pub(super) action: Action,
    pub(super) id: Id,
    pub(super) version: i64,
    /// The members that it changed.
    pub(super) changed: Vec<String>,
    /// The soft rules that it breaks.
    pub(super) warnings: Vec<Fault>,
}

/// A record that was written, or why it was not.
pub(super) type Verdict = std::result::Result<Done, Problem>;

#[derive(Clone, Copy)]
enum Fate {
    /// Nothing is known yet.
    Open,
    /// What was done with which version, and where the rest of what is told of it is in the file.
    Done(Action, Id, i64, Told),
    /// Where its problem is in the file.
    Rejected(Told),
}

/// A place in the file and a length.
type Told = (u64, usize);

/// How many records met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
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

impl Counts {
    /// How many records have met their fate.
    #[must_use]
    pub fn done(&self) -> usize {
        self.created + self.updated + self.unchanged + self.rejected
    }

    fn of(&mut self, action: Action) -> &mut usize {
        match action {
            Action::Created => &mut self.created,
            Action::Updated => &mut self.updated,
            Action::Unchanged => &mut self.unchanged,
            Action::Rejected => &mut self.rejected,
        }
    }
}

/// What became of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// What became of its records; what would have, where nothing was committed.
    pub counts: Counts,
    /// Whether one rejection undid everything.
    pub atomic: bool,
    /// Whether everything was to be undone.
    pub dry_run: bool,
    /// Whether what was written stays.
    pub committed: bool,
}

impl Summary {
    /// The summary as it is answered.
    #[must_use]
    pub fn json(&self) -> Value {
        let Counts { created, updated, unchanged, rejected, total } = self.counts;
        json!({
            "created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected, "total": total,
            "dry_run": self.dry_run, "atomic": self.atomic, "committed": self.committed
        })
    }
}

/// What became of each record.
pub struct Report {
    fates: Vec<Fate>,
    counts: Counts,
    problems: File,
    end: u64,
    language: Language,
    request_id: String,
}

impl Report {
    /// A report whose problems are in `language`.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn new(language: Language, request_id: &str) -> Result<Self> {
        let (problems, request_id) = (tempfile::tempfile()?, request_id.to_owned());
        Ok(Self { fates: Vec::new(), counts: Counts::default(), problems, end: 0, language, request_id })
    }

    /// How many records met which fate so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Makes room for the next record; gives its number.
    pub(super) fn expect(&mut self) -> u32 {
        self.fates.push(Fate::Open);
        self.counts.total += 1;
        u32::try_from(self.fates.len() - 1).unwrap_or(u32::MAX)
    }

    /// Keeps what became of a record.
    pub(super) fn record(&mut self, index: u32, verdict: Verdict) -> Result<()> {
        let fate = match verdict {
            Ok(done) => {
                let told = match done.action {
                    Action::Updated => self.keep(&self.details(&done))?,
                    _ => (0, 0),
                };
                Fate::Done(done.action, done.id, done.version, told)
            }
            Err(problem) => {
                let mut problem = problem;
                problem.tell(if self.end > MOST_KEPT { 0 } else { FAULTS });
                Fate::Rejected(self.keep(&problem.json(self.language, &self.request_id).to_string())?)
            }
        };
        self.put(index, fate);
        Ok(())
    }

    /// What is told of a record that was changed: its members, and soft rules.
    fn details(&self, done: &Done) -> String {
        let mut text = format!(",\"changed\":{}", json!(done.changed));
        let warnings: Vec<Value> = done.warnings.iter().map(|warning| warning.json(self.language)).collect();
        if !warnings.is_empty() {
            let _ = write!(text, ",\"warnings\":{}", json!(warnings));
        }
        text
    }

    /// Keeps a text in the file.
    fn keep(&mut self, text: &str) -> Result<Told> {
        self.problems.seek(SeekFrom::Start(self.end))?;
        self.problems.write_all(text.as_bytes())?;
        self.end += text.len() as u64;
        Ok((self.end - text.len() as u64, text.len()))
    }

    /// Forgets what became of a record.
    pub(super) fn forget(&mut self, index: u32) {
        self.put(index, Fate::Open);
    }

    fn put(&mut self, index: u32, fate: Fate) {
        let action = |fate: Fate| match fate {
            Fate::Open => None,
            Fate::Done(action, ..) => Some(action),
            Fate::Rejected(_) => Some(Action::Rejected),
        };
        let Some(place) = self.fates.get_mut(index as usize) else { return };
        if let Some(before) = action(std::mem::replace(place, fate)) {
            *self.counts.of(before) -= 1;
        }
        if let Some(now) = action(fate) {
            *self.counts.of(now) += 1;
        }
    }

    /// The items from `start` on, as they are answered and separated by commas, and the number of the next: at most
    /// `most` of them, and fewer where they are long. Nothing at the end.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn items(&mut self, start: usize, most: usize) -> Result<Option<(String, usize)>> {
        let (mut text, mut next) = (String::new(), start);
        let fates: Vec<Fate> = self.fates.iter().skip(start).take(most).copied().collect();
        for (index, fate) in (start..).zip(fates) {
            if text.len() > PIECE {
                break;
            }
            next = index + 1;
            let comma = if index == 0 { "" } else { "," };
            let _ = match fate {
                Fate::Open => continue,
                Fate::Rejected(told) => {
                    let problem = self.told(told)?;
                    write!(text, "{comma}{{\"index\":{index},\"action\":\"rejected\",\"problem\":{problem}}}")
                }
                Fate::Done(action, id, version, told) => {
                    let details = match action {
                        Action::Updated => self.told(told)?,
                        Action::Unchanged => ",\"changed\":[]".into(),
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
        Ok((start < self.fates.len()).then_some((text, next)))
    }

    /// The first rejected items from `start` on, as they are answered: at most `most`, and fewer where they are long.
    ///
    /// # Errors
    /// When the temporary file cannot be read.
    pub fn rejected(&mut self, start: usize, most: usize) -> Result<Vec<Value>> {
        let place = |(index, fate): (usize, &Fate)| match fate {
            Fate::Rejected(told) => Some((index, *told)),
            _ => None,
        };
        let mut named = 0;
        let fits = |(_, (_, length)): &(usize, Told)| {
            let fits = named <= MOST_NAMED;
            named += length;
            fits
        };
        let found = self.fates.iter().enumerate().skip(start).filter_map(place).take(most).take_while(fits);
        let found: Vec<_> = found.collect();
        let read = |(index, told)| {
            let problem: Value = serde_json::from_str(&self.told(told)?)?;
            Ok(json!({"index": index, "action": Action::Rejected.as_str(), "problem": problem}))
        };
        found.into_iter().map(read).collect()
    }

    fn told(&mut self, (offset, length): Told) -> Result<String> {
        let mut text = String::with_capacity(length);
        self.problems.seek(SeekFrom::Start(offset))?;
        (&mut self.problems).take(length as u64).read_to_string(&mut text)?;
        Ok(text)
    }
}
