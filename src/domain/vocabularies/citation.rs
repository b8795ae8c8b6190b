//! Vocabularies of citation ranks, certainties, reasons and source reliability.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Rank of a citation among those about the same member (Wikidata's ranks).
    Rank = "ranks", "rangs", "優先度", "ranks" {
        Preferred = "preferred", "préféré", "優先", "preferred";
        Normal = "normal", "normal", "通常", "normal";
        Deprecated = "deprecated", "écarté", "非推奨", "deprecated";
    }
}

vocabulary! {
    /// How a value follows from its source.
    Certainty = "certainties", "degrés de certitude", "確実性", "certainties" {
        Stated = "stated", "énoncé par la source", "資料に明記", "stated by the source";
        Inferred = "inferred", "déduit de la source", "資料から推定", "inferred from the source";
        External = "external", "tiré d'une source extérieure", "外部資料による", "from an outside source";
    }
}

vocabulary! {
    /// Why a citation is set aside, or a date moved.
    Reason = "reasons", "motifs", "理由", "reasons" {
        SourceTypo = "source_typo", "coquille dans la source", "資料の誤記", "typing error in the source";
        Superseded = "superseded", "remplacé par une source plus récente", "より新しい資料あり", "superseded by a later source";
        LessPrecise = "less_precise", "moins précis", "精度が低い", "less precise";
        Contradicted = "contradicted", "contredit par d'autres sources", "他の資料と矛盾", "contradicted by other sources";
        PublicHealth = "public_health", "contexte sanitaire", "感染症等の影響", "public health";
        NaturalDisaster = "natural_disaster", "catastrophe naturelle", "自然災害", "natural disaster";
        Political = "political", "motif politique", "政治的事情", "political";
        Other = "other", "autre", "その他", "other";
    }
}

vocabulary! {
    /// Standing of a source document.
    Reliability = "reliabilities", "fiabilités des sources", "資料の信頼性", "source reliabilities" {
        Primary = "primary", "source primaire", "一次資料", "primary source";
        Official = "official", "source officielle", "公的資料", "official source";
        Press = "press", "presse", "報道", "press";
        Other = "other", "autre", "その他", "other";
    }
}
