//! Tests of partial dates.

use crate::domain::edtf::error::EdtfError;
use crate::domain::edtf::parse::*;
use jiff::civil::Date;
use proptest::prelude::*;

fn label(text: &str) -> String {
    Edtf::parse(text).unwrap().label().join(" | ")
}

fn bounds(text: &str) -> String {
    let date = Edtf::parse(text).unwrap();
    let day = |day: Option<Date>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    format!("{} {}", day(date.earliest()), day(date.latest()))
}

#[test]
fn labels_of_single_dates() {
    for (text, expected) in [
        ("1958", "1958 | 1958年 | 1958"),
        ("2016-03", "mars 2016 | 2016年3月 | March 2016"),
        ("2016-03-01", "1er mars 2016 | 2016年3月1日 | 1 March 2016"),
        ("2016-08-21", "21 août 2016 | 2016年8月21日 | 21 August 2016"),
        ("2026-23", "automne 2026 | 2026年秋 | autumn 2026"),
        ("2026-24", "hiver 2026–2027 | 2026～2027年冬 | winter 2026–2027"),
        ("195X", "années 1950 | 1950年代 | 1950s"),
        ("200X", "entre 2000 et 2009 | 2000年から2009年の間 | between 2000 and 2009"),
        ("19XX", "entre 1900 et 1999 | 1900年から1999年の間 | between 1900 and 1999"),
        (
            "19XX~",
            "entre 1900 et 1999 (approximatif) | 1900年から1999年の間（おおよそ） | between 1900 and 1999 (approximate)",
        ),
        ("2016-XX", "2016 (mois non précisé) | 2016年（月不明） | 2016 (month unspecified)"),
        (
            "2016-XX-XX",
            "2016 (mois et jour non précisés) | 2016年（月日不明） | 2016 (month and day unspecified)",
        ),
        (
            "2016-02-XX",
            "février 2016 (jour non précisé) | 2016年2月（日不明） | February 2016 (day unspecified)",
        ),
        ("1958?", "1958 (incertain) | 1958年（不確か） | 1958 (uncertain)"),
        ("1958~", "vers 1958 | 1958年頃 | c. 1958"),
        ("1958%", "vers 1958 (incertain) | 1958年頃（不確か） | c. 1958 (uncertain)"),
        ("195X~", "vers les années 1950 | 1950年代頃 | c. 1950s"),
        ("2016-22~", "vers l'été 2016 | 2016年夏頃 | c. summer 2016"),
        ("2016-03-01~", "vers le 1er mars 2016 | 2016年3月1日頃 | c. 1 March 2016"),
        ("XXXX-05-19", "19 mai (année non précisée) | 5月19日（年不明） | 19 May (year unspecified)"),
        ("XXXX-05", "mai (année non précisée) | 5月（年不明） | May (year unspecified)"),
        (
            "2022?-05-19",
            "19 mai 2022 (année incertaine) | 2022年5月19日（年は不確か） | 19 May 2022 (year uncertain)",
        ),
        (
            "?2022-05-19",
            "19 mai 2022 (année incertaine) | 2022年5月19日（年は不確か） | 19 May 2022 (year uncertain)",
        ),
        (
            "2022-05?-19",
            "19 mai 2022 (année et mois incertains) | 2022年5月19日（年・月は不確か） | 19 May 2022 (year and month uncertain)",
        ),
        (
            "2022-05-~19",
            "19 mai 2022 (jour approximatif) | 2022年5月19日（日はおおよそ） | 19 May 2022 (day approximate)",
        ),
        (
            "2022-?23",
            "automne 2022 (saison incertaine) | 2022年秋（季節は不確か） | autumn 2022 (season uncertain)",
        ),
    ] {
        assert_eq!(label(text), expected, "{text}");
    }
}

