//! Unicode folding of texts into search forms and collation keys, so that case, accents, ligatures,
//! apostrophes, width, kana, variants of kanji, invisible characters and romanised long vowels do not matter:
//! `Ōmura`, `Omura`, `Ohmura` and `Oomura` are equal.
//!
//! The search form doubles every CJK character: a name of two characters becomes one of four, which a trigram
//! index can serve. Substring search stays exact, since queries are folded the same way.

use super::kanji;
use std::collections::HashSet;
use unicode_normalization::char::{compose, decompose_canonical, decompose_compatible, is_combining_mark};

/// The most distinct words of a query that count.
pub const MAX_QUERY_WORDS: usize = 16;

/// A folded character, and the range of original characters it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoldedChar {
    /// The folded character.
    pub char: char,
    /// Index of the first original character, in characters.
    pub from: usize,
    /// Index after the last original character.
    pub to: usize,
}

/// Returns the search form of a text: trimmed, with every character folded as follows.
///
/// * Dropped: accents, case, width and compatibility forms (NFKD), invisible characters, the long mark `ー`.
/// * Unified: ligatures, katakana and hiragana, variants of kanji.
/// * Written out: repetition marks (`々`, `ゝ`).
/// * Shortened: romanised long vowels (`oo`, `uu`, and `oh` unless a vowel follows).
/// * One space: every run of other than letters and digits, but for the apostrophe of `Jun'ichi`, which
///   joins.
/// * Doubled: every CJK character.
///
/// The search form of a whole word of a text, or of a run of its CJK characters that does not begin with a
/// repetition mark, is a substring of the text's. It never contains `%`, `_` or `\`.
#[must_use]
pub fn fold_for_search(text: &str) -> String {
    fold_with_positions(text).iter().map(|folded| folded.char).collect()
}

/// Returns the search form of a text ([`fold_for_search`]), each character with its position in the original.
#[must_use]
pub fn fold_with_positions(text: &str) -> Vec<FoldedChar> {
    let mut folded = Vec::with_capacity(text.len());
    for word in fold_chars(text).split_inclusive(|folded| folded.char == ' ') {
        push_search_word(&mut folded, word);
    }
    folded
}

/// Returns the distinct search forms of several texts as one text: each is enclosed in spaces on a line of
/// its own. So ` word ` finds whole words, `\n word` the beginning of a text, and nothing matches across two
/// texts.
#[must_use]
pub fn fold_texts_for_search<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut known = HashSet::new();
    let mut all = String::from("\n");
    for text in texts {
        let folded = fold_for_search(text.as_ref());
        if !folded.is_empty() && !known.contains(&folded) {
            all.extend([" ", &folded, " \n"]);
            known.insert(folded);
        }
    }
    all
}

/// Returns the number of distinct words in a query.
#[must_use]
pub fn count_query_words(query: &str) -> usize {
    fold_for_search(query).split_whitespace().collect::<HashSet<_>>().len()
}

