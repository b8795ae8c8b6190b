//! Creating and replacing a record: one path for POST, PUT, PATCH and import.

use super::cited::keep_values;
use super::derive::{Rows, rename_dependents};
use super::draft::all_faults;
use super::guard::{self, Knowledge};
use super::kept::{cited, keep_citations, keep_identifiers};
use super::leaves::changed;
use super::refs::{Resolved, Resolver};
use super::target::{Again, Goal, target};
use super::{Author, Draft, Name};
use crate::clock::rfc3339;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::checks::Checks;
use crate::registry::shelf::{Facts, Held};
use crate::registry::store::{self, Change, Head, LIVE, Reference};
use crate::vocabulary::{At, Identifier, Kind, Member, Text, schemes};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// What the caller requires of the record before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: one of these versions; an empty list is any (`*`).
    pub versions: Option<Vec<i64>>,
    /// `If-None-Match`: none of these versions; an empty list is any (`*`): there is no record yet.
    pub refused: Option<Vec<i64>>,
    /// What it says that it knows of the record.
    pub knowledge: Knowledge,
}

impl Precondition {
    /// Of a write to whatever version is there, by somebody who knows it.
    pub(super) fn none() -> Self {
        Self { versions: Some(vec![]), refused: None, knowledge: Knowledge::Version }
    }

    /// Whether a record that exists may be written; `needed` when the method demands a precondition.
    pub(super) fn admits(&self, head: &Head, needed: bool) -> Result<(), Problem> {
        let covers = |versions: &Vec<i64>| versions.is_empty() || versions.contains(&head.version);
        let code = match &self.versions {
            _ if self.refused.as_ref().is_some_and(covers) => Code::PreconditionFailed,
            Some(versions) if !covers(versions) => Code::PreconditionFailed,
            None if needed => Code::PreconditionRequired,
            _ => return Ok(()),
        };
        Err(Problem::new(code).with("current_version", head.version))
    }
}

/// What a write did.
#[derive(Debug)]
pub struct Written {
    /// The record.
    pub id: Id,
    /// Its version now.
    pub version: i64,
    /// Whether it is new.
    pub created: bool,
    /// The record's row; none where more was written to it since.
    pub row: Option<Head>,
    /// Broken soft rules.
    pub warnings: Vec<Fault>,
    /// What to append to the log; nothing when the record already was so.
    pub changes: Vec<Change>,
}