#[test]
fn labels_of_intervals() {
    for (text, expected) in [
        ("2013/2018", "2013–2018 | 2013年～2018年 | 2013–2018"),
        ("2016/2016", "2016 | 2016年 | 2016"),
        ("2016-03/2016-05", "mars–mai 2016 | 2016年3月～5月 | March–May 2016"),
        (
            "2016-12/2017-01",
            "décembre 2016 – janvier 2017 | 2016年12月～2017年1月 | December 2016 – January 2017",
        ),
        ("2016-02-28/2016-02-29", "28–29 février 2016 | 2016年2月28日～29日 | 28–29 February 2016"),
        (
            "2016-02-28/2016-03-01",
            "28 février – 1er mars 2016 | 2016年2月28日～3月1日 | 28 February – 1 March 2016",
        ),
        (
            "2016-12-30/2017-01-02",
            "30 décembre 2016 – 2 janvier 2017 | 2016年12月30日～2017年1月2日 | 30 December 2016 – 2 January 2017",
        ),
        ("2016-21/2016-23", "printemps–automne 2016 | 2016年春～秋 | spring–autumn 2016"),
        (
            "XXXX-11-18/XXXX-11-21",
            "18–21 novembre (année non précisée) | 11月18日～21日（年不明） | 18–21 November (year unspecified)",
        ),
        (
            "XXXX-11-18/2024-11-21",
            "du 18 novembre (année non précisée) au 21 novembre 2024 | 11月18日（年不明）～2024年11月21日 | from 18 November (year unspecified) to 21 November 2024",
        ),
        (
            "2022?-11-18/2022?-11-21",
            "18–21 novembre 2022 (année incertaine) | 2022年11月18日～21日（年は不確か） | 18–21 November 2022 (year uncertain)",
        ),
        ("2016-10/2018", "d'octobre 2016 à 2018 | 2016年10月～2018年 | from October 2016 to 2018"),
        (
            "1958~/1962?",
            "de 1958 environ à 1962 (incertain) | 1958年頃～1962年（不確か） | from c. 1958 to 1962 (uncertain)",
        ),
        ("2016/..", "depuis 2016 | 2016年～ | since 2016"),
        ("2016-03-01/..", "depuis le 1er mars 2016 | 2016年3月1日～ | since 1 March 2016"),
        ("2026-23/..", "depuis l'automne 2026 | 2026年秋～ | since autumn 2026"),
        ("../2018", "jusqu'en 2018 | ～2018年 | until 2018"),
        ("../2018-03-02", "jusqu'au 2 mars 2018 | ～2018年3月2日 | until 2 March 2018"),
        ("2016/", "à partir de 2016 (fin inconnue) | 2016年～（終期不明） | from 2016 (end unknown)"),
        ("/2018", "jusqu'en 2018 (début inconnu) | ～2018年（始期不明） | until 2018 (start unknown)"),
    ] {
        assert_eq!(label(text), expected, "{text}");
    }
}

#[test]
fn bounds_are_those_of_the_calendar() {
    for (text, expected) in [
        ("2016-02", "2016-02-01 2016-02-29"),
        ("2016-02-XX", "2016-02-01 2016-02-29"),
        ("2016-XX-XX", "2016-01-01 2016-12-31"),
        ("195X", "1950-01-01 1959-12-31"),
        ("19XX~", "1900-01-01 1999-12-31"),
        ("2026-21", "2026-03-01 2026-05-31"),
        ("2026-23", "2026-09-01 2026-11-30"),
        ("2023-24", "2023-12-01 2024-02-29"),
        ("2013/2018", "2013-01-01 2018-12-31"),
        ("2016/..", "2016-01-01 -"),
        ("/2018", "- 2018-12-31"),
        ("XXXX-05-19", "- -"),
        ("XXXX-11-18/XXXX-11-21", "- -"),
        ("XXXX-11-18/2024-11-21", "- 2024-11-21"),
        ("XXXX-24", "- -"),
        ("0001", "0001-01-01 0001-12-31"),
        ("9999-12-31", "9999-12-31 9999-12-31"),
    ] {
        assert_eq!(bounds(text), expected, "{text}");
    }
}

