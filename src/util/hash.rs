//! Non-cryptographic XXH3 digests and hexadecimal.

use std::fmt::Write as _;
use twox_hash::XxHash3_64;

/// Returns the XXH3 digest of bytes, in 16 hexadecimal digits. Not cryptographic: it must not protect
/// anything.
#[must_use]
pub fn xxh3_hex(bytes: &[u8]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(bytes))
}

/// Returns bytes in lower-case hexadecimal.
#[must_use]
pub fn to_hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
