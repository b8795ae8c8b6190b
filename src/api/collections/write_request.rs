//! A write, as called: who calls, under which conditions, with which words; and the answer, kept where it is asked for.

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
use crate::http::{change_comment, conditional, problems, responses};
use crate::records::author::Author;
use crate::records::write::precondition::{EditBasis, Precondition};
use crate::records::write::save::{self, WriteOutcome};
use crate::records::write::unchanged::NoOpCheck;
use crate::store::changes::{self, Provenance};
use crate::store::conflicts;
use crate::util::clock::Clock;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// What marks the answer to a write that was only tried.
const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// A write, as called: all that is drawn before its transaction starts.
#[derive(Clone)]
pub(super) struct WriteRequest {
    /// The kind of record.
    pub(super) kind: Kind,
    credentials: Credentials,
    /// What the caller requires of the record.
    pub(super) precondition: Precondition,
    /// The day.
    pub(super) today: jiff::civil::Date,
    /// The time.
    pub(super) clock: Clock,
    now: i64,
    batch_id: Id,
    comment: Option<String>,
    force: bool,
    /// Whether everything is undone at the end.
    dry_run: bool,
}

impl WriteRequest {
    /// Reads what every write may say, and whether the caller may write; `params` are those that the handler has not
    /// taken.
    pub(super) async fn from_request(
        request: &HttpRequest,
        state: &AppState,
        mut params: QueryParams,
    ) -> Result<Self> {
        let credentials = Credentials::from_request(request)?;
        let (force, dry_run) = (params.flag("force"), params.flag("dry_run"));
        params.finish()?;
        let versions = conditional::if_match_versions(request)?;
        // `*` says that there is a record, not which.
        let is_known = versions.as_ref().is_some_and(|versions| !versions.is_empty());
        let knowledge = if is_known { EditBasis::KnownVersion } else { EditBasis::Unknown };
        let precondition = Precondition {
            if_match: versions,
            if_none_match: conditional::if_none_match_versions(request)?,
            basis: knowledge,
        };
        let (today, at, batch) = (state.clock.today(), state.clock.now(), types::new_record_id());
        let comment = change_comment::from_request(request)?;
        let (kind, clock) = (collection_kind(request)?, state.clock.clone());
        let call = Self {
            kind,
            credentials,
            precondition,
            today,
            clock,
            now: at,
            batch_id: batch,
            comment,
            force,
            dry_run,
        };
        call.author_for_key(&call.credentials.find_key(state).await?)?;
        Ok(call)
    }

    /// The same call, of which only the difference to a version of the record counts: then no other precondition is
    /// needed.
    pub(super) fn with_base_version(mut self, base: Option<i64>) -> Self {
        if base.is_some() {
            self.precondition.if_match.get_or_insert_default();
            self.precondition.basis = EditBasis::KnownVersion;
        }
        self
    }

    /// Whether the caller may do everything, asked before the write.
    pub(super) async fn require_admin(&self, state: &AppState) -> Result<()> {
        require_admin(&self.credentials.find_key(state).await?)
    }