/// Writes a record. The caller appends the changes to the log as the last statements of the transaction.
///
/// # Errors
/// Every fault of the body (422), a failed precondition (412, 428), a conflict (409); nothing is written then.
pub fn write(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    goal: &Goal,
    mut draft: Draft,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Written> {
    let head = target(tx, kind, goal, &mut draft)?;
    write_over(tx, author, kind, goal, head, draft, precondition, today)
}

/// As [`write()`], of a record whose row has been found and locked, none of whose identifiers another bears.
#[expect(clippy::too_many_arguments, reason = "those of `write`, and the row")]
pub(super) fn write_over(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    goal: &Goal,
    head: Option<Head>,
    draft: Draft,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Written> {
    prepare(tx, author, kind, goal, head, draft, precondition, today)?.save(tx, author)
}

/// All that comes before the first statement that writes, but for what is adopted on the way.
#[expect(clippy::too_many_arguments, reason = "those of `write_over`")]
pub(super) fn prepare(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    goal: &Goal,
    head: Option<Head>,
    mut draft: Draft,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Writing> {
    let by_id = matches!(goal, Goal::Replace(Name::Id(_), _));
    match &head {
        Some(head) => precondition.admits(head, by_id)?,
        None if precondition.versions.is_some() => return Err(Problem::new(Code::PreconditionFailed).into()),
        None => {}
    }
    let id = match (&head, goal) {
        (Some(head), _) => head.id,
        (None, Goal::Create(id) | Goal::Replace(_, id) | Goal::Upsert(id) | Goal::Again(id, ..)) => *id,
    };
    let mends = author.admin && matches!(goal, Goal::Again(_, Again::Restored(_), _));
    let old = match head.as_ref().filter(|head| head.version > 0).map(Head::members) {
        Some(Err(_)) if mends => None,
        old => old.transpose()?,
    };
    let held = if head.is_some() { store::identifiers_of(tx, id)? } else { vec![] };
    let identifiers =
        keep_identifiers(author, &draft.identifiers, &held, draft.content.natural_key().as_ref());

    let mut resolver = Resolver::new(tx, &author.stamp, today);
    draft.content.walk(&mut resolver);
    for (index, citation) in draft.citations.iter_mut().enumerate() {
        resolver.prefix = format!("/citations/{index}");
        citation.walk(&At::Root, &mut resolver);
    }
    let Resolved { mut references, names, faults: ref_faults, adopted } = resolver.finish()?;
    let adopted: Vec<Change> = draft.adopted.into_iter().chain(adopted).collect();
    let held_citations = match goal {
        Goal::Again(.., citations) => citations.as_slice(),
        _ => old.as_ref().and_then(|old| old.get("citations")?.as_array()).map_or(&[][..], Vec::as_slice),
    };
    let citations = keep_citations(author, std::mem::take(&mut draft.citations), held_citations);
    references.extend(citations.iter().filter_map(cited));
    references.sort();
    references.dedup();
    let facts = Facts {
        identifiers: &identifiers,
        citations: citations.len(),
        today,
        before: old.as_ref(),
        follows_merge: matches!(goal, Goal::Again(_, Again::Merged, _)),
    };
    let mut checks = Checks::default();
    draft.content.check(&facts, &mut checks);
    if ref_faults.is_empty() && checks.faults.is_empty() {
        draft.content.check_among(id, &facts, tx, &mut checks)?;
    }
    if citations.is_empty() {
        checks.warn("/citations", Code::Uncited, vec![]);
    }
    let faults = all_faults(draft.faults, ref_faults, checks.faults);
    if !faults.is_empty() {
        return Err(Problem::invalid(faults).into());
    }

    let name = draft.content.name(&names);
    let op = match goal {
        Goal::Again(_, Again::Restored(_), _) => "restore",
        _ if head.as_ref().is_none_or(|head| head.version == 0) => "create",
        _ => "update",
    };
    let members = draft.content.json();
    let owners_of = match goal {
        Goal::Again(_, Again::Restored(version), _) => Some(*version),
        Goal::Again(_, Again::Merged, _) => head.as_ref().map(|head| head.version),
        _ => None,
    };
    let mut writing = Writing {
        id,
        kind,
        op,
        head,
        held_identifiers: held,
        identifiers,
        citations,
        references,
        members,
        content: draft.content,
        name,
        old,
        warnings: checks.warnings,
        knowledge: precondition.knowledge,
        removals: draft.removals,
        is_repetition: false,
        owners_of,
        adopted,
    };
    writing.is_repetition = writing.is_repetition(tx, author)?;
    // After a merge it is the same thing that is cited.
    if !writing.is_repetition && !matches!(goal, Goal::Again(_, Again::Merged, _)) {
        writing.keep_cited_values(tx)?;
    }
    Ok(writing)
}

/// A record that passed every check, about to be written.
pub(super) struct Writing {
    id: Id,
    kind: Kind,
    op: &'static str,
    head: Option<Head>,
    held_identifiers: Vec<Identifier>,
    identifiers: Vec<Identifier>,
    citations: Vec<Value>,
    references: Vec<Reference>,
    content: Box<dyn Held>,
    /// The content in its JSON form.
    members: Value,
    name: Text,
    old: Option<Map<String, Value>>,
    warnings: Vec<Fault>,
    knowledge: Knowledge,
    /// The members that the body takes away on purpose.
    removals: Vec<String>,
    /// Whether it asks for nothing that is not there.
    is_repetition: bool,
    /// The version of which what changes has its owners.
    owners_of: Option<i64>,
    /// What was adopted for it.
    adopted: Vec<Change>,
}

impl Writing {
    /// The record, where it already is so.
    pub(super) fn unchanged(&self) -> Option<Written> {
        let (head, old) = (self.head.as_ref().filter(|head| !head.is_deleted())?, self.old.as_ref()?);
        (self.is_repetition || self.as_it_was(head, old) == head.content).then(|| Written {
            id: self.id,
            version: head.version,
            created: head.version == 0,
            row: Some(head.clone()),
            warnings: self.warnings.clone(),
            changes: self.adopted.clone(),
        })
    }

    /// The record as it would be written, with the envelope that it has. As a text: `Value == String` compares with a
    /// JSON string, and is never true.
    fn as_it_was(&self, head: &Head, old: &Map<String, Value>) -> String {
        let text = |name: &str| old.get(name).and_then(Value::as_str).unwrap_or_default();
        let same = self.canonical(head.version, text("created_at"), text("updated_at"), &head.origin);
        Value::Object(same).to_string()
    }

    /// Whether a live record has all that is given, and others wrote what is left out.
    fn is_repetition(&self, tx: &mut Conn, author: &Author) -> Outcome<bool> {
        let (Some(head), Some(old)) = (&self.head, &self.old) else { return Ok(false) };
        if self.knowledge != Knowledge::Nothing || head.is_deleted() || head.version == 0 {
            return Ok(false);
        }
        let Value::Object(members) = &self.members else { return Ok(false) };
        let are_cited = old.get("citations").and_then(Value::as_array) == Some(&self.citations);
        let given = (members, self.identifiers.iter().map(Identifier::to_string).collect());
        let (removals, origin) = (&self.removals, &author.stamp.origin);
        Ok(are_cited && guard::is_repetition(tx, head.id, old, given, removals, origin)?)
    }

    /// Lets citations keep the values that they were given for.
    fn keep_cited_values(&mut self, tx: &mut Conn) -> Outcome<()> {
        let is_live = self.head.as_ref().is_some_and(|head| !head.is_deleted());
        if let (true, Some(old), Value::Object(new)) = (is_live, &self.old, &self.members) {
            self.warnings.extend(keep_values(tx, self.kind, old, new, &mut self.citations)?);
        }
        Ok(())
    }

    fn change<'a>(
        &'a self,
        head: &'a Head,
        old: &'a Map<String, Value>,
        new: &'a Map<String, Value>,
    ) -> guard::Change<'a> {
        guard::Change { head, held: &self.held_identifiers, old, new, knowledge: self.knowledge }
    }

    fn save(mut self, tx: &mut Conn, author: &Author) -> Outcome<Written> {
        if let Some(written) = self.unchanged() {
            return Ok(written);
        }
        let stamp = &author.stamp;
        let version = self.head.as_ref().map_or(0, |head| head.version);
        let created = version == 0;
        let revived = self.head.as_ref().is_some_and(Head::is_deleted);
        let created_at = self.head.as_ref().filter(|_| !created).map_or(stamp.at, |head| head.created_at);
        let at = self.head.as_ref().map_or(stamp.at, |head| head.next_at(stamp.at));
        let record = self.canonical(version + 1, &rfc3339(created_at), &rfc3339(at), &stamp.origin);
        let is_new = created || revived;
        let changed = changed(self.old.as_ref().filter(|_| !is_new), &record);
        let overrode = match (&self.head, &self.old) {
            (Some(head), Some(old)) if !is_new => {
                self.change(head, old, &record).contest(tx, author, &changed)?
            }
            _ => vec![],
        };
        self.check_ownership(tx, author)?;
        let content = Value::Object(record).to_string();
        let name = self.name.json();
        let mut row = Head {
            number: self.head.as_ref().map_or(0, |head| head.number),
            id: self.id,
            kind: self.kind.as_str().into(),
            version: version + 1,
            state: LIVE.into(),
            created_at,
            updated_at: at,
            origin: stamp.origin.clone(),
            name,
            content: content.clone(),
        };
        store::put(tx, &mut row, self.head.is_none(), at)?;
        let natural =
            self.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        let all: Vec<Identifier> = self.identifiers.iter().cloned().chain(natural).collect();
        store::set_identifiers(tx, self.kind, self.id, &self.held_identifiers, &all)?;
        let before = match self.head.as_ref().filter(|_| !is_new) {
            Some(head) => Rows::replaced(tx, head)?,
            None => Rows::default(),
        };
        let references = std::mem::take(&mut self.references);
        let rows = Rows::of(self.content.as_mut(), &self.name, &all, &self.citations, references);
        rows.write(tx, &row, &before)?;
        let renamed = !created && self.head.as_ref().is_some_and(|head| head.name != row.name);
        if renamed {
            rename_dependents(tx, self.id)?;
        }
        let change = Change {
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
            adopted: false,
        };
        self.adopted.push(change);
        Ok(Written {
            id: self.id,
            version: version + 1,
            created,
            row: (!renamed).then_some(row),
            warnings: self.warnings,
            changes: self.adopted,
        })
    }

    fn canonical(&self, version: i64, created: &str, updated: &str, origin: &str) -> Map<String, Value> {
        let mut record = Map::new();
        record.insert("id".into(), self.id.to_string().into());
        record.insert("kind".into(), self.kind.as_str().into());
        record.insert("version".into(), version.into());
        record.insert("created_at".into(), created.into());
        record.insert("updated_at".into(), updated.into());
        record.insert("origin".into(), origin.into());
        record.insert("identifiers".into(), json!(self.identifiers));
        record.extend(self.members.as_object().cloned().into_iter().flatten());
        record.insert("citations".into(), self.citations.clone().into());
        record
    }

    /// Identifiers that are new here must be of schemes that the author may write.
    fn check_ownership(&self, tx: &mut Conn, author: &Author) -> Outcome<()> {
        for (index, identifier) in
            self.identifiers.iter().enumerate().filter(|(_, new)| !self.held_identifiers.contains(new))
        {
            let scheme = identifier.scheme.as_str();
            if schemes::OPEN.contains(&scheme) || author.schemes.iter().any(|owned| owned == scheme) {
                continue;
            }
            if !schemes::OWNED.contains(&scheme) && !crate::access::store::scheme_exists(tx, scheme)? {
                let (at, facts) = (format!("/identifiers/{index}/scheme"), vec![("scheme", scheme.into())]);
                return Err(Problem::invalid(vec![Fault::at(at, Code::UnknownScheme, facts)]).into());
            }
            if !author.owns(scheme) {
                return Err(Problem::new(Code::SchemeNotOwned).fact("scheme", scheme).into());
            }
        }
        Ok(())
    }
}
