//! A date as precise as its source: EDTF in requests, with first and last day and a label in responses.

use super::edtf::parse::Edtf;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat};

/// A date in the Extended Date/Time Format (ISO 8601-2:2019, levels 0 and 1, unspecified years, component
/// qualifiers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialDate(pub(super) Edtf);

impl PartialDate {
    /// Parses an EDTF text; `None` where it is invalid.
    #[must_use]
    pub fn parse(edtf: &str) -> Option<Self> {
        Edtf::parse(edtf).ok().map(Self)
    }

    /// Returns the parsed date.
    #[must_use]
    pub fn edtf(&self) -> &Edtf {
        &self.0
    }

    /// Returns the first possible day, `YYYY-MM-DD`.
    #[must_use]
    pub fn earliest(&self) -> Option<String> {
        self.0.earliest().map(|day| day.to_string())
    }

    /// Returns the last possible day, `YYYY-MM-DD`.
    #[must_use]
    pub fn latest(&self) -> Option<String> {
        self.0.latest().map(|day| day.to_string())
    }

    /// Adds the derived members `earliest`, `latest` and `label` to the stored form of a date.
    pub fn add_bounds_and_label(edtf: &str, date: &mut Map<String, Value>) {
        let Some(parsed) = Self::parse(edtf) else { return };
        date.extend(parsed.earliest().map(|day| ("earliest".to_owned(), day.into())));
        date.extend(parsed.latest().map(|day| ("latest".to_owned(), day.into())));
        let [fr, ja, en] = parsed.0.label();
        date.insert("label".into(), json!({"fr": fr, "ja": ja, "en": en}));
    }
}

/// Most dates in the cache of [`presented_json`], which is then emptied.
const MAX_CACHED_DATES: usize = 10_000;

/// Returns the members that [`PartialDate::add_bounds_and_label`] adds, as JSON text that starts with a
/// comma; empty where `edtf` is no date. Cached, since few dates make up most records.
#[must_use]
pub fn presented_json(edtf: &str) -> Arc<str> {
    static CACHE: LazyLock<RwLock<HashMap<String, Arc<str>>>> = LazyLock::new(RwLock::default);
    if let Some(cached) = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(edtf) {
        return cached.clone();
    }
    let mut date = Map::new();
    PartialDate::add_bounds_and_label(edtf, &mut date);
    let json = Value::Object(date).to_string();
    let members = json.trim_start_matches('{').strip_suffix('}').unwrap_or_default();
    let presented: Arc<str> = if members.is_empty() { "".into() } else { [",", members].concat().into() };
    let mut cache = CACHE.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= MAX_CACHED_DATES {
        cache.clear();
    }
    cache.insert(edtf.to_owned(), presented.clone());
    presented
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut date = serializer.serialize_map(Some(1))?;
        date.serialize_entry("edtf", self.0.as_str())?;
        date.end()
    }
}

impl utoipa::PartialSchema for PartialDate {
    fn schema() -> RefOr<Schema> {
        let day = |about: &str, example: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom("date".into())))
                .read_only(true)
                .description(Some(about.to_owned()))
                .examples([example])
        };
        let edtf = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The date in EDTF (ISO 8601-2:2019 levels 0 and 1, unspecified years, component qualifiers), years 0001 to 9999."))
            .examples(["2026-23"]);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A date as precise as its source: a day, month, season, year, decade, or an interval of these."))
            .property("edtf", edtf)
            .required("edtf")
            .property("earliest", day("The first possible day; absent where unbounded.", "2026-09-01"))
            .property("latest", day("The last possible day; absent where unbounded.", "2026-11-30"))
            .property("label", RefOr::<Schema>::Ref(utoipa::openapi::Ref::from_schema_name("Label")))
            .examples([json!({"edtf": "2026-23"})])
            .into()
    }
}

impl utoipa::ToSchema for PartialDate {
    fn name() -> Cow<'static, str> {
        "PartialDate".into()
    }
}
