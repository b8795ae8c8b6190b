//! Autocompletion of authority names: a sorted index of every position in the folded names at which a word
//! begins.

use super::data::{Gazetteer, gazetteer};
use crate::domain::folding::fold_for_search;
use crate::domain::romanisation;
use std::cmp::Reverse;
use std::sync::LazyLock;

/// The folded names, one per line, in the order of the rows.
struct NameIndex {
    text: String,
    /// Byte offset of each row's first name.
    row_starts: Vec<u32>,
    /// Byte offset of each word, sorted by the text from there to the end of its name.
    word_starts: Vec<u32>,
}

static NAME_INDEX: LazyLock<NameIndex> = LazyLock::new(|| NameIndex::build(gazetteer()));

/// Abbreviations in names of communes, and the words they stand for.
const ABBREVIATIONS: [(&str, &str); 2] = [("st", "saint"), ("ste", "sainte")];

/// How a name matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameMatch {
    WholeName,
    NameStart,
    WordStart,
    AllWords,
}

impl NameIndex {
    fn build(data: &Gazetteer) -> Self {
        let (mut text, mut rows, mut words) = (String::new(), Vec::new(), Vec::<u32>::new());
        for entry in (0..data.row_count()).filter_map(|row| data.entry(row)) {
            let first = text.len();
            rows.push(u32::try_from(first).unwrap_or_default());
            for name in entry.names() {
                let folded = expand_abbreviations(&fold_for_search(name));
                if text.get(first..).is_some_and(|known| known.lines().any(|known| known == folded)) {
                    continue;
                }
                let start = text.len();
                text.push_str(&folded);
                text.push('\n');
                let spaces = folded.match_indices(' ').map(|(at, _)| start + at + 1);
                words.extend([start].into_iter().chain(spaces).filter_map(|at| u32::try_from(at).ok()));
            }
        }
        let mut names = Self { text, row_starts: rows, word_starts: vec![] };
        words.sort_unstable_by(|a, b| names.rest_of_name(*a).cmp(names.rest_of_name(*b)));
        names.text.shrink_to_fit();
        words.shrink_to_fit();
        names.word_starts = words;
        names
    }

    /// Returns the text from an offset to the end of its name.
    fn rest_of_name(&self, start: u32) -> &str {
        self.text.get(start as usize..).and_then(|rest| rest.split('\n').next()).unwrap_or_default()
    }

