//! The other forms of a French word: singular and plural, masculine and feminine.
//!
//! A word is found as part of longer words anyway (`jumelage` finds `jumelages`), so only forms that do not contain it
//! are of interest (`jumelages` is to find `jumelage`). They are looked for as whole words: `Tours` finds `tour`, but not
//! `tourisme`. The rules are those of endings, without a dictionary; a form that no text has finds nothing.

/// Endings of the same words: the first that fits is exchanged for the others. Then `-s` and `-x` of the plural, and
/// the `-e` of the feminine, are taken off.
const ENDINGS: [&[&str]; 6] = [
    &["ales", "ale", "aux", "al"],
    &["elles", "elle", "els", "el"],
    &["ennes", "enne", "ens", "en"],
    &["onnes", "onne", "ons", "on"],
    &["ives", "ive", "ifs", "if"],
    &["euses", "euse", "eux", "eur", "eurs"],
];

/// The fewest letters before an ending, and of a word that has other forms.
const MIN_LETTERS: usize = 3;

/// The other forms of a folded word; none where it is not of Latin letters.
pub(super) fn inflections(word: &str) -> Vec<String> {
    if !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut others = Vec::new();
    let mut add = |form: String| {
        if form.len() >= MIN_LETTERS && !form.contains(word) && !others.contains(&form) {
            others.push(form);
        }
    };
    for group in ENDINGS {
        let stem = group.iter().find_map(|ending| word.strip_suffix(ending));
        if let Some(stem) = stem.filter(|stem| stem.len() >= MIN_LETTERS) {
            for ending in group {
                add(format!("{stem}{ending}"));
            }
        }
    }
    let singular = word.strip_suffix(['s', 'x']).unwrap_or(word);
    // `-e` is a feminine after these letters; after others (`-age`, `-que`) the word has it always.
    let masculine =
        singular.strip_suffix('e').filter(|stem| stem.ends_with(['e', 'i', 'u', 'd', 'n', 'r', 's', 't']));
    let masculine = masculine.filter(|stem| !stem.ends_with("qu") && !stem.ends_with("gu"));
    for form in [Some(singular), masculine].into_iter().flatten().filter(|form| form.len() > MIN_LETTERS) {
        add(form.to_owned());
        if form != singular {
            add(format!("{form}s"));
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plural_and_feminine_find_singular_and_masculine() {
        for (word, form) in [
            ("jumelages", "jumelage"),
            ("partenariats", "partenariat"),
            ("economiques", "economique"),
            ("japonaises", "japonais"),
            ("japonaise", "japonais"),
            ("decentralisees", "decentralise"),
            ("regionaux", "regional"),
            ("regional", "regionaux"),
            ("nationale", "nationaux"),
            ("culturelles", "culturel"),
            ("europeennes", "europeen"),
            ("sportives", "sportif"),
            ("sportif", "sportives"),
            ("reseaux", "reseau"),
        ] {
            assert!(inflections(word).iter().any(|other| other == form), "{word}: {:?}", inflections(word));
        }
        assert_eq!(inflections("tours"), ["tour"]);
        assert_eq!(inflections("economique"), Vec::<String>::new());
        assert_eq!(inflections("大大村村"), Vec::<String>::new());
        assert_eq!(inflections("les"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn forms_are_few_and_new(word in "[a-z]{1,14}") {
            let others = inflections(&word);
            prop_assert!(others.len() <= 9, "{:?}", others);
            prop_assert!(others.iter().all(|form| !form.contains(&word) && form.len() >= MIN_LETTERS));
        }
    }
}
