//! The controlled vocabularies: every code a record may hold, with its labels in three languages.
//!
//! One line of `vocabulary!` is one code. A vocabulary is modelled after SKOS (W3C, 2009): a code
//! is a concept's notation, its labels are `prefLabel`, `broader` is `broader`. Codes are never
//! renamed or removed inside `/v1`; adding one is an additive change.

pub mod authority;
pub mod citation;
pub mod figure;
pub mod list;
pub mod organisation;
pub mod partnership;
pub mod publication;
pub mod rencontre;
pub mod role;
pub mod term;
pub mod theme;
pub mod visit;
pub mod vocabulary;

pub use authority::*;
pub use citation::*;
pub use figure::*;
pub use organisation::*;
pub use partnership::*;
pub use publication::*;
pub use rencontre::*;
pub use role::*;
pub use theme::*;
pub use visit::*;
