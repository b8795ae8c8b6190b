//! Deserialisation of request bodies that collects every error instead of stopping at the first, and a
//! visitor over the values read.
//!
//! `body_struct!` declares a struct of members. It derives the JSON form, the schema, the reader and the
//! visitor, so that a new member cannot be forgotten in any of them.

use super::errors::codes::ErrorCode;
use super::errors::fault::{Fault, MessageArgs};
use super::errors::fault_list::FaultList;
use super::kind::Kind;
use super::nearest::{nearest_code, nearest_name};
use super::partial_date::PartialDate;
use super::text::Text;
use super::vocabularies::term::VocabularyTerm;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// A location in a request body, built while descending.
#[derive(Debug, Clone, Copy)]
pub enum BodyPath<'a> {
    /// The body itself.
    Root,
    /// A member of an object.
    Key(&'a BodyPath<'a>, &'a str),
    /// An element of a list.
    Index(&'a BodyPath<'a>, usize),
}

impl<'a> BodyPath<'a> {
    /// Returns the path of the member `name`.
    #[must_use]
    pub fn key(&'a self, name: &'a str) -> BodyPath<'a> {
        BodyPath::Key(self, name)
    }

    /// Returns the JSON Pointer (RFC 6901) with list indices, as errors show it.
    #[must_use]
    pub fn pointer(&self) -> String {
        self.render_pointer(true)
    }

    /// Returns the pointer without list indices, as citations and references use it.
    #[must_use]
    pub fn schema_pointer(&self) -> String {
        self.render_pointer(false)
    }

    /// Whether the path leads through a list.
    #[must_use]
    pub fn is_in_list(&self) -> bool {
        match self {
            BodyPath::Root => false,
            BodyPath::Key(parent, _) => parent.is_in_list(),
            BodyPath::Index(..) => true,
        }
    }

    fn render_pointer(&self, indices: bool) -> String {
        match self {
            BodyPath::Root => String::new(),
            BodyPath::Key(parent, name) => {
                let mut pointer = parent.render_pointer(indices);
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                pointer
            }
            BodyPath::Index(parent, index) => {
                let mut pointer = parent.render_pointer(indices);
                if indices {
                    let _ = write!(pointer, "/{index}");
                }
                pointer
            }
        }
    }
}

impl FaultList {
    /// Records a fault.
    pub fn push(&mut self, at: &BodyPath<'_>, code: ErrorCode, args: MessageArgs) {
        self.add_with(|| Fault::at_pointer(at.pointer(), code, args));
    }

    /// Records a value of the wrong type. Always returns `None`, for the caller to return in turn.
    pub fn wrong_type<T>(&mut self, at: &BodyPath<'_>, expected: &'static str) -> Option<T> {
        self.push(at, ErrorCode::WrongType, vec![("expected", expected.into())]);
        None
    }

    /// Records an unknown member, with the most similar known name.
    pub fn unknown_member(&mut self, at: &BodyPath<'_>, name: &str, known: &[&str]) {
        self.add_with(|| {
            let args = vec![("name", name.into()), ("nearest", nearest_name(name, known))];
            Fault::at_pointer(at.key(name).pointer(), ErrorCode::UnknownMember, args)
        });
    }

    /// Records a name that is not in a closed list, with the most similar name of the list.
    pub fn unknown_code(&mut self, at: &BodyPath<'_>, name: &str, list: &str, known: &[&str]) {
        self.add_with(|| {
            let nearest = nearest_name(name, known);
            let args = vec![("value", name.into()), ("vocabulary", list.into()), ("nearest", nearest)];
            Fault::at_pointer(at.pointer(), ErrorCode::UnknownCode, args)
        });
    }

    /// Records a value that is no code of a vocabulary, with the code it most probably means.
    pub fn unknown_term(
        &mut self,
        at: &BodyPath<'_>,
        value: &str,
        vocabulary: &str,
        terms: &[VocabularyTerm],
    ) {
        self.add_with(|| {
            let nearest = nearest_code(value, terms).unwrap_or_default();
            let args =
                vec![("value", value.into()), ("vocabulary", vocabulary.into()), ("nearest", nearest.into())];
            Fault::at_pointer(at.pointer(), ErrorCode::UnknownCode, args)
        });
    }

    /// Records a string that does not match a pattern.
    pub fn bad_format(&mut self, at: &BodyPath<'_>, value: &str, pattern: &'static str) {
        self.push(at, ErrorCode::BadFormat, vec![("value", value.into()), ("pattern", pattern.into())]);
    }
}

