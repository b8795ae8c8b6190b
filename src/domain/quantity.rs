//! Non-negative counts, populations and areas.

use super::body_field::{BodyField, BodyPath, body_struct, require};
use super::errors::codes::ErrorCode;
use super::errors::fault_list::FaultList;
use super::partial_date::PartialDate;
use super::vocabularies::figure::Qualifier;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// An integer from 0 to 2^53 − 1, the range that every JSON parser reads exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Count(pub i64);

/// The largest [`Count`].
pub const MAX_COUNT: i64 = (1 << 53) - 1;

impl BodyField for Count {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let Value::Number(number) = require(value, at, faults)? else {
            return faults.wrong_type(at, "integer");
        };
        // `200.0` is accepted as the integer 200, since JSON has only one type of number.
        let written = number.to_string();
        let whole = written.strip_suffix(".0").unwrap_or(&written).parse::<i64>().ok();
        match whole {
            None if number.as_f64().is_some_and(|f| f.fract() != 0.0) => faults.wrong_type(at, "integer"),
            Some(count @ 0..=MAX_COUNT) => Some(Self(count)),
            _ => {
                faults.push(
                    at,
                    ErrorCode::OutOfRange,
                    vec![("least", "0".into()), ("most", MAX_COUNT.to_string())],
                );
                None
            }
        }
    }
}

impl utoipa::PartialSchema for Count {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(MAX_COUNT))
            .description(Some("A whole number, at most 2^53 − 1."))
            .examples([54])
            .into()
    }
}

impl utoipa::ToSchema for Count {
    fn name() -> std::borrow::Cow<'static, str> {
        "Count".into()
    }
}

/// A finite number; its range is checked by the rules of the member that holds it.
impl BodyField for f64 {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        match require(value, at, faults)? {
            Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
            _ => faults.wrong_type(at, "number"),
        }
    }
}

body_struct! {
    /// How many people live there, when, by which reckoning.
    pub struct Population {
        /// The number of inhabitants.
        pub value: Count,
        /// The date the number refers to.
        pub as_of: Option<PartialDate>,
        /// How exact the number is.
        pub qualifier: Option<Qualifier>,
    }

    /// A surface.
    pub struct Area {
        /// The surface in square kilometres.
        #[schema(minimum = 0, maximum = 1_000_000, example = 1411.83)]
        pub value: f64,
        /// How exact the number is.
        pub qualifier: Option<Qualifier>,
    }
}
