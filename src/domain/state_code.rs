//! ISO 3166-1 alpha-2 codes of States and territories.

use super::body_field::{BodyField, BodyPath, Visitor, require};
use super::errors::fault_list::FaultList;
use super::vocabularies::term::VocabularyTerm;
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// The code of a State or territory: one of [`StateCode::TERMS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StateCode(&'static str);

impl StateCode {
    /// Every officially assigned code; each is its own label.
    pub const TERMS: &'static [VocabularyTerm] = &STATES;

    /// Returns the code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl Serialize for StateCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl BodyField for StateCode {
    fn read(value: Option<Value>, at: &BodyPath<'_>, faults: &mut FaultList) -> Option<Self> {
        let Value::String(code) = require(value, at, faults)? else {
            return faults.wrong_type(at, "string");
        };
        let known = Self::TERMS.iter().find(|term| term.code == code);
        if known.is_none() {
            faults.bad_format(at, &code, "ISO 3166-1 alpha-2");
        }
        known.map(|term| Self(term.code))
    }

    fn walk(&mut self, at: &BodyPath<'_>, visitor: &mut dyn Visitor) {
        visitor.code(at, self.0);
    }
}

impl utoipa::PartialSchema for StateCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The code of a State or territory (ISO 3166-1 alpha-2)."))
            .enum_values(Some(Self::TERMS.iter().map(|term| term.code)))
            .examples(["FR"])
            .into()
    }
}

impl utoipa::ToSchema for StateCode {}

macro_rules! state_codes {
    ($count:literal: $($code:literal)*) => {
        static STATES: [VocabularyTerm; $count] =
            [$(VocabularyTerm { code: $code, label: [$code; 3], broader: None, sdg: &[] }),*];
    };
}

state_codes! {
    249:
    "AD" "AE" "AF" "AG" "AI" "AL" "AM" "AO" "AQ" "AR" "AS" "AT" "AU" "AW" "AX" "AZ" "BA" "BB"
    "BD" "BE" "BF" "BG" "BH" "BI" "BJ" "BL" "BM" "BN" "BO" "BQ" "BR" "BS" "BT" "BV" "BW" "BY"
    "BZ" "CA" "CC" "CD" "CF" "CG" "CH" "CI" "CK" "CL" "CM" "CN" "CO" "CR" "CU" "CV" "CW" "CX"
    "CY" "CZ" "DE" "DJ" "DK" "DM" "DO" "DZ" "EC" "EE" "EG" "EH" "ER" "ES" "ET" "FI" "FJ" "FK"
    "FM" "FO" "FR" "GA" "GB" "GD" "GE" "GF" "GG" "GH" "GI" "GL" "GM" "GN" "GP" "GQ" "GR" "GS"
    "GT" "GU" "GW" "GY" "HK" "HM" "HN" "HR" "HT" "HU" "ID" "IE" "IL" "IM" "IN" "IO" "IQ" "IR"
    "IS" "IT" "JE" "JM" "JO" "JP" "KE" "KG" "KH" "KI" "KM" "KN" "KP" "KR" "KW" "KY" "KZ" "LA"
    "LB" "LC" "LI" "LK" "LR" "LS" "LT" "LU" "LV" "LY" "MA" "MC" "MD" "ME" "MF" "MG" "MH" "MK"
    "ML" "MM" "MN" "MO" "MP" "MQ" "MR" "MS" "MT" "MU" "MV" "MW" "MX" "MY" "MZ" "NA" "NC" "NE"
    "NF" "NG" "NI" "NL" "NO" "NP" "NR" "NU" "NZ" "OM" "PA" "PE" "PF" "PG" "PH" "PK" "PL" "PM"
    "PN" "PR" "PS" "PT" "PW" "PY" "QA" "RE" "RO" "RS" "RU" "RW" "SA" "SB" "SC" "SD" "SE" "SG"
    "SH" "SI" "SJ" "SK" "SL" "SM" "SN" "SO" "SR" "SS" "ST" "SV" "SX" "SY" "SZ" "TC" "TD" "TF"
    "TG" "TH" "TJ" "TK" "TL" "TM" "TN" "TO" "TR" "TT" "TV" "TW" "TZ" "UA" "UG" "UM" "US" "UY"
    "UZ" "VA" "VC" "VE" "VG" "VI" "VN" "VU" "WF" "WS" "YE" "YT" "ZA" "ZM" "ZW"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn codes_are_those_of_the_standard() {
        assert_eq!(StateCode::TERMS.len(), 249);
        assert!(StateCode::TERMS.is_sorted_by(|one, other| one.code < other.code));
        for (code, known) in [("FR", true), ("JP", true), ("fr", false), ("UK", false), ("EU", false)] {
            let read = StateCode::read(Some(json!(code)), &BodyPath::Root, &mut FaultList::default());
            assert_eq!(read.map(StateCode::code), known.then_some(code));
        }
    }
}
