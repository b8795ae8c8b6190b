//! What a webhook is made of: the members that its owner writes.

use super::delivery::OPS;
use crate::domain::body_field::{BodyField, BodyPath, require};
use crate::domain::errors::fault_list::FaultList;
use crate::domain::kind::Kind;
use crate::domain::schemes;
use serde_json::Value;

/// A closed list of names.
pub trait ClosedList {
    /// What the list is called.
    const NAME: &'static str;
    /// Its names.
    fn names() -> Vec<&'static str>;
}

/// The kinds of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds;

impl ClosedList for Kinds {
    const NAME: &'static str = "kinds";

    fn names() -> Vec<&'static str> {
        Kind::ALL.iter().map(|kind| kind.as_str()).collect()
    }
}

/// What can happen to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ops;

impl ClosedList for Ops {
    const NAME: &'static str = "ops";

    fn names() -> Vec<&'static str> {
        OPS.iter().map(|(op, _)| *op).collect()
    }
}

/// Names of a closed list, in its order, each once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct NameList<L>(pub Vec<&'static str>, #[serde(skip)] std::marker::PhantomData<L>);

impl<L: ClosedList> NameList<L> {
    fn from_names(given: &[&str]) -> Self {
        let names = L::names().into_iter().filter(|name| given.contains(name));
        Self(names.collect(), std::marker::PhantomData)
    }
}

impl<L: ClosedList> BodyField for NameList<L> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let (given, known) = (Vec::<String>::read(value, at, faults)?, L::names());
        let before = faults.count();
        for (index, name) in given.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
            faults.unknown_code(&BodyPath::Index(at, index), name, L::NAME, &known);
        }
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        (faults.count() == before).then(|| Self::from_names(&given))
    }
}

/// The name of an organisation that writes, or `self`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct OriginName(pub String);

impl BodyField for OriginName {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let Value::String(name) = require(value, at, faults)? else {
            return faults.wrong_type(at, "string");
        };
        if schemes::is_well_formed(&name) {
            return Some(Self(name));
        }
        faults.bad_format(at, &name, "[A-Za-z0-9._~-]{1,64}");
        None
    }
}
