//! Vocabularies of countries, levels and states of authorities, and text languages.

use super::vocabulary::vocabulary;

vocabulary! {
    /// The two countries of the registry (ISO 3166-1 alpha-2).
    Country = "countries", "pays", "国", "countries" {
        France = "FR", "France", "フランス", "France";
        Japan = "JP", "Japon", "日本", "Japan";
    }
}

vocabulary! {
    /// Level of an authority: for France after the CGCT and the INSEE code that names it, for Japan
    /// after the Local Autonomy Act (地方自治法). Show the country with it: 県 is used of both.
    AuthorityLevel = "authority_levels", "niveaux de collectivité", "自治体の種別", "authority levels" {
        Commune = "commune", "commune", "コミューン（基礎自治体）", "municipality (commune)";
        MunicipalArrondissement = "municipal_arrondissement", "arrondissement municipal", "区", "municipal arrondissement";
        CommunityOfCommunes = "community_of_communes", "communauté de communes", "コミューン共同体", "community of communes";
        AgglomerationCommunity = "agglomeration_community", "communauté d'agglomération", "都市圏共同体", "agglomeration community";
        UrbanCommunity = "urban_community", "communauté urbaine", "大都市共同体", "urban community";
        Metropolis = "metropolis", "métropole", "メトロポール", "metropolis";
        Department = "department", "département", "県", "department";
        Region = "region", "région", "州（地域圏）", "region";
        SpecialStatusAuthority = "special_status_authority", "collectivité à statut particulier", "特別自治体", "special-status authority";
        Prefecture = "prefecture", "préfecture (département japonais)", "都道府県", "prefecture";
        DesignatedCity = "designated_city", "ville désignée par décret", "政令指定都市", "designated city";
        CoreCity = "core_city", "ville-noyau", "中核市", "core city";
        City = "city", "ville", "市", "city";
        Town = "town", "bourg", "町", "town";
        Village = "village", "village", "村", "village";
        SpecialWard = "special_ward", "arrondissement spécial de Tokyo", "特別区", "special ward";
    }
}

impl AuthorityLevel {
    /// Returns the country that has authorities of this level.
    #[must_use]
    pub const fn country(self) -> Country {
        match self {
            Self::Prefecture
            | Self::DesignatedCity
            | Self::CoreCity
            | Self::City
            | Self::Town
            | Self::Village
            | Self::SpecialWard => Country::Japan,
            _ => Country::France,
        }
    }
}

vocabulary! {
    /// Whether an authority still exists (communes nouvelles, 市町村合併).
    AuthorityStatus = "authority_statuses", "états d'une collectivité", "自治体の存続状況", "authority statuses" {
        Active = "active", "en activité", "存続", "active";
        Merged = "merged", "fusionnée", "合併", "merged";
        Abolished = "abolished", "supprimée", "廃止", "abolished";
    }
}

vocabulary! {
    /// Languages and scripts of texts (BCP 47).
    LanguageCode as "Language" = "languages", "langues", "言語", "languages" {
        Fr = "fr", "français", "フランス語", "French";
        Ja = "ja", "japonais", "日本語", "Japanese";
        En = "en", "anglais", "英語", "English";
        JaHira = "ja-Hira", "japonais en hiragana", "日本語（ひらがな）", "Japanese in hiragana";
        JaLatn = "ja-Latn", "japonais en caractères latins", "日本語（ローマ字）", "Japanese in Latin script";
    }
}
