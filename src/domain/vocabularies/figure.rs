//! Vocabularies of measures, sides counted and qualifiers of numbers.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a figure counts or measures.
    Measure = "measures", "mesures", "計測対象", "measures" {
        Authorities = "authorities", "collectivités", "自治体数", "authorities";
        Persons = "persons", "personnes", "人数", "persons";
        Organisations = "organisations", "organismes", "団体数", "organisations";
        Days = "days", "jours", "日数", "days";
        SquareKilometres = "km2", "kilomètres carrés", "平方キロメートル", "square kilometres";
        EurosPerYear = "eur_per_year", "euros par an", "ユーロ（年間）", "euros per year";
    }
}

vocabulary! {
    /// Whom a figure counts.
    Side = "sides", "parties comptées", "集計区分", "sides counted" {
        French = "fr", "côté français", "フランス側", "French side";
        Japanese = "jp", "côté japonais", "日本側", "Japanese side";
        Total = "total", "total", "合計", "total";
    }
}

vocabulary! {
    /// How exact a figure is, in the source's words.
    Qualifier = "qualifiers", "précisions", "数値の精度", "qualifiers" {
        Exact = "exact", "exactement", "正確な値", "exactly";
        About = "about", "environ", "約", "about";
        Nearly = "nearly", "près de", "近く", "nearly";
        MoreThan = "more_than", "plus de", "超", "more than";
        LessThan = "less_than", "moins de", "未満", "less than";
        AtLeast = "at_least", "au moins", "以上", "at least";
    }
}
