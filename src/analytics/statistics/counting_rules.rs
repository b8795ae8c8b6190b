//! The rules by which partnerships are counted. Two bodies count the same links and come to different numbers, so every
//! answer says which rule it follows.

use super::partnership_links::{CountedPartnership, CountedParty};
use crate::db::types::Id;
use crate::domain::validity::{DateBounds, Holds, holds_on};
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::partnership::Answer;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use jiff::civil::Date;

/// A counting rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountingRule {
    /// Every partnership, once.
    All,
    /// By CLAIR's three criteria.
    Clair,
    /// As Cités Unies France counts links.
    Cuf,
}

/// The criteria of CLAIR, in the order of [`Link::criteria`].
pub const CLAIR_CRITERIA: [&str; 3] = [
    "/clair_criteria/signed_by_heads",
    "/clair_criteria/not_field_limited",
    "/clair_criteria/assembly_approved",
];

impl CountingRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::All, Self::Clair, Self::Cuf];

    /// Its code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Clair => "clair",
            Self::Cuf => "cuf",
        }
    }

    /// The rule with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }

    /// The rule in words.
    #[must_use]
    pub const fn description(self) -> [&'static str; 3] {
        match self {
            Self::All => [
                "Chaque partenariat enregistré, une fois, quels que soient sa forme, son état et le nombre de ses parties.",
                "登録されたすべての提携を、形式・状況・当事者数を問わず一件と数える。",
                "Every partnership recorded, once, whatever its form, its state and the number of its parties.",
            ],
            Self::Clair => [
                "Les trois critères de CLAIR : accord signé par les deux chefs d'exécutif, échanges non limités à un domaine, approbation de l'assemblée. Un lien qui les remplit tous et n'est pas clos compte une fois par collectivité japonaise. Un critère non renseigné n'est pas deviné : le lien est « possible ».",
                "CLAIRの三要件（両首長による提携書、交流分野が特定のものに限られないこと、議会の承認）。すべて満たし、解消されていない提携を日本の自治体ごとに一件と数える。不明な要件は推測せず「可能性あり」とする。",
                "CLAIR's three criteria: signed by the heads of both authorities, not limited to one field, approved by the assembly. A link that meets them all and is not closed counts once for each Japanese authority. A criterion that is not recorded is not guessed: the link is `possible`.",
            ],
            Self::Cuf => [
                "Notre lecture du répertoire de Cités Unies France, qui compte des liens quelle que soit leur forme : chaque paire d'une collectivité française et d'une collectivité japonaise jointes par un partenariat ni terminé ni remplacé, une fois.",
                "フランス都市連合（CUF）の名簿についての当方の解釈。同名簿は形式を問わず結び付きを数える。解消・移行していない提携で結ばれたフランスと日本の自治体の組を一件と数える。",
                "Our reading of the directory of Cités Unies France, which counts links whatever their form: every pair of a French and a Japanese authority joined by a partnership that is neither ended nor superseded, once.",
            ],
        }
    }

    /// Whether the rule counts a link; the members that leave it open, or that speak against it, go into `why`.
    #[must_use]
    pub fn evaluate(
        self,
        link: &CountedPartnership,
        day: Option<HeldOn>,
        members: &mut Vec<&'static str>,
    ) -> Holds {
        let still = match day {
            Some(day) => day.evaluate(link, members),
            None if self == Self::All || link.is_open => Holds::Yes,
            None => {
                members.push("/status");
                Holds::No
            }
        };
        if self != Self::Clair {
            return still;
        }
        let answers = CLAIR_CRITERIA.iter().zip(&link.criteria);
        let denied: Vec<_> = answers.clone().filter(|(_, answer)| **answer == Some(Answer::No)).collect();
        if !denied.is_empty() {
            members.extend(denied.iter().map(|(pointer, _)| **pointer));
            return Holds::No;
        }
        let missing: Vec<_> = answers.filter(|(_, answer)| **answer != Some(Answer::Yes)).collect();
        members.extend(missing.iter().map(|(pointer, _)| **pointer));
        if missing.is_empty() { still } else { still.min(Holds::Possible) }
    }

    /// What the rule counts of a link: each by its key, with the parties it joins.
    #[must_use]
    pub fn units(self, link: &CountedPartnership) -> Vec<(Vec<Id>, Vec<&CountedParty>)> {
        let of = |country: Country| link.parties.iter().filter(move |party| party.country == country.code());
        match self {
            Self::All => vec![(vec![link.id], link.parties.iter().collect())],
            Self::Clair => {
                let unit = |japanese| {
                    let parties = of(Country::France).chain([japanese]).collect();
                    (vec![link.id, japanese.id], parties)
                };
                of(Country::Japan).map(unit).collect()
            }
            Self::Cuf => of(Country::France)
                .flat_map(|french| of(Country::Japan).map(move |japanese| [french, japanese]))
                .map(|pair| (pair.iter().map(|party| party.id).collect(), pair.to_vec()))
                .collect(),
        }
    }
}

/// A day on which a link is to have held.
#[derive(Debug, Clone, Copy)]
pub struct HeldOn {
    /// The day.
    pub day: Date,
    /// Today, on which what is active is known to hold.
    pub today: Date,
}

impl HeldOn {
    /// How it is decided, in words.
    pub const RULE: [&'static str; 3] = [
        "Certain si les dates enregistrées le montrent ; un partenariat actif est tenu pour en vigueur aujourd'hui, un autre à sa dernière activité. Sinon « possible ».",
        "登録された日付から確かなもの。活動中の提携は今日、その他は最終活動日に有効とみなす。それ以外は「可能性あり」。",
        "Certain where the recorded dates show it; an active partnership is taken to hold today, another at its last activity. Otherwise `possible`.",
    ];

    fn evaluate(self, link: &CountedPartnership, members: &mut Vec<&'static str>) -> Holds {
        let (since, until) =
            (DateBounds::of_date(link.since.as_ref()), DateBounds::of_date(link.until.as_ref()));
        let known = if link.is_active {
            DateBounds::of_day(self.today)
        } else {
            DateBounds::of_date(link.last_activity.as_ref())
        };
        let held = holds_on(since, until, known, self.day);
        if held != Holds::Yes {
            let begun = since.latest.is_some_and(|first| first <= self.day);
            members.push(if begun { "/until" } else { "/since" });
        }
        held
    }
}
