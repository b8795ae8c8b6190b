//! Vocabularies of editions of the Rencontres (日仏自治体交流会議) and their sessions.

use super::vocabulary::vocabulary;

vocabulary! {
    /// State of an edition, or of a date once set for it.
    RencontreStatus = "rencontre_statuses", "états d'une édition", "開催状況", "edition statuses" {
        Announced = "announced", "annoncée", "開催発表済み", "announced";
        Planned = "planned", "prévue", "開催予定", "planned";
        Confirmed = "confirmed", "confirmée", "開催決定", "confirmed";
        Held = "held", "tenue", "開催済み", "held";
        Postponed = "postponed", "reportée", "延期", "postponed";
        Cancelled = "cancelled", "annulée", "中止", "cancelled";
    }
}

vocabulary! {
    /// Part taken in organising an edition.
    OrganiserRole = "organiser_roles", "rôles d'organisation", "主催・後援等の区分", "organiser roles" {
        Organiser = "organiser", "organisateur", "主催", "organiser";
        CoOrganiser = "co_organiser", "co-organisateur", "共催", "co-organiser";
        Supporter = "supporter", "soutien", "協力", "supporter";
        Patron = "patron", "parrainage", "後援", "patron";
    }
}

vocabulary! {
    /// Part an authority takes in an edition.
    ParticipantRole = "participant_roles", "rôles des participants", "参加区分", "participant roles" {
        Participant = "participant", "participant", "参加", "participant";
        Host = "host", "hôte", "開催地", "host";
        Observer = "observer", "observateur", "オブザーバー", "observer";
    }
}

vocabulary! {
    /// What a session of the programme is.
    SessionCategory = "session_categories", "types de séance", "プログラムの種類", "session categories" {
        OpeningCeremony = "opening_ceremony", "cérémonie d'ouverture", "開会式", "opening ceremony";
        Plenary = "plenary", "plénière", "全体会", "plenary";
        Keynote = "keynote", "conférence", "基調講演", "keynote";
        RoundTable = "round_table", "table ronde", "パネルディスカッション", "round table";
        Workshop = "workshop", "atelier", "分科会", "workshop";
        SiteVisit = "site_visit", "visite professionnelle", "視察", "site visit";
        Meal = "meal", "repas officiel", "昼食会・夕食会", "official meal";
        DeclarationAdoption = "declaration_adoption", "adoption de la déclaration", "宣言採択", "adoption of the declaration";
        Closing = "closing", "clôture", "閉会式", "closing";
        Announcement = "announcement", "annonce", "発表", "announcement";
        CulturalProgramme = "cultural_programme", "programme culturel", "文化プログラム", "cultural programme";
    }
}

vocabulary! {
    /// When on its day a session takes place.
    PartOfDay = "parts_of_day", "moments de la journée", "時間帯", "parts of the day" {
        Morning = "morning", "matin", "午前", "morning";
        Afternoon = "afternoon", "après-midi", "午後", "afternoon";
        Evening = "evening", "soir", "夜", "evening";
        AllDay = "all_day", "toute la journée", "終日", "all day";
    }
}

vocabulary! {
    /// For whom a session is.
    Audience = "audiences", "publics", "対象者", "audiences" {
        All = "all", "tous les participants", "全参加者", "all participants";
        French = "french", "participants français", "フランス側参加者", "French participants";
        Japanese = "japanese", "participants japonais", "日本側参加者", "Japanese participants";
    }
}
