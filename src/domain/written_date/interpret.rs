//! Free-form French, Japanese and English dates interpreted as EDTF.

use super::japanese::{read_japanese, to_arabic_digits};
use super::parts::{format_edtf, parse_number, to_date};
use crate::domain::edtf::parse::Edtf;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longest text that is interpreted, in bytes.
const MAX_BYTES: usize = 100;

/// Returns the EDTF texts that a written date may mean: none where it is not understood or impossible; two
/// where day and month may be swapped, the day first.
#[must_use]
pub fn interpret(text: &str) -> Vec<String> {
    if text.len() > MAX_BYTES {
        return vec![];
    }
    let mut found = read_date(&simplify(text));
    found.retain(|edtf| edtf != text && Edtf::parse(edtf).is_ok());
    found.dedup();
    found
}

/// Returns an expectation and what to write instead of a text, for an error message.
#[must_use]
pub fn with_date_suggestion(what: &str, text: &str) -> String {
    match interpret(text).as_slice() {
        [] => what.to_owned(),
        [one] => format!("{what}; write `{one}`"),
        [first, others @ ..] => {
            format!("{what}; write `{first}`, or `{}` where the month comes first", others.join("`, `"))
        }
    }
}

/// Simplifies a text: lower case, without accents, width and parentheses (but those of a year), and with
/// arabic instead of Chinese digits in Japanese dates.
fn simplify(text: &str) -> String {
    let text: String = text.nfkc().collect::<String>().to_lowercase();
    let bare = |c: &char| !is_combining_mark(*c) || matches!(c, '\u{3099}' | '\u{309A}');
    let text: String = text.nfkd().filter(bare).nfc().collect();
    let mut outside = String::new();
    let mut inside: Option<String> = None;
    for c in text.chars() {
        match (c, &mut inside) {
            ('(', None) => inside = Some(String::new()),
            (')', Some(inner)) => {
                if inner.len() == 4 && inner.bytes().all(|b| b.is_ascii_digit()) {
                    outside.extend(["(", inner, ")"]);
                } else if inner == "?" {
                    outside.push('?');
                }
                inside = None;
            }
            (c, Some(inner)) => inner.push(c),
            (c, None) => outside.push(c),
        }
    }
    let outside = outside.replace('’', "'");
    let outside = outside.trim().trim_end_matches(['.', ',', '。']).to_owned();
    if outside.contains(['年', '月', '日']) { to_arabic_digits(&outside) } else { outside }
}

fn read_date(text: &str) -> Vec<String> {
    let text = text.trim();
    for (start, end) in INTERVAL_WORDS {
        let bare = text.strip_prefix(start).filter(|bare| !bare.is_empty());
        for part in end.split('|') {
            let split = bare.and_then(|bare| bare.split_once(part));
            if let Some((from, to)) = split.filter(|(from, to)| !from.is_empty() && !to.is_empty()) {
                let (from, to) = (read_date(from), read_date(to.trim_end_matches("まで")));
                if let ([from], [to]) = (from.as_slice(), to.as_slice())
                    && !from.contains('/')
                    && !to.contains('/')
                {
                    return vec![format!("{from}/{to}")];
                }
            }
        }
    }
    for (words, make) in OPEN_END_WORDS {
        for word in words.split('|') {
            let rest = if word.is_ascii() { text.strip_prefix(word) } else { text.strip_suffix(word) };
            if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
                let one = |edtf: &String| make.replace('*', edtf);
                return read_date(rest).iter().filter(|edtf| !edtf.contains('/')).map(one).collect();
            }
        }
    }
    for about in APPROXIMATE_WORDS {
        let rest =
            text.strip_prefix(about).or_else(|| text.strip_suffix(about).filter(|_| !about.is_ascii()));
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            return read_date(rest)
                .into_iter()
                .filter(|edtf| !edtf.contains('/'))
                .map(|edtf| edtf + "~")
                .collect();
        }
    }
    if let Some(rest) = text.strip_suffix('?').filter(|rest| !rest.is_empty()) {
        return read_date(rest)
            .into_iter()
            .filter(|edtf| !edtf.contains('/'))
            .map(|edtf| edtf + "?")
            .collect();
    }
    read_japanese(text)
        .or_else(|| read_numeric(text))
        .unwrap_or_else(|| read_words(text).into_iter().collect())
}

/// Words before an interval, and the separators of its two dates.
const INTERVAL_WORDS: [(&str, &str); 4] =
    [("de ", " a "), ("du ", " au "), ("from ", " to | until "), ("", " – |–| — |—|～|〜|から| - |~")];

/// Words that leave one end open: before the date in Latin script, after it in Japanese.
const OPEN_END_WORDS: [(&str, &str); 2] = [
    ("depuis le |depuis |a partir de |a partir du |since |from |以降|から|以来", "*/.."),
    ("jusqu'en |jusqu'au |jusqu'a |avant |until |before |以前|まで", "../*"),
];

/// Words that make a date approximate.
const APPROXIMATE_WORDS: [&str; 16] = [
    "vers ",
    "environ ",
    "env. ",
    "env ",
    "autour de ",
    "ca. ",
    "ca ",
    "c. ",
    "circa ",
    "about ",
    "around ",
    "approximately ",
    "約",
    "頃",
    "ごろ",
    "ころ",
];

