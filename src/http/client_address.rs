//! The client's address: of the connection, or from `Forwarded`/`X-Forwarded-For` where the connection
//! comes from a trusted proxy.
//!
//! Each proxy appends the address that it was called from to `Forwarded` (RFC 7239) or `X-Forwarded-For`,
//! so entries can be believed from the right, as long as the proxy that wrote them is trusted: the client
//! is the rightmost address that is not a trusted proxy.

use super::list_header::{elements, forwarded_pairs, is_balanced};
use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderName};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The networks of trusted proxies.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Parses a network such as `10.0.0.0/8` or `2001:db8::/32`; a bare address is a network of one.
///
/// # Errors
/// A sentence for the command line when it is neither.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse()).map_err(|_| format!("`{text}` is no network such as 10.0.0.0/8 or ::1"))
}

/// The client of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its address.
    pub address: IpAddr,
    /// Whether the connection comes from a loopback address, and through no proxy.
    pub is_loopback: bool,
}

impl Caller {
    /// Returns what counts as one client: the address; for IPv6 the /64 network.
    #[must_use]
    pub fn network(&self) -> IpAddr {
        network_of(self.address)
    }
}

/// What a trusted proxy says of a request: the client, and the scheme and host it asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ProxyHop {
    address: Option<IpAddr>,
    /// `https` or `http`, as written.
    pub(super) scheme: Option<String>,
    /// The host, as written.
    pub(super) host: Option<String>,
}

impl TrustedProxies {
    /// Trusts proxies in these networks.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the client of a request.
    #[must_use]
    pub fn caller(&self, request: &HttpRequest) -> Caller {
        let Some(peer) = peer_address(request) else {
            return Caller { address: IpAddr::from([0, 0, 0, 0]), is_loopback: false };
        };
        match self.proxy_hop_from(request, peer) {
            Some(hop) => Caller { address: hop.address.unwrap_or(peer), is_loopback: false },
            None => Caller { address: peer, is_loopback: peer.is_loopback() },
        }
    }

    /// Returns what counts as one client: the address; for IPv6 the /64 network.
    #[must_use]
    pub fn caller_network(&self, request: &HttpRequest) -> IpAddr {
        self.caller(request).network()
    }

    /// Returns the address that a new connection counts for; none for a trusted proxy.
    #[must_use]
    pub fn address_to_count(&self, peer: IpAddr) -> Option<IpAddr> {
        let peer = peer.to_canonical();
        (!self.trusts(peer)).then(|| network_of(peer))
    }

    /// Returns what the trusted proxies say of a request; none where none is trusted.
    pub(super) fn proxy_hop(&self, request: &HttpRequest) -> Option<ProxyHop> {
        self.proxy_hop_from(request, peer_address(request)?)
    }

    fn proxy_hop_from(&self, request: &HttpRequest, peer: IpAddr) -> Option<ProxyHop> {
        if self.0.is_empty() || !self.trusts(peer) {
            return None;
        }
        let (standard, addresses) =
            (field_lines_lossy(request, &header::FORWARDED), field_lines_lossy(request, &X_FORWARDED_FOR));
        let standard = (!standard.is_empty()).then(|| self.rightmost_untrusted(parse_forwarded(&standard)));
        // These know no quoted strings: whatever stands in them, the last entry is the last proxy's.
        let last = |name| {
            let text = field_lines_lossy(request, name).pop()?;
            Some(text.rsplit(',').next()?.trim().to_owned())
        };
        let (scheme, host) = (last(&X_FORWARDED_PROTO), last(&X_FORWARDED_HOST));
        let entry = |entry: &str| ProxyHop { address: parse_address(entry), ..ProxyHop::default() };
        let usual = (!addresses.is_empty())
            .then(|| self.rightmost_untrusted(addresses.iter().flat_map(|line| line.split(',')).map(entry)));
        let usual = usual.or_else(|| (scheme.is_some() || host.is_some()).then(ProxyHop::default));
        let usual = usual.map(|hop| ProxyHop { scheme, host, ..hop });
        Some(match (standard, usual) {
            (Some(one), Some(other)) if other.address.is_some() && one.address != other.address => {
                ProxyHop::default()
            }
            (one, other) => one.or(other).unwrap_or_default(),
        })
    }

    /// Returns the rightmost entry whose address is not a trusted proxy. An unreadable entry ends the
    /// search: the client is then the proxy that wrote it.
    fn rightmost_untrusted(&self, entries: impl DoubleEndedIterator<Item = ProxyHop>) -> ProxyHop {
        let mut known = ProxyHop::default();
        for entry in entries.rev() {
            let Some(address) = entry.address else {
                return ProxyHop { address: known.address, ..entry };
            };
            known = entry;
            if !self.trusts(address) {
                break;
            }
        }
        known
    }
}

/// Returns the address of the connection's peer, with IPv4-mapped IPv6 addresses as IPv4.
fn peer_address(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip().to_canonical())
}

