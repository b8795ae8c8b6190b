//! UTF-8 decoding, with a guess at the encoding of text that is not UTF-8.

use super::errors::codes::ErrorCode;
use super::errors::problem::Problem;
use encoding_rs::SHIFT_JIS;

/// The UTF-8 byte order mark, which some programs write at the beginning of a file.
pub const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";

/// Decodes bytes as UTF-8, without their byte order mark.
///
/// # Errors
/// 400 with the probable encoding where they are not UTF-8.
pub fn decode_utf8(bytes: &[u8]) -> Result<&str, Problem> {
    let bytes = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    if looks_like_utf16(bytes) {
        return Err(not_utf8(bytes, 0));
    }
    std::str::from_utf8(bytes).map_err(|error| not_utf8(bytes, error.valid_up_to()))
}

/// Returns the problem of bytes that are not UTF-8 from `position` on.
#[must_use]
pub fn not_utf8(bytes: &[u8], position: usize) -> Problem {
    Problem::new(ErrorCode::NotUtf8)
        .with_arg("position", position)
        .with_arg("encoding", guess_encoding(bytes))
}

/// Guesses the encoding of bytes that are not UTF-8: UTF-16, CP932 (Japanese Windows) or Windows-1252
/// (Western).
fn guess_encoding(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || looks_like_utf16(bytes) {
        return "UTF-16";
    }
    if looks_like_cp932(bytes) { "CP932 (Shift_JIS)" } else { "Windows-1252" }
}

/// Whether a text begins with an ASCII character in UTF-16: one of its first two bytes is zero, as in no
/// UTF-8 text.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    bytes.iter().take(2).any(|byte| *byte == 0)
}

/// Whether bytes are more probably CP932 than Windows-1252. An accented letter of the latter looks like the
/// first byte of a rare kanji (JIS level 2), whereas Japanese text is mostly kana and common kanji (level 1).
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
