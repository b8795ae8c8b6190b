//! The data as compiled in: one line per authority, in order of their codes; unpacked on first use and left as text,
//! with only what is searched and compared beside it.

use crate::domain::identifier::Identifier;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::{AuthorityLevel as Level, Country};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use std::io::Read as _;
use std::sync::LazyLock;

/// The file that `data/gazetteer/build.py` makes: lines of tab-separated values, deflated.
const COMPRESSED_TSV: &[u8] = include_bytes!("../../data/gazetteer/authorities.tsv.deflate");

/// The columns, as `data/gazetteer/README.md` names them.
#[derive(Debug, Clone, Copy)]
enum GazetteerColumn {
    Code,
    OtherCodes,
    Level,
    Status,
    Parent,
    Successor,
    Population,
    AsOf,
    Lat,
    Lon,
    CoastKm,
    Fr,
    En,
    Ja,
    Hira,
    Latn,
    OfficialName,
    OldCodes,
    Weight,
    Quote,
}

/// How many columns there are.
const COLUMN_COUNT: usize = GazetteerColumn::Quote as usize + 1;

/// What is compared without reading the line.
#[derive(Debug, Clone, Copy)]
struct GazetteerRow {
    /// Where the line starts.
    start: u32,
    /// What decides between authorities of similar names: the population, or that of a prefecture's cities.
    weight: u32,
    level: Level,
    coordinates: Option<(f32, f32)>,
}

/// The whole gazetteer.
pub struct Gazetteer {
    text: String,
    rows: Vec<GazetteerRow>,
    /// Where each code starts in the text, and its row; in order of value, then scheme.
    codes: Vec<(u32, u32)>,
}

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| {
    let mut text = String::new();
    let mut unpacked = flate2::read::DeflateDecoder::new(COMPRESSED_TSV);
    if let Err(error) = unpacked.read_to_string(&mut text) {
        log::error!("the gazetteer cannot be unpacked: {error}");
        text.clear();
    }
    Gazetteer::parse(text)
});

/// The gazetteer, unpacked.
pub fn gazetteer() -> &'static Gazetteer {
    &GAZETTEER
}

/// The country of a level.
fn country_of_level(level: Level) -> Country {
    use Level::{City, CoreCity, DesignatedCity, Prefecture, SpecialWard, Town, Village};
    match level {
        Prefecture | DesignatedCity | CoreCity | City | Town | Village | SpecialWard => Country::Japan,
        _ => Country::France,
    }
}

/// A code as text, split at its scheme.
fn split_code(code: &str) -> (&str, &str) {
    let (scheme, value) = code.split_once(':').unwrap_or_default();
    (value, scheme)
}

fn column_value(line: &str, column: GazetteerColumn) -> &str {
    line.split('\t').nth(column as usize).unwrap_or_default()
}

impl Gazetteer {
    fn parse(mut text: String) -> Self {
        text.shrink_to_fit();
        let (mut rows, mut codes) = (Vec::new(), Vec::new());
        let offset =
            |part: &str| u32::try_from(part.as_ptr().addr() - text.as_ptr().addr()).unwrap_or_default();
        for line in text.lines() {
            let mut columns = [""; COLUMN_COUNT];
            columns.iter_mut().zip(line.split('\t')).for_each(|(column, value)| *column = value);
            let column = |column: GazetteerColumn| columns.get(column as usize).copied().unwrap_or_default();
            let Some(level) = Level::from_code(column(GazetteerColumn::Level)) else { continue };
            let number = |name| column(name).parse::<u32>().ok();
            let degrees = |name| column(name).parse::<f32>().ok();
            let weight =
                number(GazetteerColumn::Population).or(number(GazetteerColumn::Weight)).unwrap_or_default();
            let row = u32::try_from(rows.len()).unwrap_or_default();
            for code in [GazetteerColumn::Code, GazetteerColumn::OtherCodes, GazetteerColumn::OldCodes]
                .into_iter()
                .flat_map(|name| column(name).split(' '))
            {
                if !code.is_empty() {
                    codes.push((split_code(code), offset(code), row));
                }
            }
            let place = degrees(GazetteerColumn::Lat).zip(degrees(GazetteerColumn::Lon));
            rows.push(GazetteerRow { start: offset(line), weight, level, coordinates: place });
        }
        rows.shrink_to_fit();
        codes.sort_unstable();
        let codes = codes.into_iter().map(|(_, start, row)| (start, row)).collect();
        Self { text, rows, codes }
    }

    fn code_at(&self, start: u32) -> &str {
        let rest = self.text.get(start as usize..).unwrap_or_default();
        rest.split([' ', '\t', '\n']).next().unwrap_or_default()
    }

