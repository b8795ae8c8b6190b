//! A write, as called: who calls, under which conditions, with which words; and the answer, kept where it is asked for.

use super::handlers::kind;
use super::query;
use crate::access::answers::Reply;
use crate::access::keys::Key;
use crate::clock::Clock;
use crate::db::types::Id;
use crate::db::{Conn, Db, Outcome};
use crate::error::{Code, Problem, Result};
use crate::http::State;
use crate::http::auth::{Credentials, must_be_admin};
use crate::http::params::Params;
use crate::http::{comment, conditions, once, problems, replies};
use crate::registry::engine::{self, Author, Idle, Knowledge, Precondition, Written};
use crate::registry::store::{self, Stamp};
use crate::vocabulary::Kind;
use crate::vocabulary::language::Language;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

/// What marks the answer to a write that was only tried.
const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// A write, as called: all that is drawn before its transaction starts.
#[derive(Clone)]
pub(super) struct Call {
    /// The kind of record.
    pub(super) kind: Kind,
    credentials: Credentials,
    /// What the caller requires of the record.
    pub(super) precondition: Precondition,
    /// The day.
    pub(super) today: jiff::civil::Date,
    /// The time.
    pub(super) clock: Clock,
    at: i64,
    batch: Id,
    comment: Option<String>,
    force: bool,
    /// Whether everything is undone at the end.
    dry_run: bool,
}

impl Call {
    /// Reads what every write may say, and whether the caller may write; `params` are those that the handler has not
    /// taken.
    pub(super) async fn read(request: &HttpRequest, state: &State, mut params: Params) -> Result<Self> {
        let credentials = Credentials::of(request)?;
        let (force, dry_run) = (params.flag("force"), params.flag("dry_run"));
        params.finish()?;
        let versions = conditions::if_match(request)?;
        // `*` says that there is a record, not which.
        let is_known = versions.as_ref().is_some_and(|versions| !versions.is_empty());
        let knowledge = if is_known { Knowledge::Version } else { Knowledge::Nothing };
        let precondition = Precondition { versions, refused: conditions::if_none_match(request)?, knowledge };
        let (today, at, batch) = (state.clock.today(), state.clock.now(), store::new_id());
        let comment = comment::of(request)?;
        let (kind, clock) = (kind(request)?, state.clock.clone());
        let call = Self { kind, credentials, precondition, today, clock, at, batch, comment, force, dry_run };
        call.author_of(&call.credentials.look_up(state).await?)?;
        Ok(call)
    }

    /// The same call, of which only the difference to a version of the record counts: then no other precondition is
    /// needed.
    pub(super) fn onto(mut self, base: Option<i64>) -> Self {
        if base.is_some() {
            self.precondition.versions.get_or_insert_default();
            self.precondition.knowledge = Knowledge::Version;
        }
        self
    }

    /// Whether the caller may do everything, asked before the write.
    pub(super) async fn must_be_admin(&self, state: &State) -> Result<()> {
        must_be_admin(&self.credentials.look_up(state).await?)
    }

    /// Who writes, if they may write this kind.
    pub(super) fn author(&self, tx: &mut Conn) -> Outcome<(Key, Author)> {
        let key = self.credentials.key(tx, self.at)?;
        let author = self.author_of(&key)?;
        Ok((key, author))
    }

    fn author_of(&self, key: &Key) -> Result<Author> {
        if !key.may_write(self.kind) {
            let scope = format!("write:{}", self.kind.as_str());
            return Err(Problem::new(Code::Forbidden).fact("scope", scope));
        }
        if self.force && !key.may_override() {
            return Err(Problem::new(Code::Forbidden).fact("scope", "override"));
        }
        let (origin, actor) = (key.origin.clone(), key.id.clone());
        let stamp = Stamp { origin, actor, at: self.at, batch: self.batch, comment: self.comment.clone() };
        let (schemes, kinds, admin) = (key.schemes.clone(), key.kinds(), key.is_admin());
        Ok(Author { stamp, schemes, kinds, admin, force: self.force })
    }

    /// Whether everything is undone at the end.
    pub(super) fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Where this call's conflicts are noted.
    pub(super) fn conflicts(&self, state: &State) -> Conflicts {
        let db = (!self.dry_run).then(|| state.db.clone());
        Conflicts { db, key: self.credentials.id().to_owned(), at: self.at }
    }

