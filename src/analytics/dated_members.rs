//! Table of the record members that hold the date of something that happened (founded, signed, held …), and
//! of the members by which a record refers to authorities.

use crate::db::sql::{BindValue, SqlFragment};
use crate::domain::kind::Kind;
use crate::kinds::filters::{Filter, FilterType};

/// A record member that holds a date.
#[derive(Debug, Clone, Copy)]
pub struct DatedMember {
    /// Kind of the record.
    pub kind: Kind,
    /// JSON Pointer of the member, without list indices.
    pub pointer: &'static str,
    /// Code of what happened on the date, as in responses.
    pub code: &'static str,
    /// Label of the code in French, Japanese and English.
    pub label: [&'static str; 3],
    /// Whether it has anniversaries.
    pub has_anniversaries: bool,
    /// Whether the statistics count it as an activity.
    pub is_activity: bool,
}

const fn dated_member(
    kind: Kind,
    pointer: &'static str,
    code: &'static str,
    label: [&'static str; 3],
) -> DatedMember {
    DatedMember { kind, pointer, code, label, has_anniversaries: false, is_activity: false }
}

impl DatedMember {
    const fn with_anniversaries(self) -> Self {
        Self { has_anniversaries: true, ..self }
    }

    const fn as_activity(self) -> Self {
        Self { is_activity: true, ..self }
    }
}

/// All dated members.
pub const DATED_MEMBERS: &[DatedMember] = &[
    dated_member(Kind::Organisation, "/founded", "founded", ["fondation", "設立", "founded"])
        .with_anniversaries(),
    dated_member(
        Kind::Partnership,
        "/since",
        "begun",
        ["début du partenariat", "提携開始", "partnership begun"],
    )
    .with_anniversaries(),
    dated_member(
        Kind::Partnership,
        "/until",
        "ended",
        ["fin du partenariat", "提携終了", "partnership ended"],
    ),
    dated_member(Kind::Memorandum, "/signed", "signed", ["signature", "調印", "signed"])
        .with_anniversaries()
        .as_activity(),
    dated_member(Kind::Memorandum, "/in_force_from", "in_force", ["entrée en vigueur", "発効", "in force"]),
    dated_member(Kind::Memorandum, "/expires", "expires", ["expiration", "期間満了", "expires"]),
    dated_member(Kind::Visit, "/dates", "visit", ["visite", "訪問", "visit"]).as_activity(),
    dated_member(
        Kind::Rencontre,
        "/dates",
        "edition",
        ["édition des Rencontres", "会議開催", "edition of the Rencontres"],
    )
    .with_anniversaries()
    .as_activity(),
    dated_member(
        Kind::Rencontre,
        "/schedule/dates",
        "scheduled",
        ["dates fixées", "日程の設定", "dates set"],
    ),
    dated_member(Kind::Event, "/dates", "event", ["événement", "行事", "event"]).as_activity(),
    dated_member(Kind::Framework, "/adopted", "adopted", ["adoption", "採択", "adopted"])
        .with_anniversaries(),
    dated_member(Kind::Publication, "/published", "published", ["parution", "発行", "published"]),
    dated_member(
        Kind::PartnerRequest,
        "/opened",
        "requested",
        ["recherche de partenaire", "提携先募集", "partner sought"],
    ),
];

/// Returns the pointers of the members by which a record of a kind concerns an authority, without list
/// indices.
#[must_use]
pub const fn authority_pointers(kind: Kind) -> &'static [&'static str] {
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

/// Filter parameter `authority`: dates of records that concern one of these authorities.
pub const AUTHORITY_FILTER: Filter = Filter {
    name: "authority",
    description: "What concerns this authority",
    filter_type: FilterType::Records(&[Kind::Authority], authority_condition),
};

/// Returns the condition that the record of a row `d` of `dates` concerns one of these authorities.
fn authority_condition(authorities: SqlFragment) -> SqlFragment {
    let mut pointers: Vec<&str> = Vec::new();
    for pointer in DATED_MEMBERS.iter().flat_map(|dated| authority_pointers(dated.kind)) {
        if !pointers.contains(pointer) {
            pointers.push(pointer);
        }
    }
    SqlFragment::new("d.record_id IN (SELECT o.from_record FROM refs o WHERE o.pointer IN ")
        .bind_list(pointers.into_iter().map(|pointer| BindValue::Text(pointer.to_owned())))
        .sql(" AND o.to_record IN ")
        .append(authorities)
        .sql(")")
}
