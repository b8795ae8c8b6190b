//! Autocompletion: the folded names of all authorities, and every place where a word begins, sorted.

use super::data::{Data, data};
use crate::vocabulary::folding::fold_search;
use crate::vocabulary::romaji;
use std::cmp::Reverse;
use std::sync::LazyLock;

/// The names, folded, one a line, in the order of the rows.
struct Names {
    text: String,
    /// Where the names of each row start.
    rows: Vec<u32>,
    /// Where each word starts, in order of what follows up to the end of its name.
    words: Vec<u32>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(data()));

/// Words that are written short, and what they stand for.
const SHORT: [(&str, &str); 2] = [("st", "saint"), ("ste", "sainte")];

/// How a name was found, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Whole,
    Start,
    Word,
    Words,
}

impl Names {
    fn of(data: &Data) -> Self {
        let (mut text, mut rows, mut words) = (String::new(), Vec::new(), Vec::<u32>::new());
        for entry in (0..data.len()).filter_map(|row| data.entry(row)) {
            let first = text.len();
            rows.push(u32::try_from(first).unwrap_or_default());
            for name in entry.names() {
                let folded = long(&fold_search(name));
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
        let mut names = Self { text, rows, words: vec![] };
        words.sort_unstable_by(|a, b| names.from(*a).cmp(names.from(*b)));
        names.text.shrink_to_fit();
        words.shrink_to_fit();
        names.words = words;
        names
    }

    /// What follows up to the end of the name.
    fn from(&self, start: u32) -> &str {
        self.text.get(start as usize..).and_then(|rest| rest.split('\n').next()).unwrap_or_default()
    }

    /// The beginnings of words after which the text goes on with `prefix`.
    fn starting(&self, prefix: &str) -> &[u32] {
        let first = self.words.partition_point(|start| self.from(*start) < prefix);
        let rest = self.words.get(first..).unwrap_or_default();
        let count = rest.partition_point(|start| self.from(*start).starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }

    fn row(&self, start: u32) -> u32 {
        u32::try_from(self.rows.partition_point(|first| *first <= start))
            .unwrap_or_default()
            .saturating_sub(1)
    }

    /// Whether some name of a row has a word that begins so.
    fn has_word(&self, row: u32, prefix: &str) -> bool {
        let at = row as usize;
        let bounds = (self.rows.get(at), self.rows.get(at + 1));
        let end = bounds.1.map_or(self.text.len(), |end| *end as usize);
        let names = bounds.0.and_then(|start| self.text.get(*start as usize..end)).unwrap_or_default();
        names.split([' ', '\n']).any(|word| word.starts_with(prefix))
    }

    /// The rows in which the phrase stands at the beginning of a word, or each of its words does.
    fn find(&self, phrase: &str, found: &mut Vec<(u32, Match)>) {
        found.extend(self.starting(phrase).iter().map(|start| {
            let opens = *start == 0 || self.text.get(*start as usize - 1..*start as usize) == Some("\n");
            let how = match opens {
                true if self.from(*start) == phrase => Match::Whole,
                true => Match::Start,
                false => Match::Word,
            };
            (self.row(*start), how)
        }));
        let words: Vec<&str> = phrase.split(' ').collect();
        if words.len() > 1 {
            let rarest = words.iter().map(|word| self.starting(word)).min_by_key(|starts| starts.len());
            let rows = rarest.unwrap_or_default().iter().map(|start| self.row(*start));
            let all = rows.filter(|row| words.iter().all(|word| self.has_word(*row, word)));
            found.extend(all.map(|row| (row, Match::Words)));
        }
    }
}

/// The text with its short words in full.
fn long(folded: &str) -> String {
    let word = |word: &str| SHORT.into_iter().find(|(short, _)| *short == word).map(|(_, long)| long);
    let words = folded.split(' ').map(|part| word(part).unwrap_or(part).to_owned());
    words.collect::<Vec<_>>().join(" ")
}

/// The rows that a query finds, best first: whole names and codes, names that begin so, names with a word that does;
/// then the more populous, what still exists, and the order of the codes. Only those that `wanted` admits, at most
/// `limit`; and how many there are in all.
pub(super) fn search(query: &str, wanted: impl Fn(u32) -> bool, limit: usize) -> (Vec<u32>, usize) {
    let (data, names) = (data(), &*NAMES);
    let mut found = Vec::new();
    let folded = fold_search(query);
    if !folded.is_empty() {
        names.find(&folded, &mut found);
        let full = long(&folded);
        if full != folded {
            names.find(&full, &mut found);
        }
        if let Some(hepburn) = romaji::hepburn_beginning(&folded).filter(|_| found.is_empty()) {
            names.find(&hepburn, &mut found);
        }
    }
    let code = query.trim().to_uppercase();
    if code.len() > 1 && code.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-') {
        let how = |whole| if whole { Match::Whole } else { Match::Start };
        found.extend(data.codes_from(&code).map(|(row, whole)| (row, how(whole))));
    }
    if let Some((scheme, value)) = query.trim().split_once(':') {
        found.extend(data.find(scheme, value).map(|entry| (entry.row(), Match::Whole)));
    }
    found.retain(|(row, _)| wanted(*row));
    found.sort_unstable();
    found.dedup_by_key(|(row, _)| *row);
    let total = found.len();
    let is_merged = |row| data.entry(row).is_some_and(|entry| entry.is_merged());
    let rank = |(row, how): &(u32, Match)| (*how, Reverse(data.weight(*row)), *row);
    if total > limit {
        found.select_nth_unstable_by_key(limit, rank);
        found.truncate(limit);
    }
    found.sort_by_cached_key(|found| {
        let (how, weight, row) = rank(found);
        (how, weight, is_merged(row), row)
    });
    (found.into_iter().map(|(row, _)| row).collect(), total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(query: &str, limit: usize) -> Vec<&'static str> {
        let rows = search(query, |_| true, limit).0.into_iter();
        rows.filter_map(|row| data().entry(row)).map(|entry| entry.code()).collect()
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
