//! Look-up of a local authority by its official code (INSEE, dantai, SIREN, ISO 3166-2), and suggestions for
//! a mistyped code.

use super::data::{self, GazetteerEntry};
use crate::domain::identifier::Identifier;
use crate::domain::schemes;

/// Returns every authority, in the order of their codes.
pub fn entries() -> impl Iterator<Item = GazetteerEntry<'static>> {
    let data = data::gazetteer();
    (0..data.row_count()).filter_map(|row| data.entry(row))
}

/// Returns the authority that bears a code, or the one that absorbed its former bearer.
#[must_use]
pub fn find(identifier: &Identifier) -> Option<GazetteerEntry<'static>> {
    data::gazetteer().find(&identifier.scheme, &identifier.value)
}

/// Returns the path at which the authority with this code is read.
#[must_use]
pub fn href(code: &str) -> String {
    format!("/v1/gazetteer/{code}")
}

/// Returns the authority that a code leads to today: its bearer or, where that was merged, its successor.
#[must_use]
pub fn find_current(identifier: &Identifier) -> Option<GazetteerEntry<'static>> {
    let entry = find(identifier)?;
    match entry.successor() {
        Some(successor) => find(&Identifier::split(successor)?),
        None => Some(entry),
    }
}

/// Returns the known codes that a wrong one may mean, as a list for an error message: with a leading zero or
/// check digit restored, or without lower case and punctuation. Empty for a code that is known or correct.
#[must_use]
pub fn suggest_codes(identifier: &Identifier) -> String {
    /// No official code is longer, even with separators.
    const MAX_CODE_LENGTH: usize = 20;
    let Identifier { scheme, value } = identifier;
    if value.len() > MAX_CODE_LENGTH {
        return String::new();
    }
    let bare: String =
        value.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let body = |length: usize| bare.get(..length).filter(|_| bare.bytes().all(|b| b.is_ascii_digit()));
    let zero = format!("0{bare}");
    let candidates: Vec<String> = match (scheme.as_str(), bare.len()) {
        ("insee_com" | "insee_dep" | "insee_reg" | "insee_ctcd", _) => vec![zero, bare.clone()],
        ("dantai", 4) => {
            schemes::dantai_check_digit(&zero).map(|digit| format!("{zero}{digit}")).into_iter().collect()
        }
        ("dantai", 5 | 6) => {
            let Some(five) = body(5) else { return String::new() };
            let digit = schemes::dantai_check_digit(five).map(|digit| format!("{five}{digit}"));
            // Six digits may be a five-digit code to which a check digit was added wrongly.
            [Some(format!("0{five}")), digit].into_iter().flatten().collect()
        }
        ("siren", 9) => body(8)
            .and_then(|eight| {
                (0..10).map(|last| format!("{eight}{last}")).find(|whole| schemes::is_luhn_valid(whole))
            })
            .into_iter()
            .chain([bare.clone()])
            .collect(),
        ("iso3166_2", _) => vec![value.to_ascii_uppercase()],
        _ => vec![],
    };
    if candidates.is_empty() || find(identifier).is_some() {
        return String::new();
    }
    let known = |value: &String| {
        let entry =
            schemes::canonicalise(scheme, value).ok().and_then(|_| data::gazetteer().find(scheme, value))?;
        let name = entry.name();
        let names: Vec<&str> = ["fr", "ja"].iter().filter_map(|tag| name.get(tag)).collect();
        Some(format!("`{value}` ({})", names.join(", ")))
    };
    let mut found: Vec<String> =
        candidates.iter().filter(|value| *value != &identifier.value).filter_map(known).collect();
    found.dedup();
    found.join(", ")
}

/// Whether an authority bears a code, or did.
#[must_use]
pub fn is_known(scheme: &str, value: &str) -> bool {
    data::gazetteer().find(scheme, value).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabularies::authority::AuthorityLevel as Level;
    use crate::domain::vocabularies::vocabulary::Vocabulary as _;
    use std::collections::{BTreeMap, HashSet};

    #[test]
    fn every_authority_of_both_countries_is_there() {
        let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries().filter(|entry| !entry.is_merged()) {
            *levels.entry(entry.level().code()).or_default() += 1;
        }
        let expected = [
            ("agglomeration_community", 230),
            ("city", 710),
            ("commune", 34_958),
            ("community_of_communes", 989),
            ("core_city", 62),
            ("department", 94),
            ("designated_city", 20),
            ("metropolis", 21),
            ("municipal_arrondissement", 45),
            ("prefecture", 47),
            ("region", 14),
            ("special_status_authority", 11),
            ("special_ward", 23),
            ("town", 743),
            ("urban_community", 14),
            ("village", 183),
        ];
        assert_eq!(levels, BTreeMap::from(expected));
        assert_eq!(entries().filter(GazetteerEntry::is_merged).count(), 1997);
    }

    #[test]
    fn every_code_has_its_form_and_check_digit_and_leads_back() {
        let mut seen = HashSet::new();
        for entry in entries() {
            let all = entry.identifiers();
            assert!(all.iter().any(|identifier| identifier.to_string() == entry.code()), "{}", entry.code());
            for identifier in &all {
                let checked = schemes::canonicalise(&identifier.scheme, &identifier.value);
                assert_eq!(checked.as_deref(), Ok(identifier.value.as_str()), "{identifier}");
                assert!(seen.insert(identifier.to_string()), "{identifier} twice");
                assert_eq!(find(identifier).map(|found| found.code()), Some(entry.code()));
            }
            for old in entry.old_codes() {
                assert!(seen.insert(old.to_owned()), "{old} twice");
                let old = Identifier::split(old).unwrap();
                assert!(schemes::canonicalise(&old.scheme, &old.value).is_ok());
                assert_eq!(find_current(&old).map(|found| found.code()), Some(entry.code()));
            }
        }
    }

    #[test]
    fn whoever_is_above_or_comes_after_exists_today() {
        for entry in entries() {
            assert_eq!(entry.is_merged(), entry.successor().is_some(), "{}", entry.code());
            for code in [entry.parent(), entry.successor()].into_iter().flatten() {
                let above = find(&Identifier::split(code).unwrap()).unwrap();
                assert!(
                    !above.is_merged() && above.country() == entry.country(),
                    "{} and {code}",
                    entry.code()
                );
            }
        }
    }

    #[test]
    fn names_and_coasts_are_as_known() {
        let entry = |code: &str| find(&Identifier::split(code).unwrap()).unwrap();
        let name = |code: &str, tag: &str| entry(code).name().get(tag).unwrap_or_default().to_owned();
        assert_eq!(name("dantai:281000", "fr"), "Kobe");
        assert_eq!(name("dantai:281000", "ja-Latn"), "Kōbe-shi");
        assert_eq!(name("dantai:230006", "fr"), "Préfecture d'Aichi");
        assert_eq!(name("dantai:280003", "en"), "Hyōgo Prefecture");
        assert_eq!(name("dantai:130001", "fr"), "Tokyo");
        assert_eq!(name("insee_com:35238", "ja"), "レンヌ");
        assert_eq!(entry("insee_com:75056").identifiers().len(), 5);
        assert_eq!(entry("dantai:341002").level(), Level::DesignatedCity);
        assert_eq!(entry("insee_com:06029").coast_km(), Some(0));
        assert!(entry("insee_com:75056").coast_km().is_some_and(|km| (120..180).contains(&km)));
        assert_eq!(
            find_current(&Identifier::split("insee_dep:67").unwrap()).unwrap().code(),
            "insee_ctcd:6AE"
        );
    }
}
