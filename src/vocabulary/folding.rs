//! Folding of texts for searching and sorting, so that case, accents, ligatures, apostrophes, width, kana and romanised
//! long vowels do not matter: `Ōmura`, `Omura`, `Ohmura` and `Oomura` are one word.
//!
//! For searching, every Chinese, Japanese or Korean character is doubled: a name of two characters becomes one of four,
//! which a trigram index can serve. A substring search stays exact, since the query is folded the same way.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How many words of a query count.
const MOST_WORDS: usize = 16;

/// The text as it is searched: compatibility forms and width (NFKD), accents, case, ligatures and katakana folded, the
/// long mark `ー` dropped, romanised long vowels shortened (`oo`, `uu`, and `oh` unless a vowel follows), everything that
/// is neither letter nor digit one space, every CJK character doubled, trimmed.
///
/// The folded form of a whole word of a text, or of a run of its CJK characters, is a substring of the folded text. It
/// never contains `%`, `_` or `\`.
#[must_use]
pub fn fold_search(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in fold(text).split(' ') {
        if !folded.is_empty() {
            folded.push(' ');
        }
        push_word(&mut folded, word);
    }
    folded
}

/// The distinct words of a query, folded by [`fold_search`], in their order; at most 16, none if the query has no letter
/// or digit.
#[must_use]
pub fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold_search(query).split_whitespace() {
        if words.len() < MOST_WORDS && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The text as it is sorted, to be compared by code point: folded as by [`fold_search`], but nothing is doubled and no
/// vowel shortened. Empty only if the text has neither letter nor digit.
#[must_use]
pub fn sort_key(text: &str) -> String {
    let key = fold(text);
    if key.is_empty() {
        // A letter that is otherwise dropped, such as a long mark on its own.
        return text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    }
    key
}

/// What searching and sorting have in common: folded characters, in words parted by single spaces.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Voiced kana keep their marks: が is not か.
    let bare = text.nfkd().filter(|c| !is_combining_mark(*c) || matches!(c, '\u{3099}' | '\u{309A}'));
    for c in bare.nfc().flat_map(char::to_lowercase) {
        match c {
            'ー' => {}
            'ヵ' | 'ゕ' => folded.push('か'),
            'ヶ' | 'ゖ' => folded.push('け'),
            'ァ'..='ヴ' | 'ヽ' | 'ヾ' => folded.extend(char::from_u32(u32::from(c) - 0x60)),
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            // Modifier letters, apostrophes among them (U+02BC), count as punctuation.
            '\u{02B0}'..='\u{02FF}' => space(&mut folded),
            c if c.is_alphanumeric() => folded.push(c),
            _ => space(&mut folded),
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// Ends a word, if one has begun.
fn space(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

/// Adds a word with long vowels shortened and CJK characters doubled.
fn push_word(folded: &mut String, word: &str) {
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        folded.push(c);
        if is_cjk(c) {
            folded.push(c);
        } else if matches!(c, 'o' | 'u') {
            while rest.next_if_eq(&c).is_some() {}
            // `oh` is a long o (Ohmura, Itoh) unless its h opens a syllable (Johanna).
            while c == 'o' && rest.peek() == Some(&'h') {
                let mut after = rest.clone();
                after.next();
                if after.peek().is_some_and(|next| matches!(next, 'a' | 'e' | 'i' | 'o' | 'u')) {
                    break;
                }
                rest.next();
            }
        }
    }
}

/// Whether the character is a kana, a Chinese character or a Hangul syllable.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_alike() {
        let alike: [&[&str]; 12] = [
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
        ];
        for group in alike {
            for text in group {
                assert_eq!(fold_search(text), fold_search(group[0]), "{text}");
            }
        }
    }

    #[test]
    fn keeps_apart() {
        for (one, other) in
            [("Johanna", "Joanna"), ("が", "か"), ("Ko Omura", "Komura"), ("Tours", "Tors"), ("シャ", "ジャ")]
        {
            assert_ne!(fold_search(one), fold_search(other));
        }
        assert_eq!(fold_search("Johanna"), "johanna");
        assert_eq!(fold_search("Ko Omura, Oh’ira"), "ko omura o ira");
    }

    #[test]
    fn forms() {
        assert_eq!(fold_search("静岡県・佐々木 "), "静静岡岡県県 佐佐々々木木");
        assert_eq!(
            fold_search("エクス＝アン＝プロヴァンス"),
            "ええくくすす ああんん ぷぷろろゔゔぁぁんんすす"
        );
        assert_eq!(fold_search("100 %_\\"), "100");
        assert_eq!(words("Nancy, nancy 金沢!"), ["nancy", "金金沢沢"]);
        assert!(words("ー ' ％").is_empty());
        assert_eq!(words(&(10..50).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")).len(), 16);
        assert_eq!(sort_key("Ōmura–Oomura, 大村シー"), "omura oomura 大村し");
        assert_eq!(sort_key("ー"), "ー");
        assert!(sort_key("—").is_empty());
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            let folded = fold_search(&text);
            prop_assert!(folded.chars().all(|c| c == ' ' || c.is_alphanumeric()));
            prop_assert!(!folded.contains("  ") && folded.trim() == folded);
            prop_assert_eq!(words(&text).is_empty(), folded.is_empty());
            prop_assert!(!sort_key(&text).is_empty() || !text.chars().any(char::is_alphanumeric));
            prop_assert_eq!(sort_key(&sort_key(&text)), sort_key(&text));
        }

        #[test]
        fn finds_whole_words(found in prop::collection::vec("[a-zA-ZōūŌÉéçœÆßøŁhou]{1,9}", 1..9), gap in "[ ,.’'_%()/–-]{1,3}", at in any::<prop::sample::Index>()) {
            let text = fold_search(&found.join(&gap));
            let word = fold_search(at.get::<String>(&found));
            prop_assert!(text.split(' ').any(|known| known == word), "{} in {}", word, text);
        }

        #[test]
        fn finds_runs_of_cjk(
            before in "[ぁ-ゖァ-ヺ一-龠々〇ーｱ-ﾝA-Za-zō 、・（）]{0,12}",
            run in "[ぁ-ゖァ-ヺ一-龠々〇ーｱ-ﾝ、・]{1,8}",
            after in "[ぁ-ゖァ-ヺ一-龠々〇ーｱ-ﾝA-Za-zō 、・（）]{0,12}",
        ) {
            let text = fold_search(&format!("{before}{run}{after}"));
            prop_assert!(words(&run).iter().all(|word| text.contains(word)), "{} in {}", run, text);
        }
    }
}
