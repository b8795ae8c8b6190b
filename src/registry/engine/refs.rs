//! References of a body, resolved: every `scheme:value` becomes a UUID, every kind is known.

use crate::db::types::Id;
use crate::db::{Conn, Failure, Outcome};
use crate::error::{Code, Fault};
use crate::registry::shelf::Names;
use crate::registry::store::{self, LIVE, Reference};
use crate::vocabulary::{At, Identifier, Kind, Text, Visitor, reference};

/// Resolves the references that a walk meets.
pub(super) struct Resolver<'a> {
    tx: &'a mut Conn,
    /// What refers to what.
    pub(super) found: Vec<Reference>,
    /// The names of the records referred to.
    pub(super) names: Names,
    /// References that name nothing, or the wrong thing.
    pub(super) faults: Vec<Fault>,
    /// Why the database could not tell.
    failure: Option<Failure>,
    /// Where the walk starts, for the citations.
    pub(super) prefix: String,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(tx: &'a mut Conn) -> Self {
        Self { tx, found: vec![], names: Names::new(), faults: vec![], failure: None, prefix: String::new() }
    }

    /// What the walk found: references, names, faults.
    pub(super) fn finish(self) -> Outcome<(Vec<Reference>, Names, Vec<Fault>)> {
        let Self { mut found, names, faults, failure, .. } = self;
        found.sort();
        found.dedup();
        failure.map_or(Ok((found, names, faults)), Err)
    }

    fn resolve(&mut self, id: &str, kind: Option<Kind>, kinds: &'static [Kind]) -> Outcome<Found> {
        let wanted: Vec<Kind> = kind.map_or_else(|| kinds.to_vec(), |kind| vec![kind]);
        let found = match (store::parse_id(id), Identifier::parse(id)) {
            (Some(id), _) => store::referent(self.tx, id)?,
            (None, Some(identifier)) => {
                let mut found = store::referents(self.tx, &wanted, &identifier)?;
                if found.len() > 1 {
                    return Ok(Err((Code::KindNeeded, vec![("allowed", reference::allowed(&wanted))])));
                }
                found.pop()
            }
            (None, None) => return Ok(Err((Code::BadReference, vec![]))),
        };
        let is_live = |found: &store::Referent| found.2 == LIVE;
        // What was merged is known by its old id as well.
        let heir = match found.as_ref().filter(|found| !is_live(found)) {
            Some((gone, ..)) => store::heir(self.tx, *gone)?,
            None => None,
        };
        let found = match heir {
            Some(heir) => store::referent(self.tx, heir)?,
            None => found,
        };
        let Some((id, its_kind, _, name)) = found.filter(is_live) else {
            return Ok(Err((Code::NoSuchReference, vec![])));
        };
        match Kind::from_name(&its_kind).filter(|kind| wanted.contains(kind)) {
            Some(kind) => Ok(Ok((id, kind, Text::from_json(&name)))),
            None => Ok(Err((Code::WrongKind, vec![("allowed", reference::allowed(&wanted))]))),
        }
    }
}

type Found = Result<(Id, Kind, Text), (Code, crate::error::Facts)>;

impl Visitor for Resolver<'_> {
    fn reference(&mut self, at: &At<'_>, id: &mut String, kind: &mut Option<Kind>, kinds: &'static [Kind]) {
        match self.resolve(id, *kind, kinds) {
            Err(failure) => self.failure = Some(failure),
            Ok(Err((code, mut facts))) => {
                facts.push(("value", id.clone()));
                self.faults.push(Fault::at(format!("{}{}/id", self.prefix, at.pointer()), code, facts));
            }
            Ok(Ok((target, its_kind, name))) => {
                *id = target.to_string();
                *kind = Some(its_kind);
                self.names.insert(id.clone(), name);
                self.found.push((format!("{}{}", self.prefix_member(), at.member()), target));
            }
        }
    }
}

impl Resolver<'_> {
    fn prefix_member(&self) -> &'static str {
        if self.prefix.is_empty() { "" } else { "/citations" }
    }
}

/// Collects the codes inside lists of a content.
#[derive(Default)]
pub(super) struct Gathered {
    /// Codes inside lists, by member.
    pub(super) tags: Vec<(String, &'static str)>,
}

impl Visitor for Gathered {
    fn code(&mut self, at: &At<'_>, code: &'static str) {
        let tag = (at.member(), code);
        if at.in_list() && !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }
}
