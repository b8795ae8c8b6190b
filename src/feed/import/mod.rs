//! Many records at once, whatever their order: references may point forward, in circles too.
//!
//! The body is kept in a temporary file (`spool`), put into an order in which what is referred to comes
//! first (`plan`), and written in batches (`run`); what became of each record is kept as it comes (`report`).
//! Memory holds an entry of a few dozen bytes for each record, never the records.

mod aliases;
mod changes;
pub mod document;
pub mod handlers;
mod intake;
mod item;
mod plan;
mod report;
mod run;
mod spool;
pub mod stream;

pub use intake::{Form, LIMITS, Limits, intake};
pub use report::{Action, Report, Summary};
pub use run::{Pass, Watch, import, running};
pub use spool::Spool;

use aliases::Aliases;

use crate::access::keys::Key;
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::http::auth::Credentials;
use crate::http::places::Place;
use crate::registry::engine::Author;
use crate::registry::store::Stamp;
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use plan::Plan;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an import does to the records that it names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Records are made, or only the members given are written: null removes, and what is not given stays.
    Merge,
    /// Records are made, or replaced: what is not given is removed.
    #[default]
    Replace,
    /// Records are only made: one that exists is rejected.
    Create,
    /// Records are only replaced: one that does not exist is rejected.
    Update,
}

impl Mode {
    /// The modes, by name; `upsert` is what `replace` was called first.
    pub const ALL: [(&'static str, Self); 5] = [
        ("merge", Self::Merge),
        ("replace", Self::Replace),
        ("create", Self::Create),
        ("update", Self::Update),
        ("upsert", Self::Replace),
    ];
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, mode)| mode).ok_or_else(|| "merge, replace, create, update or upsert".into())
    }
}

/// How an import is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// What is done to the records that it names.
    pub mode: Mode,
    /// Whether one rejection undoes everything.
    pub atomic: bool,
    /// Whether everything is undone at the end.
    pub dry_run: bool,
}

/// Who imports.
#[derive(Clone)]
pub enum Importer {
    /// The bearer of a key, which every transaction checks.
    Caller(Caller),
    /// The registry itself: its command line, its founding. The stamp's time and batch are those of each transaction.
    House(Author),
}

/// The bearer of a key, and what the request says beside its records.
#[derive(Clone)]
pub struct Caller {
    /// The key.
    pub credentials: Credentials,
    /// Whether what is another origin's own is taken over.
    pub force: bool,
    /// Why, for the history.
    pub comment: Option<String>,
}

/// What an importer may do in one transaction.
struct Permit {
    author: Author,
    key: Option<Key>,
}

impl Permit {
    fn may_write(&self, kind: Kind) -> Result<(), Problem> {
        if self.key.as_ref().is_none_or(|key| key.may_write(kind)) {
            return Ok(());
        }
        Err(Problem::new(Code::Forbidden).fact("scope", format!("write:{}", kind.as_str())))
    }
}

impl Importer {
    fn permit(&self, tx: &mut Conn, at: i64, batch: Id) -> Outcome<Permit> {
        match self {
            Self::House(author) => {
                let stamp = Stamp { at, batch, ..author.stamp.clone() };
                Ok(Permit { author: Author { stamp, ..author.clone() }, key: None })
            }
            Self::Caller(Caller { credentials, force, comment }) => {
                let key = credentials.key(tx, at)?;
                if *force && !key.may_override() {
                    return Err(Problem::new(Code::Forbidden).fact("scope", "override").into());
                }
                let (origin, actor) = (key.origin.clone(), key.id.clone());
                let stamp = Stamp { origin, actor, at, batch, comment: comment.clone() };
                let (schemes, kinds, admin) = (key.schemes.clone(), key.kinds(), key.is_admin());
                let author = Author { stamp, schemes, kinds, admin, force: *force };
                Ok(Permit { author, key: Some(key) })
            }
        }
    }
}

/// An import that is ready to run.
pub struct Job {
    spool: Spool,
    plan: Plan,
    report: Mutex<Report>,
    options: Options,
    importer: Importer,
    clock: Clock,
    aliases: Aliases,
    /// The place of a caller, as long as the import lasts.
    _place: Option<Place<String>>,
}

impl Job {
    /// Puts the records taken in into their order.
    #[must_use]
    pub fn new((spool, report): (Spool, Report), options: Options, importer: Importer, clock: Clock) -> Self {
        let (spool, index) = spool.indexed();
        let (plan, report, aliases) = (Plan::new(&spool, index), Mutex::new(report), Aliases::default());
        Self { spool, plan, report, options, importer, clock, aliases, _place: None }
    }

    /// The same import, which holds this place until it has ended.
    #[must_use]
    pub fn holding(self, place: Place<String>) -> Self {
        Self { _place: Some(place), ..self }
    }

    /// The import of records that are in memory.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn of(records: &[Value], options: Options, author: Author, clock: &Clock) -> Result<Self, Problem> {
        let report = Report::new(Language::En, "").map_err(unspooled)?;
        let array = serde_json::to_vec(records).unwrap_or_default();
        let taken = intake(array.as_slice(), Form::Array, LIMITS, report)?;
        Ok(Self::new(taken, options, Importer::House(author), clock.clone()))
    }

    /// The same for the same records.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.spool.digest
    }

    /// What has become of the records so far.
    pub fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of all records, and of the import.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let counts = self.report().counts();
        let Options { atomic, dry_run, .. } = self.options;
        Summary { committed: !(dry_run || atomic && counts.rejected > 0), atomic, dry_run, counts }
    }

    /// The summary, unless one rejection undid everything.
    ///
    /// # Errors
    /// 422 with the first items that were rejected; when they cannot be read.
    pub fn accepted(&self) -> Result<Summary, Problem> {
        let summary = self.summary();
        if !summary.atomic || summary.counts.rejected == 0 {
            return Ok(summary);
        }
        let items = self.report().rejected(0, NAMED).map_err(unspooled)?;
        let problem = Problem::new(Code::ImportRejected).fact("count", summary.counts.rejected);
        Err(problem.with("items", items).with("summary", summary.json()))
    }
}

/// The most rejected items that a problem names.
const NAMED: usize = 1000;

/// What a failure of a temporary file is to the caller.
fn unspooled(error: std::io::Error) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => {
            log::error!("temporary file: {error}");
            Problem::new(Code::Unavailable)
        }
    }
}