/// Returns the distinct words of a query in their search form and order, at most [`MAX_QUERY_WORDS`]; none
/// where it has neither letters nor digits.
#[must_use]
pub fn query_words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold_for_search(query).split_whitespace() {
        if words.len() < MAX_QUERY_WORDS && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// Returns the collation key of a text, to be compared by code point: folded as by [`fold_for_search`], but
/// without doubled characters or shortened vowels. Empty only where the text has neither letters nor digits.
#[must_use]
pub fn collation_key(text: &str) -> String {
    let key: String = fold_chars(text).iter().map(|folded| folded.char).collect();
    if key.is_empty() {
        // The text has only letters that folding drops, such as a long mark.
        return text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    }
    key
}

/// Returns the folding that search forms and collation keys share, its words separated by single spaces.
fn fold_chars(text: &str) -> Vec<FoldedChar> {
    let bare = strip_marks(text);
    let mut folded: Vec<FoldedChar> = Vec::with_capacity(text.len());
    for (index, &FoldedChar { char, from, to }) in bare.iter().enumerate() {
        if is_apostrophe(char) && joins_syllables(&folded, bare.get(index + 1)) {
            continue;
        }
        for c in char.to_lowercase() {
            let last = folded.last().map(|last| last.char);
            let is_between = last.is_none_or(|last| last == ' ');
            let mut push = |char: char| folded.push(FoldedChar { char, from, to });
            match c {
                'ー' => {}
                '々' | '〻' => push(last.filter(|last| is_ideograph(*last)).unwrap_or('々')),
                'ゝ' | 'ヽ' => push(last.and_then(unvoiced_kana).unwrap_or('ゝ')),
                'ゞ' | 'ヾ' => push(last.and_then(unvoiced_kana).map_or('ゞ', voiced_kana)),
                'ヵ' | 'ゕ' => push('か'),
                'ヶ' | 'ゖ' => push('け'),
                'ァ'..='ヴ' => {
                    char::from_u32(u32::from(c) - 0x60).into_iter().for_each(push);
                }
                'œ' => "oe".chars().for_each(push),
                'æ' => "ae".chars().for_each(push),
                'ß' => "ss".chars().for_each(push),
                'þ' => "th".chars().for_each(push),
                'ø' => push('o'),
                'ł' => push('l'),
                'đ' | 'ð' => push('d'),
                'ħ' => push('h'),
                'ı' => push('i'),
                'ς' => push('σ'),
                c if is_ideograph(c) => push(kanji::standard_form(c)),
                // Modifier letters, such as the apostrophe U+02BC, count as punctuation.
                c if c.is_alphanumeric() && !('\u{02B0}'..='\u{02FF}').contains(&c) => push(c),
                _ if is_between => {}
                _ => push(' '),
            }
        }
    }
    if folded.last().is_some_and(|last| last.char == ' ') {
        folded.pop();
    }
    folded
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | 'ʼ' | 'ʻ' | '′')
}

/// Whether an apostrophe separates two syllables of a romanised word (`Jun'ichi`, `Ken'yō`): it then follows
/// a vowel and `n`, and a vowel or `y` follows it. Not in French or English: `n'est`, `can't`.
fn joins_syllables(folded: &[FoldedChar], next: Option<&FoldedChar>) -> bool {
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let [.., vowel, n] = folded else { return false };
    let next = next.and_then(|next| base_char(next.char).to_lowercase().next());
    is_vowel(vowel.char) && n.char == 'n' && next.is_some_and(|next| is_vowel(next) || next == 'y')
}

/// Returns the character without its combining marks.
fn base_char(c: char) -> char {
    let mut first = None;
    decompose_canonical(c, |part| first = first.or(Some(part)));
    first.unwrap_or(c)
}

/// Returns the kana that `ゝ` repeats.
fn unvoiced_kana(kana: char) -> Option<char> {
    ('ぁ'..='ゖ').contains(&kana).then(|| base_char(kana))
}

/// Returns the kana that `ゞ` stands for.
fn voiced_kana(kana: char) -> char {
    compose(kana, '\u{3099}').unwrap_or(kana)
}

fn is_ideograph(c: char) -> bool {
    is_cjk(c) && !matches!(c, '\u{3005}' | '\u{3040}'..='\u{30FF}' | '\u{AC00}'..='\u{D7A3}')
}

/// Whether a character is invisible (Unicode's `Default_Ignorable_Code_Point`, with its reserved code
/// points): soft hyphens, joiners, directional marks, variation selectors.
fn is_ignorable(c: char) -> bool {
    c >= '\u{AD}'
        && matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether a text has a visible character.
#[must_use]
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_ignorable(c))
}

/// Returns the characters without combining marks and invisible characters: decomposed (NFKD), stripped,
/// composed again (NFC).
fn strip_marks(text: &str) -> Vec<FoldedChar> {
    let mut bare: Vec<FoldedChar> = Vec::with_capacity(text.len());
    for (at, original) in text.chars().enumerate() {
        decompose_compatible(original, |c| {
            if is_ignorable(c) {
                return;
            }
            // Voicing marks of kana stay: が is not か.
            let is_dropped = is_combining_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}');
            let composed =
                |last: &FoldedChar| if is_dropped { Some(last.char) } else { compose(last.char, c) };
            match bare.last_mut().and_then(|last| Some((composed(last)?, last))) {
                Some((both, last)) => (last.char, last.to) = (both, at + 1),
                None if is_dropped => {}
                None => bare.push(FoldedChar { char: c, from: at, to: at + 1 }),
            }
        });
    }
    bare
}

