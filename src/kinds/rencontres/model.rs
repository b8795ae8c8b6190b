//! Members of an edition of the Rencontres: the body of requests and responses.

use crate::domain::body_field::{SortedSet, body_struct};
use crate::domain::partial_date::PartialDate;
use crate::domain::quantity::Count;
use crate::domain::read_values::Url;
use crate::domain::reference::{AuthorityRef, BodyRef, RencontreRef, SourceRef};
use crate::domain::text::Text;
use crate::domain::vocabularies::figure::{Measure, Qualifier, Side};
use crate::domain::vocabularies::rencontre::{OrganiserRole, ParticipantRole, RencontreStatus};
use crate::domain::vocabularies::theme::Theme;

body_struct! {
    /// Dates that were once set for the edition, and what became of them.
    pub struct ScheduledDates {
        /// The dates.
        pub dates: PartialDate,
        /// What became of them.
        pub status: RencontreStatus,
        /// When this was known.
        pub as_of: Option<PartialDate>,
        /// Why they were moved or given up.
        pub reason: Option<Text>,
    }

    /// Who organises the edition.
    pub struct Organiser {
        /// The authority or organisation.
        pub organiser: BodyRef,
        /// The part it takes.
        pub role: Option<OrganiserRole>,
    }

    /// A number that a source gives.
    pub struct Figure {
        /// What is counted.
        pub measure: Measure,
        /// How many.
        pub value: Count,
        /// Whom the number counts.
        pub side: Option<Side>,
        /// How exact the number is.
        pub qualifier: Option<Qualifier>,
        /// The source that gives it.
        pub source: Option<SourceRef>,
    }

    /// An authority that takes part.
    pub struct Participant {
        /// The local authority.
        pub authority: AuthorityRef,
        /// The part it takes.
        pub role: Option<ParticipantRole>,
    }

    /// The declaration adopted at the edition.
    pub struct Declaration {
        /// Its title.
        pub title: Text,
        /// When it was adopted.
        pub adopted: Option<PartialDate>,
        /// Who read it out.
        pub read_by: Option<Text>,
        /// What the authorities commit themselves to.
        pub commitments: Vec<Text>,
        /// Where the text itself is read.
        pub document_url: Option<Url>,
    }

    /// An edition of the Rencontres franco-japonaises de la coopération décentralisée (日仏自治体交流会議).
    pub struct Rencontre {
        /// Its number, from 1, which never changes: `number:9` names the ninth edition in paths and references.
        #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 8)]
        pub number: Count,
        /// How it stands.
        pub status: RencontreStatus,
        /// The authority that receives it.
        pub host: AuthorityRef,
        /// When it takes place, as now known.
        pub dates: Option<PartialDate>,
        /// When events around it take place.
        pub related_dates: Vec<PartialDate>,
        /// Its theme, in words.
        pub theme: Option<Text>,
        /// The anniversary or event it marks.
        pub occasion: Option<Text>,
        /// The dates set for it, one after the other; those that were postponed stay.
        pub schedule: Vec<ScheduledDates>,
        /// Who organises it.
        pub organisers: Vec<Organiser>,
        /// What sources count.
        pub figures: Vec<Figure>,
        /// The authorities that take part.
        pub participants: Vec<Participant>,
        /// The fields of cooperation.
        #[schema(value_type = Vec<Theme>)]
        pub themes: SortedSet<Theme>,
        /// The edition at which it was announced.
        pub announced_at: Option<RencontreRef>,
        /// Its declaration, once it was held.
        pub declaration: Option<Declaration>,
    }
}
