//! Vocabulary of organisation categories.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What an organisation is. A country group (groupe-pays) is a standing group of CUF's members.
    OrganisationCategory = "organisation_categories", "types d'organisme", "団体の種類", "organisation categories" {
        NationalAssociation = "national_association", "réseau de collectivités", "自治体連合組織", "national association of authorities";
        SupportBody = "support_body", "organisme d'appui", "自治体支援機関", "support body";
        SupportBodyBranch = "support_body_branch", "bureau d'un organisme d'appui", "自治体支援機関の事務所", "support body's office";
        CountryGroup = "country_group", "groupe-pays", "国別グループ", "country group";
        Ministry = "ministry", "ministère", "省", "ministry";
        Embassy = "embassy", "ambassade", "大使館", "embassy";
        TradeAgency = "trade_agency", "agence de commerce extérieur", "貿易振興機関", "trade agency";
        DevelopmentAgency = "development_agency", "agence de développement", "経済開発公社", "development agency";
        CityNetwork = "city_network", "réseau de villes", "都市ネットワーク", "city network";
        University = "university", "université", "大学", "university";
        Association = "association", "association", "民間団体", "association";
        Company = "company", "entreprise", "企業", "company";
        Other = "other", "autre", "その他", "other";
    }
}
