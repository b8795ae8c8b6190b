//! The author of a change: provenance, the identifier schemes and kinds its key may write, administrator or
//! not.

use crate::db::types;
use crate::domain::kind::Kind;
use crate::store::changes::Provenance;
use crate::util::clock::Clock;

/// Who writes, and what they may write.
#[derive(Debug, Clone)]
pub struct Author {
    /// Origin, actor and time, for the change log.
    pub provenance: Provenance,
    /// The schemes whose identifiers the key may write.
    pub schemes: Vec<String>,
    /// The kinds of record that the key may write.
    pub kinds: Vec<Kind>,
    /// Whether the key may write everything.
    pub is_admin: bool,
    /// Whether fields that another origin owns are taken over.
    pub force: bool,
}

impl Author {
    /// The operator, who may write everything: the author of the seed dataset and of imports from the command line.
    #[must_use]
    pub fn operator(origin: &str, actor: &str, clock: &Clock) -> Self {
        let provenance = Provenance {
            origin: origin.into(),
            actor: actor.into(),
            at: clock.now(),
            batch: types::new_record_id(),
            comment: None,
        };
        Self { provenance, schemes: vec![], kinds: Kind::ALL.to_vec(), is_admin: true, force: false }
    }

    /// Returns whether the author may write identifiers of a scheme.
    #[must_use]
    pub fn may_write_scheme(&self, scheme: &str) -> bool {
        self.is_admin || self.schemes.iter().any(|owned| owned == scheme)
    }
}
