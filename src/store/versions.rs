//! Versions of one record, read from table `changes`.

use super::damage::StoredRowId;
use crate::db::conn::Conn;
use crate::db::schema::changes;
use crate::db::types::Id;
use crate::domain::errors::problem::Problem;
use crate::domain::origins::ADOPTION_ORIGIN;
use crate::util::clock::rfc3339;
use diesel::prelude::*;
use serde_json::{Map, Value};

/// The metadata of a version: what was done, by whom, when.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = changes)]
pub struct Version {
    /// The number of the change in the log.
    pub seq: i64,
    /// The version of the record.
    pub version: i64,
    /// `create`, `update`, `delete`, `restore` or `merge`.
    pub op: String,
    /// The organisation that wrote it.
    pub origin: String,
    /// The id of the key that wrote it.
    pub actor: String,
    /// When, in microseconds since 1970.
    pub at: i64,
    /// The id of the transaction.
    pub batch_id: Id,
    /// The members that changed, as JSON.
    pub changed: String,
    /// The reason, in the writer's words.
    pub comment: Option<String>,
    /// The members overwritten although another origin owns them, as JSON.
    pub overrode: Option<String>,
    /// The record that replaces it, after a merge.
    pub replaced_by: Option<Id>,
}

impl Version {
    /// Returns the members of the version's representation, the same in the history and in the change feed.
    ///
    /// # Errors
    /// `ErrorCode::Damaged` when a JSON column cannot be decoded.
    pub fn to_members(&self, kind: &str, id: Id) -> Result<Map<String, Value>, Problem> {
        let place = StoredRowId { kind, id, version: self.version };
        let mut members = Map::new();
        members.insert("seq".into(), self.seq.into());
        members.insert("version".into(), self.version.into());
        members.insert("op".into(), self.op.as_str().into());
        members.insert("origin".into(), self.origin.as_str().into());
        members.insert("actor".into(), self.actor.as_str().into());
        members.insert("at".into(), rfc3339(self.at).into());
        members.insert("batch_id".into(), self.batch_id.to_string().into());
        members.insert("changed".into(), place.parse_json(&self.changed)?);
        members.extend(self.comment.iter().map(|comment| ("comment".to_owned(), comment.as_str().into())));
        if let Some(overrode) = &self.overrode {
            members.insert("overrode".into(), place.parse_json(overrode)?);
        }
        members.extend(
            self.replaced_by.iter().map(|successor| ("replaced_by".to_owned(), successor.to_string().into())),
        );
        Ok(members)
    }
}

/// The content of a record in a version.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = changes)]
pub struct PastVersion {
    /// The version.
    pub version: i64,
    /// `create`, `update`, `delete`, `restore` or `merge`.
    pub op: String,
    /// The record that replaces it, after a merge.
    pub replaced_by: Option<Id>,
    /// The format of the content; see [`CONTENT_FORMAT`](super::records::CONTENT_FORMAT).
    pub shape: i64,
    /// The canonical JSON; none after a deletion or merge, or once erased.
    pub body: Option<String>,
}

impl PastVersion {
    /// Whether the version is a tombstone.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        matches!(self.op.as_str(), "delete" | "merge")
    }
}

/// Returns the newest versions of a record, only those before `before` if it is given.
pub fn list_versions(tx: &mut Conn, id: Id, before: Option<i64>, limit: i64) -> QueryResult<Vec<Version>> {
    changes::table
        .filter(changes::record_id.eq(id).and(changes::version.lt(before.unwrap_or(i64::MAX))))
        .select(Version::as_select())
        .order(changes::version.desc())
        .limit(limit)
        .load(tx)
}

/// Returns a version of a record.
pub fn find_version(tx: &mut Conn, id: Id, version: i64) -> QueryResult<Option<PastVersion>> {
    let one = changes::record_id.eq(id).and(changes::version.eq(version));
    changes::table.filter(one).select(PastVersion::as_select()).first(tx).optional()
}

/// Returns the version of a record that was the newest at a time.
pub fn find_version_at(tx: &mut Conn, id: Id, at: i64) -> QueryResult<Option<PastVersion>> {
    changes::table
        .filter(changes::record_id.eq(id).and(changes::at.le(at)))
        .select(PastVersion::as_select())
        .order(changes::version.desc())
        .first(tx)
        .optional()
}

/// Returns the newest version of a record that has a content, which restoring a tombstone brings back. None
/// once it is erased.
pub fn newest_version_with_content(tx: &mut Conn, id: Id) -> QueryResult<Option<i64>> {
    let known = changes::table.filter(changes::record_id.eq(id).and(changes::body.is_not_null()));
    known.select(changes::version).order(changes::version.desc()).first(tx).optional()
}

/// Whether a record was created from the gazetteer.
pub fn is_adopted(tx: &mut Conn, id: Id) -> QueryResult<bool> {
    let first =
        changes::record_id.eq(id).and(changes::version.eq(1)).and(changes::origin.eq(ADOPTION_ORIGIN));
    Ok(changes::table.filter(first).select(changes::version).first::<i64>(tx).optional()?.is_some())
}

/// Returns the record into which this one was merged, following further merges.
pub fn merged_into(tx: &mut Conn, id: Id) -> QueryResult<Option<Id>> {
    let (mut target, mut next) = (None, Some(id));
    while let Some(id) = next {
        let newest = changes::table.filter(changes::record_id.eq(id)).order(changes::version.desc());
        next = newest.select(changes::replaced_by).first::<Option<Id>>(tx).optional()?.flatten();
        target = next.or(target);
    }
    Ok(target)
}
