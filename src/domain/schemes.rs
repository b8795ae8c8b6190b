//! Identifier schemes: formats, check digits, canonical forms.
//!
//! Every key may write identifiers of the open schemes, whose values are checked here; those of the owned
//! schemes belong to the institutions that number their own records. Values are case-sensitive.

use std::borrow::Cow;

/// The open schemes, whose values [`canonicalise`] checks.
pub const OPEN_SCHEMES: &[&str] = &[
    "insee_com",
    "insee_dep",
    "insee_ctcd",
    "insee_reg",
    "siren",
    "dantai",
    "iso3166_2",
    "wikidata",
    "geonames",
    "slug",
];

/// The schemes that only the keys of their owners may write.
pub const OWNED_SCHEMES: &[&str] = &["clair", "cuf", "cncd"];

/// Codes of the French regions since 2016 (code officiel géographique, INSEE).
const FRENCH_REGIONS: &[&str] = &[
    "01", "02", "03", "04", "06", "11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93",
    "94",
];

/// Codes of the authorities with the powers of a department that are not a department's code followed by `D`.
const SPECIAL_STATUS_CODES: &[&str] = &["20R", "69M", "6AE", "75C", "972R", "973R", "976R"];

/// Subdivisions of France in ISO 3166-2 other than departments: regions of the mainland, authorities of
/// special status, overseas territories.
const FRENCH_SUBDIVISIONS: &[&str] = &[
    "ARA", "BFC", "BRE", "CVL", "20R", "GES", "HDF", "IDF", "NOR", "NAQ", "OCC", "PDL", "PAC", "69M", "6AE",
    "75C", "BL", "CP", "MF", "NC", "PF", "PM", "TF", "WF",
];

/// Why a value is not valid in its scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemeError {
    /// The value does not match the format of the scheme.
    Format,
    /// The last digit, a check digit, is wrong.
    CheckDigit {
        /// The correct check digit.
        expected: String,
    },
    /// The format is right, but the scheme has no such code.
    UnknownCode,
    /// The digits are a known code without its leading zero, although they may be another without its check
    /// digit. Only the gazetteer can tell (`gazetteer::identifiers`).
    LeadingZeroLost,
}

impl SchemeError {
    /// Returns the stable code of this error, in snake case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format => "identifier_format",
            Self::CheckDigit { .. } => "identifier_check_digit",
            Self::UnknownCode => "identifier_unknown_code",
            Self::LeadingZeroLost => "identifier_zero_lost",
        }
    }
}

impl std::fmt::Display for SchemeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Format => f.write_str("the value does not have the form of its scheme"),
            Self::CheckDigit { expected } => write!(f, "the check digit is wrong: {expected} is expected"),
            Self::UnknownCode => f.write_str("the scheme has no such code"),
            Self::LeadingZeroLost => f.write_str("a leading zero may have been lost"),
        }
    }
}

impl std::error::Error for SchemeError {}

