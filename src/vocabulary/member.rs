//! Members of a body: how each is read with all its faults at once, and how a content is visited whole.
//!
//! [`content!`](crate::content) declares a struct of members. From the declaration come its JSON form, its schema,
//! its reader and its walk, so that a new member cannot be forgotten in any of them.

use super::codes::Term;
pub use super::nearest::nearest;
use super::nearest::nearest_code;
use super::{PartialDate, Text, kind::Kind};
pub use crate::error::Faults;
use crate::error::{Code, Facts, Fault};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// A place in a body, built while descending.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// The body itself.
    Root,
    /// A member of an object.
    Key(&'a At<'a>, &'a str),
    /// An element of a list.
    Index(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    /// The member `name` of this place.
    #[must_use]
    pub fn key(&'a self, name: &'a str) -> At<'a> {
        At::Key(self, name)
    }

    /// The JSON Pointer (RFC 6901) with list indices, as faults show it.
    #[must_use]
    pub fn pointer(&self) -> String {
        self.render(true)
    }

    /// The pointer without list indices, as citations and references use it.
    #[must_use]
    pub fn member(&self) -> String {
        self.render(false)
    }

    /// Whether this place is inside a list.
    #[must_use]
    pub fn in_list(&self) -> bool {
        match self {
            At::Root => false,
            At::Key(parent, _) => parent.in_list(),
            At::Index(..) => true,
        }
    }

    fn render(&self, indices: bool) -> String {
        match self {
            At::Root => String::new(),
            At::Key(parent, name) => {
                let mut pointer = parent.render(indices);
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                pointer
            }
            At::Index(parent, index) => {
                let mut pointer = parent.render(indices);
                if indices {
                    let _ = write!(pointer, "/{index}");
                }
                pointer
            }
        }
    }
}

impl Faults {
    /// Records a fault.
    pub fn push(&mut self, at: &At<'_>, code: Code, facts: Facts) {
        self.add_with(|| Fault::at(at.pointer(), code, facts));
    }

    /// Records that a value is not of the type expected there, and reads nothing.
    pub fn wrong_type<T>(&mut self, at: &At<'_>, expected: &'static str) -> Option<T> {
        self.push(at, Code::WrongType, vec![("expected", expected.into())]);
        None
    }

    /// Records a member that does not exist there, with the nearest that does.
    pub fn unknown(&mut self, at: &At<'_>, name: &str, known: &[&str]) {
        self.add_with(|| {
            let facts = vec![("name", name.into()), ("nearest", nearest(name, known))];
            Fault::at(at.key(name).pointer(), Code::UnknownMember, facts)
        });
    }

    /// Records that a name is not of a closed list, with the nearest that is.
    pub fn unknown_code(&mut self, at: &At<'_>, name: &str, list: &str, known: &[&str]) {
        self.add_with(|| {
            let nearest = nearest(name, known);
            let facts = vec![("value", name.into()), ("vocabulary", list.into()), ("nearest", nearest)];
            Fault::at(at.pointer(), Code::UnknownCode, facts)
        });
    }

    /// Records that a value is no code of a vocabulary, with the code that is meant, if one is near.
    pub fn unknown_term(&mut self, at: &At<'_>, value: &str, vocabulary: &str, terms: &[Term]) {
        self.add_with(|| {
            let nearest = nearest_code(value, terms).unwrap_or_default();
            let facts =
                vec![("value", value.into()), ("vocabulary", vocabulary.into()), ("nearest", nearest.into())];
            Fault::at(at.pointer(), Code::UnknownCode, facts)
        });
    }

    /// Records that a string does not have the form expected there.
    pub fn bad_format(&mut self, at: &At<'_>, value: &str, pattern: &'static str) {
        self.push(at, Code::BadFormat, vec![("value", value.into()), ("pattern", pattern.into())]);
    }
}

