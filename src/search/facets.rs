//! The filters of a search, and how many hits there are under each other value of a filter.

use super::candidate::Candidate;
use super::filters::{SearchFilters, with_broader};
use crate::domain::partial_date::PartialDate;
use serde_json::{Map, Value, json};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The facets, in the order of the answer.
const FACETS: [&str; 4] = ["kind", "country", "theme", "decade"];

/// The most decades in which one record is counted.
const MAX_DECADES: i32 = 30;

/// What candidates say for a facet, in the words in which the database gives it.
struct FacetEntry {
    /// The codes under which they are counted.
    codes: Vec<String>,
    /// Whether the facet's own filter lets them pass.
    passes: bool,
    /// How many of them are counted.
    count: u64,
}

/// The first years of the decades in which the date may lie; where one end is open, that of the other.
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
    /// What a text of the database means for the `n`th facet.
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

    /// The candidates that pass, and the facets of all. Many say the same, which is read once.
    pub(super) fn apply<T>(&self, candidates: Vec<(T, Candidate)>) -> (Vec<(T, Candidate)>, Value) {
        let mut known: [HashMap<String, FacetEntry>; 4] = Default::default();
        let mut passed = Vec::new();
        for (score, candidate) in candidates {
            let texts = [&candidate.kind, &candidate.countries, &candidate.themes, &candidate.date];
            let mut refusals = 0;
            for (facet, (known, text)) in known.iter_mut().zip(texts).enumerate() {
                if !known.contains_key(text) {
                    known.insert(text.clone(), self.facet_entry(facet, text));
                }
                refusals += usize::from(known.get(text).is_some_and(|said| !said.passes));
            }
            for (known, text) in known.iter_mut().zip(texts) {
                // Each facet is counted under the other filters.
                if let Some(said) = known.get_mut(text).filter(|said| refusals == usize::from(!said.passes)) {
                    said.count += 1;
                }
            }
            if refusals == 0 {
                passed.push((score, candidate));
            }
        }
        let facets = FACETS.into_iter().zip(known).map(|(name, known)| {
            let mut counts: HashMap<String, u64> = HashMap::new();
            for said in known.into_values().filter(|said| said.count > 0) {
                for code in said.codes {
                    *counts.entry(code).or_default() += said.count;
                }
            }
            (name.to_owned(), counts_json(counts))
        });
        (passed, Value::Object(facets.collect::<Map<_, _>>()))
    }
}

/// Codes with their counts, the largest first.
fn counts_json(counts: HashMap<String, u64>) -> Value {
    let mut counts: Vec<(Reverse<u64>, String)> =
        counts.into_iter().map(|(code, count)| (Reverse(count), code)).collect();
    counts.sort();
    counts.into_iter().map(|(Reverse(count), code)| json!({"code": code, "count": count})).collect()
}

/// Whether the two have a day in common, possibly.
fn may_overlap(one: &PartialDate, other: &PartialDate) -> bool {
    let starts_in_time = |a: &PartialDate, b: &PartialDate| {
        a.earliest().is_none_or(|first| b.latest().is_none_or(|last| first <= last))
    };
    starts_in_time(one, other) && starts_in_time(other, one)
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
