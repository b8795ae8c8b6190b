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

pub use intake::{API_LIMITS, BodyFormat, ImportLimits, spool_records};
pub use report::{ImportAction, ImportReport, ImportSummary};
pub use run::{ProgressFn, SavepointMode, run_import, running_imports};
pub use spool::RecordSpool;

use aliases::IdMap;

use crate::access::keys::ApiKey;
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, TxResult};
use crate::error::{ErrorCode, Problem};
use crate::http::auth::Credentials;
use crate::http::places::ConcurrencyPermit;
use crate::registry::engine::Author;
use crate::registry::store::Provenance;
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use plan::WriteOrder;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an import does to the records that it names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImportMode {
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

impl ImportMode {
    /// The modes, by name; `upsert` is what `replace` was called first.
    pub const ALL: [(&'static str, Self); 5] = [
        ("merge", Self::Merge),
        ("replace", Self::Replace),
        ("create", Self::Create),
        ("update", Self::Update),
        ("upsert", Self::Replace),
    ];
}

impl std::str::FromStr for ImportMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == text);
        found.map(|(_, mode)| mode).ok_or_else(|| "merge, replace, create, update or upsert".into())
    }
}

/// How an import is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What is done to the records that it names.
    pub mode: ImportMode,
    /// Whether one rejection undoes everything.
    pub atomic: bool,
    /// Whether everything is undone at the end.
    pub dry_run: bool,
}

/// Who imports.
#[derive(Clone)]
pub enum Importer {
    /// The bearer of a key, which every transaction checks.
    KeyHolder(KeyHolder),
    /// The registry itself: its command line, its founding. The stamp's time and batch are those of each transaction.
    Operator(Author),
}

/// The bearer of a key, and what the request says beside its records.
#[derive(Clone)]
pub struct KeyHolder {
    /// The key.
    pub credentials: Credentials,
    /// Whether what is another origin's own is taken over.
    pub force: bool,
    /// Why, for the history.
    pub comment: Option<String>,
}

/// What an importer may do in one transaction.
struct ImportPermit {
    author: Author,
    key: Option<ApiKey>,
}

impl ImportPermit {
    fn ensure_may_write(&self, kind: Kind) -> Result<(), Problem> {
        if self.key.as_ref().is_none_or(|key| key.may_write(kind)) {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", format!("write:{}", kind.as_str())))
    }
}

impl Importer {
    fn authorize(&self, tx: &mut Conn, at: i64, batch: Id) -> TxResult<ImportPermit> {
        match self {
            Self::Operator(author) => {
                let stamp = Provenance { at, batch, ..author.provenance.clone() };
                Ok(ImportPermit { author: Author { provenance: stamp, ..author.clone() }, key: None })
            }
            Self::KeyHolder(KeyHolder { credentials, force, comment }) => {
                let key = credentials.verify(tx, at)?;
                if *force && !key.may_override() {
                    return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override").into());
                }
                let (origin, actor) = (key.origin.clone(), key.id.clone());
                let stamp = Provenance { origin, actor, at, batch, comment: comment.clone() };
                let (schemes, kinds, admin) = (key.schemes.clone(), key.writable_kinds(), key.is_admin());
                let author = Author { provenance: stamp, schemes, kinds, is_admin: admin, force: *force };
                Ok(ImportPermit { author, key: Some(key) })
            }
        }
    }
}

/// An import that is ready to run.
pub struct ImportJob {
    spool: RecordSpool,
    order: WriteOrder,
    report: Mutex<ImportReport>,
    options: ImportOptions,
    importer: Importer,
    clock: Clock,
    id_map: IdMap,
    /// The place of a caller, as long as the import lasts.
    _place: Option<ConcurrencyPermit<String>>,
}

impl ImportJob {
    /// Puts the records taken in into their order.
    #[must_use]
    pub fn new(
        (spool, report): (RecordSpool, ImportReport),
        options: ImportOptions,
        importer: Importer,
        clock: Clock,
    ) -> Self {
        let (spool, index) = spool.split_index();
        let (order, report, id_map) = (WriteOrder::new(&spool, index), Mutex::new(report), IdMap::default());
        Self { spool, order, report, options, importer, clock, id_map, _place: None }
    }

    /// The same import, which holds this place until it has ended.
    #[must_use]
    pub fn with_place(self, place: ConcurrencyPermit<String>) -> Self {
        Self { _place: Some(place), ..self }
    }

    /// The import of records that are in memory.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn from_records(
        records: &[Value],
        options: ImportOptions,
        author: Author,
        clock: &Clock,
    ) -> Result<Self, Problem> {
        let report = ImportReport::new(Language::En, "").map_err(temp_file_problem)?;
        let array = serde_json::to_vec(records).unwrap_or_default();
        let taken = spool_records(array.as_slice(), BodyFormat::JsonArray, API_LIMITS, report)?;
        Ok(Self::new(taken, options, Importer::Operator(author), clock.clone()))
    }

    /// The same for the same records.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.spool.digest
    }

    /// What has become of the records so far.
    pub fn report(&self) -> MutexGuard<'_, ImportReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of all records, and of the import.
    #[must_use]
    pub fn summary(&self) -> ImportSummary {
        let counts = self.report().counts();
        let ImportOptions { atomic, dry_run, .. } = self.options;
        ImportSummary { committed: !(dry_run || atomic && counts.rejected > 0), atomic, dry_run, counts }
    }

    /// The summary, unless one rejection undid everything.
    ///
    /// # Errors
    /// 422 with the first items that were rejected; when they cannot be read.
    pub fn accepted_summary(&self) -> Result<ImportSummary, Problem> {
        let summary = self.summary();
        if !summary.atomic || summary.counts.rejected == 0 {
            return Ok(summary);
        }
        let items = self.report().rejected_items(0, MAX_REJECTED_ITEMS).map_err(temp_file_problem)?;
        let problem = Problem::new(ErrorCode::ImportRejected).with_arg("count", summary.counts.rejected);
        Err(problem.with_member("items", items).with_member("summary", summary.to_json()))
    }
}

/// The most rejected items that a problem names.
const MAX_REJECTED_ITEMS: usize = 1000;

/// What a failure of a temporary file is to the caller.
fn temp_file_problem(error: std::io::Error) -> Problem {
    match error.downcast::<Problem>() {
        Ok(problem) => problem,
        Err(error) => {
            log::error!("temporary file: {error}");
            Problem::new(ErrorCode::Unavailable)
        }
    }
}
