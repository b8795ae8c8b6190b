//! Vocabulary of offices and roles.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Office held or part taken. Labels are equivalents for display: a French adjoint is elected, a
    /// 副市長 appointed, so a mandate keeps its title in the source's words.
    Role = "roles", "fonctions", "役職", "roles" {
        Mayor = "mayor", "maire", "市長・町長・村長・区長", "mayor";
        DeputyMayor = "deputy_mayor", "adjoint au maire", "副市長", "deputy mayor";
        RegionalPresident = "regional_president", "président de région", "州議会議長（州知事）", "regional president";
        RegionalVicePresident = "regional_vice_president", "vice-président de région", "州議会副議長", "regional vice-president";
        DepartmentalPresident = "departmental_president", "président du conseil départemental", "県議会議長", "departmental president";
        EpciPresident = "epci_president", "président d'intercommunalité", "広域行政組織議長", "president of an intermunicipal body";
        Governor = "governor", "gouverneur", "知事", "governor";
        ViceGovernor = "vice_governor", "vice-gouverneur", "副知事", "vice-governor";
        Councillor = "councillor", "conseiller", "議員", "councillor";
        HeadOfState = "head_of_state", "chef de l'État", "国家元首", "head of State";
        HeadOfGovernment = "head_of_government", "chef du gouvernement", "首相", "head of government";
        Ambassador = "ambassador", "ambassadeur", "大使", "ambassador";
        MinistryDelegate = "ministry_delegate", "délégué d'un ministère", "省庁代表", "ministry delegate";
        ContactOfficer = "contact_officer", "référent", "担当者", "contact officer";
        NetworkPresident = "network_president", "président de réseau", "ネットワーク会長", "network president";
        President = "president", "présidence", "会長", "president";
        VicePresident = "vice_president", "vice-présidence", "副会長", "vice-president";
        ExecutiveCity = "executive_city", "ville exécutive", "役員都市", "executive city";
        Member = "member", "membre", "会員", "member";
    }
}
