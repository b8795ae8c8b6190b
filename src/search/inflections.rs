//! French inflections of a word: singular and plural, masculine and feminine.
//!
//! A word already matches inside longer words (`jumelage` finds `jumelages`), so only forms that do not
//! contain it are returned (`jumelages` needs `jumelage`). They match whole words only: `Tours` finds `tour`,
//! but not `tourisme`. Forms are derived from endings, without a dictionary; a form that does not exist finds
//! nothing.

/// Groups of endings of one word: the first that matches is replaced by each of the others. Independently,
/// plural `-s` and `-x` and feminine `-e` are removed.
const ENDINGS: [&[&str]; 6] = [
    &["ales", "ale", "aux", "al"],
    &["elles", "elle", "els", "el"],
    &["ennes", "enne", "ens", "en"],
    &["onnes", "onne", "ons", "on"],
    &["ives", "ive", "ifs", "if"],
    &["euses", "euse", "eux", "eur", "eurs"],
];

/// Minimum number of letters before an ending, and of an inflected form.
const MIN_LETTERS: usize = 3;

/// Returns the inflections of a folded word; none if it has other characters than a–z.
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
    // After other letters (`-age`, `-que`) the final `-e` does not mark a feminine.
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
