//! Pagination cursors, signed with a truncated HMAC-SHA-256 so that each is valid only for the list it was
//! issued for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Signs and verifies cursors with a key that all instances share.
#[derive(Clone)]
pub struct CursorSigner(Vec<u8>);

/// Length of the truncated HMAC, in bytes (128 bits).
const MAC_BYTES: usize = 16;

impl CursorSigner {
    /// Returns a signer with this key.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(key.as_bytes().to_vec())
    }

    fn mac(&self, context: &str, payload: &[u8]) -> Option<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(context.as_bytes());
        mac.update(&[0]);
        mac.update(payload);
        mac.finalize().into_bytes().get(..MAC_BYTES).map(<[u8]>::to_vec)
    }

    /// Returns the cursor of a payload in a context (the list with its filters and order).
    #[must_use]
    pub fn sign(&self, context: &str, payload: &str) -> String {
        let mut bytes = self.mac(context, payload.as_bytes()).unwrap_or_default();
        bytes.extend_from_slice(payload.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the payload of a cursor that was signed with this key in the same context.
    #[must_use]
    pub fn verify(&self, context: &str, cursor: &str) -> Option<String> {
        self.decode(context, cursor).filter(|(_, is_genuine)| *is_genuine).map(|(payload, _)| payload)
    }

    /// Returns the payload of a cursor, and whether it was signed with this key in the same context; do not
    /// trust it otherwise.
    #[must_use]
    pub fn decode(&self, context: &str, cursor: &str) -> Option<(String, bool)> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (mac, payload) = bytes.split_at_checked(MAC_BYTES)?;
        let is_genuine: bool =
            subtle::ConstantTimeEq::ct_eq(mac, self.mac(context, payload)?.as_slice()).into();
        String::from_utf8(payload.to_vec()).ok().map(|payload| (payload, is_genuine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_opens_only_untouched_and_in_its_context(payload in ".*", context in "[a-z]{0,8}", at in any::<usize>(), bit in 0u8..8) {
            let signer = CursorSigner::new("k");
            let cursor = signer.sign(&context, &payload);
            prop_assert_eq!(signer.verify(&context, &cursor), Some(payload));
            prop_assert_eq!(signer.verify(&format!("{context}x"), &cursor), None);
            let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(signer.verify(&context, &URL_SAFE_NO_PAD.encode(bytes)), None);
        }
    }
}
