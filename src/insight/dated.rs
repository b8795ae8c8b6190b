//! The dated members of records that have a place in time of their own: one line for each.

use crate::vocabulary::Kind;

/// A member that dates something.
#[derive(Debug, Clone, Copy)]
pub struct Dated {
    /// The kind of the record.
    pub kind: Kind,
    /// The member, without list indices.
    pub pointer: &'static str,
    /// What happened then: the code in answers.
    pub code: &'static str,
    /// The same in French, Japanese and English.
    pub label: [&'static str; 3],
    /// Whether its round anniversaries are kept.
    pub is_kept: bool,
    /// Whether it counts as activity.
    pub is_activity: bool,
}

const fn dated(kind: Kind, pointer: &'static str, code: &'static str, label: [&'static str; 3]) -> Dated {
    Dated { kind, pointer, code, label, is_kept: false, is_activity: false }
}

impl Dated {
    const fn kept(self) -> Self {
        Self { is_kept: true, ..self }
    }

    const fn active(self) -> Self {
        Self { is_activity: true, ..self }
    }
}

/// Every one, in the order in which those of the same day are shown.
pub const DATED: &[Dated] = &[
    dated(Kind::Organisation, "/founded", "founded", ["fondation", "設立", "founded"]).kept(),
    dated(Kind::Partnership, "/since", "begun", ["début du partenariat", "提携開始", "partnership begun"])
        .kept(),
    dated(Kind::Partnership, "/until", "ended", ["fin du partenariat", "提携終了", "partnership ended"]),
    dated(Kind::Memorandum, "/signed", "signed", ["signature", "調印", "signed"]).kept().active(),
    dated(Kind::Memorandum, "/in_force_from", "in_force", ["entrée en vigueur", "発効", "in force"]),
    dated(Kind::Memorandum, "/expires", "expires", ["expiration", "期間満了", "expires"]),
    dated(Kind::Visit, "/dates", "visit", ["visite", "訪問", "visit"]).active(),
    dated(
        Kind::Rencontre,
        "/dates",
        "edition",
        ["édition des Rencontres", "会議開催", "edition of the Rencontres"],
    )
    .kept()
    .active(),
    dated(Kind::Rencontre, "/schedule/dates", "scheduled", ["dates fixées", "日程の設定", "dates set"]),
    dated(Kind::Event, "/dates", "event", ["événement", "行事", "event"]).active(),
    dated(Kind::Framework, "/adopted", "adopted", ["adoption", "採択", "adopted"]).kept(),
    dated(Kind::Publication, "/published", "published", ["parution", "発行", "published"]),
    dated(
        Kind::PartnerRequest,
        "/opened",
        "requested",
        ["recherche de partenaire", "提携先募集", "partner sought"],
    ),
];

/// The members by which a record concerns an authority.
#[must_use]
pub const fn concerned(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Partnership => &["/parties/authority"],
        Kind::Memorandum => &["/parties/party", "/signatories/party", "/approvals/authority"],
        Kind::Visit => &["/delegation/represents", "/hosts/represents", "/stops/authority"],
        Kind::Rencontre => &["/host", "/organisers/organiser", "/participants/authority"],
        Kind::Organisation => &["/members/member", "/presidencies/authority"],
        Kind::Event => &["/organisers", "/participants"],
        Kind::GoodPractice | Kind::PartnerRequest => &["/authority"],
        _ => &[],
    }
}
