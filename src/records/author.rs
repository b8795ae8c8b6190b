//! `Author` — The writer of a change: provenance, identifier schemes and kinds its key may write, administrator or not.

use crate::domain::kind::Kind;
use crate::store::changes::Provenance;

/// Who writes, and what they may.
#[derive(Debug, Clone)]
pub struct Author {
    /// Who and when, for the log.
    pub provenance: Provenance,
    /// The schemes whose identifiers the key may write.
    pub schemes: Vec<String>,
    /// The kinds of record that the key may write.
    pub kinds: Vec<Kind>,
    /// Whether the key may write any.
    pub is_admin: bool,
    /// Whether members that are another origin's own are taken over.
    pub force: bool,
}

impl Author {
    /// Whether the author may write identifiers of a scheme.
    #[must_use]
    pub fn may_write_scheme(&self, scheme: &str) -> bool {
        self.is_admin || self.schemes.iter().any(|owned| owned == scheme)
    }
}
