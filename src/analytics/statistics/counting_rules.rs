//! The rules by which partnerships are counted: all, CLAIR's, Cités Unies France's.
//!
//! The two organisations count the same partnerships and get different numbers, so every response names its
//! rule.

use super::partnership_links::{CountedPartnership, CountedParty};
use crate::db::types::Id;
use crate::domain::validity::{DateBounds, Holds, holds_on};
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::partnership::Answer;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use jiff::civil::Date;

/// A rule by which partnerships are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountingRule {
    /// Counts every partnership once.
    All,
    /// Counts partnerships that meet CLAIR's three criteria, once per Japanese authority.
    Clair,
    /// Counts pairs of a French and a Japanese authority, as Cités Unies France does.
    Cuf,
}

/// Pointers of CLAIR's criteria, in the order of [`CountedPartnership::criteria`].
pub const CLAIR_CRITERIA: [&str; 3] = [
    "/clair_criteria/signed_by_heads",
    "/clair_criteria/not_field_limited",
    "/clair_criteria/assembly_approved",
];

impl CountingRule {
    /// All rules.
    pub const ALL: [Self; 3] = [Self::All, Self::Clair, Self::Cuf];

    /// Returns the code, as in parameters and responses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Clair => "clair",
            Self::Cuf => "cuf",
        }
    }

    /// Returns the rule with a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }

    /// Returns the description in French, Japanese and English.
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

    /// Returns whether the rule counts a partnership, on a day if given. Appends to `members` the pointers of
    /// the members that make it uncertain or exclude it.
    #[must_use]
    pub fn evaluate(
        self,
        partnership: &CountedPartnership,
        day: Option<HeldOn>,
        members: &mut Vec<&'static str>,
    ) -> Holds {
        let in_force = match day {
            Some(day) => day.evaluate(partnership, members),
            None if self == Self::All || partnership.is_open => Holds::Yes,
            None => {
                members.push("/status");
                Holds::No
            }
        };
        if self != Self::Clair {
            return in_force;
        }
        let answers = CLAIR_CRITERIA.iter().zip(&partnership.criteria);
        let denied: Vec<_> = answers.clone().filter(|(_, answer)| **answer == Some(Answer::No)).collect();
        if !denied.is_empty() {
            members.extend(denied.iter().map(|(pointer, _)| **pointer));
            return Holds::No;
        }
        let missing: Vec<_> = answers.filter(|(_, answer)| **answer != Some(Answer::Yes)).collect();
        members.extend(missing.iter().map(|(pointer, _)| **pointer));
        if missing.is_empty() { in_force } else { in_force.min(Holds::Possible) }
    }

    /// Returns the units that the rule counts for a partnership: key (equal keys count once) and parties of
    /// each.
    #[must_use]
    pub fn units(self, partnership: &CountedPartnership) -> Vec<(Vec<Id>, Vec<&CountedParty>)> {
        let parties_in = |country: Country| {
            partnership.parties.iter().filter(move |party| party.country == country.code())
        };
        match self {
            Self::All => vec![(vec![partnership.id], partnership.parties.iter().collect())],
            Self::Clair => {
                let unit = |japanese| {
                    let parties = parties_in(Country::France).chain([japanese]).collect();
                    (vec![partnership.id, japanese.id], parties)
                };
                parties_in(Country::Japan).map(unit).collect()
            }
            Self::Cuf => parties_in(Country::France)
                .flat_map(|french| parties_in(Country::Japan).map(move |japanese| [french, japanese]))
                .map(|pair| (pair.iter().map(|party| party.id).collect(), pair.to_vec()))
                .collect(),
        }
    }
}

/// A day on which partnerships must be in force to be counted.
#[derive(Debug, Clone, Copy)]
pub struct HeldOn {
    /// The day.
    pub day: Date,
    /// The current date, on which active partnerships are known to be in force.
    pub today: Date,
}

impl HeldOn {
    /// Description of the decision in French, Japanese and English.
    pub const RULE: [&'static str; 3] = [
        "Certain si les dates enregistrées le montrent ; un partenariat actif est tenu pour en vigueur aujourd'hui, un autre à sa dernière activité. Sinon « possible ».",
        "登録された日付から確かなもの。活動中の提携は今日、その他は最終活動日に有効とみなす。それ以外は「可能性あり」。",
        "Certain where the recorded dates show it; an active partnership is taken to hold today, another at its last activity. Otherwise `possible`.",
    ];

    fn evaluate(self, partnership: &CountedPartnership, members: &mut Vec<&'static str>) -> Holds {
        let (since, until) = (
            DateBounds::of_date(partnership.since.as_ref()),
            DateBounds::of_date(partnership.until.as_ref()),
        );
        let known = if partnership.is_active {
            DateBounds::of_day(self.today)
        } else {
            DateBounds::of_date(partnership.last_activity.as_ref())
        };
        let in_force = holds_on(since, until, known, self.day);
        if in_force != Holds::Yes {
            let begun = since.latest.is_some_and(|first| first <= self.day);
            members.push(if begun { "/until" } else { "/since" });
        }
        in_force
    }
}