    /// Answers a write that changes nothing, as `told` tells it; none where it has to be run.
    pub(super) async fn idle<F>(
        &self,
        request: &HttpRequest,
        state: &State,
        sent: &str,
        told: F,
    ) -> Result<Option<HttpResponse>>
    where
        F: FnOnce(&mut Conn, Idle<'_>) -> Outcome<Option<Written>> + Clone + Send + 'static,
    {
        let (call, name) = (self.clone(), query::name(request)?);
        let (caller, call_is_dry) = ((self.credentials.clone(), self.at), self.dry_run);
        let language = language(request);
        let answer = move |tx: &mut Conn, key: &Key| {
            let author = call.author_of(key)?;
            let (kind, precondition, today) = (call.kind, &call.precondition, call.today);
            let clock = &call.clock;
            match told(tx, Idle { author: &author, kind, name: &name, precondition, today, clock })? {
                Some(written) if !store::has_conflict(tx, &key.id, written.id)? => {
                    call.reply(tx, &written, language).map(Some)
                }
                _ => Ok(None),
            }
        };
        let reply = once::idle(request, state, caller, sent, answer).await?;
        Ok(reply.map(|reply| if call_is_dry { tried(reply) } else { reply }))
    }

    /// Runs the write and answers with the record as it is now. `sent` is the body, for a request that is sent again.
    pub(super) async fn write<F>(
        self,
        request: &HttpRequest,
        state: &State,
        sent: &str,
        work: F,
    ) -> Result<HttpResponse>
    where
        F: Fn(&mut Conn, &Author, &Self) -> Outcome<Written> + Send + 'static,
    {
        let language = language(request);
        let conflicts = self.conflicts(state);
        let caller = (self.credentials.clone(), self.at);
        if self.dry_run {
            let answer = move |tx: &mut Conn| {
                let (_, author) = self.author(tx)?;
                let written = work(tx, &author, &self)?;
                let mut reply = self.reply(tx, &written, language)?;
                // It leads nowhere.
                reply.headers.retain(|(name, _)| name != "location");
                Ok((reply, false))
            };
            return Ok(tried(once::send(state.db.write_alone(answer).await?)));
        }
        let answer = move |tx: &mut Conn, key: &Key| {
            let author = self.author_of(key)?;
            let written = work(tx, &author, &self)?;
            let reply = self.reply(tx, &written, language)?;
            store::settle(tx, &key.id, written.id)?;
            for ended in written.changes.iter().filter(|change| change.replaced_by.is_some()) {
                store::settle(tx, &key.id, ended.id)?;
            }
            store::append(tx, &author.stamp, &written.changes)?;
            Ok(reply)
        };
        conflicts.noted(once::once(request, state, caller, sent, answer).await).await
    }

    /// The answer to a write: the record as it is now.
    fn reply(&self, tx: &mut Conn, written: &Written, language: Language) -> Outcome<Reply> {
        let (version, mut body) = engine::written(tx, self.kind, written, &self.clock)?;
        let etag = replies::etag(version, &body);
        let warnings = written.warnings.iter().map(|warning| warning.json(language));
        // The record's last member, which its ETag does not cover.
        body.pop();
        body = format!("{body},\"warnings\":{}}}", warnings.collect::<Value>());
        let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
        let mut reply = Reply::json(status.as_u16(), body)
            .header("etag", etag)
            .header("content-language", language.tag())
            .header("vary", "Accept-Language");
        if written.created {
            reply = reply.header("location", format!("/v1/{}/{}", self.kind.path(), written.id));
        }
        Ok(Reply { record: Some(written.id), ..reply })
    }
}

/// Marks the answer to a write that was only tried.
pub(super) fn tried(mut reply: HttpResponse) -> HttpResponse {
    reply.headers_mut().insert(DRY_RUN, HeaderValue::from_static("true"));
    reply
}

/// The language of the problems in the answer to a request.
fn language(request: &HttpRequest) -> Language {
    problems::language(request)
}

/// Notes the writes that others stand in the way of, for `/v1/sync/status`.
pub(super) struct Conflicts {
    /// None where nothing is to be noted: a write that is only tried meets no conflict.
    db: Option<Db>,
    key: String,
    at: i64,
}

impl Conflicts {
    /// Notes the conflict that a write met, if it did.
    pub(super) async fn noted<T>(self, outcome: Result<T>) -> Result<T> {
        let problem = match outcome {
            Err(problem) if store::is_conflict(problem.code) => problem,
            outcome => return outcome,
        };
        let (Self { db: Some(db), key, at }, met) = (self, problem.clone()) else { return Err(problem) };
        if let Err(error) = db.write(move |tx| Ok(store::note(tx, &key, &met, at)?)).await {
            log::warn!("a conflict was not noted: {error}");
        }
        Err(problem)
    }
}
