//! Validation rules of a local authority.

use super::model::Authority;
use crate::db::conn::Conn;
use crate::db::error::TxResult;
use crate::db::types::{self, Id};
use crate::domain::body_field::BodyPath;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::fault_list::FaultList;
use crate::domain::identifier::Identifier;
use crate::domain::language::Language;
use crate::domain::vocabularies::authority::{AuthorityLevel as Level, Country};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::gazetteer::data::GazetteerEntry;
use crate::gazetteer::identifiers::read_identifier;
use crate::gazetteer::lookup;
use crate::kinds::definition::RuleContext;
use crate::kinds::validation::Validation;
use crate::store::{identifiers, references};

/// Returns the country of an identifier's scheme (for ISO 3166-2, of its value); `None` for schemes of both
/// countries.
fn country_of_code(identifier: &Identifier) -> Option<Country> {
    match identifier.scheme.as_str() {
        "insee_com" | "insee_dep" | "insee_ctcd" | "insee_reg" | "siren" => Some(Country::France),
        "dantai" => Some(Country::Japan),
        "iso3166_2" => identifier.value.get(..2).and_then(Country::from_code),
        _ => None,
    }
}

/// Whether an identifier can belong to an authority of this level. Dantai codes (JIS X 0402) ending in `000`
/// before the check digit are those of prefectures, codes beginning with `131` those of the special wards of
/// Tokyo.
fn is_code_of_level(level: Level, identifier: &Identifier) -> bool {
    use Level::{
        Commune, Department, MunicipalArrondissement, Prefecture, Region, SpecialStatusAuthority, SpecialWard,
    };
    let value = identifier.value.as_str();
    match identifier.scheme.as_str() {
        "dantai" => {
            let prefecture = value.get(2..5) == Some("000");
            let ward = value.get(..3) == Some("131");
            prefecture == (level == Prefecture) && ward == (level == SpecialWard)
        }
        "insee_com" => matches!(level, Commune | MunicipalArrondissement | SpecialStatusAuthority),
        "insee_dep" => matches!(level, Department | SpecialStatusAuthority),
        "insee_ctcd" => matches!(level, Department | SpecialStatusAuthority | Commune | Region),
        "insee_reg" => matches!(level, Region | SpecialStatusAuthority),
        _ => true,
    }
}

fn value_in_scheme<'a>(identifiers: &'a [Identifier], scheme: &str) -> Option<&'a str> {
    identifiers
        .iter()
        .find(|identifier| identifier.scheme == scheme)
        .map(|identifier| identifier.value.as_str())
}