/// Returns the canonical form of a valid value: the value itself but for a `dantai` code of five digits, which
/// gets its check digit. In a scheme that is not in [`OPEN_SCHEMES`] every [`is_well_formed`] value is valid.
///
/// | scheme | values |
/// |---|---|
/// | `insee_com` | French municipality: two digits, `2A` or `2B`, then three digits |
/// | `insee_dep` | French department: `01`–`95` with `2A`, `2B` for `20`; `971`–`974`, `976` |
/// | `insee_ctcd` | French authority with the powers of a department: `54D`, `69M`, `75C`, `6AE`, `20R`, `972R`… |
/// | `insee_reg` | French region, the 18 codes of 2016 |
/// | `siren` | nine digits, the last by Luhn |
/// | `dantai` | Japanese local authority (JIS X 0401, 0402): prefecture `01`–`47`, three digits, check digit |
/// | `iso3166_2` | `JP-01`–`JP-47`; the subdivisions `FR-…` of ISO 3166-2 |
/// | `wikidata` | `Q` and a number |
/// | `geonames` | a number |
/// | `slug` | lower-case letters and digits, in words separated by single hyphens |
pub fn canonicalise<'a>(scheme: &str, value: &'a str) -> Result<Cow<'a, str>, SchemeError> {
    let form = |right: bool| if right { Ok(()) } else { Err(SchemeError::Format) };
    form(is_well_formed(value))?;
    match scheme {
        "insee_com" => form(is_municipality(value)),
        "insee_dep" => form(is_department_form(value)).and_then(|()| require_known(is_department(value))),
        "insee_ctcd" => check_ctcd(value),
        "insee_reg" => {
            form(is_digits(value, 2)).and_then(|()| require_known(FRENCH_REGIONS.contains(&value)))
        }
        "siren" => check_siren(value),
        "dantai" => return check_dantai(value),
        "iso3166_2" => check_iso3166_2(value),
        "wikidata" => form(value.strip_prefix('Q').is_some_and(is_number)),
        "geonames" => form(is_number(value)),
        "slug" => form(is_slug(value)),
        _ => Ok(()),
    }?;
    Ok(Cow::Borrowed(value))
}

/// Whether a value may be an identifier of any scheme: 1 to 64 characters of `A-Za-z0-9._~-`.
#[must_use]
pub fn is_well_formed(value: &str) -> bool {
    (1..=64).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-'))
}

/// Returns the check digit of a Japanese local authority code of five digits (JIS X 0402): weights 6 to 2,
/// modulo 11. `None` where the text is not five digits.
#[must_use]
pub fn dantai_check_digit(five_digits: &str) -> Option<char> {
    if !is_digits(five_digits, 5) {
        return None;
    }
    let sum: u32 = five_digits
        .chars()
        .filter_map(|c| c.to_digit(10))
        .zip([6, 5, 4, 3, 2])
        .map(|(d, weight)| d * weight)
        .sum();
    char::from_digit((11 - sum % 11) % 10, 10)
}

/// Whether a text is one digit or more and passes the Luhn check.
#[must_use]
pub fn is_luhn_valid(digits: &str) -> bool {
    !digits.is_empty() && luhn_sum(digits).is_some_and(|sum| sum.is_multiple_of(10))
}

/// Returns the Luhn sum, counted from the right; `None` where a character is no digit.
fn luhn_sum(digits: &str) -> Option<usize> {
    digits.bytes().rev().enumerate().try_fold(0, |sum, (place, b)| {
        let digit = usize::from(b.is_ascii_digit().then(|| b - b'0')?);
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        Some(sum + doubled % 10 + doubled / 10)
    })
}

fn require_known(is_known: bool) -> Result<(), SchemeError> {
    if is_known { Ok(()) } else { Err(SchemeError::UnknownCode) }
}

fn is_digits(value: &str, count: usize) -> bool {
    value.len() == count && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && !value.starts_with('0') && value.bytes().all(|b| b.is_ascii_digit())
}

fn is_slug(value: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    value.split('-').all(word)
}

fn is_municipality(value: &str) -> bool {
    is_digits(value, 5)
        || ["2A", "2B"]
            .iter()
            .any(|corsica| value.strip_prefix(corsica).is_some_and(|rest| is_digits(rest, 3)))
}

fn is_department_form(value: &str) -> bool {
    matches!(value, "2A" | "2B") || is_digits(value, 2) || is_digits(value, 3)
}

fn is_department(value: &str) -> bool {
    match value {
        "2A" | "2B" | "971" | "972" | "973" | "974" | "976" => true,
        _ => is_digits(value, 2) && value != "20" && ("01"..="95").contains(&value),
    }
}

