//! Saves a prepared write: row, identifiers, index rows and log entry.

use super::outcome::WriteOutcome;
use super::prepare::{PreparedWrite, WriteContext, prepare};
use super::projections::{Projections, reindex_dependents};
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Problem;
use crate::domain::identifier::Identifier;
use crate::domain::schemes;
use crate::records::author::Author;
use crate::records::field_paths::changed_fields;
use crate::records::input::RecordInput;
use crate::store::changes::RecordChange;
use crate::store::identifiers;
use crate::store::records::{self, LIVE, RecordRow};
use crate::util::clock::rfc3339;
use serde_json::Value;

/// Writes a record whose row has been found and locked, none of whose identifiers another record bears.
///
/// # Errors
/// As [`prepare`]; members or schemes of other origins (403, 409).
pub(super) fn write_locked(
    tx: &mut Conn,
    context: WriteContext<'_>,
    head: Option<RecordRow>,
    input: RecordInput,
) -> TxResult<WriteOutcome> {
    prepare(tx, context, head, input)?.save(tx, context.author)
}

impl PreparedWrite {
    fn save(mut self, tx: &mut Conn, author: &Author) -> TxResult<WriteOutcome> {
        if let Some(written) = self.outcome_if_unchanged() {
            return Ok(written);
        }
        let provenance = &author.provenance;
        let version = self.head.as_ref().map_or(0, |head| head.version);
        let created = version == 0;
        let revived = self.head.as_ref().is_some_and(RecordRow::is_deleted);
        let created_at =
            self.head.as_ref().filter(|_| !created).map_or(provenance.at, |head| head.created_at);
        let at = self.head.as_ref().map_or(provenance.at, |head| head.next_written_at(provenance.at));
        let record =
            self.canonical_record(version + 1, &rfc3339(created_at), &rfc3339(at), &provenance.origin);
        let is_new = created || revived;
        let changed = changed_fields(self.old.as_ref().filter(|_| !is_new), &record);
        let overrode = match (&self.head, &self.old) {
            (Some(head), Some(old)) if !is_new => {
                self.as_edit(head, old, &record).check_conflicts(tx, author, &changed)?
            }
            _ => vec![],
        };
        self.check_identifier_schemes(tx, author)?;
        let content = Value::Object(record).to_string();
        let name = self.name.to_json();
        let mut row = RecordRow {
            number: self.head.as_ref().map_or(0, |head| head.number),
            id: self.id,
            kind: self.kind.as_str().into(),
            version: version + 1,
            state: LIVE.into(),
            created_at,
            updated_at: at,
            origin: provenance.origin.clone(),
            name,
            content: content.clone(),
        };
        records::save_row(tx, &mut row, self.head.is_none(), at)?;
        let natural =
            self.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        let all: Vec<Identifier> = self.identifiers.iter().cloned().chain(natural).collect();
        identifiers::set_identifiers(tx, self.kind, self.id, &self.current_identifiers, &all)?;
        let before = match self.head.as_ref().filter(|_| !is_new) {
            Some(head) => Projections::from_stored(tx, head)?,
            None => Projections::default(),
        };
        let references = std::mem::take(&mut self.references);
        let rows =
            Projections::from_content(self.content.as_mut(), &self.name, &all, &self.citations, references);
        rows.write(tx, &row, &before)?;
        let renamed = !created && self.head.as_ref().is_some_and(|head| head.name != row.name);
        if renamed {
            reindex_dependents(tx, self.id)?;
        }
        let change = RecordChange {
            id: self.id,
            kind: self.kind,
            version: version + 1,
            at,
            op: self.op,
            changed,
            body: Some(content),
            replaced_by: None,
            overrode,
            owners_of: self.owners_of,
            is_adopted: false,
        };
        self.adopted.push(change);
        Ok(WriteOutcome {
            id: self.id,
            version: version + 1,
            created,
            row: (!renamed).then_some(row),
            warnings: self.warnings,
            changes: self.adopted,
        })
    }

    /// Checks that the author may write the schemes of new identifiers.
    ///
    /// # Errors
    /// 422 for an unknown scheme, 403 for one of another origin.
    fn check_identifier_schemes(&self, tx: &mut Conn, author: &Author) -> TxResult<()> {
        for (index, identifier) in
            self.identifiers.iter().enumerate().filter(|(_, new)| !self.current_identifiers.contains(new))
        {
            let scheme = identifier.scheme.as_str();
            if schemes::OPEN_SCHEMES.contains(&scheme) || author.schemes.iter().any(|owned| owned == scheme) {
                continue;
            }
            if !schemes::OWNED_SCHEMES.contains(&scheme)
                && !crate::auth::key_store::scheme_exists(tx, scheme)?
            {
                let (at, facts) = (format!("/identifiers/{index}/scheme"), vec![("scheme", scheme.into())]);
                return Err(
                    Problem::invalid(vec![Fault::at_pointer(at, ErrorCode::UnknownScheme, facts)]).into()
                );
            }
            if !author.may_write_scheme(scheme) {
                return Err(Problem::new(ErrorCode::SchemeNotOwned).with_arg("scheme", scheme).into());
            }
        }
        Ok(())
    }
}
