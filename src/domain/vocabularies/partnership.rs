//! Vocabularies of partnerships, memoranda and follow-ups.

use super::vocabulary::vocabulary;

vocabulary! {
    /// Form of a lasting relation: that of its strongest known text. CUF and CLAIR (姉妹・友好提携) use
    /// different words for the same link, and not every link is a twinning.
    PartnershipCategory = "partnership_categories", "formes de partenariat", "提携の種類", "partnership categories" {
        Twinning = "twinning", "jumelage", "姉妹都市提携", "twinning (sister city)";
        FriendshipCity = "friendship_city", "ville amie, accord d'amitié", "友好都市提携", "friendship city";
        FriendshipCooperationPact = "friendship_cooperation_pact", "pacte d'amitié et de coopération", "友好協力協定", "friendship and cooperation pact";
        PartnershipConvention = "partnership_convention", "convention de partenariat", "パートナーシップ協定", "partnership convention";
        DecentralisedCooperationAgreement = "decentralised_cooperation_agreement", "accord de coopération décentralisée", "交流協定・協力協定", "decentralised cooperation agreement";
        MemorandumOfUnderstanding = "memorandum_of_understanding", "mémorandum d'entente", "覚書（MOU）", "memorandum of understanding";
        EconomicExchangeAgreement = "economic_exchange_agreement", "accord d'échanges économiques", "経済交流協定", "economic exchange agreement";
        LetterOfIntent = "letter_of_intent", "lettre d'intention", "意向書（趣意書）", "letter of intent";
        Other = "other", "autre", "その他", "other";
    }
}

vocabulary! {
    /// Form of a signed text: those that found a partnership, and those that only follow one.
    MemorandumCategory = "memorandum_categories", "formes de texte signé", "調印文書の種類", "signed text categories" {
        Twinning = "twinning", "jumelage", "姉妹都市提携", "twinning (sister city)";
        FriendshipCity = "friendship_city", "ville amie, accord d'amitié", "友好都市提携", "friendship city";
        FriendshipCooperationPact = "friendship_cooperation_pact", "pacte d'amitié et de coopération", "友好協力協定", "friendship and cooperation pact";
        PartnershipConvention = "partnership_convention", "convention de partenariat", "パートナーシップ協定", "partnership convention";
        DecentralisedCooperationAgreement = "decentralised_cooperation_agreement", "accord de coopération décentralisée", "交流協定・協力協定", "decentralised cooperation agreement";
        MemorandumOfUnderstanding = "memorandum_of_understanding", "mémorandum d'entente", "覚書（MOU）", "memorandum of understanding";
        EconomicExchangeAgreement = "economic_exchange_agreement", "accord d'échanges économiques", "経済交流協定", "economic exchange agreement";
        LetterOfIntent = "letter_of_intent", "lettre d'intention", "意向書（趣意書）", "letter of intent";
        JointDeclaration = "joint_declaration", "déclaration conjointe", "共同宣言", "joint declaration";
        TwinningOath = "twinning_oath", "serment ou charte de jumelage", "姉妹都市盟約書", "twinning oath or charter";
        Renewal = "renewal", "avenant ou renouvellement", "更新・再調印", "renewal or amendment";
        Other = "other", "autre", "その他", "other";
    }
}

vocabulary! {
    /// State of the lasting relation, apart from that of the texts signed under it.
    PartnershipStatus = "partnership_statuses", "états d'un partenariat", "提携の状況", "partnership statuses" {
        Exploratory = "exploratory", "à l'étude", "検討中", "exploratory";
        Project = "project", "en projet", "準備中", "planned";
        Active = "active", "actif", "活動中", "active";
        Dormant = "dormant", "en sommeil", "休止中", "dormant";
        Suspended = "suspended", "suspendu", "一時停止", "suspended";
        Ended = "ended", "terminé", "解消", "ended";
        Superseded = "superseded", "remplacé", "移行", "superseded";
        Unknown = "unknown", "non renseigné", "不明", "unknown";
    }
}

vocabulary! {
    /// State of a signed text.
    MemorandumStatus = "memorandum_statuses", "états d'un texte signé", "調印文書の状況", "signed text statuses" {
        Draft = "draft", "projet", "草案", "draft";
        Approved = "approved", "approuvé", "承認済み", "approved";
        Signed = "signed", "signé", "調印済み", "signed";
        InForce = "in_force", "en vigueur", "発効中", "in force";
        Expired = "expired", "expiré", "期間満了", "expired";
        Renewed = "renewed", "renouvelé", "更新済み", "renewed";
        Terminated = "terminated", "résilié", "解除", "terminated";
        Unknown = "unknown", "non renseigné", "不明", "unknown";
    }
}

vocabulary! {
    /// What the date of a partnership rests on (CLAIR's 提携日の根拠).
    SinceBasis = "since_bases", "fondements de la date", "提携日の根拠", "bases of the date" {
        SigningCeremony = "signing_ceremony", "signature", "調印日", "signing";
        CouncilVote = "council_vote", "délibération", "議決日", "council vote";
        Proclamation = "proclamation", "proclamation", "宣言日", "proclamation";
        ExchangeOfLetters = "exchange_of_letters", "échange de lettres", "書簡交換", "exchange of letters";
        StatedYearOnly = "stated_year_only", "année seule", "年のみ", "year only";
        Inferred = "inferred", "déduite", "推定", "inferred";
    }
}

vocabulary! {
    /// Part an authority takes in a partnership of several.
    PartyRole = "party_roles", "rôles des parties", "提携における役割", "party roles" {
        Lead = "lead", "chef de file", "代表自治体", "lead";
        Member = "member", "membre", "構成自治体", "member";
    }
}

vocabulary! {
    /// Answer to one of CLAIR's three criteria of a sister link (姉妹提携の要件).
    Answer = "answers", "réponses", "回答", "answers" {
        Yes = "yes", "oui", "はい", "yes";
        No = "no", "non", "いいえ", "no";
        Unknown = "unknown", "inconnu", "不明", "unknown";
    }
}

vocabulary! {
    /// What the parties of a signed text set out to do next.
    FollowUpCategory = "follow_up_categories", "types de suite", "フォローアップの種類", "follow-up categories" {
        BusinessMission = "business_mission", "mission d'entreprises", "経済ミッション", "business mission";
        Meeting = "meeting", "réunion", "会合", "meeting";
        Visit = "visit", "déplacement", "訪問", "visit";
        Event = "event", "événement", "行事", "event";
        Project = "project", "projet commun", "共同事業", "joint project";
        SignedText = "signed_text", "nouveau texte à signer", "新たな文書の調印", "further signed text";
        Other = "other", "autre", "その他", "other";
    }
}

vocabulary! {
    /// State of a follow-up.
    FollowUpStatus = "follow_up_statuses", "états d'une suite", "フォローアップの状況", "follow-up statuses" {
        Planned = "planned", "prévue", "予定", "planned";
        Done = "done", "réalisée", "実施済み", "done";
        Cancelled = "cancelled", "annulée", "中止", "cancelled";
        Unknown = "unknown", "non renseignée", "不明", "unknown";
    }
}
