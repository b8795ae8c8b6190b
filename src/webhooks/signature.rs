//! Secrets and signatures of Standard Webhooks 1.0 (HMAC-SHA256).

use crate::util::random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The prefix of every secret; base64 follows.
const SECRET_PREFIX: &str = "whsec_";

/// Draws a new secret of 256 random bits.
#[must_use]
pub fn generate_secret() -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(random::random_bytes()))
}

/// Returns the header `webhook-signature`: one signature for each secret, separated by spaces. A secret that
/// cannot be read is left out.
#[must_use]
pub fn sign(secrets: &[String], id: &str, seconds: i64, body: &str) -> String {
    let content = format!("{id}.{seconds}.{body}");
    let sign_with = |secret: &String| {
        let key = STANDARD.decode(secret.strip_prefix(SECRET_PREFIX)?).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(content.as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    };
    secrets.iter().filter_map(sign_with).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of the reference libraries of Standard Webhooks.
    #[test]
    fn the_known_message_has_the_known_signature() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let signed =
            sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_256_bits() {
        let secret = generate_secret();
        assert_eq!(STANDARD.decode(secret.strip_prefix(SECRET_PREFIX).unwrap()).unwrap().len(), 32);
    }
}
