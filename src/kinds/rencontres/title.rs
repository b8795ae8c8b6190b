//! Localised title of an edition, built from its number.

use crate::domain::text::Text;

/// Returns the title of an edition in French, Japanese and English, with the ordinal of each.
pub(super) fn edition_title(number: i64) -> Text {
    let fr = if number == 1 { "res" } else { "es" };
    let en = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    Text::from_pairs(&[
        ("fr", &format!("{number}{fr} Rencontres franco-japonaises de la coopération décentralisée")),
        ("ja", &format!("第{number}回日仏自治体交流会議")),
        ("en", &format!("{number}{en} Franco-Japanese Meetings on Decentralised Cooperation")),
    ])
}

#[cfg(test)]
mod tests {
    use super::edition_title;

    #[test]
    fn numbers_are_ordinal_in_each_language() {
        let first = |number, tag| {
            edition_title(number).get(tag).and_then(|text| text.split(' ').next()).unwrap().to_owned()
        };
        let numbers = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 111];
        let en = numbers.map(|number| first(number, "en"));
        assert_eq!(en, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "111th"]);
        assert_eq!([1, 2, 21].map(|number| first(number, "fr")), ["1res", "2es", "21es"]);
        assert_eq!(edition_title(8).get("ja"), Some("第8回日仏自治体交流会議"));
    }
}