/// Returns the values of a header; bytes that are not text spoil only the entry they stand in.
fn field_lines_lossy(request: &HttpRequest, name: &HeaderName) -> Vec<String> {
    let lines = request.headers().get_all(name);
    lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned()).collect()
}

/// Parses an address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`,
/// `[2001:db8::1]:4711`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    found.map(|address| address.to_canonical())
}

/// Parses the elements of `Forwarded`. An unterminated quoted string hides what trusted proxies wrote
/// behind it, so it yields an empty element that ends the search.
fn parse_forwarded(lines: &[String]) -> impl DoubleEndedIterator<Item = ProxyHop> + use<> {
    let mut hops = Vec::new();
    for line in lines {
        if !is_balanced(line) {
            return vec![ProxyHop::default()].into_iter();
        }
        for element in elements(line) {
            let mut hop = ProxyHop::default();
            for (name, value) in forwarded_pairs(element) {
                match name.to_ascii_lowercase().as_str() {
                    "for" => hop.address = parse_address(&value),
                    "proto" => hop.scheme = Some(value.into_owned()),
                    "host" => hop.host = Some(value.into_owned()),
                    _ => {}
                }
            }
            hops.push(hop);
        }
    }
    hops.into_iter()
}

/// Returns what counts as one client address: for IPv6 the /64 network, the least that a subscriber is given.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn request(peer: &str, headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let socket = SocketAddr::new(peer.parse().unwrap(), 4711);
        headers
            .iter()
            .fold(TestRequest::default().peer_addr(socket), |request, header| request.append_header(*header))
            .to_http_request()
    }

    fn proxies() -> TrustedProxies {
        TrustedProxies::new(&["10.0.0.0/8", "2001:db8::5"].map(|text| parse_network(text).unwrap()))
    }

    #[test]
    fn a_stranger_is_not_believed() {
        for header in ["forwarded", "x-forwarded-for"] {
            let value = if header == "forwarded" { "for=192.0.2.9" } else { "192.0.2.9" };
            let client = proxies().caller(&request("192.0.2.1", &[(header, value)]));
            assert_eq!(client.address.to_string(), "192.0.2.1", "{header}");
            let client = TrustedProxies::default().caller(&request("127.0.0.1", &[(header, value)]));
            assert_eq!((client.address.to_string().as_str(), client.is_loopback), ("127.0.0.1", true));
        }
    }

    #[test]
    fn the_caller_is_the_rightmost_address_that_is_no_trusted_proxy() {
        for (name, value, expected) in [
            ("x-forwarded-for", "192.0.2.1", "192.0.2.1"),
            ("x-forwarded-for", "198.51.100.1, 192.0.2.1", "192.0.2.1"),
            ("x-forwarded-for", "198.51.100.1, 192.0.2.1, 10.2.2.2", "192.0.2.1"),
            ("x-forwarded-for", "192.0.2.1:4711, [2001:db8::5]:80", "192.0.2.1"),
            ("x-forwarded-for", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("x-forwarded-for", "192.0.2.1, nonsense", "10.1.1.1"),
            ("x-forwarded-for", "192.0.2.1, nonsense, 10.2.2.2", "10.2.2.2"),
            ("forwarded", "for=192.0.2.1", "192.0.2.1"),
            (
                "forwarded",
                "for=198.51.100.1;proto=http, For=\"[2001:db8::1]:47\"; proto=https",
                "2001:db8::1",
            ),
            ("forwarded", "for=\"a,for=1.1.1.1\", for=192.0.2.1", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1, for=_hidden", "10.1.1.1"),
            ("forwarded", "for=unknown", "10.1.1.1"),
            ("forwarded", "for=198.51.100.1, for=\", for=192.0.2.1", "10.1.1.1"),
            ("via", "1.1 x", "10.1.1.1"),
        ] {
            let client = proxies().caller(&request("10.1.1.1", &[(name, value)]));
            assert_eq!(
                (client.address.to_string().as_str(), client.is_loopback),
                (expected, false),
                "{value}"
            );
        }
    }

    #[test]
    fn two_headers_that_differ_are_both_ignored() {
        let both = |one, other| {
            let headers = [("forwarded", one), ("x-forwarded-for", other)];
            proxies().caller(&request("10.1.1.1", &headers)).address.to_string()
        };
        assert_eq!(both("for=192.0.2.1", "192.0.2.1"), "192.0.2.1");
        assert_eq!(both("for=198.51.100.1", "192.0.2.1"), "10.1.1.1");
    }

    #[test]
    fn networks_are_read() {
        assert_eq!(parse_network("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(parse_network("fd00::/8").unwrap().to_string(), "fd00::/8");
        for wrong in ["", "10.0.0.0/33", "localhost", "10.0.0"] {
            assert!(parse_network(wrong).is_err(), "{wrong}");
        }
    }
}
