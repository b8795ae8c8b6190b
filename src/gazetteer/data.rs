//! The data as compiled in: one line per authority, in order of their codes; unpacked on first use and left as text,
//! with only what is searched and compared beside it.

use crate::vocabulary::codes::{AuthorityLevel as Level, Country, Vocabulary as _};
use crate::vocabulary::{Identifier, Text};
use std::io::Read as _;
use std::sync::LazyLock;

/// The file that `data/gazetteer/build.py` makes: lines of tab-separated values, deflated.
const PACKED: &[u8] = include_bytes!("../../data/gazetteer/authorities.tsv.deflate");

/// The columns, as `data/gazetteer/README.md` names them.
#[derive(Debug, Clone, Copy)]
enum Column {
    Code,
    Others,
    Level,
    Status,
    Parent,
    Successor,
    Population,
    AsOf,
    Lat,
    Lon,
    Coast,
    Fr,
    En,
    Ja,
    Hira,
    Latn,
    Official,
    Old,
    Weight,
    Quote,
}

/// How many columns there are.
const COLUMNS: usize = Column::Quote as usize + 1;

/// What is compared without reading the line.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Where the line starts.
    start: u32,
    /// What decides between authorities of similar names: the population, or that of a prefecture's cities.
    weight: u32,
    level: Level,
    place: Option<(f32, f32)>,
}

/// The whole gazetteer.
pub(super) struct Data {
    text: String,
    rows: Vec<Row>,
    /// Where each code starts in the text, and its row; in order of value, then scheme.
    codes: Vec<(u32, u32)>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    let mut text = String::new();
    let mut unpacked = flate2::read::DeflateDecoder::new(PACKED);
    if let Err(error) = unpacked.read_to_string(&mut text) {
        log::error!("the gazetteer cannot be unpacked: {error}");
        text.clear();
    }
    Data::of(text)
});

/// The gazetteer, unpacked.
pub(super) fn data() -> &'static Data {
    &DATA
}

/// The country of a level.
fn country_of(level: Level) -> Country {
    use Level::{City, CoreCity, DesignatedCity, Prefecture, SpecialWard, Town, Village};
    match level {
        Prefecture | DesignatedCity | CoreCity | City | Town | Village | SpecialWard => Country::Japan,
        _ => Country::France,
    }
}

/// A code as text, split at its scheme.
fn split(code: &str) -> (&str, &str) {
    let (scheme, value) = code.split_once(':').unwrap_or_default();
    (value, scheme)
}

fn field(line: &str, column: Column) -> &str {
    line.split('\t').nth(column as usize).unwrap_or_default()
}

impl Data {
    fn of(mut text: String) -> Self {
        text.shrink_to_fit();
        let (mut rows, mut codes) = (Vec::new(), Vec::new());
        let offset =
            |part: &str| u32::try_from(part.as_ptr().addr() - text.as_ptr().addr()).unwrap_or_default();
        for line in text.lines() {
            let mut columns = [""; COLUMNS];
            columns.iter_mut().zip(line.split('\t')).for_each(|(column, value)| *column = value);
            let column = |column: Column| columns.get(column as usize).copied().unwrap_or_default();
            let Some(level) = Level::from_code(column(Column::Level)) else { continue };
            let number = |name| column(name).parse::<u32>().ok();
            let degrees = |name| column(name).parse::<f32>().ok();
            let weight = number(Column::Population).or(number(Column::Weight)).unwrap_or_default();
            let row = u32::try_from(rows.len()).unwrap_or_default();
            for code in [Column::Code, Column::Others, Column::Old]
                .into_iter()
                .flat_map(|name| column(name).split(' '))
            {
                if !code.is_empty() {
                    codes.push((split(code), offset(code), row));
                }
            }
            let place = degrees(Column::Lat).zip(degrees(Column::Lon));
            rows.push(Row { start: offset(line), weight, level, place });
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
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or_default()
    }

    /// The authority of a row.
    pub(super) fn entry(&self, row: u32) -> Option<Entry<'_>> {
        let about = self.rows.get(row as usize)?;
        let line = self.text.get(about.start as usize..)?.split('\n').next()?;
        Some(Entry { line, row, about: *about })
    }

