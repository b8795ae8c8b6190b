//! Logs slow statements with the request id, without bound values.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The most characters of a statement that are logged.
const MAX_LOGGED_CHARS: usize = 4000;

/// The duration in microseconds from which a statement is slow.
static THRESHOLD_MICROS: AtomicU64 = AtomicU64::new(u64::MAX);

tokio::task_local! {
    /// The id of the request that is being answered.
    static REQUEST_ID: Arc<str>;
}

/// Logs, at warn level, statements that take `limit` or longer, on connections opened from now on.
pub fn log_slow_statements(limit: Duration) {
    THRESHOLD_MICROS.store(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    if let Err(error) = set_default_instrumentation(|| Some(Box::new(StatementTimer::default()))) {
        log::error!("slow statements are not logged: {error}");
    }
}

/// Runs `answer` for a request, whose id is logged with its slow statements.
pub async fn with_request_id<F: Future>(id: &str, answer: F) -> F::Output {
    REQUEST_ID.scope(id.into(), answer).await
}

/// Returns the id of the request that is being answered here.
pub(super) fn current_request_id() -> Option<Arc<str>> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

/// Runs `work` for a request on another thread.
pub(super) fn for_request<T>(request: Option<Arc<str>>, work: impl FnOnce() -> T) -> T {
    match request {
        Some(id) => REQUEST_ID.sync_scope(id, work),
        None => work(),
    }
}

/// Times the statements of one connection, which run one at a time.
#[derive(Debug, Default)]
struct StatementTimer(Option<Instant>);

impl Instrumentation for StatementTimer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.0 = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                let taken = self.0.take().map(|start| start.elapsed()).unwrap_or_default();
                if taken.as_micros() >= u128::from(THRESHOLD_MICROS.load(Ordering::Relaxed)) {
                    log_statement(&query.to_string(), taken);
                }
            }
            _ => {}
        }
    }
}

fn log_statement(query: &str, taken: Duration) {
    let (request, text) = (current_request_id(), statement_text(query));
    let request = request.as_deref().unwrap_or("-");
    let duration_ms = u64::try_from(taken.as_millis()).unwrap_or(u64::MAX);
    log::warn!(duration_ms = duration_ms, request_id = request; "slow statement: {text}");
}

/// Returns the statement on one line, without the bound values that diesel appends.
fn statement_text(query: &str) -> String {
    let statement = query.split(" -- binds: ").next().unwrap_or_default();
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_LOGGED_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::dsl::sql;
    use diesel::sql_types::Text;

    #[test]
    fn no_bound_value_is_logged() {
        let query = diesel::select(sql::<Text>("SELECT\n  ").bind::<Text, _>("secret -- binds: secret"));
        let shown = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&query).to_string();
        assert!(shown.contains("secret"));
        assert_eq!(statement_text(&shown), "SELECT SELECT ?");
    }
}
