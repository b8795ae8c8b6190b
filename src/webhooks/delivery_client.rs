//! The HTTP client of deliveries: public addresses only, no redirects, no proxy, short timeouts.
//!
//! Addresses are checked when a name is resolved, for every connection, so that DNS rebinding gains nothing.

use super::{public_address, signature};
use crate::domain::errors::codes::ErrorCode;
use std::io::Read as _;
use std::net::IpAddr;
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

/// The most time for resolving the name, and for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The most time for a whole attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of the body of an answer is read, in bytes.
const MAX_ANSWER_BYTES: usize = 1024;

/// A message with all that one attempt needs; it is signed when it is sent.
#[derive(Debug, Clone)]
pub(super) struct SignedMessage {
    /// The URL of the receiver.
    pub url: String,
    /// The secrets to sign with, newest first.
    pub secrets: Vec<String>,
    /// The header `webhook-id`.
    pub id: String,
    /// The header `webhook-timestamp`: the time of the attempt, in seconds since 1970.
    pub timestamp: i64,
    /// The JSON body.
    pub body: String,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AttemptResult {
    /// The HTTP status, if there was an answer.
    pub status_code: Option<u16>,
    /// The beginning of the answer's body, or why there was no answer.
    pub text: String,
}

/// Sends messages over HTTP. Clones share one agent.
#[derive(Debug, Clone)]
pub(super) struct DeliveryClient(Agent);

impl DeliveryClient {
    /// Builds a client; `allow_private` lets it connect to addresses that are not public.
    #[must_use]
    pub(super) fn new(allow_private: bool) -> Self {
        let config = Config::builder()
            .user_agent(concat!("kakehashi/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            // No connection is reused, so that the address of each is checked.
            .max_idle_connections(0)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(ATTEMPT_TIMEOUT));
        let resolver = PublicAddressResolver { allow_private, system_resolver: DefaultResolver::default() };
        Self(Agent::with_parts(config.build(), DefaultConnector::default(), resolver))
    }

    /// Makes one attempt. Blocks the thread, at most for [`ATTEMPT_TIMEOUT`].
    #[must_use]
    pub(super) fn send(&self, message: &SignedMessage) -> AttemptResult {
        let sent = self
            .0
            .post(&message.url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", message.timestamp.to_string())
            .header(
                "webhook-signature",
                signature::sign(&message.secrets, &message.id, message.timestamp, &message.body),
            )
            .send(&message.body);
        match sent {
            Ok(mut answer) => {
                let mut bytes = Vec::with_capacity(MAX_ANSWER_BYTES);
                let limit = u64::try_from(MAX_ANSWER_BYTES).unwrap_or(u64::MAX);
                // Only the status counts; a body that breaks off is recorded as far as it came.
                let _ = answer.body_mut().as_reader().take(limit).read_to_end(&mut bytes);
                AttemptResult {
                    status_code: Some(answer.status().as_u16()),
                    text: truncate_answer(&String::from_utf8_lossy(&bytes)),
                }
            }
            Err(error) => AttemptResult { status_code: None, text: truncate_answer(&error.to_string()) },
        }
    }
}

/// Cuts a text to [`MAX_ANSWER_BYTES`] characters, without NUL, which PostgreSQL does not store.
fn truncate_answer(text: &str) -> String {
    text.chars().filter(|letter| *letter != '\0').take(MAX_ANSWER_BYTES).collect()
}

/// The name resolves to no public address, or not at all. Which of the two is not said: the name may be one
/// of the operator's network.
#[derive(Debug, thiserror::Error)]
#[error("the host has no public address")]
struct NoPublicAddress;

/// Resolves names as the system does, less the addresses that are not public.
#[derive(Debug)]
struct PublicAddressResolver {
    allow_private: bool,
    system_resolver: DefaultResolver,
}

impl Resolver for PublicAddressResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let refused = || Error::Other(Box::new(NoPublicAddress));
        let found = self.system_resolver.resolve(uri, config, timeout).map_err(|_| refused())?;
        let mut public = self.empty();
        for address in
            found.iter().filter(|found| self.allow_private || public_address::is_public(found.ip()))
        {
            public.push(*address);
        }
        if public.is_empty() { Err(refused()) } else { Ok(public) }
    }
}

/// Returns why the URL of a webhook is refused when it is written: the client cannot use it, or its host is
/// plainly not public (a private IP address, `localhost`).
#[must_use]
pub fn address_error(url: &str, allow_private: bool) -> Option<ErrorCode> {
    let Some(authority) = url.parse::<Uri>().ok().and_then(|uri| uri.into_parts().authority) else {
        return Some(ErrorCode::BadUrl);
    };
    let port = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
    if !port.is_empty() && authority.port_u16().is_none_or(|port| port == 0) {
        return Some(ErrorCode::BadUrl);
    }
    let host = authority.host().trim_end_matches('.').to_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    // Some resolvers read other notations of a number (0x7f.1, 2130706433) as an IPv4 address.
    let last = bare.rsplit('.').next().unwrap_or_default();
    let is_number = last.starts_with("0x") || last.bytes().all(|letter| letter.is_ascii_digit());
    let is_local = bare == "localhost" || bare.ends_with(".localhost");
    match bare.parse::<IpAddr>() {
        Ok(ip) => (!allow_private && !public_address::is_public(ip)).then_some(ErrorCode::PrivateAddress),
        Err(_) if bare.is_empty() || is_number || host.starts_with('[') => Some(ErrorCode::BadUrl),
        Err(_) => (!allow_private && is_local).then_some(ErrorCode::PrivateAddress),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_resolves_to_a_private_address_looks_like_one_that_does_not_resolve() {
        let send_to = |host: &str| {
            let message = SignedMessage {
                url: format!("http://{host}:9/"),
                secrets: vec![],
                id: "msg_1".into(),
                timestamp: 0,
                body: "{}".into(),
            };
            DeliveryClient::new(false).send(&message)
        };
        // `send` does not check the URL, so that only the resolver refuses.
        let unknown = send_to("no-such-host.invalid");
        assert_eq!(unknown, send_to("localhost"));
        assert_eq!(unknown.status_code, None);
        assert!(!unknown.text.contains("not found"), "{}", unknown.text);
    }

    #[test]
    fn an_address_that_is_plainly_not_public_is_refused() {
        for url in [
            "http://localhost",
            "https://LOCALHOST.:8443/x",
            "http://a.localhost/",
            "http://127.0.0.1/",
            "http://10.1.2.3:80/",
            "http://[::1]/",
            "http://[::ffff:169.254.169.254]/latest",
        ] {
            assert_eq!(address_error(url, false), Some(ErrorCode::PrivateAddress), "{url}");
            assert_eq!(address_error(url, true), None, "{url}");
        }
        for url in [
            "http://0x7f.1/",
            "http://2130706433/",
            "http://127.1/",
            "http://[::1",
            "http://a:b/",
            "http://a:0/",
            "http://a:99999/",
        ] {
            assert_eq!(address_error(url, true), Some(ErrorCode::BadUrl), "{url}");
        }
        for url in ["https://example.org/hook?a=b#c", "http://1.1.1.1:8080", "https://[2606:4700::1111]/"] {
            assert_eq!(address_error(url, false), None, "{url}");
        }
    }
}
