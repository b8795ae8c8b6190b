//! A write as requested: credentials, preconditions, comment, dry run; runs it and builds the response.

use super::path::{self, collection_kind};
use crate::api::state::AppState;
use crate::auth::api_key::ApiKey;
use crate::auth::credentials::{Credentials, require_admin};
use crate::db::conn::Conn;
use crate::db::database::Db;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::kind::Kind;
use crate::domain::language::Language;
use crate::http::idempotency::request;
use crate::http::idempotency::store::StoredResponse;
use crate::http::query_params::QueryParams;
use crate::http::{bearer, change_comment, conditional, problems, responses};
use crate::records::author::Author;
use crate::records::write::outcome::{self, WriteOutcome};
use crate::records::write::precondition::{EditBasis, Precondition};
use crate::records::write::unchanged::NoOpCheck;
use crate::store::changes::{self, Provenance};
use crate::store::conflicts;
use crate::util::clock::Clock;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// The header `dry-run: true` of responses to dry runs.
const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// A write as requested, with everything that is determined before its transaction starts, so that retries of
/// the transaction write the same.
#[derive(Clone)]
pub(super) struct WriteRequest {
    /// The kind of the record.
    pub(super) kind: Kind,
    credentials: Credentials,
    /// `If-Match` and `If-None-Match`.
    pub(super) precondition: Precondition,
    /// The day of the write (UTC).
    pub(super) today: jiff::civil::Date,
    /// The clock of the registry.
    pub(super) clock: Clock,
    now: i64,
    batch_id: Id,
    comment: Option<String>,
    force: bool,
    /// Whether the transaction is rolled back at the end.
    dry_run: bool,
}

impl WriteRequest {
    /// Reads the headers and parameters of every write and checks the scope of the key; `params` are those
    /// that the handler has not read.
    pub(super) async fn from_request(
        request: &HttpRequest,
        state: &AppState,
        mut params: QueryParams,
    ) -> Result<Self> {
        let credentials = bearer::read_credentials(request)?;
        let (force, dry_run) = (params.flag("force"), params.flag("dry_run"));
        params.finish()?;
        let versions = conditional::if_match_versions(request)?;
        // `If-Match: *` asks for any version, so it does not show that the caller knows one.
        let names_version = versions.as_ref().is_some_and(|versions| !versions.is_empty());
        let basis = if names_version { EditBasis::KnownVersion } else { EditBasis::Unknown };
        let precondition = Precondition {
            if_match: versions,
            if_none_match: conditional::if_none_match_versions(request)?,
            basis,
        };
        let (today, now, batch_id) = (state.clock.today(), state.clock.now(), types::new_record_id());
        let comment = change_comment::from_request(request)?;
        let (kind, clock) = (collection_kind(request)?, state.clock.clone());
        let write_request =
            Self { kind, credentials, precondition, today, clock, now, batch_id, comment, force, dry_run };
        write_request.author_for_key(&bearer::find_key(&state.http, &write_request.credentials).await?)?;
        Ok(write_request)
    }

    /// Makes the write a three-way merge from this version, which needs no other precondition.
    pub(super) fn with_base_version(mut self, base: Option<i64>) -> Self {
        if base.is_some() {
            self.precondition.if_match.get_or_insert_default();
            self.precondition.basis = EditBasis::KnownVersion;
        }
        self
    }

    /// Refuses keys without the scope `admin`, before the transaction starts.
    pub(super) async fn require_admin(&self, state: &AppState) -> Result<()> {
        require_admin(&bearer::find_key(&state.http, &self.credentials).await?)
    }

    /// Verifies the key inside the transaction and returns it with the author; fails if it may not write this
    /// kind.
    pub(super) fn verify_author(&self, tx: &mut Conn) -> TxResult<(ApiKey, Author)> {
        let key = self.credentials.verify(tx, self.now)?;
        let author = self.author_for_key(&key)?;
        Ok((key, author))
    }

    fn author_for_key(&self, key: &ApiKey) -> Result<Author> {
        if !key.may_write(self.kind) {
            let scope = format!("write:{}", self.kind.as_str());
            return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", scope));
        }
        if self.force && !key.may_override() {
            return Err(Problem::new(ErrorCode::Forbidden).with_arg("scope", "override"));
        }
        let (origin, actor) = (key.origin.clone(), key.id.clone());
        let provenance =
            Provenance { origin, actor, at: self.now, batch: self.batch_id, comment: self.comment.clone() };
        let (schemes, kinds, is_admin) = (key.schemes.clone(), key.writable_kinds(), key.is_admin());
        Ok(Author { provenance, schemes, kinds, is_admin, force: self.force })
    }

    /// Whether the transaction is rolled back at the end.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Returns the log of this write's conflicts.
    pub(super) fn conflict_log(&self, state: &AppState) -> ConflictLog {
        let db = (!self.dry_run).then(|| state.db.clone());
        ConflictLog { db, key: self.credentials.key_id().to_owned(), now: self.now }
    }

