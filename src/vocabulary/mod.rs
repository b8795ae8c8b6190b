//! Domain words that several kinds share, with their rules; no SQL, no HTTP.

pub mod citation;
pub mod codes;
pub mod disagreement;
pub mod edtf;
pub mod folding;
pub mod identifier;
pub mod json_patch;
pub mod kanji;
pub mod kind;
pub mod language;
pub mod member;
pub mod merge_patch;
pub mod nearest;
pub mod partial_date;
pub mod period;
pub mod place;
pub mod quantity;
pub mod reference;
pub mod romaji;
pub mod schemes;
pub mod state;
pub mod text;
pub mod validity;
pub mod written_date;

pub use citation::Citation;
pub use identifier::Identifier;
pub use kind::Kind;
pub use member::{BodyField, BodyPath, FaultList, Visitor};
pub use partial_date::PartialDate;
pub use reference::Ref;
pub use text::Text;
