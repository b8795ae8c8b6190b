//! Romanised Japanese respelt in Hepburn without long vowels (the spelling of maps and passports), so that
//! Kunrei (`Sizuoka`, `Tukuba`, `Hukui`) and keyboard spellings (`Toukyou`) are found too.

use super::folding;

/// Syllable beginnings whose spelling differs in Hepburn, longest first, and their Hepburn form.
const HEPBURN_SYLLABLES: [(&str, &str); 23] = [
    ("sya", "sha"),
    ("syu", "shu"),
    ("syo", "sho"),
    ("tya", "cha"),
    ("tyu", "chu"),
    ("tyo", "cho"),
    ("zya", "ja"),
    ("zyu", "ju"),
    ("zyo", "jo"),
    ("jya", "ja"),
    ("jyu", "ju"),
    ("jyo", "jo"),
    ("dya", "ja"),
    ("dyu", "ju"),
    ("dyo", "jo"),
    ("tsu", "tsu"),
    ("si", "shi"),
    ("ti", "chi"),
    ("tu", "tsu"),
    ("hu", "fu"),
    ("zi", "ji"),
    ("di", "ji"),
    ("du", "zu"),
];

/// Consonants of the syllables that are spelt alike in both.
const CONSONANTS: [&str; 26] = [
    "ky", "gy", "ny", "hy", "by", "py", "my", "ry", "sh", "ch", "k", "g", "s", "z", "j", "t", "d", "n", "h",
    "b", "p", "f", "m", "y", "r", "w",
];

/// Returns the Hepburn form of a word; `None` where it is not romanised Japanese or already in that form.
#[must_use]
pub fn to_hepburn(word: &str) -> Option<String> {
    respell(word, false)
}

/// Returns the words of a query in their search form, each with its Hepburn form. Words of up to three
/// letters have none: too many, such as `sou`, would pass for Japanese.
#[must_use]
pub fn query_spellings(query: &str) -> Vec<Vec<String>> {
    let spellings = |word: String| {
        let hepburn = to_hepburn(&word).filter(|_| word.len() > 3);
        [word].into_iter().chain(hepburn).collect()
    };
    folding::query_words(query).into_iter().map(spellings).collect()
}

/// Returns a folded text with every Japanese word in Hepburn; `None` where nothing changes.
#[must_use]
pub fn words_to_hepburn(folded: &str) -> Option<String> {
    respell_words(folded, |word, _| to_hepburn(word))
}

/// As [`words_to_hepburn`], where the last word may be incomplete: `koub` is the beginning of `kobe`.
#[must_use]
pub fn prefix_to_hepburn(folded: &str) -> Option<String> {
    respell_words(folded, respell)
}

fn respell_words(folded: &str, respell: impl Fn(&str, bool) -> Option<String>) -> Option<String> {
    let words: Vec<&str> = folded.split(' ').collect();
    let spelt = |(index, word): (usize, &&str)| {
        respell(word, index + 1 == words.len()).unwrap_or_else(|| (*word).to_owned())
    };
    let spelt = words.iter().enumerate().map(spelt).collect::<Vec<_>>().join(" ");
    (spelt != folded).then_some(spelt)
}

/// Returns the Hepburn form of a word; an incomplete one may end in the middle of a syllable.
fn respell(word: &str, is_incomplete: bool) -> Option<String> {
    let mut spelt = String::with_capacity(word.len() + 2);
    let mut rest = word;
    while !rest.is_empty() {
        let respelt = HEPBURN_SYLLABLES.iter().find_map(|(from, to)| Some((rest.strip_prefix(from)?, *to)));
        if let Some((after, to)) = respelt {
            spelt.push_str(to);
            rest = after;
        } else if let Some(after) = after_doubled_consonant(rest) {
            // A doubled consonant; before `ch` it is written `t` in Hepburn, so `c` does not count.
            spelt.push_str(rest.strip_suffix(after).unwrap_or_default());
            rest = after;
        } else if let Some((syllable, after)) = split_syllable(rest) {
            spelt.push_str(syllable);
            rest = after;
        } else if is_incomplete && CONSONANTS.contains(&rest) {
            spelt.push_str(rest);
            rest = "";
        } else {
            rest = rest.strip_prefix('n')?;
            spelt.push('n');
        }
        // Keyboards spell a long o as `ou`.
        if spelt.ends_with('o') {
            rest = rest.strip_prefix('u').unwrap_or(rest);
        }
    }
    (spelt != word).then_some(spelt)
}

/// Returns what follows the first of two equal consonants.
fn after_doubled_consonant(word: &str) -> Option<&str> {
    let mut letters = word.chars();
    let first = letters.next().filter(|first| "kstpgzdbj".contains(*first))?;
    letters.as_str().starts_with(first).then_some(letters.as_str())
}

/// Splits off a syllable that is spelt alike in both.
fn split_syllable(word: &str) -> Option<(&str, &str)> {
    let start = CONSONANTS.iter().find(|start| word.starts_with(**start)).map_or(0, |start| start.len());
    let vowel = word.get(start..)?.chars().next().filter(|letter| "aiueo".contains(*letter))?;
    word.split_at_checked(start + vowel.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_schools_and_keyboards() {
        for (word, hepburn) in [
            ("sizuoka", "shizuoka"),
            ("tukuba", "tsukuba"),
            ("hukui", "fukui"),
            ("zyoetu", "joetsu"),
            ("toukyou", "tokyo"),
            ("aiti", "aichi"),
            ("sapporo", ""),
            ("shizuoka", ""),
            ("gunma", ""),
            ("nancy", ""),
            ("tours", ""),
            ("静静岡岡", ""),
        ] {
            assert_eq!(super::to_hepburn(word).unwrap_or_default(), hepburn, "{word}");
        }
        assert_eq!(words_to_hepburn("koube shi").as_deref(), Some("kobe shi"));
        assert_eq!(words_to_hepburn("kobe tours"), None);
        for (begun, hepburn) in
            [("kou", "ko"), ("koub", "kob"), ("nagoya sizuok", "nagoya shizuok"), ("tours", "")]
        {
            assert_eq!(prefix_to_hepburn(begun).unwrap_or_default(), hepburn, "{begun}");
        }
    }

    proptest! {
        #[test]
        fn hepburn_ends_as_japanese_does(word in "[a-z]{1,12}") {
            if let Some(spelt) = to_hepburn(&word) {
                prop_assert!(spelt.ends_with(['a', 'i', 'u', 'e', 'o', 'n']), "{}", spelt);
                prop_assert!(spelt.bytes().all(|letter| letter.is_ascii_lowercase()));
            }
        }
    }
}
