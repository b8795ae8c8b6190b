//! Vocabularies of visits and events.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Which way a visit goes.
    Direction = "directions", "sens du déplacement", "訪問の方向", "directions" {
        FrToJp = "fr_to_jp", "de la France vers le Japon", "フランスから日本へ", "from France to Japan";
        JpToFr = "jp_to_fr", "du Japon vers la France", "日本からフランスへ", "from Japan to France";
    }
}

vocabulary! {
    /// What a visit is; a State visit is recorded as context only.
    VisitCategory = "visit_categories", "types de visite", "訪問の種類", "visit categories" {
        OfficialVisit = "official_visit", "déplacement officiel", "公式訪問", "official visit";
        BusinessMission = "business_mission", "mission d'entreprises", "経済ミッション", "business mission";
        StudyVisit = "study_visit", "visite d'étude", "視察", "study visit";
        CourtesyCall = "courtesy_call", "visite de courtoisie", "表敬訪問", "courtesy call";
        Reception = "reception", "accueil de délégation", "受入", "reception of a delegation";
        StateVisit = "state_visit", "visite d'État", "国賓訪問", "State visit";
    }
}

vocabulary! {
    /// What a visit is for.
    VisitPurpose = "visit_purposes", "objectifs de visite", "訪問の目的", "visit purposes" {
        TourismReassurance = "tourism_reassurance", "rassurer les touristes", "観光客の不安払拭", "reassuring tourists";
        RelaunchPartnership = "relaunch_partnership", "relance du partenariat", "提携の再活性化", "relaunching a partnership";
        PromoteMajorProjects = "promote_major_projects", "présentation des grands projets", "大型プロジェクトの紹介", "presenting major projects";
        EconomicExchange = "economic_exchange", "échanges économiques", "経済交流", "economic exchange";
        GoodPracticeExchange = "good_practice_exchange", "échange de bonnes pratiques", "優良事例の共有", "exchange of good practice";
        BilateralRelations = "bilateral_relations", "relations bilatérales", "二国間関係の強化", "bilateral relations";
    }
}

vocabulary! {
    /// What came of a visit.
    VisitOutcome = "visit_outcomes", "résultats de visite", "訪問の成果", "visit outcomes" {
        InstrumentSigned = "instrument_signed", "signature d'un texte", "調印", "text signed";
        PoliticalSupport = "political_support", "soutien politique", "支持表明", "political support";
        PartnershipStrengthened = "partnership_strengthened", "partenariat renforcé", "提携の強化", "partnership strengthened";
        GroundworkLaid = "groundwork_laid", "bases d'une coopération posées", "協力の基盤づくり", "groundwork laid";
        StatedIntention = "stated_intention", "intention exprimée", "意向表明", "stated intention";
    }
}

vocabulary! {
    /// What a dated event is.
    EventCategory = "event_categories", "types d'événement", "行事の種類", "event categories" {
        Meeting = "meeting", "réunion", "会合", "meeting";
        Conference = "conference", "conférence", "会議・講演会", "conference";
        Seminar = "seminar", "séminaire", "セミナー", "seminar";
        Ceremony = "ceremony", "cérémonie", "式典", "ceremony";
        Commemoration = "commemoration", "commémoration", "周年記念", "commemoration";
        EconomicPromotion = "economic_promotion", "promotion économique", "経済プロモーション", "economic promotion";
        CulturalEvent = "cultural_event", "manifestation culturelle", "文化行事", "cultural event";
        SportingEvent = "sporting_event", "manifestation sportive", "スポーツ行事", "sporting event";
        Other = "other", "autre", "その他", "other";
    }
}
