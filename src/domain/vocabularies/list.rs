//! Every vocabulary, in the order of `GET /v1/vocabularies`.

use super::vocabulary::{Vocabulary, VocabularyEntry};
use super::{
    authority, citation, figure, organisation, partnership, publication, rencontre, role, theme, visit,
};

const fn entry<V: Vocabulary>() -> VocabularyEntry {
    VocabularyEntry { name: V::NAME, title: V::TITLE, terms: V::TERMS }
}

/// Every vocabulary, sorted by name.
pub static VOCABULARIES: &[VocabularyEntry] = &[
    entry::<partnership::Answer>(),
    entry::<rencontre::Audience>(),
    entry::<authority::AuthorityLevel>(),
    entry::<authority::AuthorityStatus>(),
    entry::<citation::Certainty>(),
    entry::<authority::Country>(),
    entry::<visit::Direction>(),
    entry::<visit::EventCategory>(),
    entry::<partnership::FollowUpCategory>(),
    entry::<partnership::FollowUpStatus>(),
    entry::<publication::FrameworkCategory>(),
    entry::<authority::LanguageCode>(),
    entry::<figure::Measure>(),
    entry::<partnership::MemorandumCategory>(),
    entry::<partnership::MemorandumStatus>(),
    entry::<organisation::OrganisationCategory>(),
    entry::<rencontre::OrganiserRole>(),
    entry::<rencontre::ParticipantRole>(),
    entry::<partnership::PartnershipCategory>(),
    entry::<partnership::PartnershipStatus>(),
    entry::<rencontre::PartOfDay>(),
    entry::<partnership::PartyRole>(),
    entry::<publication::PublicationCategory>(),
    entry::<figure::Qualifier>(),
    entry::<citation::Rank>(),
    entry::<citation::Reason>(),
    entry::<citation::Reliability>(),
    entry::<rencontre::RencontreStatus>(),
    entry::<role::Role>(),
    entry::<rencontre::SessionCategory>(),
    entry::<figure::Side>(),
    entry::<partnership::SinceBasis>(),
    entry::<theme::Theme>(),
    entry::<visit::VisitCategory>(),
    entry::<visit::VisitOutcome>(),
    entry::<visit::VisitPurpose>(),
];
