//! Criteria.

/// The version of the method.
pub const METHOD_VERSION: &str = "1";

macro_rules! criteria {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $weight:literal, $max_units:literal, $fr:literal, $ja:literal, $en:literal;)*) => {
        /// Something that speaks for a partner.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Criterion { $($(#[$doc])* $name,)* }

        impl Criterion {
            /// Every criterion, in the order in which reasons are told.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What a unit of it adds to the score.
            #[must_use]
            pub const fn weight(self) -> i64 {
                match self { $(Self::$name => $weight,)* }
            }

            /// The most units that count.
            #[must_use]
            pub const fn max_units(self) -> i64 {
                match self { $(Self::$name => $max_units,)* }
            }

            /// What it is, in French, Japanese and English.
            #[must_use]
            pub const fn label(self) -> [&'static str; 3] {
                match self { $(Self::$name => [$fr, $ja, $en],)* }
            }
        }
    };
}

criteria! {
    /// A theme of the one is, contains or is part of a theme of the other.
    SharedThemes = "shared_themes", 10, 4, "thèmes communs", "共通の分野", "themes in common";
    /// It looks for a partner in this country.
    OpenRequest = "open_request", 30, 1, "demandes de partenariat ouvertes", "募集中の提携希望", "open partner requests";
    /// A delegation of the one was with the other.
    Visits = "visits", 15, 2, "visites de l'une à l'autre", "両者間の訪問", "visits from one to the other";
    /// A partner of an authority with which this one has a partner in common.
    CommonPartner = "common_partner", 10, 2, "partenariats de collectivités qui ont le même partenaire", "同じ提携先を持つ自治体の提携", "partnerships of authorities that have the same partner";
    /// A partner of an authority of the same region or prefecture.
    NeighbourPartner = "neighbour_partner", 8, 2, "partenariats de collectivités voisines, de la même région ou préfecture", "同じ地域・都道府県の自治体の提携", "partnerships of neighbours in the same region or prefecture";
    /// Both took part in an edition of the Rencontres that was held, as host too.
    SameEdition = "same_edition", 6, 3, "éditions des Rencontres en commun", "ともに参加した日仏自治体交流会議", "editions of the Rencontres attended by both";
    /// Both are municipalities or their groupings, or both are regions, departments or prefectures.
    SameLevel = "same_level", 20, 1, "échelons comparables", "同等の自治体", "comparable levels";
    /// One has at most four times the inhabitants of the other: twenty times the smaller number, divided by the larger.
    SimilarPopulation = "similar_population", 1, 20, "populations comparables", "人口規模が近い", "similar populations";
    /// The seats of both are near the sea.
    Coast = "coast", 10, 1, "toutes deux sur le littoral", "ともに沿岸", "both on the coast";
}
