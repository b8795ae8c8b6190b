//! References of a body, resolved: every `scheme:value` becomes a UUID, every kind is known.

use super::adopt::adopt;
use super::kept::cited;
use super::restoring;
use crate::db::types::Id;
use crate::db::{Conn, Failure, Outcome};
use crate::error::{Code, Facts, Fault};
use crate::gazetteer;
use crate::registry::content;
use crate::registry::shelf::Names;
use crate::registry::store::{self, Change, Claim, LIVE, Reference, Stamp};
use crate::vocabulary::codes::{Rank, Vocabulary as _};
use crate::vocabulary::{At, Identifier, Kind, PartialDate, Text, Visitor, disagreement, reference};
use jiff::civil::Date;
use serde_json::Value;
use std::collections::HashMap;

/// How many different records a record may refer to: each is looked up while other writes wait.
const MOST_REFERENCES: usize = 5000;

/// Resolves the references that a walk meets.
pub(super) struct Resolver<'a> {
    tx: &'a mut Conn,
    /// What was asked for so far: a record cites the same source often.
    known: HashMap<(String, Vec<Kind>), Found>,
    found: Vec<Reference>,
    names: Names,
    faults: Vec<Fault>,
    /// Why the database could not tell.
    failure: Option<Failure>,
    /// Where the walk starts, for the citations.
    pub(super) prefix: String,
    /// Who writes and when, for what has to be adopted.
    stamp: &'a Stamp,
    today: Date,
    adopted: Vec<Change>,
}

/// What a walk found.
pub(super) struct Resolved {
    /// What refers to what.
    pub(super) references: Vec<Reference>,
    /// The names of the records referred to.
    pub(super) names: Names,
    /// References that name nothing, or the wrong thing.
    pub(super) faults: Vec<Fault>,
    /// The changes of the records that were adopted.
    pub(super) adopted: Vec<Change>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(tx: &'a mut Conn, stamp: &'a Stamp, today: Date) -> Self {
        Self {
            tx,
            known: HashMap::new(),
            found: vec![],
            names: Names::new(),
            faults: vec![],
            failure: None,
            prefix: String::new(),
            stamp,
            today,
            adopted: vec![],
        }
    }

    /// What the walk found.
    pub(super) fn finish(self) -> Outcome<Resolved> {
        let Self { found: mut references, names, faults, adopted, failure, .. } = self;
        references.sort();
        references.dedup();
        failure.map_or(Ok(Resolved { references, names, faults, adopted }), Err)
    }

    /// The record that an identifier leads to which no record bears, adopted if need be.
    fn adopt(&mut self, identifier: &Identifier, wanted: &[Kind]) -> Outcome<Option<store::Referent>> {
        for kind in wanted {
            if let Some(adopted) = adopt(self.tx, self.stamp, *kind, identifier, self.today)? {
                self.adopted.extend(adopted.changes);
                return Ok(store::referent(self.tx, adopted.id)?);
            }
        }
        Ok(None)
    }

    fn resolve(&mut self, id: &str, kind: Option<Kind>, kinds: &'static [Kind]) -> Outcome<Found> {
        let asked = (id.to_owned(), kind.map_or_else(|| kinds.to_vec(), |kind| vec![kind]));
        if let Some(known) = self.known.get(&asked) {
            return Ok(known.clone());
        }
        if self.known.len() >= MOST_REFERENCES {
            return Ok(Err((Code::TooLong, vec![("limit", MOST_REFERENCES.to_string())])));
        }
        let found = self.look_up(id, &asked.1)?;
        self.known.insert(asked, found.clone());
        Ok(found)
    }

    fn look_up(&mut self, id: &str, wanted: &[Kind]) -> Outcome<Found> {
        let found = match (store::parse_id(id), Identifier::parse(id)) {
            (Some(id), _) => store::referent(self.tx, id)?,
            (None, Some(identifier)) => {
                let mut found = store::referents(self.tx, wanted, &identifier)?;
                if found.len() > 1 {
                    return Ok(Err((Code::KindNeeded, vec![("allowed", reference::allowed(wanted))])));
                }
                match found.pop() {
                    Some(found) => Some(found),
                    None => self.adopt(&identifier, wanted)?,
                }
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
        let Some((id, its_kind, state, name)) = found else {
            let proposals = Identifier::parse(id).map(|identifier| gazetteer::proposals(&identifier));
            return Ok(Err((Code::NoSuchReference, vec![("proposals", proposals.unwrap_or_default())])));
        };
        if state != LIVE {
            return self.deleted(id, &its_kind).map(Err);
        }
        match Kind::from_name(&its_kind).filter(|kind| wanted.contains(kind)) {
            Some(kind) => Ok(Ok((id, kind, content::name(kind.as_str(), id, &name)?))),
            None => Ok(Err((Code::WrongKind, vec![("allowed", reference::allowed(wanted))]))),
        }
    }

    /// Why what was deleted is not referred to, and how it comes back.
    fn deleted(&mut self, id: Id, kind: &str) -> Outcome<(Code, Facts)> {
        let link = Kind::from_name(kind).zip(store::newest_content(self.tx, id)?);
        let link = link.map(|(kind, version)| ("restore", restoring(kind, id, version)));
        let code = if link.is_some() { Code::DeletedReference } else { Code::ErasedReference };
        Ok((code, link.into_iter().chain([("id", id.to_string())]).collect()))
    }
}

type Found = Result<(Id, Kind, Text), (Code, Facts)>;

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
    /// The dates, by member.
    pub(super) dates: Vec<(String, PartialDate)>,
}

impl Visitor for Gathered {
    fn code(&mut self, at: &At<'_>, code: &'static str) {
        let tag = (at.member(), code);
        if at.in_list() && !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    fn date(&mut self, at: &At<'_>, date: &PartialDate) {
        self.dates.push((at.member(), date.clone()));
    }
}

/// The citations of a content, each with how far it is from it and whether somebody says why.
pub(super) fn claims(content: &Value, citations: &[Value]) -> Vec<Claim> {
    let has = |citation: &Value, name: &str| citation.get(name).is_some();
    let text = |citation: &Value, name: &str| Some(citation.get(name)?.as_str()?.to_owned());
    let says_why = |citation: &Value| has(citation, "reason") || has(citation, "note");
    let is_preferred = |citation: &Value| text(citation, "rank").as_deref() == Some(Rank::Preferred.code());
    let explained = citations.iter().filter(|citation| is_preferred(citation) && says_why(citation));
    let explained: Vec<_> = explained.filter_map(|citation| text(citation, "pointer")).collect();
    let claim = |citation: &Value| {
        let pointer = text(citation, "pointer")?;
        let (_, source) = cited(citation)?;
        Some(Claim {
            source,
            rank: text(citation, "rank")?,
            certainty: text(citation, "certainty")?,
            reason: text(citation, "reason"),
            severity: disagreement::severity(content, citation) as i64,
            explained: says_why(citation) || explained.contains(&pointer),
            pointer,
            content: citation.to_string(),
        })
    };
    citations.iter().filter_map(claim).collect()
}
