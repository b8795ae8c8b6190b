//! The compiled-in table of authorities: one line of tab-separated values each, in the order of their codes.
//!
//! Inflated on first use and left as text; only the codes and the few values that are searched and compared
//! are indexed beside it.

use crate::domain::identifier::Identifier;
use crate::domain::text::Text;
use crate::domain::vocabularies::authority::{AuthorityLevel as Level, Country};
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use std::io::Read as _;
use std::sync::LazyLock;

/// The table that `data/gazetteer/build.py` writes: tab-separated values, compressed with DEFLATE (RFC 1951).
const COMPRESSED_TSV: &[u8] = include_bytes!("../../data/gazetteer/authorities.tsv.deflate");

/// The columns of the table, in the order of `data/gazetteer/README.md`.
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

/// The number of columns.
const COLUMN_COUNT: usize = GazetteerColumn::Quote as usize + 1;

/// The values of a row that are compared without reading its line.
#[derive(Debug, Clone, Copy)]
struct GazetteerRow {
    /// Byte offset of the line in the text.
    start: u32,
    /// Ranks authorities of similar names: the population, or that of a prefecture's cities.
    weight: u32,
    level: Level,
    coordinates: Option<(f32, f32)>,
}

/// The table of all authorities, with an index of their codes.
pub struct Gazetteer {
    text: String,
    rows: Vec<GazetteerRow>,
    /// Byte offset of each code in the text, and its row; sorted by value, then scheme.
    codes: Vec<(u32, u32)>,
}

static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| {
    let mut text = String::new();
    let mut decoder = flate2::read::DeflateDecoder::new(COMPRESSED_TSV);
    if let Err(error) = decoder.read_to_string(&mut text) {
        log::error!("the gazetteer cannot be unpacked: {error}");
        text.clear();
    }
    Gazetteer::parse(text)
});

/// Returns the gazetteer, which the first call inflates.
#[must_use]
pub fn gazetteer() -> &'static Gazetteer {
    &GAZETTEER
}

/// Splits `scheme:value` into value and scheme, the order by which codes are sorted.
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

    /// Returns the number of authorities.
    #[must_use]
    pub fn row_count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or_default()
    }

    /// Returns the authority of a row.
    #[must_use]
    pub fn entry(&self, row: u32) -> Option<GazetteerEntry<'_>> {
        let row_values = self.rows.get(row as usize)?;
        let line = self.text.get(row_values.start as usize..)?.split('\n').next()?;
        Some(GazetteerEntry { line, row_number: row, row: *row_values })
    }

    /// Returns the authority that bears a code, or that absorbed the former bearer.
    pub(super) fn find(&self, scheme: &str, value: &str) -> Option<GazetteerEntry<'_>> {
        let compare = |(start, _): &(u32, u32)| split_code(self.code_at(*start)).cmp(&(value, scheme));
        let (_, row) = self.codes.get(self.codes.binary_search_by(compare).ok()?)?;
        self.entry(*row)
    }

    /// Returns the rows of the codes of any scheme whose value starts with `prefix`, and whether it equals
    /// `prefix`. `GeoNames` ids are left out: nobody knows them by heart.
    pub(super) fn codes_starting_with(&self, prefix: &str) -> impl Iterator<Item = (u32, bool)> {
        let first = self.codes.partition_point(|(start, _)| split_code(self.code_at(*start)).0 < prefix);
        let rest = self.codes.get(first..).unwrap_or_default().iter();
        rest.map(|(start, row)| (split_code(self.code_at(*start)), *row))
            .take_while(move |((value, _), _)| value.starts_with(prefix))
            .filter(|((_, scheme), _)| *scheme != "geonames")
            .map(move |((value, _), row)| (row, value == prefix))
    }

    /// Returns the weight of a row, which ranks authorities of similar names.
    pub(super) fn weight(&self, row: u32) -> u32 {
        self.rows.get(row as usize).map_or(0, |row| row.weight)
    }

    /// Returns the country and level of a row.
    #[must_use]
    pub fn country_and_level(&self, row: u32) -> Option<(Country, Level)> {
        self.rows.get(row as usize).map(|row| (row.level.country(), row.level))
    }

    /// Returns the approximate coordinates of a row: latitude and longitude in degrees.
    #[must_use]
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

    /// Returns its row: its position in the order of the codes.
    #[must_use]
    pub fn row_number(&self) -> u32 {
        self.row_number
    }

    /// Returns its principal code, `scheme:value`, by which references name it.
    #[must_use]
    pub fn code(&self) -> &'a str {
        column_value(self.line, GazetteerColumn::Code)
    }

    /// Returns every official code that it bears today and its `GeoNames` id, sorted.
    #[must_use]
    pub fn identifiers(&self) -> Vec<Identifier> {
        let others = column_value(self.line, GazetteerColumn::OtherCodes).split(' ');
        let mut all: Vec<Identifier> =
            [self.code()].into_iter().chain(others).filter_map(Identifier::split).collect();
        all.sort();
        all
    }

    /// Returns the codes of authorities that it absorbed and that have no entry of their own.
    pub fn old_codes(&self) -> impl Iterator<Item = &'a str> {
        column_value(self.line, GazetteerColumn::OldCodes).split(' ').filter(|code| !code.is_empty())
    }

    /// Returns its country.
    #[must_use]
    pub fn country(&self) -> Country {
        self.row.level.country()
    }

    /// Returns its level.
    #[must_use]
    pub fn level(&self) -> Level {
        self.row.level
    }

    /// Whether it has since been merged into another.
    #[must_use]
    pub fn is_merged(&self) -> bool {
        self.value(GazetteerColumn::Status).is_some()
    }

    /// Returns its usual name, in every language that is known.
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

    /// Returns every name by which a search finds it.
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

    /// Returns its full name in French, where it differs from the usual one.
    #[must_use]
    pub fn official_name(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::OfficialName)
    }

    /// Returns the code of the region or prefecture above it.
    #[must_use]
    pub fn parent(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::Parent)
    }

    /// Returns the code of the authority that replaced it.
    #[must_use]
    pub fn successor(&self) -> Option<&'a str> {
        self.value(GazetteerColumn::Successor)
    }

    /// Returns the number of inhabitants and the date it refers to (EDTF).
    #[must_use]
    pub fn population(&self) -> Option<(i64, &'a str)> {
        Some((self.value(GazetteerColumn::Population)?.parse().ok()?, self.value(GazetteerColumn::AsOf)?))
    }

    /// Returns the coordinates of its seat: latitude and longitude in degrees.
    #[must_use]
    pub fn location(&self) -> Option<(f64, f64)> {
        let degrees = |column| self.value(column)?.parse().ok();
        Some((degrees(GazetteerColumn::Lat)?, degrees(GazetteerColumn::Lon)?))
    }

    /// Returns the distance from its seat to the coast, in whole kilometres.
    #[must_use]
    pub fn coast_km(&self) -> Option<i64> {
        self.value(GazetteerColumn::CoastKm)?.parse().ok()
    }

    /// Returns the words of the source that name it: its quote or, where it has none, the members of the
    /// source's JSON.
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
