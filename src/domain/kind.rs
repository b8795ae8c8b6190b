//! The closed list of record kinds, with their names and URL segments.

use serde::Serialize;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $path:literal;)*) => {
        /// A kind of record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The value of the member `kind`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The segment of the collection in URLs, below `/v1`.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$kind => $path,)* }
            }
        }
    };
}

kinds! {
    /// A document that citations name.
    Source = "source", "sources";
    /// A local authority of France or Japan.
    Authority = "authority", "authorities";
    /// A body that is not a local authority.
    Organisation = "organisation", "organisations";
    /// A holder of public office.
    Person = "person", "people";
    /// A lasting relation between authorities of both countries.
    Partnership = "partnership", "partnerships";
    /// A signed text.
    Memorandum = "memorandum", "memoranda";
    /// A journey of a delegation.
    Visit = "visit", "visits";
    /// An edition of the Rencontres.
    Rencontre = "rencontre", "rencontres";
    /// A point of an edition's programme.
    Session = "session", "sessions";
    /// A sheet on a policy that others may learn from.
    GoodPractice = "good_practice", "good-practices";
    /// A dossier, directory or other publication.
    Publication = "publication", "publications";
    /// A text of the two States that the cooperation rests on.
    Framework = "framework", "frameworks";
    /// A dated event that is neither a visit nor an edition.
    Event = "event", "events";
    /// An authority's call for a partner.
    PartnerRequest = "partner_request", "partner-requests";
}

impl Kind {
    /// Returns the kind with this value of the member `kind`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }
}
