//! Vocabularies of publication and framework categories.

use super::vocabulary::vocabulary;

vocabulary! {
    /// What a publication is; CUF issues a country dossier and a directory of partnerships.
    PublicationCategory = "publication_categories", "types de publication", "刊行物の種類", "publication categories" {
        CountryDossier = "country_dossier", "dossier-pays", "国別資料集", "country dossier";
        Directory = "directory", "répertoire", "名簿", "directory";
        Guide = "guide", "guide", "手引き", "guide";
        Report = "report", "rapport", "報告書", "report";
        Proceedings = "proceedings", "actes", "会議録", "proceedings";
        Newsletter = "newsletter", "lettre d'information", "ニュースレター", "newsletter";
        Other = "other", "autre", "その他", "other";
    }
}

vocabulary! {
    /// What a text of the two States is.
    FrameworkCategory = "framework_categories", "types de cadre", "政府間枠組みの種類", "framework categories" {
        JointCommunique = "joint_communique", "communiqué conjoint", "共同声明", "joint communiqué";
        Roadmap = "roadmap", "feuille de route", "ロードマップ", "road map";
        Agreement = "agreement", "accord intergouvernemental", "政府間協定", "intergovernmental agreement";
        Other = "other", "autre", "その他", "other";
    }
}
