//! The members of a webhook, as its owner writes them.

use crate::domain::body_field::{BodyField, BodyPath, body_struct, require};
use crate::domain::errors::fault_list::FaultList;
use crate::domain::kind::Kind;
use crate::domain::read_values::Url;
use crate::domain::schemes;
use serde_json::Value;

body_struct! {
    /// A webhook to be made.
    pub struct WebhookInput {
        /// Where messages are posted: an http or https address in public, without user name or password.
        pub url: Url,
        /// What it is for.
        #[schema(example = "CLAIR mirror", max_length = 500)]
        pub description: Option<String>,
        /// The kinds of record whose changes are sent; all when there are none.
        #[schema(value_type = Vec<String>, example = json!(["partnership"]))]
        pub kinds: NameList<Kinds>,
        /// The sorts of change that are sent; all when there are none.
        #[schema(value_type = Vec<String>, example = json!(["create", "update"]))]
        pub ops: NameList<Ops>,
        /// Leaves out the changes of this origin; `self` is the origin of the webhook. When it is not set, the owner
        /// also hears of its own writes.
        #[schema(value_type = Option<String>, example = "self", max_length = 64, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
        pub exclude_origin: Option<OriginName>,
        /// Whether messages are sent; true when it is not given. What happens meanwhile is sent afterwards.
        #[schema(example = true)]
        pub enabled: Option<bool>,
    }
}

/// A closed list of names, from which a [`NameList`] chooses.
pub trait ClosedList {
    /// The name of the list in faults.
    const NAME: &'static str;
    /// All names, in the order in which a [`NameList`] has them.
    fn names() -> Vec<&'static str>;
}

/// The names of the kinds of record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds;

impl ClosedList for Kinds {
    const NAME: &'static str = "kinds";

    fn names() -> Vec<&'static str> {
        Kind::ALL.iter().map(|kind| kind.as_str()).collect()
    }
}

/// The operations on a record, each with the last word of its message type (`partnership.created`).
pub(super) const OPS: &[(&str, &str)] = &[
    ("create", "created"),
    ("update", "updated"),
    ("delete", "deleted"),
    ("restore", "restored"),
    ("merge", "merged"),
];

/// The names of the operations on a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ops;

impl ClosedList for Ops {
    const NAME: &'static str = "ops";

    fn names() -> Vec<&'static str> {
        OPS.iter().map(|(op, _)| *op).collect()
    }
}

/// Names chosen from a closed list, in the order of the list, each once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct NameList<L>(pub Vec<&'static str>, #[serde(skip)] std::marker::PhantomData<L>);

impl<L: ClosedList> NameList<L> {
    fn from_names(chosen: &[&str]) -> Self {
        let names = L::names().into_iter().filter(|name| chosen.contains(name));
        Self(names.collect(), std::marker::PhantomData)
    }
}

impl<L: ClosedList> BodyField for NameList<L> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let (chosen, known) = (Vec::<String>::read(value, at, faults)?, L::names());
        let before = faults.count();
        for (index, name) in chosen.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
            faults.unknown_code(&BodyPath::Index(at, index), name, L::NAME, &known);
        }
        let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
        (faults.count() == before).then(|| Self::from_names(&chosen))
    }
}

/// The name of an origin, or `self` for the webhook's own.
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
