//! The rules of a local authority: its codes, level, country and parent agree.

use super::Authority;
use crate::db::types::Id;
use crate::db::{Conn, Outcome};
use crate::error::Code;
use crate::gazetteer::{self, Entry};
use crate::registry::Checks;
use crate::registry::shelf::Facts;
use crate::registry::store;
use crate::vocabulary::codes::{AuthorityLevel as Level, Country, Vocabulary as _};
use crate::vocabulary::language::Language;
use crate::vocabulary::{At, Faults, Identifier, Member as _};

fn country_of(level: Level) -> Country {
    use Level::{City, CoreCity, DesignatedCity, Prefecture, SpecialWard, Town, Village};
    match level {
        Prefecture | DesignatedCity | CoreCity | City | Town | Village | SpecialWard => Country::Japan,
        _ => Country::France,
    }
}

/// The country a scheme, or a code of it, belongs to; none for the schemes of both.
fn country_of_code(identifier: &Identifier) -> Option<Country> {
    match identifier.scheme.as_str() {
        "insee_com" | "insee_dep" | "insee_ctcd" | "insee_reg" | "siren" => Some(Country::France),
        "dantai" => Some(Country::Japan),
        "iso3166_2" => identifier.value.get(..2).and_then(Country::from_code),
        _ => None,
    }
}

/// Whether a code is of an authority of this level.
fn fits(level: Level, identifier: &Identifier) -> bool {
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

fn value<'a>(identifiers: &'a [Identifier], scheme: &str) -> Option<&'a str> {
    identifiers
        .iter()
        .find(|identifier| identifier.scheme == scheme)
        .map(|identifier| identifier.value.as_str())
}

impl Authority {
    pub(super) fn rules(&self, facts: &Facts<'_>, checks: &mut Checks) {
        if country_of(self.level) != self.country {
            let facts = vec![("level", self.level.code().into()), ("with", self.country.code().into())];
            checks.fault("/level", Code::LevelMismatch, facts);
        }
        for (index, identifier) in facts.identifiers.iter().enumerate() {
            let at = format!("/identifiers/{index}/value");
            if country_of_code(identifier).is_some_and(|country| country != self.country) {
                checks.fault(at, Code::WrongCountry, vec![("scheme", identifier.scheme.clone())]);
            } else if !fits(self.level, identifier) {
                let facts = vec![("level", self.level.code().into()), ("with", identifier.to_string())];
                checks.fault(at, Code::LevelMismatch, facts);
            }
        }
        let (dantai, iso) = (value(facts.identifiers, "dantai"), value(facts.identifiers, "iso3166_2"));
        if let (Some(dantai), Some(iso)) = (dantai, iso)
            && dantai.get(..2) != iso.get(3..)
        {
            checks.fault("/identifiers", Code::ParentMismatch, vec![("value", iso.into())]);
        }
        if !facts.follows_merge && checks.faults.is_empty() {
            self.codes_of_one_authority(facts, checks);
        }
        if self.population.as_ref().is_some_and(|population| population.as_of.is_none()) {
            checks.fault("/population/as_of", Code::DateNeeded, vec![]);
        }
        checks.periods(
            "/aliases",
            self.aliases.iter().map(|alias| (alias.since.as_ref(), alias.until.as_ref())),
        );
        if let Some(location) = &self.location {
            for (name, value, most) in [("lat", location.lat, 90.0), ("lon", location.lon, 180.0)] {
                if value.abs() > most {
                    let facts = vec![("least", format!("-{most}")), ("most", most.to_string())];
                    checks.fault(format!("/location/{name}"), Code::OutOfRange, facts);
                }
            }
        }
        if self.area_km2.as_ref().is_some_and(|area| !(0.0..=1_000_000.0).contains(&area.value)) {
            checks.fault(
                "/area_km2/value",
                Code::OutOfRange,
                vec![("least", "0".into()), ("most", "1000000".into())],
            );
        }
    }

    /// A code that is new here is not one that the gazetteer gives to another authority than the codes beside it. It may
    /// take the place of another's only where that was the mistake: by the codes that stay, or by the name.
    fn codes_of_one_authority(&self, facts: &Facts<'_>, checks: &mut Checks) {
        let before = facts.before.and_then(|before| before.get("identifiers")?.as_array());
        let before: Vec<Identifier> = before
            .into_iter()
            .flatten()
            .filter_map(|held| Identifier::read(Some(held.clone()), &At::Root, &mut Faults::default()))
            .collect();
        let entries = |identifiers: &[Identifier]| -> Vec<(Identifier, Entry<'static>)> {
            let official = identifiers.iter().filter(|identifier| identifier.scheme != "geonames");
            official.filter_map(|code| Some((code.clone(), gazetteer::current(code)?))).collect()
        };
        let (after, earlier) = (entries(facts.identifiers), entries(&before));
        for (index, new) in facts.identifiers.iter().enumerate().filter(|(_, new)| !before.contains(new)) {
            let Some((_, entry)) = after.iter().find(|(code, _)| code == new) else { continue };
            let is_other = |(_, other): &&(Identifier, Entry<'static>)| other.code() != entry.code();
            let stays = |code: &Identifier| before.contains(code);
            let is_confirmed = after.iter().any(|one| stays(&one.0) && !is_other(&one))
                || entry.name().iter().any(|(tag, name)| self.name.get(tag) == Some(name));
            let replaced = earlier.iter().find(is_other).filter(|_| !is_confirmed);
            if let Some((other, _)) = after.iter().find(is_other).or(replaced) {
                let named = entry.name().show(Language::En).to_owned();
                let facts = vec![("value", new.to_string()), ("name", named), ("with", other.to_string())];
                checks.fault(format!("/identifiers/{index}/value"), Code::OtherAuthority, facts);
            }
        }
    }

    pub(super) fn rules_among(
        &self,
        id: Id,
        facts: &Facts<'_>,
        tx: &mut Conn,
        checks: &mut Checks,
    ) -> Outcome<()> {
        let Some(parent) = self.parent.as_ref().and_then(|parent| store::parse_id(parent.id())) else {
            return Ok(());
        };
        let above = store::identifiers_of(tx, parent)?;
        let pairs = [
            ("dantai", value(&above, "dantai").and_then(|code| code.get(..2))),
            ("insee_com", value(&above, "insee_dep")),
        ];
        for (scheme, prefix) in pairs {
            if let (Some(code), Some(prefix)) = (value(facts.identifiers, scheme), prefix)
                && !code.starts_with(prefix)
            {
                checks.fault("/parent", Code::ParentMismatch, vec![("value", code.into())]);
            }
        }
        if store::is_above(tx, id, Some(parent), "/parent")? {
            checks.fault("/parent", Code::Cycle, vec![]);
        }
        Ok(())
    }
}
