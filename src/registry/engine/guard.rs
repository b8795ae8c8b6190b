//! What stands against a change of a record: members that others wrote and that the writer may not know of.

use super::leaves::{is_among, leaves};
use super::owners::{self, IDENTIFIERS, SHARED};
use super::{Author, owners::Owner};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::store::{ADOPTED, Head};
use crate::vocabulary::Identifier;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a write says that its author knows of the record as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing: the body is the whole record as its author has it, and may lack what others added.
    #[default]
    Nothing,
    /// Only the members that it names change, but it does not say which values they have now.
    Members,
    /// It changes what it names on purpose, whatever is there (PATCH with `If-Match: *`); identifiers of others apart.
    Purpose,
    /// The version that is there, or the one that its body was made from.
    Version,
}

/// Whether a body gives nothing that is not there already, takes nothing away on purpose (`removals`), and leaves out only
/// what its author did not write. It then asks for no change: somebody else has added to the record.
///
/// # Errors
/// When the database fails.
pub(super) fn is_repetition(
    tx: &mut Conn,
    id: Id,
    old: &Map<String, Value>,
    (given, borne_given): (&Map<String, Value>, BTreeSet<String>),
    removals: &[String],
    origin: &str,
) -> Outcome<bool> {
    let (there, given, borne) = (leaves(old), leaves(given), owners::identifiers_of(old));
    if given.iter().any(|(pointer, value)| there.get(pointer) != Some(value))
        || !borne_given.is_subset(&borne)
    {
        return Ok(false);
    }
    let is_left_out = |pointer: &&String| !given.contains_key(*pointer) && !is_shared(pointer);
    let members: Vec<&String> = there.keys().filter(is_left_out).collect();
    let identifiers: Vec<&String> = borne.difference(&borne_given).collect();
    let is_removed = |pointer: &str| is_among(pointer, removals);
    if members.iter().any(|pointer| is_removed(pointer))
        || (!identifiers.is_empty() && is_removed(IDENTIFIERS))
    {
        return Ok(false);
    }
    if members.is_empty() && identifiers.is_empty() {
        return Ok(false);
    }
    let owners = owners::of_several(tx, id, origin, !identifiers.is_empty())?;
    let Some(owners) = owners else { return Ok(false) };
    Ok(members.into_iter().chain(identifiers).all(|left_out| !is_of(owners.get(left_out), origin)))
}

/// What somebody else wrote, and a write would change or remove: a member, or an identifier.
struct Contested {
    pointer: String,
    identifier: Option<String>,
    owner: String,
}

/// A record before and after a write.
pub(super) struct Change<'a> {
    pub(super) head: &'a Head,
    /// The identifiers that it bears.
    pub(super) held: &'a [Identifier],
    pub(super) old: &'a Map<String, Value>,
    pub(super) new: &'a Map<String, Value>,
    pub(super) knowledge: Knowledge,
}