/// Appends a word with long vowels shortened and CJK characters doubled.
fn push_search_word(folded: &mut Vec<FoldedChar>, word: &[FoldedChar]) {
    let mut rest = word.iter().peekable();
    while let Some(&first) = rest.next() {
        let (c, mut all) = (first.char, first);
        if matches!(c, 'o' | 'u') {
            let mut lengthen = |more: &FoldedChar| all.to = more.to;
            while let Some(same) = rest.next_if(|next| next.char == c) {
                lengthen(same);
            }
            // `oh` is a long o (Ohmura, Itoh) unless its h begins a syllable (Johanna).
            while c == 'o' && rest.peek().is_some_and(|next| next.char == 'h') {
                let mut after = rest.clone();
                after.next();
                if after.peek().is_some_and(|next| matches!(next.char, 'a' | 'e' | 'i' | 'o' | 'u')) {
                    break;
                }
                rest.next().into_iter().for_each(&mut lengthen);
            }
        }
        folded.push(all);
        if is_cjk(c) {
            folded.push(all);
        }
    }
}

/// Whether the character is a kana, a Chinese character or a Hangul syllable.
#[must_use]
pub fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    #[test]
    fn folds_alike() {
        let alike: &[&[&str]] = &[
            &["Omura", "Ōmura", "Ohmura", "Oomura", "ＯＭＵＲＡ", "O\u{304}mura"],
            &["Ohira", "Ōhira", "Ohhira", "Oohira"],
            &["Ito", "Itō", "Itoh", "Itoo"],
            &["Oya", "Ōya", "Ohya"],
            &["Chubu", "Chūbu", "Chuubu"],
            &["Île-de-France", "Ile de France", "ÎLE–DE–FRANCE", " île_de%France. "],
            &["l'été d’Orléans", "L ETE D ORLEANS", "lʼété dʼorléans"],
            &["Cœur", "COEUR", "cœur"],
            &["トゥール", "とぅる", "ﾄｩｰﾙ", "トゥル"],
            &["ニイガタ", "にいがた", "ﾆｲｶﾞﾀ"],
            &["茅ヶ崎", "茅ケ崎", "茅け崎"],
            &["1ᵉʳ №８", "1er No8"],
            &["cooperation", "co\u{AD}opération", "co\u{200B}op\u{2060}e\u{200D}\u{301}ra\u{FEFF}tion"],
            &["静岡", "静\u{200B}岡", "静\u{E0101}岡\u{FE00}", "静\u{3164}岡"],
            &["横浜", "横濱", "橫濵"],
            &["高島", "髙島", "髙嶋"],
            &["国", "國"],
            &["仙台", "仙臺"],
            &["宮崎", "宮﨑", "宮嵜"],
            &["渡辺", "渡邊", "渡邉"],
            &["塚", "\u{FA10}", "塚\u{FE00}"],
            &["佐佐木", "佐々木", "佐〻木"],
            &["いすず", "いすゞ", "イスヾ", "イスズ"],
            &["こころ", "こゝろ", "ココロ", "コヽロ"],
            &["つづみ", "つゞみ", "ツヾミ"],
            &["Jun'ichi", "Jun’ichi", "Junichi", "JunʼIchi", "Jun\u{2BC}\u{AD}ichi"],
            &["Ken'yū", "Kenyu", "Ken’yuu"],
        ];
        for group in alike {
            for text in *group {
                assert_eq!(fold_for_search(text), fold_for_search(group[0]), "{text}");
            }
        }
    }

    #[test]
    fn keeps_apart() {
        for (one, other) in [
            ("Johanna", "Joanna"),
            ("が", "か"),
            ("Ko Omura", "Komura"),
            ("Tours", "Tors"),
            ("シャ", "ジャ"),
            ("l'an", "lan"),
            ("n'est", "nest"),
            ("d'Annecy", "dannecy"),
            ("can't", "cant"),
            ("芸", "蕓"),
            ("斎藤", "斉藤"),
            ("川崎", "川埼"),
            ("祇園", "祗園"),
            ("鵠沼", "鶴沼"),
            ("後", "后"),
            ("谷", "穀"),
            ("佐木", "佐々木"),
            ("いす", "いすゞ"),
        ] {
            assert_ne!(fold_for_search(one), fold_for_search(other));
        }
        assert_eq!(fold_for_search("Johanna"), "johanna");
        assert_eq!(fold_for_search("Ko Omura, Oh’ira"), "ko omura o ira");
    }

    #[test]
    fn texts_stay_apart() {
        assert_eq!(
            fold_texts_for_search(["Île-de-France", "—", "愛知", "ile de france"]),
            "\n ile de france \n 愛愛知知 \n"
        );
        assert_eq!(fold_texts_for_search([""; 0]), "\n");
    }

    #[test]
    fn forms() {
        assert_eq!(fold_for_search("静岡県・佐々木 "), "静静岡岡県県 佐佐佐佐木木");
        assert_eq!(
            fold_for_search("エクス＝アン＝プロヴァンス"),
            "ええくくすす ああんん ぷぷろろゔゔぁぁんんすす"
        );
        assert_eq!(fold_for_search("100 %_\\"), "100");
        assert_eq!(query_words("Nancy, nancy 金沢!"), ["nancy", "金金沢沢"]);
        assert!(query_words("ー ' ％").is_empty());
        assert_eq!(query_words(&(10..50).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")).len(), 16);
        assert_eq!(collation_key("Ōmura–Oomura, 大村シー"), "omura oomura 大村し");
        assert_eq!(collation_key("ー"), "ー");
        assert!(collation_key("—").is_empty());
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            let folded = fold_for_search(&text);
            prop_assert!(folded.chars().all(|c| c == ' ' || c.is_alphanumeric()));
            let is_kept = |c: &char| {
                !is_ignorable(*c) && (!is_combining_mark(*c) || matches!(c, '\u{3099}' | '\u{309A}'))
            };
            let composed: String = text.nfkd().filter(is_kept).nfc().collect();
            prop_assert_eq!(super::strip_marks(&text).iter().map(|bare| bare.char).collect::<String>(), composed);
            prop_assert!(!folded.contains("  ") && folded.trim() == folded);
            prop_assert_eq!(query_words(&text).is_empty(), folded.is_empty());
            prop_assert!(!collation_key(&text).is_empty() || !text.chars().any(char::is_alphanumeric));
            prop_assert_eq!(collation_key(&collation_key(&text)), collation_key(&text));
        }

        #[test]
        fn every_character_knows_its_place(text in "[a-cohuōŌœŒが-ごｶﾞ㌔①½é\u{301}\u{3099} ’-]{0,24}") {
            let (folded, length) = (fold_with_positions(&text), text.chars().count());
            for pair in folded.windows(2) {
                prop_assert!(pair[0].from <= pair[1].from && pair[0].to <= pair[1].to);
            }
            for character in folded.iter().filter(|folded| folded.char != ' ') {
                prop_assert!(character.from < character.to && character.to <= length);
                let slice: String = text.chars().skip(character.from).take(character.to - character.from).collect();
                prop_assert!(fold_for_search(&slice).contains(character.char), "{:?} in {}", character, slice);
            }
        }

        #[test]
        // A gap does not end with an apostrophe, which would join `on’e` as it joins `Jun’ichi`.
        fn finds_whole_words(found in prop::collection::vec("[a-zA-ZōūŌÉéçœÆßøŁhou]{1,9}", 1..9), gap in "[ ,.’'_%()/–-]{0,2}[ ,._%()/–-]", at in any::<prop::sample::Index>()) {
            let text = fold_for_search(&found.join(&gap));
            let word = fold_for_search(at.get::<String>(&found));
            prop_assert!(text.split(' ').any(|known| known == word), "{} in {}", word, text);
        }

        #[test]
        fn finds_runs_of_cjk(
            before in "[ぁ-ゖァ-ヺ一-龠々〇ーｱ-ﾝA-Za-zō 、・（）]{0,12}",
            run in "[ぁ-ゖァ-ヺ一-龠〇ｱ-ﾝ][ぁ-ゖァ-ヺ一-龠々〇ゝゞーｱ-ﾝ、・]{0,7}",
            after in "[ぁ-ゖァ-ヺ一-龠々〇ーｱ-ﾝA-Za-zō 、・（）]{0,12}",
        ) {
            let text = fold_for_search(&format!("{before}{run}{after}"));
            prop_assert!(query_words(&run).iter().all(|word| text.contains(word)), "{} in {}", run, text);
        }
    }
}
