//! `UUIDv7` ids, random bytes and secrets.

use uuid::Uuid;

/// Returns a new UUID version 7 (RFC 9562), which sorts by time of creation.
#[must_use]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// Returns 256 random bits. Aborts the process where the system has none to give.
#[must_use]
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    if getrandom::fill(&mut bytes).is_err() {
        log::error!("the system gives no random numbers");
        std::process::abort();
    }
    bytes
}

/// Returns 256 random bits in base64url, without padding.
#[must_use]
pub fn random_secret() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes())
}