impl Change<'_> {
    /// Refuses the write where others have something to say against it: who owns the members `changed`, who wrote them
    /// last, who would put back what. Gives the members that are taken over on purpose.
    ///
    /// # Errors
    /// 409 naming the members and their owners.
    pub(super) fn contest(
        &self,
        tx: &mut Conn,
        author: &Author,
        changed: &[String],
    ) -> Outcome<Vec<(String, String)>> {
        let (id, origin) = (self.head.id, author.stamp.origin.as_str());
        let mut overrode = owners::owned_elsewhere(tx, id, self.held, self.old, changed, origin)?;
        if !overrode.is_empty() && !author.force {
            return Err(owners::refusal(id, &overrode).into());
        }
        if self.knowledge != Knowledge::Version {
            let written = self.written_elsewhere(tx, author, changed)?;
            if !written.is_empty() && !author.force {
                return Err(self.refusal(&written).fact("header", "If-Match").into());
            }
            overrode.extend(written.into_iter().map(|contested| (contested.pointer, contested.owner)));
            overrode.sort();
            overrode.dedup();
        }
        if self.head.origin != origin && self.head.origin != ADOPTED {
            owners::refuse_loops(tx, id, self.new, changed, (origin, author.stamp.at))?;
        }
        Ok(overrode)
    }

    /// The members among `changed` that another origin wrote, or removed, last; what was adopted is nobody's. And the
    /// identifiers, of schemes that are not the author's, that the record loses and another origin gave it.
    fn written_elsewhere(
        &self,
        tx: &mut Conn,
        author: &Author,
        changed: &[String],
    ) -> Outcome<Vec<Contested>> {
        let origin = author.stamp.origin.as_str();
        let is_guarded = |pointer: &&String| self.knowledge != Knowledge::Purpose && !is_shared(pointer);
        let members: Vec<&String> = changed.iter().filter(is_guarded).collect();
        let (there, kept) = if changed.iter().any(|pointer| pointer == IDENTIFIERS) {
            (owners::identifiers_of(self.old), owners::identifiers_of(self.new))
        } else {
            (BTreeSet::new(), BTreeSet::new())
        };
        let is_lost = |identifier: &String| {
            let scheme = identifier.split(':').next().unwrap_or_default();
            !kept.contains(identifier) && !author.schemes.iter().any(|owned| owned == scheme)
        };
        let lost: Vec<String> = there.into_iter().filter(is_lost).collect();
        if members.is_empty() && lost.is_empty() {
            return Ok(vec![]);
        }
        let owners = owners::of_several(tx, self.head.id, origin, !lost.is_empty())?;
        let Some(owners) = owners else { return Ok(vec![]) };
        let owner = |name: &String| {
            let owner = owners.get(name).filter(|owner| owner.origin != origin)?;
            Some(owner.origin.clone())
        };
        let members = members.into_iter().filter_map(|pointer| {
            let owner = owner(pointer).filter(|owner| owner != ADOPTED)?;
            Some(Contested { pointer: pointer.clone(), identifier: None, owner })
        });
        let lost = lost.into_iter().filter_map(|identifier| {
            let owner = owner(&identifier)?;
            Some(Contested { pointer: IDENTIFIERS.into(), identifier: Some(identifier), owner })
        });
        Ok(members.chain(lost).collect())
    }

    fn refusal(&self, written: &[Contested]) -> Problem {
        let mut origins: Vec<&str> = written.iter().map(|contested| contested.owner.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        let conflicts = written.iter().map(|contested| {
            let mut conflict = json!({"pointer": contested.pointer, "owner": contested.owner});
            if let (Some(conflict), Some(identifier)) = (conflict.as_object_mut(), &contested.identifier) {
                conflict.insert("identifier".into(), identifier.clone().into());
            }
            conflict
        });
        Problem::new(Code::ChangedElsewhere)
            .fact("origin", origins.join(", "))
            .with("id", self.head.id.to_string())
            .with("current_version", self.head.version)
            .with("origin", origins.first().copied().unwrap_or_default())
            .with("conflicts", conflicts.collect::<Value>())
    }
}

/// Refuses to let a record end in another where others than the author, who is no administrator, wrote any of it: its
/// identifiers and its references would be theirs no more, whatever version the author knows. Gives the members that are
/// taken over on purpose.
///
/// # Errors
/// 409 naming the members and their owners.
pub(super) fn contest_end(tx: &mut Conn, author: &Author, head: &Head) -> Outcome<Vec<(String, String)>> {
    let mut overrode = owners::guarded(tx, author, head)?;
    if author.admin {
        return Ok(overrode);
    }
    let (old, new, knowledge) = (&head.members()?, &Map::new(), Knowledge::Nothing);
    let end = Change { head, held: &[], old, new, knowledge };
    let all: Vec<String> = leaves(old).into_keys().collect();
    let mut written = end.written_elsewhere(tx, author, &all)?;
    let citations = old.get("citations").and_then(Value::as_array).into_iter().flatten();
    let citers: BTreeSet<&str> = citations.filter_map(|citation| citation.get("origin")?.as_str()).collect();
    let others = citers.into_iter().filter(|citer| *citer != author.stamp.origin && *citer != ADOPTED);
    written.extend(others.map(|citer| Contested {
        pointer: "/citations".into(),
        identifier: None,
        owner: citer.into(),
    }));
    if !written.is_empty() && !author.force {
        return Err(end.refusal(&written).fact("scope", "override").into());
    }
    overrode.extend(written.into_iter().map(|contested| (contested.pointer, contested.owner)));
    overrode.sort();
    overrode.dedup();
    Ok(overrode)
}

/// Whether an origin wrote a member last.
pub(super) fn is_of(owner: Option<&Owner>, origin: &str) -> bool {
    owner.is_some_and(|owner| owner.origin == origin)
}

/// Whether a member has rules of its own about whose it is.
pub(super) fn is_shared(pointer: &str) -> bool {
    SHARED.contains(&pointer)
}
