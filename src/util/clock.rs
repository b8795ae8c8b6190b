//! The clock that the server reads, which tests can fix, and RFC 3339 timestamps.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The system's clock, or a fixed one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// Returns a clock that stands at `now` until it is set.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(now.as_microsecond()))))
    }

    /// Sets a fixed clock; does nothing to the system's.
    pub fn set(&self, now: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(now.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => Timestamp::now().as_microsecond(),
        }
    }

    /// Returns today's date in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        timestamp(self.now()).to_zoned(TimeZone::UTC).date()
    }
}

/// Converts microseconds since 1970 to a timestamp; the epoch itself where they are out of range.
#[must_use]
pub fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

/// Formats microseconds since 1970 as RFC 3339 in UTC, always with six decimals, so that texts sort as times
/// do.
#[must_use]
pub fn rfc3339(microseconds: i64) -> String {
    format!("{:.6}", timestamp(microseconds))
}