/// Visits the values of a record. Every method does nothing by default.
pub trait Visitor {
    /// Visits a text in several languages.
    fn text(&mut self, _at: &BodyPath<'_>, _text: &mut Text) {}
    /// Visits a plain string, such as initials or the number of a decision.
    fn string(&mut self, _at: &BodyPath<'_>, _text: &str) {}
    /// Visits a reference to a record of one of `kinds`: its id as written, and its kind where given.
    fn reference(
        &mut self,
        _at: &BodyPath<'_>,
        _id: &mut String,
        _kind: &mut Option<Kind>,
        _kinds: &'static [Kind],
    ) {
    }
    /// Visits a partial date.
    fn date(&mut self, _at: &BodyPath<'_>, _date: &PartialDate) {}
    /// Visits a code of a vocabulary.
    fn code(&mut self, _at: &BodyPath<'_>, _code: &'static str) {}
}

/// A value that can be read from a request body.
pub trait BodyField: Sized {
    /// Reads the value; `None` stands for an absent member. Records every error, and returns `None` if there
    /// was any.
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self>;

    /// Whether a value counts as absent where the member is optional.
    #[must_use]
    fn is_absent(value: &Value) -> bool {
        value.is_null()
    }

    /// Visits the values inside.
    fn walk(&mut self, _at: &BodyPath<'_>, _visitor: &mut dyn Visitor) {}
}

/// Returns the value of a required member, or records that it is missing.
pub fn require(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Value> {
    if value.is_none() {
        faults.push(at, ErrorCode::Required, vec![]);
    }
    value
}

/// Returns the members of a required object, or records what is wrong.
pub fn require_object(
    value: Option<Value>,
    at: &BodyPath<'_>,
    faults: &mut FaultList,
) -> Option<Map<String, Value>> {
    match require(value, at, faults)? {
        Value::Object(members) => Some(members),
        _ => faults.wrong_type(at, "object"),
    }
}

/// Takes the value of a member, leaving `null` in its place: removing the entry would move all later ones.
/// Null counts as absent.
pub fn take_member(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    members.get_mut(name).map(Value::take).filter(|value| !value.is_null())
}

/// Records every member that is neither known nor ignored; returns whether there is none.
pub fn reject_unknown_members(
    members: &Map<String, Value>,
    at: &BodyPath<'_>,
    known: &[&str],
    ignored: &[&str],
    faults: &mut FaultList,
) -> bool {
    let before = faults.count();
    for name in
        members.keys().map(String::as_str).filter(|name| !known.contains(name) && !ignored.contains(name))
    {
        faults.unknown_member(at, name, known);
    }
    faults.count() == before
}

impl<T: BodyField> BodyField for Option<T> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        match value.filter(|value| !T::is_absent(value)) {
            None => Some(None),
            value => T::read(value, at, faults).map(Some),
        }
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        if let Some(value) = self {
            value.walk(at, visitor);
        }
    }
}

/// The most items of any list in a body.
pub const MAX_LIST_ITEMS: usize = 1000;

/// Reads a list, each item with `read_item`; an absent list is empty.
pub fn read_list<T>(
    value: Option<Value>,
    at: &BodyPath<'_>,
    faults: &mut FaultList,
    read_item: fn(Option<Value>, &BodyPath<'_>, &mut FaultList) -> Option<T>,
) -> Option<Vec<T>> {
    let items = match value {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return faults.wrong_type(at, "array"),
    };
    if items.len() > MAX_LIST_ITEMS {
        faults.push(at, ErrorCode::TooLong, vec![("limit", MAX_LIST_ITEMS.to_string())]);
        return None;
    }
    let count = items.len();
    let read: Vec<T> = items
        .into_iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let item = Some(item).filter(|item| !item.is_null());
            read_item(item, &BodyPath::Index(at, index), faults)
        })
        .collect();
    (read.len() == count).then_some(read)
}

impl<T: BodyField> BodyField for Vec<T> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        read_list(value, at, faults, T::read)
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        for (index, item) in self.iter_mut().enumerate() {
            item.walk(&BodyPath::Index(at, index), visitor);
        }
    }
}

impl BodyField for bool {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        match require(value, at, faults)? {
            Value::Bool(value) => Some(value),
            _ => faults.wrong_type(at, "boolean"),
        }
    }
}

/// A list without order: sorted, without duplicates.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct SortedSet<T>(pub Vec<T>);

impl<T: BodyField + Ord> BodyField for SortedSet<T> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let mut items = Vec::read(value, at, faults)?;
        items.sort();
        items.dedup();
        Some(Self(items))
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        self.0.walk(at, visitor);
    }
}

/// Declares structs of members with their JSON form, schema, reader and visitor.
macro_rules! body_struct {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$member_meta:meta])* pub $member:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[serde_with::skip_serializing_none]
        #[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
        pub struct $name { $($(#[$member_meta])* pub $member: $type,)* }

        impl $name {
            /// The names of the members in a body.
            pub const MEMBERS: &'static [&'static str] = &[$(stringify!($member)),*];
        }

        impl $crate::domain::body_field::BodyField for $name {
            fn read(
                value: Option<serde_json::Value>,
                at: &$crate::domain::body_field::BodyPath<'_>,
                faults: &mut $crate::domain::errors::fault_list::FaultList,
            ) -> Option<Self> {
                let mut members = $crate::domain::body_field::require_object(value, at, faults)?;
                $(let $member = $crate::domain::body_field::BodyField::read(
                    $crate::domain::body_field::take_member(&mut members, stringify!($member)), &at.key(stringify!($member)), faults,
                );)*
                $crate::domain::body_field::reject_unknown_members(&members, at, Self::MEMBERS, &[], faults).then_some(())?;
                Some(Self { $($member: $member?,)* })
            }

            fn walk(&mut self, at: &$crate::domain::body_field::BodyPath<'_>, visitor: &mut dyn $crate::domain::body_field::Visitor) {
                let Self { $($member,)* } = self;
                $($crate::domain::body_field::BodyField::walk($member, &at.key(stringify!($member)), visitor);)*
            }
        }
    )*};
}
pub(crate) use body_struct;
