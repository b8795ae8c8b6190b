//! The program itself as a child process, on a database of its own: for what only a real process shows.

use crate::support::{Backend, postgres};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Runs a test that starts the program, with a fresh database of each kind: `on_both_databases!(name, |scratch| { … })`.
#[macro_export]
macro_rules! on_both_databases {
    ($name:ident, |$scratch:ident| $body:block) => {
        mod $name {
            use super::*;
            use $crate::program::Scratch;
            use $crate::support::Backend;

            fn check($scratch: &Scratch) $body

            #[test]
            fn sqlite() {
                check(&Scratch::new(Backend::Sqlite));
            }

            #[test]
            fn postgres() {
                if $crate::support::postgres::server().is_some() {
                    check(&Scratch::new(Backend::Postgres));
                }
            }
        }
    };
}

/// The longest that a program may take to start, to end, or to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `done`, or fails.
#[track_caller]
pub(crate) fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A folder and the URL of a fresh database; both end with it.
pub(crate) struct Scratch {
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
    _database: Option<postgres::Database>,
}

impl Scratch {
    pub(crate) fn new(backend: Backend) -> Self {
        let folder = std::env::temp_dir().join(format!("kakehashi-{}", kakehashi::util::random::new_uuid()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => postgres::server().map(|server| server.create_database(None)),
        };
        let file = || format!("sqlite://{}", folder.join("registry.db").display());
        let url = database.as_ref().map_or_else(file, |database| database.url.clone());
        Self { url, folder, _database: database }
    }

    /// Runs a command of the program on this database, to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        command(&self.url).args(arguments).output().unwrap()
    }

    /// The standard output of a command that succeeds.
    #[track_caller]
    pub(crate) fn output(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The standard error of a command that must fail, and say nothing on the standard output.
    #[track_caller]
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
        stderr(&output)
    }

    /// Runs a command with this standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = command(&self.url);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A key of the origin `acme` with these scopes.
    pub(crate) fn key(&self, scope: &str) -> String {
        let made = ["keys", "create", "--name", "test", "--origin", "acme", "--scope", scope];
        self.output(&made).trim_end().to_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a finished command said on its standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The program on the database at `url`, with no other setting from the environment.
pub(crate) fn command(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kakehashi"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("KAKEHASHI_")
            || name == "RUST_LOG"
            || name == "DATABASE_REPLICA_URL"
        {
            command.env_remove(name);
        }
    }
    command.env("DATABASE_URL", url).stdin(Stdio::null());
    command
}

/// A running server; killed with it.
pub(crate) struct Program {
    child: Child,
    pub(crate) url: String,
    said: Arc<Mutex<String>>,
}

impl Program {
    /// Serves the database at `url` on a free port.
    pub(crate) fn serve(url: &str, more: &[&str]) -> Self {
        Self::start(command(url).args(["serve", "--listen", "127.0.0.1:0"]).args(more))
    }

    /// Starts a command that serves, and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (send, receive) = mpsc::channel();
        let said = Arc::new(Mutex::new(String::new()));
        let log = said.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("Kakehashi listens on ") {
                    let _ = send.send(url.split('"').next().unwrap_or_default().to_owned());
                }
                let mut log = log.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        if let Ok(url) = receive.recv_timeout(PATIENCE) {
            return Self { child, url, said };
        }
        let _ = child.kill().and_then(|()| child.wait().map(drop));
        panic!("the server did not start: {}", said.lock().unwrap());
    }

    /// What it said on its standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM).
    pub(crate) fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end: {}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A client with a key.
    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(&self.url, key)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of a running server.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    key: String,
    headers: Vec<(&'static str, String)>,
    agent: ureq::Agent,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        let agent = ureq::Agent::new_with_config(config.build());
        Self { url: url.into(), key: key.into(), headers: vec![], agent }
    }

    /// The same client, which sends this header with every request.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The text of a GET that must be answered 200, to its end.
    pub(crate) fn text(&self, path: &str) -> Result<String, ureq::Error> {
        let mut response = self.agent.get(format!("{}{path}", self.url)).call()?;
        assert_eq!(response.status(), 200);
        response.body_mut().with_config().limit(1 << 30).read_to_string()
    }

    /// Sends a request; gives the answer, or why there was none.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Result<Reply, ureq::Error> {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        let mut request = request.header("content-type", "application/json");
        for (name, value) in self.headers.iter().filter(|(name, _)| *name != "if-match" || method != "POST") {
            request = request.header(*name, value);
        }
        if !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        let mut response = self.agent.run(request.body(body.to_owned()).unwrap())?;
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = response.body_mut().with_config().limit(100 << 20).read_to_string()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Reply { status: response.status().as_u16(), retry_after, body })
    }

    /// The answer to a GET.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "").unwrap()
    }

    /// Posts a source of this title.
    pub(crate) fn post_source(&self, title: &str) -> Result<Reply, ureq::Error> {
        let body = serde_json::json!({"title": {"en": title}, "reliability": "press"});
        self.send("POST", "/v1/sources", &body.to_string())
    }
}
