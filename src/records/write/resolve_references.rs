//! Resolves the references of a body to record ids: `scheme:value` becomes a UUID, or a fault.

use crate::db::conn::Conn;
use crate::db::error::{TxError, TxResult};
use crate::db::types::{self, Id};
use crate::domain::body_field::{BodyPath, Visitor};
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault::{Fault, MessageArgs};
use crate::domain::identifier::Identifier;
use crate::domain::kind::Kind;
use crate::domain::reference;
use crate::domain::text::Text;
use crate::gazetteer::identifiers::parse_identifier;
use crate::gazetteer::lookup;
use crate::kinds::definition::ReferenceNames;
use crate::records::find::restore_path;
use crate::store::changes::{Provenance, RecordChange};
use crate::store::records::LIVE;
use crate::store::references::{self, Reference};
use crate::store::{damage, versions};
use jiff::civil::Date;
use std::collections::HashMap;

/// A record found or created by an official identifier.
#[derive(Debug)]
pub struct Adopted {
    /// The record.
    pub id: Id,
    /// The changes to append to the log; empty where the record existed already.
    pub changes: Vec<RecordChange>,
}

/// Creates a record from the official gazetteer by its identifier (see `adoption.rs`), which itself is a write: passed
/// in, so that resolving references does not import what imports it.
pub(super) type AdoptFn = fn(&mut Conn, &Provenance, Kind, &Identifier, Date) -> TxResult<Option<Adopted>>;

/// The maximum number of distinct references of a record: each is looked up while other writes wait.
const MAX_REFERENCES: usize = 5000;

/// Resolves the references that it visits.
pub(super) struct ReferenceResolver<'a> {
    tx: &'a mut Conn,
    /// Look-ups so far: records often cite the same source.
    cache: HashMap<(String, Vec<Kind>), ReferenceLookup>,
    references: Vec<Reference>,
    names: ReferenceNames,
    faults: Vec<Fault>,
    /// The failure of the database, if any.
    failure: Option<TxError>,
    /// The prefix of pointers in faults: empty for the content, that of the citation otherwise.
    pub(super) pointer_prefix: String,
    /// The provenance of records created from the gazetteer.
    provenance: &'a Provenance,
    today: Date,
    adopt: AdoptFn,
    adopted: Vec<RecordChange>,
}

/// The result of resolving references.
pub(super) struct ResolvedReferences {
    /// The references.
    pub(super) references: Vec<Reference>,
    /// The names of the records referred to.
    pub(super) names: ReferenceNames,
    /// References to no record, or to a wrong one.
    pub(super) faults: Vec<Fault>,
    /// The changes of records created from the gazetteer.
    pub(super) adopted: Vec<RecordChange>,
}

impl<'a> ReferenceResolver<'a> {
    pub(super) fn new(tx: &'a mut Conn, provenance: &'a Provenance, today: Date, adopt: AdoptFn) -> Self {
        Self {
            tx,
            cache: HashMap::new(),
            references: vec![],
            names: ReferenceNames::new(),
            faults: vec![],
            failure: None,
            pointer_prefix: String::new(),
            provenance,
            today,
            adopt,
            adopted: vec![],
        }
    }

    /// Returns the result.
    pub(super) fn finish(self) -> TxResult<ResolvedReferences> {
        let Self { mut references, names, faults, adopted, failure, .. } = self;
        references.sort();
        references.dedup();
        failure.map_or(Ok(ResolvedReferences { references, names, faults, adopted }), Err)
    }

    /// Finds or creates the record of an official identifier that no record bears.
    fn adopt_known(
        &mut self,
        identifier: &Identifier,
        wanted: &[Kind],
    ) -> TxResult<Option<references::Referent>> {
        for kind in wanted {
            if let Some(adopted) = (self.adopt)(self.tx, self.provenance, *kind, identifier, self.today)? {
                self.adopted.extend(adopted.changes);
                return Ok(references::find_referent(self.tx, adopted.id)?);
            }
        }
        Ok(None)
    }