    /// Who writes, if they may write this kind.
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
        let stamp =
            Provenance { origin, actor, at: self.now, batch: self.batch_id, comment: self.comment.clone() };
        let (schemes, kinds, admin) = (key.schemes.clone(), key.writable_kinds(), key.is_admin());
        Ok(Author { provenance: stamp, schemes, kinds, is_admin: admin, force: self.force })
    }

    /// Whether everything is undone at the end.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Where this call's conflicts are noted.
    pub(super) fn conflict_log(&self, state: &AppState) -> ConflictLog {
        let db = (!self.dry_run).then(|| state.db.clone());
        ConflictLog { db, key: self.credentials.key_id().to_owned(), now: self.now }
    }

    /// Answers a write that changes nothing, as `told` tells it; none where it has to be run.
    pub(super) async fn try_unchanged<F>(
        &self,
        request: &HttpRequest,
        state: &AppState,
        sent: &str,
        compute: F,
    ) -> Result<Option<HttpResponse>>
    where
        F: FnOnce(&mut Conn, NoOpCheck<'_>) -> TxResult<Option<WriteOutcome>> + Clone + Send + 'static,
    {
        let (call, name) = (self.clone(), path::record_key(request)?);
        let (caller, call_is_dry) = ((self.credentials.clone(), self.now), self.dry_run);
        let language = problems::response_language(request);
        let answer = move |tx: &mut Conn, key: &ApiKey| {
            let author = call.author_for_key(key)?;
            let (kind, precondition, today) = (call.kind, &call.precondition, call.today);
            let clock = &call.clock;
            match compute(tx, NoOpCheck { author: &author, kind, key: &name, precondition, today, clock })? {
                Some(written) if !conflicts::has_conflict(tx, &key.id, written.id)? => {
                    call.build_response(tx, &written, language).map(Some)
                }
                _ => Ok(None),
            }
        };
        let reply = request::answer_unchanged(request, state, caller, sent, answer).await?;
        Ok(reply.map(|reply| if call_is_dry { mark_dry_run(reply) } else { reply }))
    }

    /// Runs the write and answers with the record as it is now. `sent` is the body, for a request that is sent again.
    pub(super) async fn write<F>(
        self,
        request: &HttpRequest,
        state: &AppState,
        sent: &str,
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
                let mut reply = self.build_response(tx, &written, language)?;
                // It leads nowhere.
                reply.headers.retain(|(name, _)| name != "location");
                Ok((reply, false))
            };
            return Ok(mark_dry_run(request::to_response(state.db.write_exclusive(answer).await?)));
        }
        let answer = move |tx: &mut Conn, key: &ApiKey| {
            let author = self.author_for_key(key)?;
            let written = work(tx, &author, &self)?;
            let reply = self.build_response(tx, &written, language)?;
            conflicts::clear_conflict(tx, &key.id, written.id)?;
            for ended in written.changes.iter().filter(|change| change.replaced_by.is_some()) {
                conflicts::clear_conflict(tx, &key.id, ended.id)?;
            }
            changes::append_changes(tx, &author.provenance, &written.changes)?;
            Ok(reply)
        };
        conflicts.record(request::run_idempotent(request, state, caller, sent, answer).await).await
    }

    /// The answer to a write: the record as it is now.
    fn build_response(
        &self,
        tx: &mut Conn,
        written: &WriteOutcome,
        language: Language,
    ) -> TxResult<StoredResponse> {
        let (version, mut body) = save::outcome_json(tx, self.kind, written, &self.clock)?;
        let etag = responses::record_etag(version, &body);
        let warnings = written.warnings.iter().map(|warning| warning.to_json(language));
        // The record's last member, which its ETag does not cover.
        body.pop();
        body = format!("{body},\"warnings\":{}}}", warnings.collect::<Value>());
        let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
        let mut reply = StoredResponse::json(status.as_u16(), body)
            .with_header("etag", etag)
            .with_header("content-language", language.tag())
            .with_header("vary", "Accept-Language");
        if written.created {
            reply = reply.with_header("location", format!("/v1/{}/{}", self.kind.path(), written.id));
        }
        Ok(StoredResponse { record: Some(written.id), ..reply })
    }
}

/// Marks the answer to a write that was only tried.
pub(super) fn mark_dry_run(mut reply: HttpResponse) -> HttpResponse {
    reply.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
    reply
}

/// Notes the writes that others stand in the way of, for `/v1/sync/status`.
pub(super) struct ConflictLog {
    /// None where nothing is to be noted: a write that is only tried meets no conflict.
    db: Option<Db>,
    key: String,
    now: i64,
}

impl ConflictLog {
    /// Notes the conflict that a write met, if it did.
    pub(super) async fn record<T>(self, outcome: Result<T>) -> Result<T> {
        let problem = match outcome {
            Err(problem) if conflicts::is_conflict(problem.code) => problem,
            outcome => return outcome,
        };
        let (Self { db: Some(db), key, now: at }, met) = (self, problem.clone()) else { return Err(problem) };
        if let Err(error) = db.write(move |tx| Ok(conflicts::note_conflict(tx, &key, &met, at)?)).await {
            log::warn!("a conflict was not noted: {error}");
        }
        Err(problem)
    }
}

/// The version that the caller knew, if only the difference to it counts.
pub(super) fn read_base_version(params: &mut QueryParams) -> Option<i64> {
    let base = params.integer("base_version", 1..=i64::MAX, 0);
    (base > 0).then_some(base)
}