impl Authority {
    pub(super) fn apply_rules(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        if self.level.country() != self.country {
            let args = vec![("level", self.level.code().into()), ("with", self.country.code().into())];
            validation.add_error("/level", ErrorCode::LevelMismatch, args);
        }
        for (index, identifier) in context.identifiers.iter().enumerate() {
            let at = format!("/identifiers/{index}/value");
            if country_of_code(identifier).is_some_and(|country| country != self.country) {
                validation.add_error(
                    at,
                    ErrorCode::WrongCountry,
                    vec![("scheme", identifier.scheme.clone())],
                );
            } else if !is_code_of_level(self.level, identifier) {
                let args = vec![("level", self.level.code().into()), ("with", identifier.to_string())];
                validation.add_error(at, ErrorCode::LevelMismatch, args);
            }
        }
        let (dantai, iso) = (
            value_in_scheme(context.identifiers, "dantai"),
            value_in_scheme(context.identifiers, "iso3166_2"),
        );
        if let (Some(dantai), Some(iso)) = (dantai, iso)
            && dantai.get(..2) != iso.get(3..)
        {
            validation.add_error("/identifiers", ErrorCode::ParentMismatch, vec![("value", iso.into())]);
        }
        if !context.is_after_merge && validation.errors.is_empty() {
            self.validate_codes_name_one_authority(context, validation);
        }
        if self.population.as_ref().is_some_and(|population| population.as_of.is_none()) {
            validation.add_error("/population/as_of", ErrorCode::DateNeeded, vec![]);
        }
        validation.require_periods_in_order(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        if let Some(location) = &self.location {
            for (name, value, most) in [("lat", location.lat, 90.0), ("lon", location.lon, 180.0)] {
                if value.abs() > most {
                    let args = vec![("least", format!("-{most}")), ("most", most.to_string())];
                    validation.add_error(format!("/location/{name}"), ErrorCode::OutOfRange, args);
                }
            }
        }
        if self.area_km2.as_ref().is_some_and(|area| !(0.0..=1_000_000.0).contains(&area.value)) {
            validation.add_error(
                "/area_km2/value",
                ErrorCode::OutOfRange,
                vec![("least", "0".into()), ("most", "1000000".into())],
            );
        }
    }

    /// Adds an error for each added identifier that the gazetteer gives to another authority than the
    /// remaining ones.
    ///
    /// An added identifier may replace one of another authority only to correct a mistake, that is, if an
    /// identifier that stays, or the name, confirms it.
    fn validate_codes_name_one_authority(&self, context: &RuleContext<'_>, validation: &mut Validation) {
        let before = context.previous_content.and_then(|before| before.get("identifiers")?.as_array());
        let before: Vec<Identifier> = before
            .into_iter()
            .flatten()
            .filter_map(|stored| {
                read_identifier(Some(stored.clone()), &BodyPath::Root, &mut FaultList::default())
            })
            .collect();
        let entries = |identifiers: &[Identifier]| -> Vec<(Identifier, GazetteerEntry<'static>)> {
            let official = identifiers.iter().filter(|identifier| identifier.scheme != "geonames");
            official.filter_map(|code| Some((code.clone(), lookup::find_current(code)?))).collect()
        };
        let (after, earlier) = (entries(context.identifiers), entries(&before));
        for (index, new) in context.identifiers.iter().enumerate().filter(|(_, new)| !before.contains(new)) {
            let Some((_, entry)) = after.iter().find(|(code, _)| code == new) else { continue };
            let is_other = |(_, other): &&(Identifier, GazetteerEntry<'static>)| other.code() != entry.code();
            let stays = |code: &Identifier| before.contains(code);
            let is_confirmed = after.iter().any(|one| stays(&one.0) && !is_other(&one))
                || entry.name().iter().any(|(tag, name)| self.name.get(tag) == Some(name));
            let replaced = earlier.iter().find(is_other).filter(|_| !is_confirmed);
            if let Some((other, _)) = after.iter().find(is_other).or(replaced) {
                let name = entry.name().in_language(Language::En).to_owned();
                let args = vec![("value", new.to_string()), ("name", name), ("with", other.to_string())];
                validation.add_error(format!("/identifiers/{index}/value"), ErrorCode::OtherAuthority, args);
            }
        }
    }

    pub(super) fn apply_database_rules(
        &self,
        id: Id,
        context: &RuleContext<'_>,
        tx: &mut Conn,
        validation: &mut Validation,
    ) -> TxResult<()> {
        let Some(parent) = self.parent.as_ref().and_then(|parent| types::parse_record_id(parent.id())) else {
            return Ok(());
        };
        let above = identifiers::load_identifiers(tx, parent)?;
        let pairs = [
            ("dantai", value_in_scheme(&above, "dantai").and_then(|code| code.get(..2))),
            ("insee_com", value_in_scheme(&above, "insee_dep")),
        ];
        for (scheme, prefix) in pairs {
            if let (Some(code), Some(prefix)) = (value_in_scheme(context.identifiers, scheme), prefix)
                && !code.starts_with(prefix)
            {
                validation.add_error("/parent", ErrorCode::ParentMismatch, vec![("value", code.into())]);
            }
        }
        if references::is_ancestor(tx, id, Some(parent), "/parent")? {
            validation.add_error("/parent", ErrorCode::Cycle, vec![]);
        }
        Ok(())
    }
}