/// What a walk over a content meets. Every method has an empty default: a visitor names what it wants.
pub trait Visitor {
    /// A text in several languages.
    fn text(&mut self, _at: &At<'_>, _text: &mut Text) {}
    /// A plain string: initials, the number of a decision.
    fn line(&mut self, _at: &At<'_>, _line: &str) {}
    /// A reference to a record of one of `kinds`: the id as written, and the kind if given.
    fn reference(
        &mut self,
        _at: &At<'_>,
        _id: &mut String,
        _kind: &mut Option<Kind>,
        _kinds: &'static [Kind],
    ) {
    }
    /// A partial date.
    fn date(&mut self, _at: &At<'_>, _date: &PartialDate) {}
    /// A code of a vocabulary.
    fn code(&mut self, _at: &At<'_>, _code: &'static str) {}
}

/// A value that can stand in a body.
pub trait Member: Sized {
    /// Reads the value; `None` is an absent member. Every fault is recorded, and then nothing is returned.
    fn read(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Self>;

    /// Whether a value says that an optional member is absent.
    #[must_use]
    fn is_absent(value: &Value) -> bool {
        value.is_null()
    }

    /// Visits what is inside.
    fn walk(&mut self, _at: &At<'_>, _visitor: &mut dyn Visitor) {}
}

/// The value of a member that must be there.
pub fn required(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Value> {
    if value.is_none() {
        faults.push(at, Code::Required, vec![]);
    }
    value
}

/// The members of a required object.
pub fn object(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Map<String, Value>> {
    match required(value, at, faults)? {
        Value::Object(members) => Some(members),
        _ => faults.wrong_type(at, "object"),
    }
}

/// Takes the value of a member out of an object, which keeps its name: to take that out too would move all others. Null
/// is absence.
pub fn take(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.get_mut(name).map(Value::take).filter(|value| !value.is_null())
}

/// The names of an object that are none of those known; whether there is none.
pub fn refuse_unknown(
    members: &Map<String, Value>,
    at: &At<'_>,
    known: &[&str],
    ignored: &[&str],
    faults: &mut Faults,
) -> bool {
    let before = faults.count();
    for name in
        members.keys().map(String::as_str).filter(|name| !known.contains(name) && !ignored.contains(name))
    {
        faults.unknown(at, name, known);
    }
    faults.count() == before
}

impl<T: Member> Member for Option<T> {
    fn read(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match value.filter(|value| !T::is_absent(value)) {
            None => Some(None),
            value => T::read(value, at, faults).map(Some),
        }
    }

    fn walk(&mut self, at: &At<'_>, visitor: &mut dyn Visitor) {
        if let Some(value) = self {
            value.walk(at, visitor);
        }
    }
}

/// No list of a body is longer.
pub const LONGEST_LIST: usize = 1000;

impl<T: Member> Member for Vec<T> {
    fn read(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let items = match value {
            None | Some(Value::Null) => return Some(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return faults.wrong_type(at, "array"),
        };
        if items.len() > LONGEST_LIST {
            faults.push(at, Code::TooLong, vec![("limit", LONGEST_LIST.to_string())]);
            return None;
        }
        let count = items.len();
        let read: Self = items
            .into_iter()
            .enumerate()
            .filter_map(|(index, item)| {
                let item = Some(item).filter(|item| !item.is_null());
                T::read(item, &At::Index(at, index), faults)
            })
            .collect();
        (read.len() == count).then_some(read)
    }

    fn walk(&mut self, at: &At<'_>, visitor: &mut dyn Visitor) {
        for (index, item) in self.iter_mut().enumerate() {
            item.walk(&At::Index(at, index), visitor);
        }
    }
}

impl Member for bool {
    fn read(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match required(value, at, faults)? {
            Value::Bool(value) => Some(value),
            _ => faults.wrong_type(at, "boolean"),
        }
    }
}

/// A list whose order means nothing: kept sorted, each value once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Set<T>(pub Vec<T>);

impl<T: Member + Ord> Member for Set<T> {
    fn read(value: Option<Value>, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut items = Vec::read(value, at, faults)?;
        items.sort();
        items.dedup();
        Some(Self(items))
    }

    fn walk(&mut self, at: &At<'_>, visitor: &mut dyn Visitor) {
        self.0.walk(at, visitor);
    }
}

/// Declares a struct of members: its JSON form, its schema, its reader and its walk.
#[macro_export]
macro_rules! content {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$about:meta])* pub $member:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[serde_with::skip_serializing_none]
        #[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
        pub struct $name { $($(#[$about])* pub $member: $type,)* }

        impl $name {
            /// The names of the members, as they stand in a body.
            pub const MEMBERS: &'static [&'static str] = &[$(stringify!($member)),*];
        }

        impl $crate::vocabulary::Member for $name {
            fn read(
                value: Option<serde_json::Value>,
                at: &$crate::vocabulary::At<'_>,
                faults: &mut $crate::vocabulary::Faults,
            ) -> Option<Self> {
                use $crate::vocabulary::member;
                let mut members = member::object(value, at, faults)?;
                $(let $member = $crate::vocabulary::Member::read(
                    member::take(&mut members, stringify!($member)), &at.key(stringify!($member)), faults,
                );)*
                member::refuse_unknown(&members, at, Self::MEMBERS, &[], faults).then_some(())?;
                Some(Self { $($member: $member?,)* })
            }

            fn walk(&mut self, at: &$crate::vocabulary::At<'_>, visitor: &mut dyn $crate::vocabulary::Visitor) {
                let Self { $($member,)* } = self;
                $($crate::vocabulary::Member::walk($member, &at.key(stringify!($member)), visitor);)*
            }
        }
    )*};
}
