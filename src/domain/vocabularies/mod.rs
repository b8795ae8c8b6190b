//! The controlled vocabularies: every code that a record may hold, with its labels in three languages.
//!
//! Each line of `vocabulary!` declares one code. The model is SKOS (W3C, 2009): a code is the notation of a
//! concept, its labels are `prefLabel`, `broader` is `broader`. Codes are never renamed or removed inside `/v1`;
//! adding one is an additive change.
//!
//! Never here: lists that are no vocabulary, such as kinds, languages of the API or error codes.

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