    /// The authority that bears a code, or that took the place of the one that bore it.
    pub(super) fn find(&self, scheme: &str, value: &str) -> Option<Entry<'_>> {
        let by = |(start, _): &(u32, u32)| split(self.code_at(*start)).cmp(&(value, scheme));
        let (_, row) = self.codes.get(self.codes.binary_search_by(by).ok()?)?;
        self.entry(*row)
    }

    /// The rows of the codes, of whatever scheme, whose value begins so; and whether that is the whole value. Numbers of
    /// places are no codes that people know.
    pub(super) fn codes_from(&self, prefix: &str) -> impl Iterator<Item = (u32, bool)> {
        let first = self.codes.partition_point(|(start, _)| split(self.code_at(*start)).0 < prefix);
        let rest = self.codes.get(first..).unwrap_or_default().iter();
        rest.map(|(start, row)| (split(self.code_at(*start)), *row))
            .take_while(move |((value, _), _)| value.starts_with(prefix))
            .filter(|((_, scheme), _)| *scheme != "geonames")
            .map(move |((value, _), row)| (row, value == prefix))
    }

    /// What decides between authorities of similar names.
    pub(super) fn weight(&self, row: u32) -> u32 {
        self.rows.get(row as usize).map_or(0, |row| row.weight)
    }

    /// The country and level of a row.
    pub(super) fn level(&self, row: u32) -> Option<(Country, Level)> {
        self.rows.get(row as usize).map(|row| (country_of(row.level), row.level))
    }

    /// The place of a row, roughly: latitude, longitude.
    pub(super) fn place(&self, row: u32) -> Option<(f32, f32)> {
        self.rows.get(row as usize)?.place
    }
}

/// An authority of the gazetteer.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    line: &'a str,
    row: u32,
    about: Row,
}

impl<'a> Entry<'a> {
    fn get(&self, column: Column) -> Option<&'a str> {
        Some(field(self.line, column)).filter(|value| !value.is_empty())
    }

    /// Its place in the order of the codes.
    pub(super) fn row(&self) -> u32 {
        self.row
    }

    /// The code by which a Ref names it: `scheme:value`.
    #[must_use]
    pub fn code(&self) -> &'a str {
        field(self.line, Column::Code)
    }

    /// Every official code that it bears today, in order, and the number of its place in `GeoNames`.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let others = field(self.line, Column::Others).split(' ');
        let mut all: Vec<Identifier> =
            [self.code()].into_iter().chain(others).filter_map(Identifier::parse).collect();
        all.sort();
        all
    }

    /// The codes of what it absorbed and of which nothing else is known.
    pub fn old_codes(&self) -> impl Iterator<Item = &'a str> {
        field(self.line, Column::Old).split(' ').filter(|code| !code.is_empty())
    }

    /// The country.
    #[must_use]
    pub fn country(&self) -> Country {
        country_of(self.about.level)
    }

    /// The level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.about.level
    }

    /// Whether it has been merged into another since.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.get(Column::Status).is_some()
    }

    /// Its usual name.
    #[must_use]
    pub fn name(&self) -> Text {
        let fr = field(self.line, Column::Fr);
        let texts = [
            ("fr", Some(fr)),
            ("ja", self.get(Column::Ja)),
            ("en", Some(self.get(Column::En).unwrap_or(fr))),
            ("ja-Hira", self.get(Column::Hira)),
            ("ja-Latn", self.get(Column::Latn)),
        ];
        Text::of(&texts.iter().filter_map(|(tag, text)| Some((*tag, (*text)?))).collect::<Vec<_>>())
    }

    /// The names by which it is found.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let columns = [Column::Fr, Column::En, Column::Ja, Column::Hira, Column::Latn, Column::Official];
        columns.into_iter().map(|column| field(self.line, column)).filter(|name| !name.is_empty())
    }

    /// Its name in full, in French, where it differs.
    #[must_use]
    pub fn official_name(&self) -> Option<&'a str> {
        self.get(Column::Official)
    }

    /// The code of the authority above it: region or prefecture.
    #[must_use]
    pub fn parent(&self) -> Option<&'a str> {
        self.get(Column::Parent)
    }

    /// The code of the authority that took its place.
    #[must_use]
    pub fn successor(&self) -> Option<&'a str> {
        self.get(Column::Successor)
    }

    /// How many people live there, and when (EDTF).
    #[must_use]
    pub fn population(&self) -> Option<(i64, &'a str)> {
        Some((self.get(Column::Population)?.parse().ok()?, self.get(Column::AsOf)?))
    }

    /// Where its seat is: latitude, longitude.
    #[must_use]
    pub fn location(&self) -> Option<(f64, f64)> {
        let degrees = |column| self.get(column)?.parse().ok();
        Some((degrees(Column::Lat)?, degrees(Column::Lon)?))
    }

    /// How far its seat is from the coast, in whole kilometres.
    #[must_use]
    pub fn coast_km(&self) -> Option<i64> {
        self.get(Column::Coast)?.parse().ok()
    }

    /// Words of the source that name it.
    #[must_use]
    pub fn quote(&self) -> String {
        if let Some(quote) = self.get(Column::Quote) {
            return quote.to_owned();
        }
        let name = |column| serde_json::Value::from(field(self.line, column)).to_string();
        match self.about.level {
            Level::Prefecture => format!("\"pref\": {}", name(Column::Ja)),
            _ if self.country() == Country::Japan => format!("\"city\": {}", name(Column::Ja)),
            _ => format!("\"code\":\"{}\",\"nom\":{}", split(self.code()).0, name(Column::Fr)),
        }
    }
}