/// Checks the code of an authority with the powers of a department.
///
/// Departments with an assembly of their own add a `D`; not Paris, Corsica, Martinique and French Guiana,
/// whose authorities have special codes. Bas-Rhin and Haut-Rhin (67D, 68D), merged in 2021, and Mayotte
/// (976D) keep theirs.
fn check_ctcd(value: &str) -> Result<(), SchemeError> {
    if SPECIAL_STATUS_CODES.contains(&value) {
        return Ok(());
    }
    let Some(department) = value.strip_suffix('D') else {
        let shaped = (3..=4).contains(&value.len())
            && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        return Err(if shaped { SchemeError::UnknownCode } else { SchemeError::Format });
    };
    if !is_department_form(department) {
        return Err(SchemeError::Format);
    }
    require_known(is_department(department) && !matches!(department, "75" | "2A" | "2B" | "972" | "973"))
}

fn check_siren(value: &str) -> Result<(), SchemeError> {
    if !is_digits(value, 9) {
        return Err(SchemeError::Format);
    }
    if value == "000000000" {
        return Err(SchemeError::UnknownCode);
    }
    match value.get(..8).map(|body| {
        (0..10).map(|last| (last, format!("{body}{last}"))).find(|(_, whole)| is_luhn_valid(whole))
    }) {
        Some(Some((_, right))) if right == value => Ok(()),
        Some(Some((last, _))) => Err(SchemeError::CheckDigit { expected: last.to_string() }),
        _ => Err(SchemeError::Format),
    }
}

fn check_dantai(value: &str) -> Result<Cow<'_, str>, SchemeError> {
    if !is_digits(value, 5) && !is_digits(value, 6) {
        return Err(SchemeError::Format);
    }
    let (body, given) = value.split_at_checked(5).ok_or(SchemeError::Format)?;
    require_known(body.get(..2).is_some_and(|prefecture| ("01"..="47").contains(&prefecture)))?;
    let expected = dantai_check_digit(body).ok_or(SchemeError::Format)?.to_string();
    match given {
        "" => Ok(Cow::Owned(format!("{body}{expected}"))),
        _ if given == expected => Ok(Cow::Borrowed(value)),
        _ => Err(SchemeError::CheckDigit { expected }),
    }
}