/// Reads numeric dates: `1958/6/15`, `12.05.1958`, `06/1958`, `19580615`, `1958-60`, and day numbers of
/// Excel.
fn read_numeric(text: &str) -> Option<Vec<String>> {
    let date = text.split_once('t').filter(|(_, time)| time.contains(':')).map_or(text, |(date, _)| date);
    let parts: Vec<&str> = date.split(['/', '.', '-', ' ']).filter(|part| !part.is_empty()).collect();
    let values: Option<Vec<i16>> = parts.iter().map(|part| parse_number(part)).collect();
    if let ([whole], None) = (parts.as_slice(), &values) {
        let all: i32 = whole.bytes().all(|b| b.is_ascii_digit()).then(|| whole.parse().ok()).flatten()?;
        return match whole.len() {
            5 if (20_000..60_000).contains(&all) => {
                let counted = to_date([1899, 12, 30])?.checked_add(jiff::Span::new().days(all)).ok()?;
                Some(vec![counted.to_string()])
            }
            8 => Some(vec![format!("{:04}-{:02}-{:02}", all / 10_000, all / 100 % 100, all % 100)]),
            _ => None,
        };
    }
    let values = values?;
    let is_year = |index: usize| parts.get(index).is_some_and(|part| part.len() == 4);
    let read = match values.as_slice() {
        [year] if is_year(0) => vec![format_edtf(*year, None, None)],
        [from, to] if is_year(0) && is_year(1) => vec![format!("{from:04}/{to:04}")],
        [year, month] if is_year(0) && *month <= 12 => vec![format_edtf(*year, Some(*month), None)],
        [year, to] if is_year(0) && *to > year % 100 => {
            vec![format!("{year:04}/{:04}", year / 100 * 100 + to)]
        }
        [month, year] if is_year(1) => vec![format_edtf(*year, Some(*month), None)],
        [year, month, day] if is_year(0) => vec![format_edtf(*year, Some(*month), Some(*day))],
        [one, other, year] if is_year(2) => {
            let read =
                |day: i16, month: i16| (month <= 12).then(|| format_edtf(*year, Some(month), Some(day)));
            [read(*one, *other), read(*other, *one)].into_iter().flatten().collect()
        }
        _ => return None,
    };
    Some(read)
}

/// French and English names and abbreviations of the months.
const MONTHS: [&str; 12] = [
    "janvier january janv jan",
    "fevrier february fevr fev feb",
    "mars march mar",
    "avril april avr apr",
    "mai may",
    "juin june jun",
    "juillet july juil jul",
    "aout august aug",
    "septembre september sept sep",
    "octobre october oct",
    "novembre november nov",
    "decembre december dec",
];
const SEASONS: [&str; 4] = ["printemps spring", "ete summer", "automne autumn fall", "hiver winter"];

/// Words without meaning for the date, and the days of the week.
const FILLER_WORDS: &str = "le la les l' en de du the of on in an annee annees year lundi mardi mercredi jeudi vendredi samedi dimanche \
    monday tuesday wednesday thursday friday saturday sunday";

fn name_index(list: &[&str], word: &str) -> Option<usize> {
    list.iter().position(|names| names.split(' ').any(|name| name == word))
}

/// Reads dates in words: `15 juin 1958`, `June 15th, 1958`, `été 2012`, `années 1970`, `the 1970s`.
fn read_words(text: &str) -> Option<String> {
    let text = text.replace("l'", "l' ");
    let all: Vec<&str> = text.split([' ', ',', '.']).filter(|word| !word.is_empty()).collect();
    let is_decade = all.contains(&"annees");
    let (mut year, mut month, mut day, mut season, mut decade) = (None, None, None, None, is_decade);
    for word in all {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '\'');
        let ending = word.get(digits.len()..).unwrap_or_default();
        let is_understood = match (parse_number(digits), ending) {
            (Some(value), "") if digits.len() == 4 => year.replace(value).is_none(),
            (Some(value), "s" | "'s") if digits.len() == 4 => {
                decade = true;
                year.replace(value).is_none()
            }
            (Some(value), "" | "er" | "e" | "st" | "nd" | "rd" | "th") if digits.len() <= 2 => {
                day.replace(value).is_none()
            }
            (Some(_), _) => false,
            (None, _) => match (name_index(&MONTHS, word), name_index(&SEASONS, word)) {
                (Some(found), _) => month.replace(found + 1).is_none(),
                (_, Some(found)) => season.replace(found + 21).is_none(),
                _ => FILLER_WORDS.split_whitespace().any(|empty| empty == word),
            },
        };
        if !is_understood {
            return None;
        }
    }
    match (year, month, day, season) {
        (Some(year), None, None, None) if decade => (year % 10 == 0).then(|| format!("{}X", year / 10)),
        _ if decade => None,
        (Some(year), month, day, None) if day.is_none() || month.is_some() => {
            Some(format_edtf(year, month.and_then(|month| i16::try_from(month).ok()), day))
        }
        (None, Some(month), Some(day), None) => Some(format!("XXXX-{month:02}-{day:02}")),
        (Some(year), None, None, Some(season)) => Some(format!("{year:04}-{season}")),
        _ => None,
    }
}
