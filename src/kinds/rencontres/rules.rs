//! Validation rules of an edition of the Rencontres.

use super::model::{Figure, Rencontre};
use super::queries::countries_by_authority;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::schema::rencontres;
use crate::db::types::{self, Id};
use crate::domain::edtf::parse::Edtf;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::partial_date::PartialDate;
use crate::domain::quantity::MAX_COUNT;
use crate::domain::reference::Ref;
use crate::domain::vocabularies::figure::{Qualifier, Side};
use crate::domain::vocabularies::rencontre::RencontreStatus;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::kinds::definition::RuleContext;
use crate::kinds::validation::Validation;
use crate::store::references;
use diesel::prelude::*;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;

/// Number of another edition, and its first or last possible day.
type EditionBound = (i64, Option<String>);

fn parse_day(day: Option<&str>) -> Option<Date> {
    day?.parse().ok()
}

impl Figure {
    fn source_id(&self) -> Option<&str> {
        self.source.as_ref().map(Ref::id)
    }

    /// Finds the exact figure of a side, with the same measure and source.
    fn exact_figure_of_side<'a>(&self, figures: &'a [Self], side: Side) -> Option<&'a Self> {
        let same = |other: &&Self| other.measure == self.measure && other.source_id() == self.source_id();
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

    pub(super) fn apply_rules(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        let before = context.previous_content.and_then(|before| before.get("number")).and_then(Value::as_i64);
        if self.number.0 < 1 {
            validation.add_error(
                "/number",
                ErrorCode::OutOfRange,
                vec![("least", "1".into()), ("most", MAX_COUNT.to_string())],
            );
        } else if let Some(before) = before.filter(|before| *before != self.number.0) {
            validation.add_error("/number", ErrorCode::Immutable, vec![("expected", before.to_string())]);
        }
        let dates = self.edtf().filter(|dates| dates.is_day_or_month_precise());
        let is_past = dates.and_then(Edtf::latest).is_some_and(|latest| latest <= context.today);
        if self.is_held() && !is_past {
            validation.add_error("/dates", ErrorCode::HeldNeedsDates, vec![]);
        }
        if !self.is_held() && self.declaration.is_some() {
            validation.add_error("/declaration", ErrorCode::NoDeclarationYet, vec![]);
        }
        if self.status == RencontreStatus::Postponed && self.schedule.is_empty() {
            validation.add_error("/schedule", ErrorCode::ReplacedDateNeeded, vec![]);
        }
        self.validate_figures(validation);
    }

    /// Adds a warning for each exact total that is not the sum of the exact figures of both sides in the same
    /// source.
    fn validate_figures(&self, validation: &mut Validation) {
        let is_total = |figure: &Figure| figure.side == Some(Side::Total) && figure.is_exact();
        for (index, total) in self.figures.iter().enumerate().filter(|(_, figure)| is_total(figure)) {
            let sides =
                [Side::French, Side::Japanese].map(|side| total.exact_figure_of_side(&self.figures, side));
            if let [Some(french), Some(japanese)] = sides
                && french.value.0 + japanese.value.0 != total.value.0
            {
                validation.add_warning(format!("/figures/{index}/value"), ErrorCode::FiguresDoNotAdd, vec![]);
            }
        }
    }

    pub(super) fn apply_database_rules(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        if self.is_held() {
            self.validate_edition_order(tx, validation)?;
        }
        let before = rencontres::table.filter(rencontres::number.eq(self.number.0 - 1));
        let before = before.select((rencontres::id, rencontres::dates_earliest)).first(tx).optional()?;
        let Some((before, earliest)): Option<(Id, Option<String>)> = before else { return Ok(()) };
        let hosts = [
            references::list_targets(tx, before, "/host")?.first().copied(),
            types::parse_record_id(self.host.id()),
        ];
        let countries = countries_by_authority(tx, hosts.into_iter().flatten().collect())?;
        let [previous_country, country] = hosts.map(|host| countries.get(&host?));
        if country.is_some() && country == previous_country {
            validation.add_warning("/host", ErrorCode::HostsDoNotAlternate, vec![]);
        }
        let first = self.edtf().and_then(Edtf::earliest);
        if let (Some(before), Some(first)) = (parse_day(earliest.as_deref()), first) {
            let [earliest, latest] = [1, 3].map(|years: i64| before.saturating_add(years.years()));
            if first < earliest || first > latest {
                validation.add_warning("/dates", ErrorCode::UnusualRhythm, vec![]);
            }
        }
        Ok(())
    }

    /// Adds an error if the dates of the editions that were held are not in the order of their numbers.
    fn validate_edition_order(&self, tx: &mut Conn, validation: &mut Validation) -> TxResult<()> {
        let held_editions = || rencontres::table.filter(rencontres::status.eq(RencontreStatus::Held.code()));
        let (below, above) = (rencontres::number.lt(self.number.0), rencontres::number.gt(self.number.0));
        let below = held_editions().filter(below).order(rencontres::number.desc());
        let below = below.select((rencontres::number, rencontres::dates_latest)).first(tx).optional()?;
        let above = held_editions().filter(above).order(rencontres::number);
        let above = above.select((rencontres::number, rencontres::dates_earliest)).first(tx).optional()?;
        let (first, last) = (self.edtf().and_then(Edtf::earliest), self.edtf().and_then(Edtf::latest));
        let below = below.filter(|(_, latest): &EditionBound| first <= parse_day(latest.as_deref()));
        let above = above.filter(|(_, earliest): &EditionBound| parse_day(earliest.as_deref()) <= last);
        for (number, _) in below.into_iter().chain(above) {
            validation.add_error("/dates", ErrorCode::EditionOrder, vec![("number", number.to_string())]);
        }
        Ok(())
    }
}
