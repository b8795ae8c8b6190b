//! Variant kanji mapped to their standard form: `濱` to `浜`, `髙` to `高` (`data/kanji/`).

use std::collections::HashMap;
use std::sync::LazyLock;

/// A variant and its standard form, separated by a tab, on each line.
const VARIANTS: &str = include_str!("../../data/kanji/variants.tsv");

static STANDARD_FORMS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pair = |line: &str| {
        let (form, standard) = line.split_once('\t')?;
        Some((form.parse().ok()?, standard.parse().ok()?))
    };
    VARIANTS.lines().filter_map(pair).collect()
});

/// Returns the standard form of a kanji: the character itself where it is no variant.
#[must_use]
pub(super) fn standard_form(c: char) -> char {
    STANDARD_FORMS.get(&c).copied().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_pair_and_no_form_stands_for_another() {
        assert_eq!(STANDARD_FORMS.len(), VARIANTS.lines().count());
        assert!(STANDARD_FORMS.len() > 1_000);
        for (form, character) in STANDARD_FORMS.iter() {
            assert_eq!(standard_form(*character), *character, "{form}");
            assert_ne!(form, character);
        }
    }

    #[test]
    fn forms_of_names_are_known() {
        let pairs = "濱浜 髙高 國国 臺台 邊辺 邉辺 齋斎 齊斉 﨑崎 廣広 澤沢 櫻桜 嶋島 舘館 條条 惠恵 眞真 龍竜 瀧滝 壽寿 彌弥 桒桑 𠮷吉 鹽塩 \
            縣県 嶽岳 德徳 鴎鷗 渕淵 峯峰 冨富 槗橋 靏鶴 關関 鐵鉄 靜静 瀨瀬 栁柳";
        for pair in pairs.split_whitespace() {
            let [form, character] = pair.chars().collect::<Vec<_>>()[..] else { panic!("{pair}") };
            assert_eq!(standard_form(form), standard_form(character), "{pair}");
        }
    }
}