    fn resolve(&mut self, id: &str, kind: Option<Kind>, kinds: &'static [Kind]) -> TxResult<ReferenceLookup> {
        let lookup_key = (id.to_owned(), kind.map_or_else(|| kinds.to_vec(), |kind| vec![kind]));
        if let Some(known) = self.cache.get(&lookup_key) {
            return Ok(known.clone());
        }
        if self.cache.len() >= MAX_REFERENCES {
            return Ok(Err((ErrorCode::TooLong, vec![("limit", MAX_REFERENCES.to_string())])));
        }
        let found = self.find_referent(id, &lookup_key.1)?;
        self.cache.insert(lookup_key, found.clone());
        Ok(found)
    }

    fn find_referent(&mut self, id: &str, wanted: &[Kind]) -> TxResult<ReferenceLookup> {
        let found = match (types::parse_record_id(id), parse_identifier(id)) {
            (Some(id), _) => references::find_referent(self.tx, id)?,
            (None, Some(identifier)) => {
                let mut found = references::find_referents(self.tx, wanted, &identifier)?;
                if found.len() > 1 {
                    return Ok(Err((ErrorCode::KindNeeded, vec![("allowed", reference::kind_list(wanted))])));
                }
                match found.pop() {
                    Some(found) => Some(found),
                    None => self.adopt_known(&identifier, wanted)?,
                }
            }
            (None, None) => return Ok(Err((ErrorCode::BadReference, vec![]))),
        };
        let is_live = |found: &references::Referent| found.2 == LIVE;
        // What was merged is known by its old id as well.
        let successor = match found.as_ref().filter(|found| !is_live(found)) {
            Some((gone, ..)) => versions::merged_into(self.tx, *gone)?,
            None => None,
        };
        let found = match successor {
            Some(successor) => references::find_referent(self.tx, successor)?,
            None => found,
        };
        let Some((id, its_kind, state, name)) = found else {
            let proposals = parse_identifier(id).map(|identifier| lookup::suggest_codes(&identifier));
            return Ok(Err((ErrorCode::NoSuchReference, vec![("proposals", proposals.unwrap_or_default())])));
        };
        if state != LIVE {
            return self.deleted_reference(id, &its_kind).map(Err);
        }
        match Kind::from_name(&its_kind).filter(|kind| wanted.contains(kind)) {
            Some(kind) => Ok(Ok((id, kind, damage::parse_stored_name(kind.as_str(), id, &name)?))),
            None => Ok(Err((ErrorCode::WrongKind, vec![("allowed", reference::kind_list(wanted))]))),
        }
    }

    /// The fault of a reference to a deleted record, with the URL that restores it.
    fn deleted_reference(&mut self, id: Id, kind: &str) -> TxResult<(ErrorCode, MessageArgs)> {
        let link = Kind::from_name(kind).zip(versions::newest_version_with_content(self.tx, id)?);
        let link = link.map(|(kind, version)| ("restore", restore_path(kind, id, version)));
        let code = if link.is_some() { ErrorCode::DeletedReference } else { ErrorCode::ErasedReference };
        Ok((code, link.into_iter().chain([("id", id.to_string())]).collect()))
    }
}

type ReferenceLookup = Result<(Id, Kind, Text), (ErrorCode, MessageArgs)>;

impl Visitor for ReferenceResolver<'_> {
    fn reference(
        &mut self,
        at: &BodyPath<'_>,
        id: &mut String,
        kind: &mut Option<Kind>,
        kinds: &'static [Kind],
    ) {
        match self.resolve(id, *kind, kinds) {
            Err(failure) => self.failure = Some(failure),
            Ok(Err((code, mut args))) => {
                args.push(("value", id.clone()));
                self.faults.push(Fault::at_pointer(
                    format!("{}{}/id", self.pointer_prefix, at.pointer()),
                    code,
                    args,
                ));
            }
            Ok(Ok((target, its_kind, name))) => {
                *id = target.to_string();
                *kind = Some(its_kind);
                self.names.insert(id.clone(), name);
                self.references.push((format!("{}{}", self.member_prefix(), at.schema_pointer()), target));
            }
        }
    }
}

impl ReferenceResolver<'_> {
    fn member_prefix(&self) -> &'static str {
        if self.pointer_prefix.is_empty() { "" } else { "/citations" }
    }
}
