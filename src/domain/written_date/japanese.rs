//! Japanese dates, by era and by western year.

use super::parts::{format_edtf, parse_number, to_date};

/// Name, short name, letter, first day and last day of an era.
type Era = (&'static str, &'static str, &'static str, [i16; 3], [i16; 3]);

/// The eras. The day of a change belongs to both, except for the last two, which took place at midnight.
const ERAS: [Era; 5] = [
    ("明治", "明", "m", [1868, 1, 25], [1912, 7, 30]),
    ("大正", "大", "t", [1912, 7, 30], [1926, 12, 25]),
    ("昭和", "昭", "s", [1926, 12, 25], [1989, 1, 7]),
    ("平成", "平", "h", [1989, 1, 8], [2019, 4, 30]),
    ("令和", "令", "r", [2019, 5, 1], [2117, 12, 31]),
];

/// Replaces Chinese numerals by digits: 四十八 by 48, 一九五八 by 1958, 元年 by 1年.
pub(super) fn to_arabic_digits(text: &str) -> String {
    let digit = |c: char| "〇一二三四五六七八九".chars().position(|known| known == c);
    let (mut out, mut run) = (String::new(), Vec::new());
    let text = text.replace("元年", "一年");
    for c in text.chars().chain([' ']) {
        if digit(c).is_some() || matches!(c, '十' | '百' | '千') {
            run.push(c);
            continue;
        }
        if run.iter().any(|c| matches!(c, '十' | '百' | '千')) {
            let (mut sum, mut last) = (0, None);
            for c in run.drain(..) {
                let unit = match c {
                    '十' => 10,
                    '百' => 100,
                    '千' => 1000,
                    c => {
                        last = digit(c);
                        continue;
                    }
                };
                sum += last.take().unwrap_or(1) * unit;
            }
            out += &(sum + last.unwrap_or(0)).to_string();
        } else {
            out.extend(run.drain(..).filter_map(|c| char::from_digit(u32::try_from(digit(c)?).ok()?, 10)));
        }
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// Returns the EDTF of a date in an era; `None` where the era has no such day, month or year. Only the year
/// before 1873, when months were lunar.
fn era_date(era: usize, year: i16, month: Option<i16>, day: Option<i16>) -> Option<String> {
    let (.., first, last) = ERAS.get(era)?;
    let western = first.first()? + year - 1;
    let from = to_date([western, month.unwrap_or(1), day.unwrap_or(1)])?;
    let to = match (month, day) {
        (Some(_), Some(_)) => from,
        (Some(_), None) => from.last_of_month(),
        (None, _) => from.last_of_year(),
    };
    let is_in = year > 0 && from <= to_date(*last)? && to >= to_date(*first)?;
    let (month, day) = if western < 1873 { (None, None) } else { (month, day) };
    is_in.then(|| format_edtf(western, month, day))
}

/// Reads `1958年6月15日`, `昭和33年`, `S56.7.1`, `1970年代`, `1958年夏`, `6月15日`. `None` where the text has another
/// form; empty where the date is impossible.
pub(super) fn read_japanese(text: &str) -> Option<Vec<String>> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let era = ERAS.iter().enumerate().find_map(|(index, (name, short, letter, ..))| {
        let rest = [*name, *short, *letter].into_iter().find_map(|name| text.strip_prefix(name))?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some((index, rest))
    });
    let is_era = era.is_some();
    let (era, rest) = era.map_or((None, text.as_str()), |(era, rest)| (Some(era), rest));
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).count();
    let (first, rest) = rest.split_at(digits(rest));
    if first.is_empty() {
        return None;
    }
    let to_edtf = |year: i16, month, day| match era {
        Some(era) => era_date(era, year, month, day),
        None => Some(format_edtf(year, month, day)),
    };
    let given = parse_number(first)?;
    if let Some(rest) = rest.strip_prefix('月').filter(|_| !is_era) {
        let day = rest.strip_suffix('日').and_then(parse_number);
        return Some(day.map(|day| format!("XXXX-{given:02}-{day:02}")).into_iter().collect());
    }
    // The year in the other reckoning may stand in brackets: 昭和63(1988)年.
    let (other_year, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((inner, rest)) => (parse_number(inner), rest),
        None => (None, rest),
    };
    if let Some(rest) = rest.strip_prefix('年') {
        let (later_year, rest) = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((inner, rest)) => (parse_number(inner), rest),
            None => (None, rest),
        };
        let read = read_after_year(given, rest, era, &to_edtf)?;
        let agrees = other_year
            .or(later_year)
            .is_none_or(|year| read.iter().all(|read| read.starts_with(&format!("{year:04}"))));
        return Some(if agrees { read } else { vec![] });
    }
    // `S56.7.1`, `昭和56/7/1`.
    let era = era?;
    let parts: Vec<&str> = rest.split(['.', '/', '-']).collect();
    let read = match parts.as_slice() {
        [""] => era_date(era, given, None, None),
        ["", month] => era_date(era, given, Some(parse_number(month)?), None),
        ["", month, day] => era_date(era, given, Some(parse_number(month)?), Some(parse_number(day)?)),
        _ => return None,
    };
    Some(read.into_iter().collect())
}

/// Reads what follows 年.
fn read_after_year(
    given: i16,
    rest: &str,
    era: Option<usize>,
    to_edtf: &impl Fn(i16, Option<i16>, Option<i16>) -> Option<String>,
) -> Option<Vec<String>> {
    let year = |year: i16| to_edtf(year, None, None);
    let season = |season: &str| {
        ["春", "夏", "秋", "冬"].iter().position(|known| season.trim_end_matches('季') == *known)
    };
    let read = match rest {
        "" => year(given),
        "代" if era.is_none() && given % 10 == 0 => Some(format!("{}X", given / 10)),
        "代" => year(given).zip(year(given + 9)).map(|(from, to)| format!("{from}/{to}")),
        // A fiscal year, from April to March.
        "度" => year(given).and_then(|year| {
            let next: i16 = year.parse().ok()?;
            Some(format!("{year}-04/{:04}-03", next + 1))
        }),
        rest => {
            if let Some(index) = season(rest) {
                let found = year(given).map(|year| format!("{year}-{}", 21 + index));
                return Some(found.into_iter().collect());
            }
            let (month, rest) = rest.split_once('月')?;
            let month = parse_number(month)?;
            match rest.strip_suffix('日') {
                Some(day) => to_edtf(given, Some(month), Some(parse_number(day)?)),
                None if ["", "上旬", "中旬", "下旬", "初め", "末"].contains(&rest) => {
                    to_edtf(given, Some(month), None)
                }
                None => return None,
            }
        }
    };
    Some(read.into_iter().collect())
}
