//! The criteria by which partners are suggested, each with its weight and limit.

/// Version of the method; to be raised with every change of scores.
pub const METHOD_VERSION: &str = "1";

macro_rules! criteria {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $weight:literal, $max_units:literal, $fr:literal, $ja:literal, $en:literal;)*) => {
        /// A criterion of the score.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Criterion { $($(#[$doc])* $name,)* }

        impl Criterion {
            /// All criteria, in the order of the reasons in a response.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the code, as in responses.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Returns the score of one unit.
            #[must_use]
            pub const fn weight(self) -> i64 {
                match self { $(Self::$name => $weight,)* }
            }

            /// Returns the maximum number of units that count.
            #[must_use]
            pub const fn max_units(self) -> i64 {
                match self { $(Self::$name => $max_units,)* }
            }

            /// Returns the label in French, Japanese and English.
            #[must_use]
            pub const fn label(self) -> [&'static str; 3] {
                match self { $(Self::$name => [$fr, $ja, $en],)* }
            }
        }
    };
}

criteria! {
    /// A theme of one is the same as, broader or narrower than a theme of the other.
    SharedThemes = "shared_themes", 10, 4, "thèmes communs", "共通の分野", "themes in common";
    /// The candidate has an open request for a partner in this country.
    OpenRequest = "open_request", 30, 1, "demandes de partenariat ouvertes", "募集中の提携希望", "open partner requests";
    /// Both took part in a visit.
    Visits = "visits", 15, 2, "visites de l'une à l'autre", "両者間の訪問", "visits from one to the other";
    /// The candidate is a partner of an authority that shares a partner with this one.
    CommonPartner = "common_partner", 10, 2, "partenariats de collectivités qui ont le même partenaire", "同じ提携先を持つ自治体の提携", "partnerships of authorities that have the same partner";
    /// The candidate is a partner of an authority of the same region or prefecture.
    NeighbourPartner = "neighbour_partner", 8, 2, "partenariats de collectivités voisines, de la même région ou préfecture", "同じ地域・都道府県の自治体の提携", "partnerships of neighbours in the same region or prefecture";
    /// Both took part in, or hosted, an edition of the Rencontres that was held.
    SameEdition = "same_edition", 6, 3, "éditions des Rencontres en commun", "ともに参加した日仏自治体交流会議", "editions of the Rencontres attended by both";
    /// Both are municipal, or both are regions, departments or prefectures.
    SameLevel = "same_level", 20, 1, "échelons comparables", "同等の自治体", "comparable levels";
    /// The populations differ by a factor of at most 4; units: 20 × smaller ÷ larger.
    SimilarPopulation = "similar_population", 1, 20, "populations comparables", "人口規模が近い", "similar populations";
    /// Both seats are near the sea.
    Coast = "coast", 10, 1, "toutes deux sur le littoral", "ともに沿岸", "both on the coast";
}
