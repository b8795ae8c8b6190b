//! One log line per answered request, with structured fields (log target `access`):
//! `RUST_LOG=warn,kakehashi=info,access=info`.

use super::trace_context::TraceContext;
use log::Level;
use log::kv::Value;
use std::net::IpAddr;
use std::time::Duration;

/// The log target.
const LOG_TARGET: &str = "access";

/// The fields of a log line.
#[derive(Debug)]
pub(super) struct RequestLogLine<'a> {
    /// The method.
    pub method: &'a str,
    /// The route template.
    pub route: &'a str,
    /// Path and query as sent.
    pub uri: &'a str,
    /// The status code.
    pub status: u16,
    /// The bytes of the body, where known before sending.
    pub bytes: Option<u64>,
    /// The time until the response began.
    pub duration: Duration,
    /// The request id.
    pub request_id: &'a str,
    /// The trace context.
    pub trace: Option<&'a TraceContext>,
    /// The client's address.
    pub client: IpAddr,
    /// The public part of the key presented, in force or not.
    pub key: Option<&'a str>,
    /// The outcome in the response cache: `hit`, `miss` or `bypass`.
    pub cache: Option<&'static str>,
}

/// Returns whether requests are logged.
#[must_use]
pub(super) fn is_enabled() -> bool {
    log::log_enabled!(target: LOG_TARGET, Level::Info)
}

impl RequestLogLine<'_> {
    /// Writes the line.
    pub(super) fn log(&self) {
        let micros = u64::try_from(self.duration.as_micros()).unwrap_or(u64::MAX);
        let client = self.client.to_string();
        let mut members: Vec<(&str, Value<'_>)> = vec![
            ("method", self.method.into()),
            ("route", self.route.into()),
            ("uri", self.uri.into()),
            ("status", self.status.into()),
            ("duration_us", micros.into()),
            ("client", client.as_str().into()),
            ("request_id", self.request_id.into()),
        ];
        members.extend(self.bytes.map(|bytes| ("bytes", bytes.into())));
        if let Some(trace) = self.trace {
            members.push(("trace_id", trace.trace.as_str().into()));
            members.push(("parent_id", trace.parent.as_str().into()));
            members.push(("span_id", trace.span.as_str().into()));
        }
        members.extend(self.key.map(|key| ("key", key.into())));
        members.extend(self.cache.map(|cache| ("cache", cache.into())));
        let members = members.as_slice();
        let mut line = log::Record::builder();
        let line = line.level(Level::Info).target(LOG_TARGET).key_values(&members);
        log::logger().log(&line.args(format_args!("{} {} {}", self.method, self.uri, self.status)).build());
    }
}
