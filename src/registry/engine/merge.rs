//! Merging a record into another: the one becomes a tombstone that leads to the other, what referred to it refers to
//! the other, and its identifiers move.

use super::adopt::live_or_adopted;
use super::delete::bury;
use super::kept::citations_of;
use super::present::as_reference;
use super::target::{Again, Goal, natural_identifier};
use super::write::{Precondition, Written, write};
use super::{Author, Draft, Name, existing, guard, live};
use crate::db::types::Id;
use crate::db::{Conn, Failure, Outcome};
use crate::error::{Code, Problem};
use crate::registry::store::{self, Change, Head};
use crate::vocabulary::{Identifier, Kind};
use jiff::civil::Date;
use serde_json::{Value, json};

/// Merges the first record into the second. In the log, and for whoever follows it step by step: first what referred
/// to the loser turns to the survivor, then the loser ends and sets its identifiers free, then the survivor gets them.
/// So at no step does a reference lead to a tombstone, or do two records bear one identifier.
///
/// # Errors
/// 404, 410; 422 for a record and itself; a failed precondition, which is about the loser; 403 where the author may not
/// write what refers to the loser, or the registry adopted it and the author is no administrator; 409 where others wrote
/// the loser; what the rules say of a record that would be written again, naming it. Nothing is written then.
pub fn merge(
    tx: &mut Conn,
    author: &Author,
    kind: Kind,
    loser: &Name,
    survivor: &Name,
    precondition: &Precondition,
    today: Date,
) -> Outcome<Written> {
    let loser = live(tx, kind, loser)?.id;
    let (Head { id: survivor, .. }, adopted) = live_or_adopted(tx, &author.stamp, kind, survivor, today)?;
    if loser == survivor {
        return Err(Problem::new(Code::SameRecord).into());
    }
    let referrers = lock(tx, loser, survivor)?;
    let head = live(tx, kind, &Name::Id(loser))?;
    live(tx, kind, &Name::Id(survivor))?;
    precondition.admits(&head, false)?;
    may_rewrite(author, &referrers)?;
    // Everybody names what was adopted by its official code.
    if !author.admin && store::is_adopted(tx, loser)? {
        return Err(Problem::new(Code::Forbidden).fact("scope", "admin").into());
    }
    let overrode = guard::contest_end(tx, author, &head)?;

    // It is the same thing that is meant and the same sources that are cited: nobody's members are taken over.
    let scribe = Author { admin: true, force: true, ..author.clone() };
    let again = |tx: &mut Conn, head: &Head, body: Value| -> Outcome<Written> {
        let Some(kind) = Kind::from_name(&head.kind) else { return Err(Problem::new(Code::Internal).into()) };
        let goal = Goal::Again(head.id, Again::Merged, citations_of(&body).to_vec());
        let any = Precondition::none();
        let written = Draft::read(kind, body, None)
            .map_err(|faults| Problem::invalid(faults).into())
            .and_then(|draft| write(tx, &scribe, kind, &goal, draft, &any, today));
        written.map_err(|failure| match failure {
            Failure::Refused(problem) => problem.with("record", existing(kind, head.id)).into(),
            failure @ Failure::Database(_) => failure,
        })
    };
    // Rules that look from one of these records at another see the references as they will all be.
    store::redirect_refs(tx, loser, survivor)?;
    let mut changes = adopted;
    for referrer in &referrers {
        let mut body = referrer.members()?.into();
        redirect(&mut body, &loser.to_string(), &survivor.to_string());
        changes.extend(again(tx, referrer, body)?.changes);
    }
    let moving = let_go(tx, kind, &head)?;
    bury(tx, author, kind, &head)?;
    changes.push(Change {
        id: loser,
        kind,
        version: head.version + 1,
        at: head.next_at(author.stamp.at),
        op: "merge",
        changed: vec![String::new()],
        body: None,
        replaced_by: Some(survivor),
        overrode,
        owners_of: None,
        adopted: false,
    });
    let heir = live(tx, kind, &Name::Id(survivor))?;
    let mut body = heir.members()?;
    if let Some(Value::Array(all)) = body.get_mut("identifiers") {
        all.extend(moving.iter().map(|identifier| json!(identifier)));
    }
    let mut written = again(tx, &heir, body.into())?;
    changes.append(&mut written.changes);
    Ok(Written { changes, row: None, ..written })
}

/// Refuses to write records of kinds that the author may not write.
fn may_rewrite(author: &Author, referrers: &[Head]) -> Result<(), Problem> {
    let is_writable = |kind: Kind| author.admin || author.kinds.contains(&kind);
    let is_lacking =
        |kind: &Kind| !is_writable(*kind) && referrers.iter().any(|head| head.kind == kind.as_str());
    let lacking: Vec<String> = Kind::ALL
        .iter()
        .filter(|kind| is_lacking(kind))
        .map(|kind| format!("write:{}", kind.as_str()))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::Forbidden).fact("scope", lacking.join(" ")))
}

/// Locks both records and those that refer to the loser, which nothing new refers to from then on; gives the latter.
/// They come first: whoever writes one of them locks it before its references.
fn lock(tx: &mut Conn, loser: Id, survivor: Id) -> Outcome<Vec<Head>> {
    let mut locked = Vec::new();
    loop {
        let mut heads = store::referring(tx, loser, Kind::ALL)?;
        heads.retain(|head| head.id != loser);
        let mut new: Vec<Id> = heads.iter().map(|head| head.id).filter(|id| !locked.contains(id)).collect();
        if new.is_empty() && !locked.is_empty() {
            heads.sort_by_key(|head| head.id);
            return Ok(heads);
        }
        new.sort();
        new.extend([loser, survivor].into_iter().filter(|id| !locked.contains(id)));
        for id in new {
            store::lock(tx, id)?;
            locked.push(id);
        }
        tx.hold(loser)?;
    }
}

/// Makes every reference to one record below a value one to another, and what citations say of it.
fn redirect(value: &mut Value, from: &str, to: &str) {
    if let Some(said) = value.get_mut("value").filter(|said| **said == from) {
        *said = to.into();
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, from, to)),
        Value::Object(members) if as_reference(members) == Some(from) => {
            members.insert("id".into(), to.into());
        }
        Value::Object(members) => members.values_mut().for_each(|member| redirect(member, from, to)),
        _ => {}
    }
}

/// Takes the identifiers of a record away, but for its natural key.
fn let_go(tx: &mut Conn, kind: Kind, head: &Head) -> Outcome<Vec<Identifier>> {
    let draft = Draft::read(kind, head.members()?.into(), None);
    let draft = draft.map_err(|faults| head.place().damaged(Problem::invalid(faults)))?;
    let natural = natural_identifier(&draft);
    let held = store::identifiers_of(tx, head.id)?;
    let (stay, go): (Vec<_>, Vec<_>) = held.iter().cloned().partition(|held| Some(held) == natural.as_ref());
    store::set_identifiers(tx, kind, head.id, &held, &stay)?;
    Ok(go)
}
