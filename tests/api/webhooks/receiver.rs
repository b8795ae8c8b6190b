//! A receiver of webhooks: a small HTTP server that keeps what it is sent and answers as it is told.

use crate::program::wait_until;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A message as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Message {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.header("webhook-timestamp").parse().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn seq(&self) -> i64 {
        self.json()["data"]["seq"].as_i64().unwrap()
    }

    /// The signatures, of which each must be of version 1.
    pub(crate) fn signatures(&self) -> Vec<&str> {
        let all = self.header("webhook-signature").split(' ');
        all.map(|one| one.strip_prefix("v1,").unwrap()).collect()
    }

    /// Whether one of the signatures is made with this secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id(), self.seconds(), self.body).as_bytes());
        let expected = STANDARD.encode(mac.finalize().into_bytes());
        self.signatures().contains(&expected.as_str())
    }
}

/// How a receiver answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// With this status line and further header lines.
    Answer(String),
    /// With 204, two seconds later.
    Slowly,
    /// Not at all; connections stay open.
    Never,
}

/// A receiver on a free port.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    messages: Arc<Mutex<Vec<Message>>>,
    manner: Arc<Mutex<Manner>>,
}

impl Receiver {
    /// One that answers 204.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let manner = Arc::new(Mutex::new(Manner::Answer("204 No Content".into())));
        let receiver = Self { port, messages: Arc::default(), manner };
        let own = receiver.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let receiver = own.clone();
                thread::spawn(move || receiver.serve(&stream));
            }
        });
        receiver
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream);
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_lowercase(), value.trim().to_owned());
            }
        }
        let length = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        let message = Message { headers, body: String::from_utf8(body).ok()? };
        let manner = self.manner.lock().unwrap().clone();
        self.messages.lock().unwrap().push(message);
        let (wait, status) = match manner {
            Manner::Answer(status) => (Duration::ZERO, status),
            Manner::Slowly => (Duration::from_secs(2), "204 No Content".into()),
            Manner::Never => (Duration::from_mins(2), String::new()),
        };
        thread::sleep(wait);
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let mut stream = stream;
        stream.write_all(answer.as_bytes()).ok()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// From now on it answers with this status.
    pub(crate) fn answers(&self, status: &str) {
        *self.manner.lock().unwrap() = Manner::Answer(status.into());
    }

    /// From now on it never answers.
    pub(crate) fn is_dead(&self) {
        *self.manner.lock().unwrap() = Manner::Never;
    }

    /// From now on it takes two seconds to answer.
    pub(crate) fn is_slow(&self) {
        *self.manner.lock().unwrap() = Manner::Slowly;
    }

    /// What it has got so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }

    /// The messages once there are so many.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Message> {
        wait_until(&format!("{count} messages arrive"), || self.messages().len() >= count);
        self.messages()
    }

    /// Fails if there are other than so many messages after the worker, which looks every half second, has looked again.
    #[track_caller]
    pub(crate) fn stays_at(&self, count: usize) {
        thread::sleep(Duration::from_millis(700));
        let messages = self.messages();
        assert_eq!(messages.len(), count, "{messages:#?}");
    }

    /// The numbers of the changes it was told of, in order.
    pub(crate) fn seqs(&self) -> Vec<i64> {
        let mut seqs: Vec<i64> = self.messages().iter().map(Message::seq).collect();
        seqs.sort_unstable();
        seqs
    }
}
