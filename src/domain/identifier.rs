//! Identifiers by which others know a record.

use super::body_field::{BodyField, BodyPath, reject_unknown_members, require, require_object, take_member};
use super::errors::codes::ErrorCode;
use super::errors::fault_list::FaultList;
use super::schemes;
use super::schemes::SchemeError;
use crate::gazetteer::lookup;
use serde::Serialize;
use serde_json::Value;

/// An identifier: unique for its kind, scheme and value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Identifier {
    /// Who gives the identifier: an open, verified scheme (`insee_com`, `insee_dep`, `insee_ctcd`, `insee_reg`,
    /// `siren`, `dantai`, `iso3166_2`, `wikidata`, `geonames`, `slug`) or an owned one (`clair`, `cuf`, `cncd`, …).
    #[schema(example = "dantai", min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._~-]+$")]
    pub scheme: String,
    /// The identifier itself, case-sensitive.
    #[schema(example = "221007", min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._~-]+$")]
    pub value: String,
}

impl Identifier {
    /// Splits `scheme:value`; the value is completed to its scheme's canonical form where it has one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, value) = text.split_once(':')?;
        let well_formed = schemes::is_well_formed(scheme) && schemes::is_well_formed(value);
        let canonical = || schemes::canonicalise(scheme, value).map_or_else(|_| value.to_owned(), Into::into);
        well_formed.then(|| Self { scheme: scheme.into(), value: canonical() })
    }

    /// The identifier with the canonical value of its scheme.
    ///
    /// # Errors
    /// What is wrong with it: its form, or its check digit.
    pub fn into_canonical(self) -> Result<Self, (ErrorCode, crate::domain::errors::fault::MessageArgs)> {
        let (code, expected) = match schemes::canonicalise(&self.scheme, &self.value) {
            Ok(value) if schemes::is_well_formed(&self.scheme) => {
                return Ok(Self { value: value.into_owned(), scheme: self.scheme });
            }
            Err(SchemeError::CheckDigit { expected }) => (ErrorCode::BadCheckDigit, expected),
            _ => (ErrorCode::BadIdentifier, String::new()),
        };
        let proposals = lookup::suggest_codes(&self);
        let Self { scheme, value } = self;
        Err((
            code,
            vec![("expected", expected), ("proposals", proposals), ("scheme", scheme), ("value", value)],
        ))
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme, self.value)
    }
}

impl BodyField for Identifier {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let mut members = require_object(value, at, faults)?;
        let mut text = |name: &'static str, faults: &mut FaultList| {
            let at = at.key(name);
            match require(take_member(&mut members, name), &at, faults)? {
                Value::String(text) => Some(text),
                _ => faults.wrong_type(&at, "string"),
            }
        };
        let (scheme, value) = (text("scheme", faults), text("value", faults));
        reject_unknown_members(&members, at, &["scheme", "value"], &[], faults);
        match (Self { scheme: scheme?, value: value? }).into_canonical() {
            Ok(identifier) => Some(identifier),
            Err((code, facts)) => {
                faults.push(&at.key("value"), code, facts);
                None
            }
        }
    }
}
