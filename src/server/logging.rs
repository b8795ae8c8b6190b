//! Log output: text lines, or one JSON object per line.

use log::Record;
use log::kv::{Error, Key, Value as Given, VisitSource};
use serde_json::{Map, Value};
use std::io::Write as _;

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

/// Starts the log, filtered by `RUST_LOG`.
pub fn start(format: LogFormat) {
    let filter = env_logger::Env::default().default_filter_or("warn,kakehashi=info");
    let mut log = env_logger::Builder::from_env(filter);
    if format == LogFormat::Json {
        log.format(|out, record| writeln!(out, "{}", record_to_json(record)));
    }
    log.init();
}

/// Returns a log record as JSON: time, level, target, message and structured fields.
fn record_to_json(record: &Record<'_>) -> Value {
    let mut members = LogMembers(Map::new());
    for (name, value) in [
        ("timestamp", crate::util::clock::rfc3339(crate::util::clock::Clock::default().now())),
        ("level", record.level().to_string()),
        ("target", record.target().to_owned()),
        ("message", record.args().to_string()),
    ] {
        members.0.insert(name.into(), value.into());
    }
    if record.key_values().visit(&mut members).is_err() {
        members.0.insert("incomplete".into(), true.into());
    }
    members.0.into()
}

struct LogMembers(Map<String, Value>);

impl<'kvs> VisitSource<'kvs> for LogMembers {
    fn visit_pair(&mut self, name: Key<'kvs>, given: Given<'kvs>) -> Result<(), Error> {
        let number = given.to_u64().map(Value::from).or_else(|| given.to_i64().map(Value::from));
        let number = number.or_else(|| given.to_f64().map(Value::from));
        let value = number.or_else(|| given.to_bool().map(Value::from));
        self.0.entry(name.as_str()).or_insert_with(|| value.unwrap_or_else(|| given.to_string().into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use log::Level;

    #[test]
    fn a_record_is_an_object_on_one_line() {
        let members: &[(&str, Given<'_>)] = &[
            ("status", 200.into()),
            ("uri", "/v1/\"\n".into()),
            ("level", "mine".into()),
            ("ok", true.into()),
        ];
        let mut record = Record::builder();
        let record = record.level(Level::Warn).target("t").key_values(&members);
        let line =
            record_to_json(&record.args(format_args!("two\nlines, \"{}\"", "quoted")).build()).to_string();
        assert!(!line.contains('\n'), "{line}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["message"], "two\nlines, \"quoted\"");
        assert_eq!((&read["level"], &read["status"]), (&"WARN".into(), &200.into()));
        assert_eq!((&read["uri"], &read["ok"]), (&"/v1/\"\n".into(), &true.into()));
        assert!(read["timestamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{line}");
    }
}
