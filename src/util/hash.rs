//! Non-cryptographic XXH3 digests and hexadecimal.

use std::fmt::Write as _;
use twox_hash::XxHash3_64;

/// Sixteen hexadecimal digits that differ when the bytes do (XXH3: what protects nothing need not be cryptographic).
#[must_use]
pub fn xxh3_hex(bytes: &[u8]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(bytes))
}

/// Bytes in hexadecimal.
#[must_use]
pub fn to_hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