    /// Responds to a no-op write from a read connection, without queueing for the writer. Returns `None`
    /// where `compute` finds that the write changes something, and where the record has a recorded conflict
    /// that the write would clear.
    pub(super) async fn try_unchanged<F>(
        &self,
        request: &HttpRequest,
        state: &AppState,
        body_text: &str,
        compute: F,
    ) -> Result<Option<HttpResponse>>
    where
        F: FnOnce(&mut Conn, NoOpCheck<'_>) -> TxResult<Option<WriteOutcome>> + Clone + Send + 'static,
    {
        let (write_request, record_key) = (self.clone(), path::record_key(request)?);
        let (caller, is_dry_run) = ((self.credentials.clone(), self.now), self.dry_run);
        let language = problems::response_language(request);
        let answer = move |tx: &mut Conn, key: &ApiKey| {
            let author = write_request.author_for_key(key)?;
            let (kind, precondition, today) =
                (write_request.kind, &write_request.precondition, write_request.today);
            let clock = &write_request.clock;
            match compute(
                tx,
                NoOpCheck { author: &author, kind, key: &record_key, precondition, today, clock },
            )? {
                Some(written) if !conflicts::has_conflict(tx, &key.id, written.id)? => {
                    write_request.build_response(tx, &written, language).map(Some)
                }
                _ => Ok(None),
            }
        };
        let response = request::answer_unchanged(request, &state.http, caller, body_text, answer).await?;
        Ok(response.map(|response| if is_dry_run { mark_dry_run(response) } else { response }))
    }

    /// Runs the write and responds with the record after it. `body_text` is the body, part of the fingerprint
    /// of idempotent requests.
    pub(super) async fn write<F>(
        self,
        request: &HttpRequest,
        state: &AppState,
        body_text: &str,
        work: F,
    ) -> Result<HttpResponse>
    where
        F: Fn(&mut Conn, &Author, &Self) -> TxResult<WriteOutcome> + Send + 'static,
    {
        let language = problems::response_language(request);
        let conflicts = self.conflict_log(state);
        let caller = (self.credentials.clone(), self.now);
        if self.dry_run {
            let answer = move |tx: &mut Conn| {
                let (_, author) = self.verify_author(tx)?;
                let written = work(tx, &author, &self)?;
                let mut response = self.build_response(tx, &written, language)?;
                // The record does not exist after the rollback.
                response.headers.retain(|(name, _)| name != "location");
                Ok((response, false))
            };
            return Ok(mark_dry_run(request::to_response(state.db.write_exclusive(answer).await?)));
        }
        let answer = move |tx: &mut Conn, key: &ApiKey| {
            let author = self.author_for_key(key)?;
            let written = work(tx, &author, &self)?;
            let response = self.build_response(tx, &written, language)?;
            conflicts::clear_conflict(tx, &key.id, written.id)?;
            for merged in written.changes.iter().filter(|change| change.replaced_by.is_some()) {
                conflicts::clear_conflict(tx, &key.id, merged.id)?;
            }
            changes::append_changes(tx, &author.provenance, &written.changes)?;
            Ok(response)
        };
        conflicts.record(request::run_idempotent(request, &state.http, caller, body_text, answer).await).await
    }

    /// Builds the response: the record after the write, with warnings.
    fn build_response(
        &self,
        tx: &mut Conn,
        written: &WriteOutcome,
        language: Language,
    ) -> TxResult<StoredResponse> {
        let (version, mut body) = outcome::outcome_json(tx, self.kind, written, &self.clock)?;
        let etag = responses::record_etag(version, &body);
        let warnings = written.warnings.iter().map(|warning| warning.to_json(language));
        // Warnings become the last member of the object; the ETag does not cover them.
        body.pop();
        body = format!("{body},\"warnings\":{}}}", warnings.collect::<Value>());
        let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
        let mut response = StoredResponse::json(status.as_u16(), body)
            .with_header("etag", etag)
            .with_header("content-language", language.tag())
            .with_header("vary", "Accept-Language");
        if written.created {
            response = response.with_header("location", format!("/v1/{}/{}", self.kind.path(), written.id));
        }
        Ok(StoredResponse { record: Some(written.id), ..response })
    }
}

/// Adds the header of dry runs.
pub(super) fn mark_dry_run(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
    response
}

/// Records the conflicts of writes with what other origins wrote ([`conflicts::is_conflict`]), for
/// `/v1/sync/status`.
pub(super) struct ConflictLog {
    /// None for a dry run, whose conflicts are not recorded.
    db: Option<Db>,
    key: String,
    now: i64,
}

impl ConflictLog {
    /// Records the conflict if the outcome is one, and passes the outcome on. A failure to record is only
    /// logged.
    pub(super) async fn record<T>(self, outcome: Result<T>) -> Result<T> {
        let problem = match outcome {
            Err(problem) if conflicts::is_conflict(problem.code) => problem,
            outcome => return outcome,
        };
        let (Self { db: Some(db), key, now }, conflict) = (self, problem.clone()) else {
            return Err(problem);
        };
        if let Err(error) = db.write(move |tx| Ok(conflicts::note_conflict(tx, &key, &conflict, now)?)).await
        {
            log::warn!("a conflict was not noted: {error}");
        }
        Err(problem)
    }
}

/// Reads `base_version`, the version from which the body was made.
pub(super) fn read_base_version(params: &mut QueryParams) -> Option<i64> {
    let base = params.integer("base_version", 1..=i64::MAX, 0);
    (base > 0).then_some(base)
}
