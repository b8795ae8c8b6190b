//! References to other records, by UUID or `scheme:value`, typed by the kinds they allow.

use super::body_field::{
    BodyField, BodyPath, Visitor, reject_unknown_members, require, require_object, take_member,
};
use super::errors::codes::ErrorCode;
use super::errors::fault_list::FaultList;
use super::kind::Kind;
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::marker::PhantomData;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat};

/// The kinds that a reference may point to.
pub trait RefTarget {
    /// Those kinds.
    const KINDS: &'static [Kind];
}

macro_rules! ref_kinds {
    ($($(#[$doc:meta])* $alias:ident = $marker:ident [$($kind:ident),*];)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $marker;
        impl RefTarget for $marker {
            const KINDS: &'static [Kind] = &[$(Kind::$kind),*];
        }
        $(#[$doc])*
        pub type $alias = Ref<$marker>;
    )*};
}

ref_kinds! {
    /// A source.
    SourceRef = ToSource [Source];
    /// A local authority.
    AuthorityRef = ToAuthority [Authority];
    /// An organisation.
    OrganisationRef = ToOrganisation [Organisation];
    /// A person.
    PersonRef = ToPerson [Person];
    /// A partnership.
    PartnershipRef = ToPartnership [Partnership];
    /// A memorandum.
    MemorandumRef = ToMemorandum [Memorandum];
    /// An edition of the Rencontres.
    RencontreRef = ToRencontre [Rencontre];
    /// A body: an authority or an organisation.
    BodyRef = ToBody [Authority, Organisation];
    /// Somebody who acts: a person, an organisation or an authority.
    ActorRef = ToActor [Person, Organisation, Authority];
    /// What a follow-up led to.
    FollowUpRef = ToFollowUp [Visit, Event, Memorandum];
    /// What a visit led to.
    ResultRef = ToResult [Memorandum, Partnership, Event];
    /// What an event follows from.
    FollowedRef = ToFollowed [Memorandum, Visit, Rencontre];
}

/// A reference to a record. A body gives `id` (a UUID or `scheme:value`), and `kind` where several are
/// allowed; stored are UUID and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ref<T> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(skip)]
    target: PhantomData<T>,
}

impl<T: RefTarget> Ref<T> {
    /// Returns the id: a UUID or `scheme:value` as written and, once resolved, a UUID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the kind; always known once the reference is resolved.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }
}

impl<T: RefTarget> BodyField for Ref<T> {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let mut members = require_object(value, at, faults)?;
        let id = take_member(&mut members, "id");
        let kind = take_member(&mut members, "kind");
        reject_unknown_members(&members, at, &["id", "kind"], &["name", "href"], faults);
        let kind = match kind.map(|kind| kind.as_str().map(|name| (name.to_owned(), Kind::from_name(name)))) {
            None => None,
            Some(None) => return faults.wrong_type(&at.key("kind"), "string"),
            Some(Some((_, Some(kind)))) if T::KINDS.contains(&kind) => Some(kind),
            Some(Some((name, _))) => {
                faults.push(
                    &at.key("kind"),
                    ErrorCode::WrongKind,
                    vec![("value", name), ("allowed", kind_list(T::KINDS))],
                );
                return None;
            }
        };
        let at_id = at.key("id");
        let Value::String(id) = require(id, &at_id, faults)? else {
            return faults.wrong_type(&at_id, "string");
        };
        let kind = kind.or(match T::KINDS {
            [only] => Some(*only),
            _ => None,
        });
        Some(Self { id, kind, target: PhantomData })
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        visitor.reference(at, &mut self.id, &mut self.kind, T::KINDS);
    }
}

/// Returns the names of kinds, for an error message.
#[must_use]
pub fn kind_list(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

impl<T> utoipa::PartialSchema for Ref<T> {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let kinds = Kind::ALL.iter().map(|kind| kind.as_str());
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A reference to another record. `name` and `href` are read-only."))
            .property("id", text().description(Some("In: the UUID, or `scheme:value` of one of its identifiers. Out: the UUID.")).min_length(Some(1)).examples(["dantai:221007"]))
            .required("id")
            .property("kind", text().description(Some("The kind of the record; needed only where several are allowed and `id` is `scheme:value`.")).enum_values(Some(kinds)).examples(["authority"]))
            .property("name", RefOr::<Schema>::Ref(utoipa::openapi::Ref::from_schema_name("Text")))
            .property("href", text().format(Some(SchemaFormat::Custom("uri-reference".into()))).read_only(true).description(Some("Where the record is read.")).examples(["/v1/authorities/0192d0a4-7c00-7000-8000-000000000001"]))
            .examples([json!({"id": "dantai:221007"})])
            .into()
    }
}

impl<T> utoipa::ToSchema for Ref<T> {
    fn name() -> Cow<'static, str> {
        "Ref".into()
    }
}
