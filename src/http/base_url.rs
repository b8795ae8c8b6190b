//! The base URL (scheme and host) by which the caller addressed this server, for absolute links; validates
//! `Host`.
//!
//! It is one of the addresses set by `--public-url`; where none is set, it comes from the request target or
//! `Host` (RFC 9112 section 3.3), or from a trusted proxy in their place. A host that is malformed by RFC
//! 3986 is refused with 400.

use super::client_address::ProxyHop;
use super::header_errors;
use super::public_url::{PublicUrl, is_authority};
use super::response_cache::CallerSpecific;
use crate::domain::errors::fault::Fault;
use crate::domain::errors::problem::Result;
use crate::http::context::HttpContext;
use actix_web::HttpRequest;
use actix_web::http::{Version, header};
use actix_web::web::Data;

/// What a header field with a host must look like, for error messages.
const EXPECTED_HOST: &str = "a host, and a port if need be, as in `registry.example:8080`";

/// Returns what a trusted proxy says of a request; none where no proxy is trusted.
fn proxy_hop(request: &HttpRequest) -> Option<ProxyHop> {
    let context = request.app_data::<Data<HttpContext>>()?;
    context.trusted_proxies.proxy_hop(request)
}

/// Validates every header field that names this server's host.
///
/// # Errors
/// The fault of the header field.
pub(super) fn check_host_fields(request: &HttpRequest) -> Result<(), Fault> {
    let mut hosts = request.headers().get_all(header::HOST);
    let host = hosts.next().map(header::HeaderValue::as_bytes);
    let refused = |name, value: &[u8]| Err(header_errors::invalid_header(name, value, EXPECTED_HOST));
    match host {
        Some(host) if hosts.next().is_some() || !std::str::from_utf8(host).is_ok_and(is_authority) => {
            return refused("Host", host);
        }
        None if request.version() == Version::HTTP_11 => return refused("Host", b""),
        _ => {}
    }
    if let Some(authority) = request.uri().authority()
        && !is_authority(authority.as_str())
    {
        return refused("Host", authority.as_str().as_bytes());
    }
    let Some(hop) = proxy_hop(request) else { return Ok(()) };
    let is_standard = request.headers().contains_key(header::FORWARDED);
    let name = |other| if is_standard { "Forwarded" } else { other };
    if let Some(host) = hop.host.filter(|host| !is_authority(host)) {
        return refused(name("X-Forwarded-Host"), host.as_bytes());
    }
    match hop.scheme {
        Some(scheme) if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") => {
            let name = name("X-Forwarded-Proto");
            Err(header_errors::invalid_header(name, scheme.as_bytes(), "`http` or `https`"))
        }
        _ => Ok(()),
    }
}

/// Returns the scheme and host of this server as the caller addressed it, such as
/// `https://registry.example`. Marks the response as specific to the caller, so that it is not cached.
#[must_use]
pub fn base_url(request: &HttpRequest) -> String {
    CallerSpecific::mark(request);
    let config = request.app_config();
    let hop = proxy_hop(request).unwrap_or_default();
    let scheme = hop.scheme.as_deref().unwrap_or(if config.secure() { "https" } else { "http" });
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let target = request.uri().authority().map(actix_web::http::uri::Authority::as_str);
    let requested = hop.host.as_deref().or(target).or(host).and_then(|host| PublicUrl::new(scheme, host));
    let requested = requested.or_else(|| PublicUrl::new(scheme, config.host()));
    let allowed = request.app_data::<Data<HttpContext>>().map_or(&[][..], |context| &context.public_urls);
    let same = allowed.iter().find(|url| Some(*url) == requested.as_ref());
    let known = same.or_else(|| {
        allowed
            .iter()
            .find(|url| requested.as_ref().is_some_and(|requested| requested.authority == url.authority))
    });
    let url = known.or(allowed.first()).or(requested.as_ref());
    url.map_or_else(|| format!("{scheme}://{}", config.host()), PublicUrl::to_origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_host_is_written_as_in_rfc_3986() {
        for host in [
            "registry.example",
            "registry.example:8080",
            "registry.example:",
            "192.0.2.1",
            "[2001:db8::1]",
            "[::1]:8080",
            "xn--caf-dma.example",
            "my_host",
            "a%C3%A9.example",
            "localhost",
        ] {
            assert!(is_authority(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "a b",
            "a/b",
            "user@a",
            "a@b:80",
            "a?b",
            "a#b",
            "a\\b",
            "a<b",
            "a\"b",
            "é.example",
            "a:b",
            "a:65536",
            "a:80:80",
            "::1",
            "[::1",
            "[::1]x",
            "[nothing]",
            "a%zz",
            "a%4",
            "http://a",
            "a\tb",
        ] {
            assert!(!is_authority(host), "{host}");
        }
        assert!(!is_authority(&"a".repeat(262)));
    }

    #[test]
    fn a_public_address_has_no_path() {
        for (text, expected) in [
            ("https://Registry.Example/", "https://registry.example"),
            ("http://localhost:80", "http://localhost"),
            ("HTTPS://a:443", "https://a"),
            ("http://a:443", "http://a:443"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().to_origin(), expected);
        }
        for wrong in
            ["registry.example", "ftp://a", "https://", "https://a/b", "https://u@a", "https://a?b", ""]
        {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_target_of_a_request_wins_over_its_host() {
        let request = TestRequest::with_uri("http://one.example/x").insert_header(("host", "other.example"));
        assert_eq!(base_url(&request.to_http_request()), "http://one.example");
        let request = TestRequest::with_uri("/x").insert_header(("host", "Other.Example:80"));
        assert_eq!(base_url(&request.to_http_request()), "http://other.example");
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let checked = |uri: &str, hosts: &[&'static str]| {
            let request = TestRequest::with_uri(uri);
            let request = hosts.iter().fold(request, |request, host| request.append_header(("host", *host)));
            check_host_fields(&request.to_http_request())
        };
        assert!(checked("/", &["a.example"]).is_ok());
        assert!(checked("http://b.example/", &["a.example"]).is_ok());
        for (uri, hosts) in [
            ("/", &[][..]),
            ("/", &[""]),
            ("/", &["a b"]),
            ("/", &["a.example", "a.example"]),
            ("/", &["a.example/x"]),
            ("/", &["u@a.example"]),
            ("http://u@a.example/", &["a.example"]),
            ("http://a.example/", &["a b"]),
        ] {
            assert!(checked(uri, hosts).is_err(), "{uri} {hosts:?}");
        }
    }
}
