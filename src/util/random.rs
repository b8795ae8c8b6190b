//! UUIDv7 ids, random bytes and secrets.

use uuid::Uuid;

/// A new id (UUID version 7: in order of creation).
#[must_use]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// 256 random bits.
#[must_use]
pub fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    if getrandom::fill(&mut bytes).is_err() {
        log::error!("the system gives no random numbers");
        std::process::abort();
    }
    bytes
}

/// 256 random bits, base64url.
#[must_use]
pub fn random_secret() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes())
}
