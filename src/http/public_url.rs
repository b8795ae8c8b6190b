//! A base address by which the registry is known (`--public-url`): scheme, host and port (RFC 3986).

use std::str::FromStr;

/// The maximum length of a host and port: a name of 253 characters (RFC 1035), and `[…]:65535`.
const MAX_AUTHORITY_BYTES: usize = 261;

/// A base address such as `https://registry.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: &'static str,
    pub(super) authority: String,
}

impl PublicUrl {
    pub(super) fn new(scheme: &str, authority: &str) -> Option<Self> {
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => ("https", ":443"),
            "http" => ("http", ":80"),
            _ => return None,
        };
        let authority = authority.to_ascii_lowercase();
        let bare = authority.strip_suffix(default_port).or_else(|| authority.strip_suffix(':'));
        let authority = bare.map_or_else(|| authority.clone(), str::to_owned);
        is_authority(&authority).then_some(Self { scheme, authority })
    }

    pub(super) fn to_origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let found = text
            .split_once("://")
            .and_then(|(scheme, rest)| Self::new(scheme, rest.strip_suffix('/').unwrap_or(rest)));
        let wrong = || format!("`{text}` is no address such as https://registry.example, without a path");
        found.ok_or_else(wrong)
    }
}

/// Returns whether a text is a host (RFC 3986 section 3.2.2) with an optional port.
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // A colon within brackets is part of an address of IPv6.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (text, ""),
    };
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.len() <= 5;
    let is_port = is_port && port.parse::<u32>().map_or(port.is_empty(), |port| port <= 65_535);
    is_port && text.len() <= MAX_AUTHORITY_BYTES && is_host(host)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let mut bytes = host.bytes();
    let mut is_name = !host.is_empty();
    while let Some(byte) = bytes.next() {
        is_name &= match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
    }
    is_name
}