    /// How many authorities there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or_default()
    }

    /// The authority of a row.
    pub fn entry(&self, row: u32) -> Option<GazetteerEntry<'_>> {
        let about = self.rows.get(row as usize)?;
        let line = self.text.get(about.start as usize..)?.split('\n').next()?;
        Some(GazetteerEntry { line, row_number: row, row: *about })
    }

    /// The authority that bears a code, or that took the place of the one that bore it.
    pub(super) fn find(&self, scheme: &str, value: &str) -> Option<GazetteerEntry<'_>> {
        let by = |(start, _): &(u32, u32)| split_code(self.code_at(*start)).cmp(&(value, scheme));
        let (_, row) = self.codes.get(self.codes.binary_search_by(by).ok()?)?;
        self.entry(*row)
    }

    /// The rows of the codes, of whatever scheme, whose value begins so; and whether that is the whole value. Numbers of
    /// places are no codes that people know.
    pub(super) fn codes_starting_with(&self, prefix: &str) -> impl Iterator<Item = (u32, bool)> {
        let first = self.codes.partition_point(|(start, _)| split_code(self.code_at(*start)).0 < prefix);
        let rest = self.codes.get(first..).unwrap_or_default().iter();
        rest.map(|(start, row)| (split_code(self.code_at(*start)), *row))
            .take_while(move |((value, _), _)| value.starts_with(prefix))
            .filter(|((_, scheme), _)| *scheme != "geonames")
            .map(move |((value, _), row)| (row, value == prefix))
    }

    /// What decides between authorities of similar names.
    pub(super) fn weight(&self, row: u32) -> u32 {
        self.rows.get(row as usize).map_or(0, |row| row.weight)
    }

    /// The country and level of a row.
    pub fn country_and_level(&self, row: u32) -> Option<(Country, Level)> {
        self.rows.get(row as usize).map(|row| (country_of_level(row.level), row.level))
    }

    /// The place of a row, roughly: latitude, longitude.
    pub fn coordinates(&self, row: u32) -> Option<(f32, f32)> {
        self.rows.get(row as usize)?.coordinates
    }
}

/// An authority of the gazetteer.
#[derive(Debug, Clone, Copy)]
pub struct GazetteerEntry<'a> {
    line: &'a str,
    row_number: u32,
    row: GazetteerRow,
}

impl<'a> GazetteerEntry<'a> {
    fn value(&self, column: GazetteerColumn) -> Option<&'a str> {
        Some(column_value(self.line, column)).filter(|value| !value.is_empty())
    }

    /// Its place in the order of the codes.
    pub fn row_number(&self) -> u32 {
        self.row_number
    }

    /// The code by which a Ref names it: `scheme:value`.
    #[must_use]
    pub fn code(&self) -> &'a str {
        column_value(self.line, GazetteerColumn::Code)
    }

    /// Every official code that it bears today, in order, and the number of its place in `GeoNames`.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let others = column_value(self.line, GazetteerColumn::OtherCodes).split(' ');
        let mut all: Vec<Identifier> =
            [self.code()].into_iter().chain(others).filter_map(Identifier::split).collect();
        all.sort();
        all
    }

    /// The codes of what it absorbed and of which nothing else is known.
    pub fn old_codes(&self) -> impl Iterator<Item = &'a str> {
        column_value(self.line, GazetteerColumn::OldCodes).split(' ').filter(|code| !code.is_empty())
    }

    /// The country.
    #[must_use]
    pub fn country(&self) -> Country {
        country_of_level(self.row.level)
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.row.level
    }

    /// Whether it has been merged into another since.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.value(GazetteerColumn::Status).is_some()
    }

    /// Its usual name.
    #[must_use]
    pub fn name(&self) -> Text {
        let fr = column_value(self.line, GazetteerColumn::Fr);
        let texts = [
            ("fr", Some(fr)),
            ("ja", self.value(GazetteerColumn::Ja)),
            ("en", Some(self.value(GazetteerColumn::En).unwrap_or(fr))),
            ("ja-Hira", self.value(GazetteerColumn::Hira)),
            ("ja-Latn", self.value(GazetteerColumn::Latn)),
        ];
        Text::from_pairs(&texts.iter().filter_map(|(tag, text)| Some((*tag, (*text)?))).collect::<Vec<_>>())
    }

    /// The names by which it is found.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let columns = [
            GazetteerColumn::Fr,
            GazetteerColumn::En,
            GazetteerColumn::Ja,
            GazetteerColumn::Hira,
            GazetteerColumn::Latn,
            GazetteerColumn::OfficialName,
        ];
        columns.into_iter().map(|column| column_value(self.line, column)).filter(|name| !name.is_empty())
    }

    /// Its name in full, in French, where it differs.
    #[must_use]
    pub fn official_name(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::OfficialName)
    }

    /// The code of the authority above it: region or prefecture.
    #[must_use]
    pub fn parent(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::Parent)
    }

    /// The code of the authority that took its place.
    #[must_use]
    pub fn successor(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::Successor)
    }

    /// How many people live there, and when (EDTF).
    #[must_use]
    pub fn population(&self) -> Option<(i64, &'a str)> {
        Some((self.value(GazetteerColumn::Population)?.parse().ok()?, self.value(GazetteerColumn::AsOf)?))
    }

    /// Where its seat is: latitude, longitude.
    #[must_use]
    pub fn location(&self) -> Option<(f64, f64)> {
        let degrees = |column| self.value(column)?.parse().ok();
        Some((degrees(GazetteerColumn::Lat)?, degrees(GazetteerColumn::Lon)?))
    }

    /// How far its seat is from the coast, in whole kilometres.
    #[must_use]
    pub fn coast_km(&self) -> Option<i64> {
        self.value(GazetteerColumn::CoastKm)?.parse().ok()
    }

    /// Words of the source that name it.
    #[must_use]
    pub fn quote(&self) -> String {
        if let Some(quote) = self.value(GazetteerColumn::Quote) {
            return quote.to_owned();
        }
        let name = |column| serde_json::Value::from(column_value(self.line, column)).to_string();
        match self.row.level {
            Level::Prefecture => format!("\"pref\": {}", name(GazetteerColumn::Ja)),
            _ if self.country() == Country::Japan => format!("\"city\": {}", name(GazetteerColumn::Ja)),
            _ => format!("\"code\":\"{}\",\"nom\":{}", split_code(self.code()).0, name(GazetteerColumn::Fr)),
        }
    }
}
