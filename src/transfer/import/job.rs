//! An import that is ready to run: spooled records, their order, options, importer and report.

use super::id_map::IdMap;
use super::importer::Importer;
use super::intake::{API_LIMITS, BodyFormat, spool_records};
use super::options::ImportOptions;
use super::order::WriteOrder;
use super::report::{ImportReport, ImportSummary};
use super::spool::{RecordSpool, temp_file_problem};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::Problem;
use crate::domain::language::Language;
use crate::records::author::Author;
use crate::util::clock::Clock;
use serde_json::Value;
use std::any::Any;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most rejected items listed in the problem of an atomic import.
const MAX_REJECTED_ITEMS: usize = 1000;

/// An import that is ready to run.
pub struct ImportJob {
    pub(super) spool: RecordSpool,
    pub(super) order: WriteOrder,
    report: Mutex<ImportReport>,
    pub(super) options: ImportOptions,
    pub(super) importer: Importer,
    pub(super) clock: Clock,
    pub(super) id_map: IdMap,
    /// A permit of the caller's limit on concurrent imports, released with the import.
    _permit: Option<Box<dyn Any + Send + Sync>>,
}

impl ImportJob {
    /// Orders the spooled records.
    #[must_use]
    pub fn new(
        (spool, report): (RecordSpool, ImportReport),
        options: ImportOptions,
        importer: Importer,
        clock: Clock,
    ) -> Self {
        let (spool, index) = spool.split_index();
        let (order, report, id_map) = (WriteOrder::new(&spool, index), Mutex::new(report), IdMap::default());
        Self { spool, order, report, options, importer, clock, id_map, _permit: None }
    }

    /// Keeps `permit` until the import is dropped.
    #[must_use]
    pub fn with_permit(self, permit: impl Any + Send + Sync) -> Self {
        Self { _permit: Some(Box::new(permit)), ..self }
    }

    /// An import of records in memory, on behalf of an operator.
    pub fn from_records(
        records: &[Value],
        options: ImportOptions,
        author: Author,
        clock: &Clock,
    ) -> Result<Self, Problem> {
        let report = ImportReport::new(Language::En, "").map_err(temp_file_problem)?;
        let array = serde_json::to_vec(records).unwrap_or_default();
        let spooled = spool_records(array.as_slice(), BodyFormat::JsonArray, API_LIMITS, report)?;
        Ok(Self::new(spooled, options, Importer::Operator(author), clock.clone()))
    }

    /// The SHA-256 of the records, for the fingerprint of an idempotent request.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.spool.digest
    }

    /// Locks the report of the results so far.
    pub fn report(&self) -> MutexGuard<'_, ImportReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the counts and whether the import is, or will be, committed.
    #[must_use]
    pub fn summary(&self) -> ImportSummary {
        let counts = self.report().counts();
        let ImportOptions { atomic, dry_run, .. } = self.options;
        ImportSummary { committed: !(dry_run || atomic && counts.rejected > 0), atomic, dry_run, counts }
    }

    /// Returns the summary, unless a rejected record rolled an atomic import back.
    ///
    /// # Errors
    /// 422 `import_rejected` with the first rejected items.
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
