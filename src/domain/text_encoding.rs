//! Texts that are no UTF-8: what they seem to be instead, so that their sender knows what to convert.

use super::errors::codes::ErrorCode;
use super::errors::problem::Problem;
use encoding_rs::SHIFT_JIS;

/// The byte order mark in UTF-8, which some programs put before every text.
pub const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// The text that bytes are in UTF-8, without a byte order mark.
///
/// # Errors
/// 400 where they are not, naming what they seem to be.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, Problem> {
    let bytes = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    if looks_like_utf16(bytes) {
        return Err(not_utf8(bytes, 0));
    }
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// Bytes that are no UTF-8 from `position` on.
#[must_use]
pub fn not_utf8(bytes: &[u8], position: usize) -> Problem {
    Problem::new(ErrorCode::NotUtf8)
        .with_arg("position", position)
        .with_arg("encoding", guess_encoding(bytes))
}

/// The encoding that bytes seem to be in which are no UTF-8: UTF-16, that of Japanese Windows, or of Western Windows.
fn guess_encoding(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || looks_like_utf16(bytes) {
        return "UTF-16";
    }
    if looks_like_cp932(bytes) { "CP932 (Shift_JIS)" } else { "Windows-1252" }
}

/// Whether a text begins with a letter of ASCII in UTF-16: it has a zero before or after it. In UTF-8 none has.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    bytes.iter().take(2).any(|byte| *byte == 0)
}

/// Whether bytes can be read as CP932, and are rather that than French: an accented letter there looks like the beginning
/// of one of the rare characters of JIS level 2, where Japanese has mostly kana and those of level 1.
fn looks_like_cp932(bytes: &[u8]) -> bool {
    if SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes).is_none() {
        return false;
    }
    let (mut common, mut rare, mut rest) = (0_usize, 0_usize, bytes.iter());
    while let Some(byte) = rest.next() {
        match byte {
            0x81..=0x9F => (common, _) = (common + 1, rest.next()),
            0xE0..=0xF9 => (rare, _) = (rare + 1, rest.next()),
            0xFA..=0xFC => drop(rest.next()),
            _ => {}
        }
    }
    common > rare
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{Encoding, WINDOWS_1252};

    #[test]
    fn what_a_text_is_written_in_is_told() {
        let written = |encoding: &'static Encoding, text| encoding.encode(text).0.into_owned();
        let utf16: Vec<u8> = "{\"a\": \"横浜\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, expected) in [
            (written(SHIFT_JIS, "{\"name\": {\"ja\": \"横浜市\"}}"), "CP932 (Shift_JIS)"),
            (written(SHIFT_JIS, "{\"name\": {\"ja\": \"しずおか\"}}"), "CP932 (Shift_JIS)"),
            (written(SHIFT_JIS, "髙島・﨑"), "CP932 (Shift_JIS)"),
            (written(WINDOWS_1252, "{\"name\": {\"fr\": \"Préfecture de l’Hérault, été\"}}"), "Windows-1252"),
            (written(WINDOWS_1252, "{\"fr\": \"Orléans\"}"), "Windows-1252"),
            (utf16, "UTF-16"),
        ] {
            let problem = decode_utf8(&bytes).unwrap_err();
            assert_eq!(problem.code, ErrorCode::NotUtf8);
            assert_eq!(problem.args[1].1, expected);
        }
        assert_eq!(decode_utf8(b"\xEF\xBB\xBF{}"), Ok("{}"));
    }
}
