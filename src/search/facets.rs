//! Facet counts, each counted under the other filters, and the filters applied in memory.

use super::candidate::Candidate;
use super::filters::{SearchFilters, with_broader};
use crate::domain::partial_date::PartialDate;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Names of the facets, in the order of the response.
const FACETS: [&str; 4] = ["kind", "country", "theme", "decade"];

/// Maximum number of decades in which one record is counted, less one.
const MAX_DECADES: i32 = 30;

/// What one distinct column value means for a facet; parsed once for all candidates that share it.
struct FacetEntry {
    /// Facet codes of the value.
    codes: Vec<String>,
    /// Whether the value passes the filter of the same facet.
    passes: bool,
    /// Number of candidates with this value that pass all other filters.
    count: u64,
}

/// Returns the first years (`1990`) of the decades in which a date may lie; an open end counts as the other
/// end.
fn possible_decades(date: &PartialDate) -> Vec<String> {
    let decade = |day: Option<String>| -> Option<i32> {
        let year: i32 = day?.get(..4)?.parse().ok()?;
        Some(year.div_euclid(10))
    };
    let (first, last) = (decade(date.earliest()), decade(date.latest()));
    let Some((first, last)) = first.or(last).zip(last.or(first)) else { return Vec::new() };
    (first..=last.min(first + MAX_DECADES)).map(|decade| format!("{:04}", decade * 10)).collect()
}

impl SearchFilters {
    /// Parses a column value for the facet with this index in [`FACETS`].
    fn facet_entry(&self, facet: usize, text: &str) -> FacetEntry {
        let any = |wanted: &[String], given: &[String]| {
            wanted.is_empty() || given.iter().any(|code| wanted.contains(code))
        };
        let codes = || {
            let mut codes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            codes.sort_unstable();
            codes.dedup();
            codes
        };
        let (codes, passes) = match facet {
            0 => {
                let passes = self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.as_str() == text);
                (vec![text.to_owned()], passes)
            }
            1 => {
                let countries = codes();
                let passes = any(&self.countries, &countries);
                (countries, passes)
            }
            2 => {
                let themes = with_broader(codes());
                let passes = any(&self.themes, &themes);
                (themes, passes)
            }
            _ => {
                let date = PartialDate::parse(text);
                let overlaps = |date: &PartialDate| self.years.iter().any(|year| may_overlap(date, year));
                let passes = self.years.is_empty() || date.as_ref().is_some_and(overlaps);
                (date.as_ref().map(possible_decades).unwrap_or_default(), passes)
            }
        };
        FacetEntry { codes, passes, count: 0 }
    }

    /// Returns the candidates that pass all filters, and the facets as JSON.
    pub(super) fn apply<T>(&self, candidates: Vec<(T, Candidate)>) -> (Vec<(T, Candidate)>, Value) {
        let mut known: [HashMap<String, FacetEntry>; 4] = Default::default();
        let mut passed = Vec::new();
        for (score, candidate) in candidates {
            let texts = [&candidate.kind, &candidate.countries, &candidate.themes, &candidate.date];
            let mut failed = 0;
            for (facet, (known, text)) in known.iter_mut().zip(texts).enumerate() {
                if !known.contains_key(text) {
                    known.insert(text.clone(), self.facet_entry(facet, text));
                }
                failed += usize::from(known.get(text).is_some_and(|entry| !entry.passes));
            }
            for (known, text) in known.iter_mut().zip(texts) {
                // Each facet is counted under the other filters.
                if let Some(entry) = known.get_mut(text).filter(|entry| failed == usize::from(!entry.passes))
                {
                    entry.count += 1;
                }
            }
            if failed == 0 {
                passed.push((score, candidate));
            }
        }
        let facets = FACETS.into_iter().zip(known).map(|(name, known)| {
            let mut counts: HashMap<String, u64> = HashMap::new();
            for entry in known.into_values().filter(|entry| entry.count > 0) {
                for code in entry.codes {
                    *counts.entry(code).or_default() += entry.count;
                }
            }
            (name.to_owned(), counts_json(counts))
        });
        (passed, Value::Object(facets.collect::<Map<_, _>>()))
    }
}

/// Returns the counts as JSON, largest first, then by code.
fn counts_json(counts: HashMap<String, u64>) -> Value {
    let mut counts: Vec<(Reverse<u64>, String)> =
        counts.into_iter().map(|(code, count)| (Reverse(count), code)).collect();
    counts.sort();
    counts.into_iter().map(|(Reverse(count), code)| json!({"code": code, "count": count})).collect()
}

/// Returns whether two partial dates may have a day in common.
fn may_overlap(one: &PartialDate, other: &PartialDate) -> bool {
    let starts_before_end = |a: &PartialDate, b: &PartialDate| {
        a.earliest().is_none_or(|first| b.latest().is_none_or(|last| first <= last))
    };
    starts_before_end(one, other) && starts_before_end(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::types::Id;
    use crate::domain::kind::Kind;

    fn candidate(kind: &str, countries: &str, themes: &str, date: &str) -> ((), Candidate) {
        let texts = |text: &str| text.to_owned();
        let candidate = Candidate {
            id: Id(uuid::Uuid::nil()),
            kind: texts(kind),
            names: String::new(),
            countries: texts(countries),
            themes: texts(themes),
            date: texts(date),
            references: 0,
        };
        ((), candidate)
    }

    fn counts(facets: &Value, name: &str) -> Vec<(String, u64)> {
        let count =
            |item: &Value| (item["code"].as_str().unwrap().to_owned(), item["count"].as_u64().unwrap());
        facets[name].as_array().unwrap().iter().map(count).collect()
    }

    #[test]
    fn a_facet_is_counted_under_the_other_filters() {
        let candidates = || {
            vec![
                candidate("visit", "FR JP", "tourism", "2019-11-02"),
                candidate("visit", "JP", "", "1998/2001"),
                candidate("person", "FR", "culture", ""),
            ]
        };
        let filters = SearchFilters {
            kinds: vec![Kind::Visit],
            years: vec![PartialDate::parse("2000/2030").unwrap()],
            ..SearchFilters::default()
        };
        let (passed, facets) = filters.apply(candidates());
        assert_eq!(passed.len(), 2);
        assert_eq!(counts(&facets, "kind"), [("visit".into(), 2)]);
        assert_eq!(counts(&facets, "country"), [("JP".into(), 2), ("FR".into(), 1)]);
        assert_eq!(counts(&facets, "theme"), [("economy".into(), 1), ("tourism".into(), 1)]);
        assert_eq!(counts(&facets, "decade"), [("1990".into(), 1), ("2000".into(), 1), ("2010".into(), 1)]);
        let filters = SearchFilters {
            themes: vec!["economy".into()],
            countries: vec!["FR".into()],
            ..SearchFilters::default()
        };
        let (passed, facets) = filters.apply(candidates());
        assert_eq!(passed.len(), 1);
        assert_eq!(
            counts(&facets, "theme"),
            [("culture".into(), 1), ("economy".into(), 1), ("tourism".into(), 1)]
        );
    }

    #[test]
    fn open_dates_overlap_on_the_open_side() {
        let overlaps = |one: &str, other: &str| {
            may_overlap(&PartialDate::parse(one).unwrap(), &PartialDate::parse(other).unwrap())
        };
        assert!(overlaps("1991/..", "2020") && !overlaps("1991/..", "1990"));
        assert!(overlaps("199X", "1999-12-31") && !overlaps("1990", "1991"));
    }
}
