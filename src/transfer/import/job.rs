//! An import that is ready to run.

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

/// The most rejected items that a problem names.
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
    /// Dropped with the import: the caller's share of a limit on concurrent imports.
    _permit: Option<Box<dyn Any + Send + Sync>>,
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
        Self { spool, order, report, options, importer, clock, id_map, _permit: None }
    }

    /// The same import, which drops `permit` once it has ended.
    #[must_use]
    pub fn with_permit(self, permit: impl Any + Send + Sync) -> Self {
        Self { _permit: Some(Box::new(permit)), ..self }
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
