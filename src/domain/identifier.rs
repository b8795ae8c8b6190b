//! External identifiers of a record, `scheme:value`.

use super::schemes;
use serde::Serialize;

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
    /// Splits `scheme:value` without canonicalising the value; `None` where either part is not well formed.
    ///
    /// For codes that are canonical already, such as the gazetteer's own. What callers write is read by
    /// `gazetteer::identifiers::parse_identifier`.
    #[must_use]
    pub fn split(text: &str) -> Option<Self> {
        let (scheme, value) = text.split_once(':')?;
        let is_well_formed = schemes::is_well_formed(scheme) && schemes::is_well_formed(value);
        is_well_formed.then(|| Self { scheme: scheme.into(), value: value.into() })
    }
}

impl std::fmt::Display for Identifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.scheme, self.value)
    }
}