    /// Returns the offsets of the words from which the name goes on with `prefix`.
    fn word_starts_with_prefix(&self, prefix: &str) -> &[u32] {
        let first = self.word_starts.partition_point(|start| self.rest_of_name(*start) < prefix);
        let rest = self.word_starts.get(first..).unwrap_or_default();
        let count = rest.partition_point(|start| self.rest_of_name(*start).starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }

    fn row_at(&self, start: u32) -> u32 {
        u32::try_from(self.row_starts.partition_point(|first| *first <= start))
            .unwrap_or_default()
            .saturating_sub(1)
    }

    /// Whether a name of the row has a word that starts with `prefix`.
    fn has_word_with_prefix(&self, row: u32, prefix: &str) -> bool {
        let at = row as usize;
        let bounds = (self.row_starts.get(at), self.row_starts.get(at + 1));
        let end = bounds.1.map_or(self.text.len(), |end| *end as usize);
        let names = bounds.0.and_then(|start| self.text.get(*start as usize..end)).unwrap_or_default();
        names.split([' ', '\n']).any(|word| word.starts_with(prefix))
    }

    /// Adds the rows of which a name has the phrase at the beginning of a word, or a word that starts with
    /// each of its words.
    fn find_phrase(&self, phrase: &str, found: &mut Vec<(u32, NameMatch)>) {
        found.extend(self.word_starts_with_prefix(phrase).iter().map(|start| {
            let starts_name =
                *start == 0 || self.text.get(*start as usize - 1..*start as usize) == Some("\n");
            let name_match = match starts_name {
                true if self.rest_of_name(*start) == phrase => NameMatch::WholeName,
                true => NameMatch::NameStart,
                false => NameMatch::WordStart,
            };
            (self.row_at(*start), name_match)
        }));
        let words: Vec<&str> = phrase.split(' ').collect();
        if words.len() > 1 {
            let rarest =
                words.iter().map(|word| self.word_starts_with_prefix(word)).min_by_key(|starts| starts.len());
            let rows = rarest.unwrap_or_default().iter().map(|start| self.row_at(*start));
            let all = rows.filter(|row| words.iter().all(|word| self.has_word_with_prefix(*row, word)));
            found.extend(all.map(|row| (row, NameMatch::AllWords)));
        }
    }
}

/// Returns the text with its abbreviations written out.
fn expand_abbreviations(folded: &str) -> String {
    let word = |word: &str| ABBREVIATIONS.into_iter().find(|(short, _)| *short == word).map(|(_, long)| long);
    let words = folded.split(' ').map(|part| word(part).unwrap_or(part).to_owned());
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the rows that match a query, at most `limit`, and how many match in all. Only rows that `accepts`
/// admits count.
///
/// Ordered by match (whole names and codes, then names that start with it, then names with a word that does),
/// then by weight, existing authorities before merged ones, then by code.
pub fn search_names(query: &str, accepts: impl Fn(u32) -> bool, limit: usize) -> (Vec<u32>, usize) {
    let (data, names) = (gazetteer(), &*NAME_INDEX);
    let mut found = Vec::new();
    let folded = fold_for_search(query);
    if !folded.is_empty() {
        names.find_phrase(&folded, &mut found);
        let full = expand_abbreviations(&folded);
        if full != folded {
            names.find_phrase(&full, &mut found);
        }
        if let Some(hepburn) = romanisation::prefix_to_hepburn(&folded).filter(|_| found.is_empty()) {
            names.find_phrase(&hepburn, &mut found);
        }
    }
    let code = query.trim().to_uppercase();
    if code.len() > 1 && code.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-') {
        let name_match = |whole| if whole { NameMatch::WholeName } else { NameMatch::NameStart };
        found.extend(data.codes_starting_with(&code).map(|(row, whole)| (row, name_match(whole))));
    }
    if let Some((scheme, value)) = query.trim().split_once(':') {
        found.extend(data.find(scheme, value).map(|entry| (entry.row_number(), NameMatch::WholeName)));
    }
    found.retain(|(row, _)| accepts(*row));
    found.sort_unstable();
    found.dedup_by_key(|(row, _)| *row);
    let total = found.len();
    let is_merged = |row| data.entry(row).is_some_and(|entry| entry.is_merged());
    let rank = |(row, name_match): &(u32, NameMatch)| (*name_match, Reverse(data.weight(*row)), *row);
    if total > limit {
        found.select_nth_unstable_by_key(limit, rank);
        found.truncate(limit);
    }
    found.sort_by_cached_key(|found| {
        let (name_match, weight, row) = rank(found);
        (name_match, weight, is_merged(row), row)
    });
    (found.into_iter().map(|(row, _)| row).collect(), total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(query: &str, limit: usize) -> Vec<&'static str> {
        let rows = search_names(query, |_| true, limit).0.into_iter();
        rows.filter_map(|row| gazetteer().entry(row)).map(|entry| entry.code()).collect()
    }

    #[test]
    fn what_people_type_is_found_first() {
        let first = |query: &str| codes(query, 1)[0];
        for query in ["Ōmura", "omura", "Ohmura", "大村", "おおむら", "オオムラ"] {
            assert_eq!(first(query), "dantai:422053", "{query}");
        }
        for query in ["Kōbe", "Koube", "kobe", "神戸", "神\u{200B}戸"] {
            assert_eq!(first(query), "dantai:281000", "{query}");
        }
        assert!(codes("koub", 5).contains(&"dantai:281000") && codes("横濱", 5).contains(&"dantai:141003"));
        assert_eq!((first("仙臺"), first("髙島市")), ("dantai:041009", "dantai:252123"));
        for query in ["saint denis", "St-Denis", "SAINT DENIS", "st denis"] {
            assert_eq!(first(query), "insee_com:97411", "{query}");
        }
        assert_eq!(codes("saint den", 2), ["insee_com:97411", "insee_com:93066"]);
        assert_eq!(first("st den"), "insee_com:97411");
        assert_eq!(first("aix en prov"), "insee_com:13001");
        assert_eq!(first("prov aix en"), "insee_com:13001");
        assert_eq!(first("35238"), "insee_com:35238");
        assert_eq!(first("insee_com:35238"), "insee_com:35238");
        assert_eq!(first("2a004"), "insee_com:2A004");
        assert_eq!(first("042021"), "dantai:042021");
        assert_eq!(first("fr-bre"), "insee_reg:53");
        assert_eq!(first("ille et vil"), "insee_dep:35");
        assert_eq!(first("métropole nice"), "siren:200030195");
    }

    #[test]
    fn one_kana_or_character_is_enough() {
        for query in ["miya", "みや", "宮", "ミヤ"] {
            let found = codes(query, 20);
            assert!(found.contains(&"dantai:452017"), "{query}: {found:?}");
        }
    }

    #[test]
    fn nothing_is_found_by_nothing() {
        assert!(codes("", 5).is_empty());
        assert!(codes(" -'", 5).is_empty());
        assert!(codes("zzzz", 5).is_empty());
    }
}
