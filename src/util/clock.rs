//! Time, ids and secrets: what a write draws before it starts. The clock can be fixed, for tests.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time: the system's, or one that a test sets.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// A clock that stands at `now` until it is set.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(now.as_microsecond()))))
    }

    /// Sets a fixed clock; the system's clock does not move.
    pub fn set(&self, now: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(now.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// Microseconds since 1970, UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        match &self.0 {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => Timestamp::now().as_microsecond(),
        }
    }

    /// The day in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        timestamp(self.now()).to_zoned(TimeZone::UTC).date()
    }
}

/// The instant of microseconds since 1970.
#[must_use]
pub fn timestamp(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}

/// RFC 3339 in UTC, always with six decimals, so that texts sort as times do.
#[must_use]
pub fn rfc3339(microseconds: i64) -> String {
    format!("{:.6}", timestamp(microseconds))
}
