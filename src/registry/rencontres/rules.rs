//! The rules of an edition.

use super::derived::countries;
use super::{Figure, Rencontre};
use crate::db::schema::rencontres;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::Code;
use crate::registry::shelf::Facts;
use crate::registry::{Checks, store};
use crate::vocabulary::codes::{Qualifier, RencontreStatus, Side, Vocabulary as _};
use crate::vocabulary::edtf::Edtf;
use crate::vocabulary::quantity::LARGEST;
use crate::vocabulary::{PartialDate, Ref};
use diesel::prelude::*;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;

/// The number of another edition, and its first or last possible day.
type Bound = (i64, Option<String>);

fn day(day: Option<&str>) -> Option<Date> {
    day?.parse().ok()
}

impl Figure {
    fn source(&self) -> Option<&str> {
        self.source.as_ref().map(Ref::id)
    }

    /// The exact figure of a side, of the same measure and source.
    fn beside<'a>(&self, figures: &'a [Self], side: Side) -> Option<&'a Self> {
        let same = |other: &&Self| other.measure == self.measure && other.source() == self.source();
        figures.iter().filter(same).find(|other| other.side == Some(side) && other.is_exact())
    }

    fn is_exact(&self) -> bool {
        matches!(self.qualifier, None | Some(Qualifier::Exact))
    }
}

impl Rencontre {
    fn is_held(&self) -> bool {
        self.status == RencontreStatus::Held
    }

    fn edtf(&self) -> Option<&Edtf> {
        self.dates.as_ref().map(PartialDate::edtf)
    }

    pub(super) fn rules(&self, facts: &Facts<'_>, checks: &mut Checks) {
        let before = facts.before.and_then(|before| before.get("number")).and_then(Value::as_i64);
        if self.number.0 < 1 {
            checks.fault(
                "/number",
                Code::OutOfRange,
                vec![("least", "1".into()), ("most", LARGEST.to_string())],
            );
        } else if let Some(before) = before.filter(|before| *before != self.number.0) {
            checks.fault("/number", Code::Immutable, vec![("expected", before.to_string())]);
        }
        let dates = self.edtf().filter(|dates| dates.is_day_or_month_precise());
        let past = dates.and_then(Edtf::latest).is_some_and(|latest| latest <= facts.today);
        if self.is_held() && !past {
            checks.fault("/dates", Code::HeldNeedsDates, vec![]);
        }
        if !self.is_held() && self.declaration.is_some() {
            checks.fault("/declaration", Code::NoDeclarationYet, vec![]);
        }
        if self.status == RencontreStatus::Postponed && self.schedule.is_empty() {
            checks.fault("/schedule", Code::ReplacedDateNeeded, vec![]);
        }
        self.rules_of_figures(checks);
    }

    /// What one source counts on each side makes its total; figures that are only approximate need not.
    fn rules_of_figures(&self, checks: &mut Checks) {
        let is_total = |figure: &Figure| figure.side == Some(Side::Total) && figure.is_exact();
        for (index, total) in self.figures.iter().enumerate().filter(|(_, figure)| is_total(figure)) {
            let sides = [Side::French, Side::Japanese].map(|side| total.beside(&self.figures, side));
            if let [Some(french), Some(japanese)] = sides
                && french.value.0 + japanese.value.0 != total.value.0
            {
                checks.warn(format!("/figures/{index}/value"), Code::FiguresDoNotAdd, vec![]);
            }
        }
    }

    pub(super) fn rules_among(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        if self.is_held() {
            self.rules_of_order(tx, checks)?;
        }
        let before = rencontres::table.filter(rencontres::number.eq(self.number.0 - 1));
        let before = before.select((rencontres::id, rencontres::dates_earliest)).first(tx).optional()?;
        let Some((before, earliest)): Option<(Id, Option<String>)> = before else { return Ok(()) };
        let hosts = [store::targets(tx, before, "/host")?.first().copied(), store::parse_id(self.host.id())];
        let countries = countries(tx, hosts.into_iter().flatten().collect())?;
        let [there, here] = hosts.map(|host| countries.get(&host?));
        if here.is_some() && here == there {
            checks.warn("/host", Code::HostsDoNotAlternate, vec![]);
        }
        let first = self.edtf().and_then(Edtf::earliest);
        if let (Some(before), Some(first)) = (day(earliest.as_deref()), first) {
            let [soonest, latest] = [1, 3].map(|years: i64| before.saturating_add(years.years()));
            if first < soonest || first > latest {
                checks.warn("/dates", Code::UnusualRhythm, vec![]);
            }
        }
        Ok(())
    }

    /// Held editions follow one another as their numbers do.
    fn rules_of_order(&self, tx: &mut Conn, checks: &mut Checks) -> Outcome<()> {
        let held = || rencontres::table.filter(rencontres::status.eq(RencontreStatus::Held.code()));
        let (below, above) = (rencontres::number.lt(self.number.0), rencontres::number.gt(self.number.0));
        let below = held().filter(below).order(rencontres::number.desc());
        let below = below.select((rencontres::number, rencontres::dates_latest)).first(tx).optional()?;
        let above = held().filter(above).order(rencontres::number);
        let above = above.select((rencontres::number, rencontres::dates_earliest)).first(tx).optional()?;
        let (first, last) = (self.edtf().and_then(Edtf::earliest), self.edtf().and_then(Edtf::latest));
        let below = below.filter(|(_, latest): &Bound| first <= day(latest.as_deref()));
        let above = above.filter(|(_, earliest): &Bound| day(earliest.as_deref()) <= last);
        for (number, _) in below.into_iter().chain(above) {
            checks.fault("/dates", Code::EditionOrder, vec![("number", number.to_string())]);
        }
        Ok(())
    }
}
