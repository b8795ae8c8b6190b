//! The definition of a kind, looked up by [`Kind`].

use super::definition::{Definition, definition_of};
use super::{
    authorities, events, frameworks, good_practices, memoranda, organisations, partner_requests,
    partnerships, people, publications, rencontres, sessions, sources, visits,
};
use crate::domain::kind::Kind;

/// Returns the definition of a kind.
#[must_use]
pub fn definition(kind: Kind) -> &'static dyn Definition {
    match kind {
        Kind::Source => definition_of::<sources::model::Source>(),
        Kind::Authority => definition_of::<authorities::model::Authority>(),
        Kind::Partnership => definition_of::<partnerships::model::Partnership>(),
        Kind::Organisation => definition_of::<organisations::model::Organisation>(),
        Kind::Person => definition_of::<people::model::Person>(),
        Kind::Memorandum => definition_of::<memoranda::model::Memorandum>(),
        Kind::Visit => definition_of::<visits::model::Visit>(),
        Kind::Rencontre => definition_of::<rencontres::model::Rencontre>(),
        Kind::Session => definition_of::<sessions::model::Session>(),
        Kind::GoodPractice => definition_of::<good_practices::model::GoodPractice>(),
        Kind::Publication => definition_of::<publications::model::Publication>(),
        Kind::Framework => definition_of::<frameworks::model::Framework>(),
        Kind::Event => definition_of::<events::model::Event>(),
        Kind::PartnerRequest => definition_of::<partner_requests::model::PartnerRequest>(),
    }
}
