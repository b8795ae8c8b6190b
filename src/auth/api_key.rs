//! An API key: generation, hash, scopes, lifetime.

use crate::domain::kind::Kind;
use crate::domain::origins::check_origin;
use crate::domain::schemes;
use crate::util::random;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What a key allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Reading, which needs no key.
    Read,
    /// Writing records of every kind.
    Write,
    /// Writing records of one kind.
    WriteKind(Kind),
    /// Overwriting, with `force=true`, what another origin owns.
    Override,
    /// Everything, including managing keys.
    Admin,
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "read" => Ok(Self::Read),
            None if text == "write" => Ok(Self::Write),
            None if text == "override" => Ok(Self::Override),
            None if text == "admin" => Ok(Self::Admin),
            Some(("write", kind)) => {
                Kind::from_name(kind).map(Self::WriteKind).ok_or_else(|| format!("no kind `{kind}`"))
            }
            _ => Err(format!("`{text}` is no scope: read, write, write:KIND, override, admin")),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read => f.write_str("read"),
            Self::Write => f.write_str("write"),
            Self::WriteKind(kind) => write!(f, "write:{}", kind.as_str()),
            Self::Override => f.write_str("override"),
            Self::Admin => f.write_str("admin"),
        }
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The public part.
    pub id: String,
    /// What the key is for.
    pub name: String,
    /// The organisation that it acts for.
    pub origin: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// The schemes whose identifiers it may write.
    pub schemes: Vec<String>,
    /// SHA-256 of the whole key. The secret has 256 random bits, so no slow hash is needed.
    pub hash: Vec<u8>,
    /// When it was created, in microseconds since 1970.
    pub created_at: i64,
    /// When it expires, in microseconds since 1970.
    pub expires_at: Option<i64>,
    /// When it was revoked, in microseconds since 1970.
    pub revoked_at: Option<i64>,
}

/// The properties of a key to generate.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What the key is for.
    pub name: String,
    /// The organisation that it acts for.
    pub origin: String,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// The schemes whose identifiers it may write.
    pub schemes: Vec<String>,
    /// The lifetime in microseconds.
    pub lifetime: Option<i64>,
}

/// The prefix of all keys, by which secret scanners recognise them.
const KEY_PREFIX: &str = "kkh";

impl NewApiKey {
    /// Generates a key. Returns it with its text, which is shown once and not stored.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the name, origin, scopes or schemes.
    pub fn generate(self, now: i64) -> Result<(ApiKey, String), String> {
        let Self { name, origin, scopes, schemes: owned, lifetime } = self;
        if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return Err("the name must have 1 to 100 characters".into());
        }
        check_origin(&origin)?;
        if scopes.is_empty() {
            return Err("a key needs at least one scope".into());
        }
        if let Some(bad) = owned.iter().find(|scheme| {
            !schemes::is_well_formed(scheme) || schemes::OPEN_SCHEMES.contains(&scheme.as_str())
        }) {
            return Err(format!("the scheme `{bad}` cannot be owned"));
        }
        let id = random::new_uuid().simple().to_string();
        let secret = format!("{KEY_PREFIX}_{id}_{}", random::random_secret());
        let hash = hash_key(&secret);
        let expires_at = lifetime.map(|lifetime| now.saturating_add(lifetime));
        let key = ApiKey {
            id,
            name,
            origin,
            scopes,
            schemes: owned,
            hash,
            created_at: now,
            expires_at,
            revoked_at: None,
        };
        Ok((key, secret))
    }
}

/// Returns the public part of a key's text.
#[must_use]
pub fn key_id(text: &str) -> Option<&str> {
    let mut parts = text.splitn(3, '_');
    (parts.next() == Some(KEY_PREFIX)).then(|| parts.next()).flatten()
}

/// Returns the hash that is stored instead of a key's text.
pub(super) fn hash_key(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

impl ApiKey {
    /// Whether `text` is this key and the key is in force. The comparison takes constant time.
    #[must_use]
    pub fn matches(&self, text: &str, now: i64) -> bool {
        let same: bool = hash_key(text).ct_eq(&self.hash).into();
        same && self.is_in_force(now)
    }

    /// Whether the key is neither revoked nor expired.
    #[must_use]
    pub fn is_in_force(&self, now: i64) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether the key allows writing records of a kind.
    #[must_use]
    pub fn may_write(&self, kind: Kind) -> bool {
        self.scopes.iter().any(|scope| match scope {
            Scope::Read | Scope::Override => false,
            Scope::Write | Scope::Admin => true,
            Scope::WriteKind(only) => *only == kind,
        })
    }

    /// Returns the kinds whose records the key allows writing.
    #[must_use]
    pub fn writable_kinds(&self) -> Vec<Kind> {
        Kind::ALL.iter().copied().filter(|kind| self.may_write(*kind)).collect()
    }

    /// Whether the key allows writing records of any kind.
    #[must_use]
    pub fn may_write_any(&self) -> bool {
        Kind::ALL.iter().any(|kind| self.may_write(*kind))
    }

    /// Whether the key allows overwriting what another origin owns.
    #[must_use]
    pub fn may_override(&self) -> bool {
        self.is_admin() || self.scopes.contains(&Scope::Override)
    }

    /// Whether the key allows everything.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.scopes.contains(&Scope::Admin)
    }
}

/// Parses a lifetime such as `90d`, `12h`, `30m` or `3600s` into microseconds.
///
/// # Errors
/// A sentence when it has another form, is not positive, or exceeds 100 years.
pub fn parse_lifetime(text: &str) -> Result<i64, String> {
    let error = || format!("`{text}` is no lifetime: a number with d, h, m or s, such as 90d");
    let unit = match text.chars().last() {
        Some('d') => 86_400,
        Some('h') => 3_600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(error()),
    };
    let number: i64 = text.get(..text.len() - 1).and_then(|number| number.parse().ok()).ok_or_else(error)?;
    let micros = number.checked_mul(unit * 1_000_000).filter(|micros| *micros > 0);
    micros.filter(|micros| *micros < 100 * 366 * 86_400 * 1_000_000).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_admits_only_its_own_text_while_in_force() {
        let new = NewApiKey {
            name: "n".into(),
            origin: "clair".into(),
            scopes: vec![Scope::Write],
            schemes: vec![],
            lifetime: Some(10),
        };
        let (key, text) = new.generate(100).unwrap();
        assert_eq!(key_id(&text), Some(key.id.as_str()));
        assert!(key.matches(&text, 105));
        assert!(!key.matches(&text, 110));
        assert!(!key.matches(&text.to_uppercase(), 105));
    }

    #[test]
    fn lifetimes_have_a_unit() {
        assert_eq!(parse_lifetime("90d"), Ok(90 * 86_400_000_000));
        for wrong in ["", "90", "d", "-1d", "0d", "1y", "99999999999999999d"] {
            assert!(parse_lifetime(wrong).is_err(), "{wrong}");
        }
    }
}
