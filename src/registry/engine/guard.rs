//! What stands against a change of a record: members that others wrote and that the writer may not know of.

use super::leaves::leaves;
use super::owners::{self, SHARED};
use super::{Author, owners::Owner};
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::{Code, Problem};
use crate::registry::store::{ADOPTED, Head};
use crate::vocabulary::Identifier;
use serde_json::{Map, Value, json};

/// What a write says that its author knows of the record as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// Nothing: the body is the whole record as its author has it, and may lack what others added.
    #[default]
    Nothing,
    /// Only the members that it names change, but it does not say which values they have now.
    Members,
    /// The version that is there, or the one that its body was made from.
    Version,
}

/// Whether a body gives nothing that is not there already, and leaves out only what its author did not write. It then asks
/// for no change: somebody else has added to the record.
///
/// # Errors
/// When the database fails.
pub(super) fn is_repetition(
    tx: &mut Conn,
    id: Id,
    old: &Map<String, Value>,
    given: &Map<String, Value>,
    origin: &str,
) -> Outcome<bool> {
    let (there, given) = (leaves(old), leaves(given));
    if given.iter().any(|(pointer, value)| there.get(pointer) != Some(value)) {
        return Ok(false);
    }
    let is_left_out = |pointer: &&String| !given.contains_key(*pointer) && !is_shared(pointer);
    let left_out: Vec<&String> = there.keys().filter(is_left_out).collect();
    if left_out.is_empty() {
        return Ok(false);
    }
    let Some(owners) = owners::of_several(tx, id, origin)? else { return Ok(false) };
    Ok(left_out.into_iter().all(|pointer| !is_of(owners.get(pointer), origin)))
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
            let written = written_elsewhere(tx, id, changed, origin)?;
            if !written.is_empty() && !author.force {
                return Err(self.refusal(&written).into());
            }
            overrode.extend(written);
            overrode.sort();
            overrode.dedup();
        }
        if self.head.origin != origin && self.head.origin != ADOPTED {
            owners::refuse_loops(tx, id, self.new, changed, (origin, author.stamp.at))?;
        }
        Ok(overrode)
    }

    fn refusal(&self, written: &[(String, String)]) -> Problem {
        let mut origins: Vec<&str> = written.iter().map(|(_, owner)| owner.as_str()).collect();
        origins.sort_unstable();
        origins.dedup();
        let conflicts = written.iter().map(|(pointer, owner)| json!({"pointer": pointer, "owner": owner}));
        Problem::new(Code::ChangedElsewhere)
            .fact("origin", origins.join(", "))
            .with("id", self.head.id.to_string())
            .with("current_version", self.head.version)
            .with("origin", origins.first().copied().unwrap_or_default())
            .with("conflicts", conflicts.collect::<Value>())
    }
}

/// The members among `changed` that another origin wrote, or removed, last; what was adopted is nobody's.
fn written_elsewhere(
    tx: &mut Conn,
    id: Id,
    changed: &[String],
    origin: &str,
) -> Outcome<Vec<(String, String)>> {
    let changed: Vec<&String> = changed.iter().filter(|pointer| !is_shared(pointer)).collect();
    if changed.is_empty() {
        return Ok(vec![]);
    }
    let Some(owners) = owners::of_several(tx, id, origin)? else { return Ok(vec![]) };
    let of_another = |pointer: &String| {
        let owner = owners.get(pointer).filter(|owner| owner.origin != origin && owner.origin != ADOPTED)?;
        Some((pointer.clone(), owner.origin.clone()))
    };
    Ok(changed.into_iter().filter_map(of_another).collect())
}

/// Whether an origin wrote a member last.
pub(super) fn is_of(owner: Option<&Owner>, origin: &str) -> bool {
    owner.is_some_and(|owner| owner.origin == origin)
}

/// Whether a member has rules of its own about whose it is.
pub(super) fn is_shared(pointer: &str) -> bool {
    SHARED.contains(&pointer)
}