#[test]
fn refusals() {
    use EdtfError::{
        ImpossibleDate, OpenBothEnds, Reversed, SubYearGrouping, Syntax, TimeOfDay, UnsupportedLevel,
        YearOutOfRange,
    };
    let all: [(EdtfError, &[&str]); 8] = [
        (
            Syntax,
            &[
                "",
                " ",
                "2016 ",
                "spring",
                "20160301",
                "2016-3",
                "16",
                "2016/2017/2018",
                "2016--",
                "２０１６",
                "Tokyo",
                "..",
                "2016-05-",
            ],
        ),
        (
            ImpossibleDate,
            &[
                "2015-02-29",
                "2015-02-28/2015-02-29",
                "2016-13",
                "2016-00",
                "2016-04-31",
                "2016-02-3X",
                "XXXX-02-30",
                "../2015-02-29",
            ],
        ),
        (SubYearGrouping, &["2026-25", "2026-33", "2026-36/2027", "2026-41", "XXXX-33", "2026-33?"]),
        (
            UnsupportedLevel,
            &[
                "{2016,2017}",
                "[2016..2018]",
                "Y17E7",
                "1950S2",
                "1XXX",
                "XXXX",
                "XXXX-XX",
                "201X-05",
                "2016-1X",
                "2016-05-1X",
                "2016-XX-05",
                "195X/1962",
                "2016-XX/2018",
                "..2016/2018",
                "2016/2018..",
            ],
        ),
        (YearOutOfRange, &["0000", "-0500", "Y12345", "000X", "00XX", "9999-24", "0000-05/2016"]),
        (Reversed, &["2018/2016", "2016-05-02/2016-05-01", "2016-03/2016-02"]),
        (OpenBothEnds, &["../..", "/..", "../", "/"]),
        (TimeOfDay, &["2016-03-01T10:00:00Z", "2016-03-01T10:00", "2016-03-01T10:00:00/2016-03-02"]),
    ];
    for (error, texts) in all {
        assert!(error.code().starts_with("date_") && !error.to_string().is_empty());
        for text in texts {
            assert_eq!(Edtf::parse(text), Err(error), "{text}");
        }
    }
}

#[test]
fn precision_and_order() {
    let date = |text| Edtf::parse(text).unwrap();
    for text in ["2016-03", "2016-03-01?", "2016-02-XX", "2022?-05-19", "2016-02/2016-03-04"] {
        assert!(date(text).is_day_or_month_precise(), "{text}");
    }
    for text in ["2016", "2026-23", "2016-XX", "XXXX-05-19", "2016-03/..", "2016-03/2017", "195X"] {
        assert!(!date(text).is_day_or_month_precise(), "{text}");
    }
    assert!(date("2016").is_definitely_before(&date("2017-01")));
    assert!(date("../2016").is_definitely_before(&date("2017/..")));
    assert!(!date("2016").is_definitely_before(&date("2016-12-31")));
    assert!(!date("2016/..").is_definitely_before(&date("2017")));
    assert!(!date("XXXX-01-01").is_definitely_before(&date("2017")));
}

/// Checks what holds of every accepted text.
fn check(text: &str) {
    let Ok(date) = Edtf::parse(text) else { return };
    assert_eq!(Edtf::parse(date.as_str()).as_ref(), Ok(&date));
    assert_eq!(date.as_str(), text);
    assert!(date.label().iter().all(|label| !label.is_empty() && label.trim() == label));
    if let (Some(earliest), Some(latest)) = (date.earliest(), date.latest()) {
        assert!(earliest <= latest);
        assert!(earliest.year() >= 1);
    }
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn almost_dates(text in "[0-9X?~%./TYES{}-]{0,24}", one in "[?]?[0-9X]{4}[?~%]?(-[?~%]?[0-4X][0-9X][?~%]?(-[?~%]?[0-3X][0-9X][?~%]?)?)?", two in "[012][0-9]{3}(-[0-2][0-9](-[0-3][0-9])?)?[?~%]?|[.]{2}|") {
        check(&text);
        check(&one);
        check(&format!("{one}/{two}"));
        check(&format!("{two}/{one}"));
    }

    #[test]
    fn days_months_and_years(year in 1i16..=9999, month in 1i8..=12, day in 1i8..=31) {
        let first = Date::new(year, month, 1).unwrap();
        let months = Edtf::parse(&format!("{year:04}-{month:02}")).unwrap();
        assert_eq!((months.earliest(), months.latest()), (Some(first), Some(first.last_of_month())));
        let years = Edtf::parse(&format!("{year:04}")).unwrap();
        assert_eq!((years.earliest(), years.latest()), (Some(first.first_of_year()), Some(first.last_of_year())));
        let text = format!("{year:04}-{month:02}-{day:02}");
        match Date::new(year, month, day) {
            Ok(date) => assert_eq!((Edtf::parse(&text).unwrap().earliest(), Edtf::parse(&text).unwrap().latest()), (Some(date), Some(date))),
            Err(_) => assert_eq!(Edtf::parse(&text), Err(EdtfError::ImpossibleDate)),
        }
    }
}
