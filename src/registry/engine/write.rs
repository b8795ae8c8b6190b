//! Creating and replacing a record: one path for POST, PUT, PATCH and import.

use super::draft::first_segment;
use super::refs::{Gathered, Resolver};
use super::{Author, Draft, Name, gone, lookup};
use crate::clock::rfc3339;
use crate::db::schema::records;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Fault, Problem};
use crate::registry::checks::Checks;
use crate::registry::shelf::{Facts, Held, Names};
use crate::registry::store::{self, Change, Head, LIVE, Reference, SHAPE};
use crate::vocabulary::{At, Citation, Identifier, Kind, Member, Text, schemes};
use diesel::prelude::*;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

/// What a write is to do.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Make a record with this id.
    Create(Id),
    /// Write the record with this id, reserved or there already.
    Upsert(Id),
    /// Replace the record of this name; by an identifier, make it with this id where there is none.
    Replace(Name, Id),
}

/// What the caller requires of the record before it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// `If-Match`: one of these versions; an empty list is any (`*`).
    pub versions: Option<Vec<i64>>,
    /// `If-None-Match`: none of these versions; an empty list is any (`*`): there is no record yet.
    pub refused: Option<Vec<i64>>,
}

impl Precondition {
    /// Whether a record that exists may be written; `needed` when the method demands a precondition.
    pub(super) fn admits(&self, head: &Head, needed: bool) -> Result<(), Problem> {
        let failed = || Problem::new(Code::PreconditionFailed).with("current_version", head.version);
        match &self.versions {
            _ if self
                .refused
                .as_ref()
                .is_some_and(|refused| refused.is_empty() || refused.contains(&head.version)) =>
            {
                Err(failed())
            }
            None if needed => {
                Err(Problem::new(Code::PreconditionRequired).with("current_version", head.version))
            }
            Some(versions) if !versions.is_empty() && !versions.contains(&head.version) => Err(failed()),
            _ => Ok(()),
        }
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
    let by_id = matches!(goal, Goal::Replace(Name::Id(_), _));
    match &head {
        Some(head) => precondition.admits(head, by_id)?,
        None if precondition.versions.is_some() => return Err(Problem::new(Code::PreconditionFailed).into()),
        None => {}
    }
    let id = match (&head, goal) {
        (Some(head), _) => head.id,
        (None, Goal::Create(id) | Goal::Replace(_, id) | Goal::Upsert(id)) => {
            store::reserve(tx, kind, *id)?;
            *id
        }
    };
    let old: Option<Map<String, Value>> =
        head.as_ref().and_then(|head| serde_json::from_str(&head.content).ok());
    let held = if head.is_some() { store::identifiers_of(tx, id)? } else { vec![] };
    let identifiers = keep_identifiers(author, &draft.identifiers, &held, draft.content.natural_key());

    let mut resolver = Resolver::new(tx);
    draft.content.walk(&mut resolver);
    for (index, citation) in draft.citations.iter_mut().enumerate() {
        resolver.prefix = format!("/citations/{index}");
        citation.walk(&At::Root, &mut resolver);
    }
    let (mut references, names, ref_faults) = resolver.finish()?;
    let citations = keep_citations(author, std::mem::take(&mut draft.citations), old.as_ref());
    references.extend(citations.iter().filter_map(cited));
    references.sort();
    references.dedup();
    let facts = Facts { identifiers: &identifiers, citations: citations.len(), today, before: old.as_ref() };
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
    let mut new = Writing { id, kind, head, identifiers, citations, references, name, old };
    new.save(tx, author, draft.content.as_mut(), checks.warnings, by_id || precondition.versions.is_some())
}

fn all_faults(mut faults: Vec<Fault>, refs: Vec<Fault>, rules: Vec<Fault>) -> Vec<Fault> {
    let left_aside: Vec<String> = faults.iter().filter_map(first_segment).map(str::to_owned).collect();
    let told =
        |fault: &Fault| first_segment(fault).is_some_and(|name| left_aside.iter().any(|left| left == name));
    let more = refs.into_iter().chain(rules).filter(|fault| !told(fault)).collect::<Vec<_>>();
    faults.extend(more);
    faults
}

/// The record to be replaced, locked; none when one is to be made.
fn target(tx: &mut Conn, kind: Kind, goal: &Goal, draft: &mut Draft) -> Outcome<Option<Head>> {
    let id = match goal {
        Goal::Create(_) => {
            if let Some((identifier, existing)) = first_taken(tx, kind, draft, None)? {
                return Err(taken(&identifier, &existing).into());
            }
            return Ok(None);
        }
        Goal::Replace(name @ Name::Id(id), _) => {
            if lookup(tx, kind, name)?.is_none() {
                return Err(Problem::new(Code::NoSuchRecord).fact("id", name).into());
            }
            Some(*id)
        }
        Goal::Upsert(id) => Some(*id),
        Goal::Replace(Name::Identifier(identifier), _) => by_identifiers(tx, kind, identifier, draft)?,
    };
    let Some(id) = id else { return Ok(None) };
    store::lock(tx, id)?;
    let head = store::find(tx, id)?;
    if let Some(head) = head.as_ref().filter(|head| head.is_deleted()) {
        return Err(gone(head).into());
    }
    if let Some((identifier, existing)) = first_taken(tx, kind, draft, Some(id))? {
        return Err(taken(&identifier, &existing).into());
    }
    Ok(head)
}

/// The one record that the path's identifier and the body's name; the path's is added to the body's.
fn by_identifiers(tx: &mut Conn, kind: Kind, path: &Identifier, draft: &mut Draft) -> Outcome<Option<Id>> {
    let natural = draft.content.natural_key();
    match &natural {
        Some((scheme, value)) if *scheme == path.scheme => {
            if *value != path.value {
                draft.faults.push(Fault::at(
                    format!("/{scheme}"),
                    Code::Mismatch,
                    vec![("expected", path.value.clone())],
                ));
            }
        }
        _ => {
            let checked = path.clone().checked();
            let path = checked
                .map_err(|(code, facts)| Problem::invalid(vec![Fault::at("/identifiers", code, facts)]))?;
            if !draft.identifiers.contains(&path) {
                draft.identifiers.push(path);
                draft.identifiers.sort();
            }
        }
    }
    let mut ids = store::by_identifier(tx, &[kind], path)?;
    if natural.is_none() || ids.is_empty() {
        for identifier in &draft.identifiers {
            ids.extend(store::by_identifier(tx, &[kind], identifier)?);
        }
    }
    ids.sort();
    ids.dedup();
    if ids.len() > 1 {
        let existing: Vec<Value> = ids.iter().map(|id| existing(kind, *id)).collect();
        return Err(Problem::new(Code::Ambiguous).with("existing", existing).into());
    }
    Ok(ids.first().copied())
}

fn first_taken(
    tx: &mut Conn,
    kind: Kind,
    draft: &Draft,
    id: Option<Id>,
) -> Outcome<Option<(Identifier, Value)>> {
    let natural =
        draft.content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
    for identifier in draft.identifiers.iter().chain(&natural) {
        let holder = store::by_identifier(tx, &[kind], identifier)?.first().copied();
        if let Some(holder) = holder.filter(|holder| Some(*holder) != id) {
            return Ok(Some((identifier.clone(), existing(kind, holder))));
        }
    }
    Ok(None)
}

fn existing(kind: Kind, id: Id) -> Value {
    json!({"kind": kind, "id": id.to_string(), "href": format!("/v1/{}/{id}", kind.path())})
}

fn taken(identifier: &Identifier, existing: &Value) -> Problem {
    Problem::new(Code::IdentifierTaken).fact("identifier", identifier).with("existing", existing.clone())
}

/// The identifiers given, and those kept: of schemes that the author does not own and the body does not mention.
fn keep_identifiers(
    author: &Author,
    given: &[Identifier],
    held: &[Identifier],
    natural: Option<(&'static str, String)>,
) -> Vec<Identifier> {
    let mut all = given.to_vec();
    let mentioned = |identifier: &Identifier| {
        let open = schemes::OPEN.contains(&identifier.scheme.as_str());
        open && given.iter().any(|given| given.scheme == identifier.scheme)
    };
    let is_natural =
        |identifier: &Identifier| natural.as_ref().is_some_and(|(scheme, _)| identifier.scheme == *scheme);
    let kept = |held: &&Identifier| {
        !given.contains(held) && !author.owns(&held.scheme) && !mentioned(held) && !is_natural(held)
    };
    all.extend(held.iter().filter(kept).cloned());
    all.sort();
    all
}

/// Citations already there keep their place and origin; others' stay even when left out; new ones follow.
fn keep_citations(author: &Author, given: Vec<Citation>, old: Option<&Map<String, Value>>) -> Vec<Value> {
    let origin = author.stamp.origin.as_str();
    let without_origin = |citation: &Value| {
        let mut citation = citation.clone();
        citation.as_object_mut().map(|members| members.shift_remove("origin"));
        citation
    };
    let mut new: Vec<Value> = given
        .into_iter()
        .filter_map(|citation| serde_json::to_value(citation).ok())
        .map(|citation| without_origin(&citation))
        .collect();
    let mut all = Vec::new();
    for held in old.and_then(|old| old.get("citations")?.as_array()).into_iter().flatten() {
        let bare = without_origin(held);
        if let Some(index) = new.iter().position(|new| *new == bare) {
            new.remove(index);
            all.push(held.clone());
        } else if held.get("origin").and_then(Value::as_str) != Some(origin) {
            all.push(held.clone());
        }
    }
    all.extend(new.into_iter().map(|mut citation| {
        citation.as_object_mut().map(|members| members.insert("origin".into(), origin.into()));
        citation
    }));
    all
}

/// The source that a citation refers to.
fn cited(citation: &Value) -> Option<Reference> {
    let source = citation.pointer("/source/id")?.as_str()?;
    Some(("/citations/source".into(), store::parse_id(source)?))
}

/// A record that passed every check, about to be written.
struct Writing {
    id: Id,
    kind: Kind,
    head: Option<Head>,
    identifiers: Vec<Identifier>,
    citations: Vec<Value>,
    references: Vec<Reference>,
    name: Text,
    old: Option<Map<String, Value>>,
}

impl Writing {
    fn save(
        &mut self,
        tx: &mut Conn,
        author: &Author,
        content: &mut dyn Held,
        warnings: Vec<Fault>,
        agreed: bool,
    ) -> Outcome<Written> {
        let stamp = &author.stamp;
        let members = content.json();
        let version = self.head.as_ref().map_or(0, |head| head.version);
        let created = version == 0;
        let written = |version, changes| Written { id: self.id, version, created, warnings, changes };
        if let (Some(head), Some(old)) = (&self.head, &self.old) {
            let text = |name: &str| old.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let same =
                self.canonical(version, &text("created_at"), &text("updated_at"), &head.origin, &members);
            if Value::Object(same).to_string() == head.content {
                return Ok(written(version, vec![]));
            }
            if !agreed && head.origin != stamp.origin && version > 0 {
                let problem = Problem::new(Code::ChangedElsewhere).fact("origin", &head.origin);
                return Err(problem
                    .with("current_version", version)
                    .with("origin", head.origin.clone())
                    .into());
            }
        }
        self.check_ownership(tx, author)?;
        let created_at = self.head.as_ref().filter(|_| !created).map_or(stamp.at, |head| head.created_at);
        let record =
            self.canonical(version + 1, &rfc3339(created_at), &rfc3339(stamp.at), &stamp.origin, &members);
        let change = Change {
            id: self.id,
            kind: self.kind,
            version: version + 1,
            op: if created { "create" } else { "update" },
            changed: changed(self.old.as_ref().filter(|_| !created), &record),
            body: Some(Value::Object(record).to_string()),
        };
        let row = (
            records::version.eq(version + 1),
            records::state.eq(LIVE),
            records::shape.eq(SHAPE),
            records::created_at.eq(created_at),
            records::updated_at.eq(stamp.at),
            records::origin.eq(&stamp.origin),
            records::name.eq(text_json(&self.name)),
            records::content.eq(change.body.as_deref().unwrap_or_default()),
        );
        let number: i64 = diesel::update(records::table.filter(records::id.eq(self.id)))
            .set(row)
            .returning(records::number)
            .get_result(tx)?;
        let natural =
            content.natural_key().map(|(scheme, value)| Identifier { scheme: scheme.into(), value });
        let all: Vec<Identifier> = self.identifiers.iter().cloned().chain(natural).collect();
        store::set_identifiers(tx, self.kind, self.id, &all)?;
        store::set_refs(tx, self.id, &self.references)?;
        project(tx, self.kind, self.id, number, content, &self.name)?;
        if self.head.as_ref().is_some_and(|head| head.name != text_json(&self.name)) {
            rename_dependents(tx, self.id)?;
        }
        Ok(written(version + 1, vec![change]))
    }

    fn canonical(
        &self,
        version: i64,
        created: &str,
        updated: &str,
        origin: &str,
        members: &Value,
    ) -> Map<String, Value> {
        let mut record = Map::new();
        record.insert("id".into(), self.id.to_string().into());
        record.insert("kind".into(), self.kind.as_str().into());
        record.insert("version".into(), version.into());
        record.insert("created_at".into(), created.into());
        record.insert("updated_at".into(), updated.into());
        record.insert("origin".into(), origin.into());
        record.insert("identifiers".into(), serde_json::to_value(&self.identifiers).unwrap_or_default());
        record.extend(members.as_object().cloned().into_iter().flatten());
        record.insert("citations".into(), self.citations.clone().into());
        record
    }

    /// Identifiers that are new here must be of schemes that the author may write.
    fn check_ownership(&self, tx: &mut Conn, author: &Author) -> Outcome<()> {
        let held = if self.head.is_some() { store::identifiers_of(tx, self.id)? } else { vec![] };
        for (index, identifier) in self.identifiers.iter().enumerate().filter(|(_, new)| !held.contains(new))
        {
            let scheme = identifier.scheme.as_str();
            if schemes::OPEN.contains(&scheme) || author.schemes.iter().any(|owned| owned == scheme) {
                continue;
            }
            if !schemes::OWNED.contains(&scheme) && !crate::access::store::scheme_exists(tx, scheme)? {
                let at = format!("/identifiers/{index}/scheme");
                return Err(Problem::invalid(vec![Fault::at(
                    at,
                    Code::UnknownScheme,
                    vec![("scheme", scheme.into())],
                )])
                .into());
            }
            if !author.owns(scheme) {
                return Err(Problem::new(Code::SchemeNotOwned).fact("scheme", scheme).into());
            }
        }
        Ok(())
    }
}

fn text_json(text: &Text) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// The top-level members that differ.
fn changed(old: Option<&Map<String, Value>>, new: &Map<String, Value>) -> Vec<String> {
    const ENVELOPE: [&str; 6] = ["id", "kind", "version", "created_at", "updated_at", "origin"];
    let empty = Map::new();
    let old = old.unwrap_or(&empty);
    let mut names: Vec<&String> =
        old.keys().chain(new.keys()).filter(|name| !ENVELOPE.contains(&name.as_str())).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| old.get(*name) != new.get(*name)).map(|name| format!("/{name}")).collect()
}

/// Writes everything that is derived from a content: columns, tags, search.
fn project(
    tx: &mut Conn,
    kind: Kind,
    id: Id,
    number: i64,
    content: &mut dyn Held,
    name: &Text,
) -> Outcome<()> {
    let mut gathered = Gathered::default();
    content.walk(&mut gathered);
    for (_, words) in name.iter() {
        gathered.texts.push_str(words);
        gathered.texts.push('\n');
    }
    store::set_tags(tx, id, &gathered.tags)?;
    store::set_search(tx, number, &gathered.texts)?;
    store::clear(tx, id, kind.shelf().table())?;
    content.project(id, name, tx)
}

/// Renames the records whose label is made of the name of a record that has just been renamed.
fn rename_dependents(tx: &mut Conn, id: Id) -> Outcome<()> {
    let kinds: Vec<Kind> = Kind::ALL.iter().copied().filter(|kind| kind.shelf().named_by_refs()).collect();
    for head in store::referring(tx, id, &kinds)? {
        rename(tx, &head)?;
    }
    Ok(())
}

/// Writes again what is derived from a stored record. It makes no version.
///
/// # Errors
/// When the database fails.
pub fn rename(tx: &mut Conn, head: &Head) -> Outcome<()> {
    let Some(kind) = Kind::from_name(&head.kind) else { return Ok(()) };
    let body = serde_json::from_str(&head.content).unwrap_or_default();
    let Ok(mut draft) = Draft::read(kind, body, None) else { return Ok(()) };
    let named = store::referred(tx, &[head.id])?;
    let names: Names = named.into_iter().map(|(id, named)| (id, named.name)).collect();
    let name = draft.content.name(&names);
    let row = diesel::update(records::table.filter(records::id.eq(head.id)));
    row.set(records::name.eq(text_json(&name))).execute(tx)?;
    project(tx, kind, head.id, head.number, draft.content.as_mut(), &name)
}