fn check_iso3166_2(value: &str) -> Result<(), SchemeError> {
    let (country, code) = value.split_once('-').ok_or(SchemeError::Format)?;
    let shaped = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    match country {
        _ if !shaped(country, 2..=2) || !shaped(code, 1..=3) => Err(SchemeError::Format),
        "JP" => require_known(is_digits(code, 2) && ("01"..="47").contains(&code)),
        // Paris is `FR-75C`, no longer `FR-75`.
        "FR" => require_known((is_department(code) && code != "75") || FRENCH_SUBDIVISIONS.contains(&code)),
        _ => Err(SchemeError::UnknownCode),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(scheme: &str, right: &[&str], unknown: &[&str], malformed: &[&str]) {
        for value in right {
            assert_eq!(canonicalise(scheme, value), Ok(Cow::Borrowed(*value)), "{scheme}:{value}");
        }
        for value in unknown {
            assert_eq!(canonicalise(scheme, value), Err(SchemeError::UnknownCode), "{scheme}:{value}");
        }
        for value in malformed {
            assert_eq!(canonicalise(scheme, value), Err(SchemeError::Format), "{scheme}:{value}");
        }
    }

    #[test]
    fn french_codes() {
        expect(
            "insee_com",
            &["75056", "13055", "54395", "06029", "2A004", "2B033"],
            &[],
            &["7505", "750566", "2C004", "2a004", "A5056", "", "７５０５６"],
        );
        expect(
            "insee_dep",
            &["01", "54", "95", "2A", "2B", "971", "974", "976"],
            &["00", "20", "96", "975", "977", "054"],
            &["1", "2C", "2a", "54D"],
        );
        expect(
            "insee_ctcd",
            &["54D", "69D", "69M", "75C", "6AE", "20R", "971D", "972R", "973R", "974D", "976R"],
            &["75D", "2AD", "20D", "972D", "54M", "99D"],
            &["54", "D", "54d", "5D", "69-M"],
        );
        expect("insee_reg", FRENCH_REGIONS, &["00", "05", "82", "99"], &["1", "011", "R1"]);
        assert_eq!(FRENCH_REGIONS.len(), 18);
    }

    #[test]
    fn siren() {
        let right =
            ["245400676", "200054807", "243700754", "200046977", "200054781", "237500079", "200053767"];
        expect("siren", &right, &["000000000"], &["24540067", "2454006760", "24540067A", "245 400 676"]);
        assert_eq!(
            canonicalise("siren", "245400677"),
            Err(SchemeError::CheckDigit { expected: "6".to_owned() })
        );
        assert!(
            is_luhn_valid("79927398713")
                && !is_luhn_valid("79927398710")
                && !is_luhn_valid("")
                && !is_luhn_valid("7a")
        );
    }

    #[test]
    fn dantai() {
        let right = [
            "130001", "230006", "261009", "341002", "281000", "172014", "372013", "431001", "221007",
            "231002",
        ];
        expect("dantai", &right, &["480009", "000001", "990001", "48000"], &["1300", "1300012", "13000A"]);
        for code in right {
            let (body, digit) = code.split_at(5);
            assert_eq!(dantai_check_digit(body), digit.chars().next());
            assert_eq!(canonicalise("dantai", body), Ok(Cow::Owned(code.to_owned())));
            let last = digit.parse::<u8>().unwrap();
            let wrong = format!("{body}{}", (last + 1) % 10);
            assert_eq!(
                canonicalise("dantai", &wrong),
                Err(SchemeError::CheckDigit { expected: digit.to_owned() })
            );
        }
        assert_eq!(dantai_check_digit("1300"), None);
        assert_eq!(dantai_check_digit("1300é"), None);
    }

    #[test]
    fn iso3166_2() {
        let right = [
            "JP-01", "JP-13", "JP-47", "FR-ARA", "FR-IDF", "FR-20R", "FR-75C", "FR-69M", "FR-69", "FR-6AE",
            "FR-67", "FR-2A", "FR-974", "FR-NC",
        ];
        expect(
            "iso3166_2",
            &right,
            &["JP-00", "JP-48", "JP-1", "JP-013", "FR-75", "FR-20", "FR-96", "FR-975", "FR-ALS", "DE-BE"],
            &["JP", "JP13", "fr-IDF", "FR-idf", "FR-ARAA", "FR-", "FRA-IDF"],
        );
        let departments = (0..1000)
            .flat_map(|n| [format!("{n:02}"), format!("{n:03}")])
            .filter(|code| is_department(code) && code != "75");
        let distinct: std::collections::BTreeSet<String> = departments.collect();
        assert_eq!(distinct.len() + 2 + FRENCH_SUBDIVISIONS.len(), 124);
    }

    #[test]
    fn other_schemes() {
        expect("wikidata", &["Q1", "Q90", "Q132471001"], &[], &["Q", "Q0", "Q01", "q90", "90", "P31"]);
        expect("geonames", &["2988507", "1"], &[], &["0", "02988507", "-1", "1.5"]);
        expect(
            "slug",
            &["nancy", "aix-en-provence", "8e-rencontres"],
            &[],
            &["-nancy", "nancy-", "aix--en", "Nancy", "a_b", "é", ""],
        );
        expect("clair", &["1234", "A.b_c~d-e"], &[], &["", "a b", "a/b", "a:b", "é"]);
        assert!(is_well_formed(&"a".repeat(64)) && !is_well_formed(&"a".repeat(65)));
        for scheme in OPEN_SCHEMES.iter().filter(|scheme| **scheme != "slug") {
            assert!(canonicalise(scheme, "~").is_err(), "{scheme}");
        }
        assert_eq!((OPEN_SCHEMES.len(), OWNED_SCHEMES.len()), (10, 3));
        assert!(OWNED_SCHEMES.iter().all(|scheme| !OPEN_SCHEMES.contains(scheme)));
    }
}
