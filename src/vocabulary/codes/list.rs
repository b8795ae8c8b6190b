//! The list behind `GET /v1/vocabularies`.

use super::{Vocabulary, VocabularyEntry};

const fn entry<V: Vocabulary>() -> VocabularyEntry {
    VocabularyEntry { name: V::NAME, title: V::TITLE, terms: V::TERMS }
}

/// Every vocabulary, by name.
pub static VOCABULARIES: &[VocabularyEntry] = &[
    entry::<super::Answer>(),
    entry::<super::Audience>(),
    entry::<super::AuthorityLevel>(),
    entry::<super::AuthorityStatus>(),
    entry::<super::Certainty>(),
    entry::<super::Country>(),
    entry::<super::Direction>(),
    entry::<super::EventCategory>(),
    entry::<super::FollowUpCategory>(),
    entry::<super::FollowUpStatus>(),
    entry::<super::FrameworkCategory>(),
    entry::<super::LanguageCode>(),
    entry::<super::Measure>(),
    entry::<super::MemorandumCategory>(),
    entry::<super::MemorandumStatus>(),
    entry::<super::OrganisationCategory>(),
    entry::<super::OrganiserRole>(),
    entry::<super::ParticipantRole>(),
    entry::<super::PartnershipCategory>(),
    entry::<super::PartnershipStatus>(),
    entry::<super::PartOfDay>(),
    entry::<super::PartyRole>(),
    entry::<super::PublicationCategory>(),
    entry::<super::Qualifier>(),
    entry::<super::Rank>(),
    entry::<super::Reason>(),
    entry::<super::Reliability>(),
    entry::<super::RencontreStatus>(),
    entry::<super::Role>(),
    entry::<super::SessionCategory>(),
    entry::<super::Side>(),
    entry::<super::SinceBasis>(),
    entry::<super::Theme>(),
    entry::<super::VisitCategory>(),
    entry::<super::VisitOutcome>(),
    entry::<super::VisitPurpose>(),
];
