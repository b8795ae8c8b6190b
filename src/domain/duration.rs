//! ISO 8601 durations in years and months (`P36M`, `P3Y`, `P1Y6M`).

/// Pattern of a duration: at most 999 years and 9999 months.
pub const DURATION_PATTERN: &str = "^P([0-9]{1,3}Y([0-9]{1,4}M)?|[0-9]{1,4}M)$";

/// Returns the months of a duration; `None` where it does not match [`DURATION_PATTERN`].
#[must_use]
pub fn parse_months(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (years, rest) = rest.split_once('Y').map_or((None, rest), |(years, rest)| (Some(years), rest));
    let months = if rest.is_empty() { None } else { Some(rest.strip_suffix('M')?) };
    let number = |part: Option<&str>, max_digits: usize| match part {
        None => Some(0),
        Some(digits)
            if (1..=max_digits).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            digits.parse::<i64>().ok()
        }
        Some(_) => None,
    };
    if years.is_none() && months.is_none() {
        return None;
    }
    Some(number(years, 3)? * 12 + number(months, 4)?)
}

#[cfg(test)]
mod tests {
    use super::parse_months;

    #[test]
    fn years_and_months_are_months() {
        for (text, expected) in [
            ("P36M", Some(36)),
            ("P3Y", Some(36)),
            ("P1Y6M", Some(18)),
            ("P0M", Some(0)),
            ("P", None),
            ("P3", None),
            ("P1M1Y", None),
            ("P-1M", None),
            ("P30D", None),
            ("P1000Y", None),
            ("36", None),
        ] {
            assert_eq!(parse_months(text), expected, "{text}");
        }
    }
}
