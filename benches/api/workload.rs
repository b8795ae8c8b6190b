//! The workloads: each a kind of request in [`VARIANTS`] variants, with what its responses must contain.

use crate::client::{Answer, Connection, request};
use crate::generate;
use crate::subject::Subject;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Number of different requests per workload.
pub(crate) const VARIANTS: usize = 512;

/// A kind of request.
pub(crate) struct Workload {
    /// Name in the table.
    pub(crate) name: &'static str,
    /// Expected status.
    pub(crate) status: u16,
    /// JSON Pointer of a member that every response must have.
    member: &'static str,
    /// Returns the `n`th request.
    pub(crate) make: Box<dyn Fn(usize) -> Vec<u8> + Sync>,
    /// The next `n`; never reset, so that no write is repeated.
    pub(crate) next: AtomicUsize,
}

impl Workload {
    fn new(
        name: &'static str,
        status: u16,
        member: &'static str,
        make: impl Fn(usize) -> Vec<u8> + Sync + 'static,
    ) -> Self {
        Self { name, status, member, make: Box::new(make), next: AtomicUsize::new(0) }
    }

    /// Returns a workload of GETs of these paths.
    pub(crate) fn reading(name: &'static str, member: &'static str, paths: &[String]) -> Self {
        assert!(!paths.is_empty(), "{name}: nothing to ask");
        Self::repeating(name, 200, member, paths.iter().map(|path| request("GET", path, "", "")).collect())
    }

    fn repeating(name: &'static str, status: u16, member: &'static str, requests: Vec<Vec<u8>>) -> Self {
        Self::new(name, status, member, move |n| requests[n % requests.len()].clone())
    }

    /// Sends `count` requests once and checks their responses. Returns a workload that repeats these
    /// requests, and the responses.
    pub(crate) fn verify(&self, connection: &mut Connection, count: usize) -> (Self, Vec<Answer>) {
        let one = |_| {
            let request = (self.make)(self.next.fetch_add(1, Ordering::Relaxed));
            let answer = connection.ask(&request).expect("an answer");
            let text = String::from_utf8_lossy(&answer.body);
            assert_eq!(answer.status, self.status, "{}: {text}", self.name);
            let body: Value = serde_json::from_str(&text).expect("JSON");
            let member = body.pointer(self.member).is_some_and(|member| *member != json!([]));
            assert!(member, "{}: no {}: {text}", self.name, self.member);
            (request, answer)
        };
        let (requests, answers) = (0..count).map(one).unzip();
        (Self::repeating(self.name, self.status, self.member, requests), answers)
    }
}

/// Returns the JSON of a path.
pub(crate) fn get(connection: &mut Connection, path: &str) -> Value {
    let answer = connection.ask(&request("GET", path, "", "")).expect("an answer");
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Returns the paths of pages of 20 at evenly spread positions of a list, first to last.
pub(crate) fn pages(connection: &mut Connection, list: &str, partnerships: usize) -> Vec<String> {
    let step = partnerships.div_ceil(VARIANTS).clamp(1, 500);
    let mut pages = vec![format!("{list}limit=20")];
    let mut next = format!("{list}limit={step}");
    while pages.len() < VARIANTS {
        let page = get(connection, &next);
        let Some(found) = page.pointer("/page/next").and_then(Value::as_str) else { break };
        found.clone_into(&mut next);
        pages.push(next.replace(&format!("limit={step}&"), "limit=20&"));
    }
    pages
}

/// Returns the paths of records.
fn records(connection: &mut Connection) -> Vec<String> {
    let (mut paths, mut next) = (Vec::new(), "/v1/partnerships?limit=256&fields=id".to_owned());
    while paths.len() < VARIANTS {
        let page = get(connection, &next);
        let items = page["items"].as_array().into_iter().flatten();
        paths.extend(items.filter_map(|item| Some(format!("/v1/partnerships/{}", item["id"].as_str()?))));
        let Some(found) = page.pointer("/page/next").and_then(Value::as_str) else { break };
        found.clone_into(&mut next);
    }
    paths
}

/// Path of a search of partnerships, without `q`.
pub(crate) const SEARCH: &str = "/v1/partnerships?limit=20&";

/// Returns the paths of searches for these words.
pub(crate) fn searches(address: &str, words: impl Fn(usize) -> String) -> Vec<String> {
    let search = |n| {
        let mut query = form_urlencoded::Serializer::new(address.to_owned());
        query.append_pair("q", &words(n)).finish()
    };
    (0..VARIANTS).map(search).collect()
}

/// Returns a workload that creates partnerships, prefix with number `first`.
pub(crate) fn creating(key: &str, first: usize) -> Workload {
    let headers = format!("content-type: application/json\r\nauthorization: Bearer {key}\r\n");
    Workload::new("create", 201, "/id", move |n| {
        request("POST", "/v1/partnerships", &headers, &generate::partnership(first + n).to_string())
    })
}

/// Returns the workloads that are compared with the static handler: reads, then writes.
pub(crate) fn all(subject: &Subject, connection: &mut Connection, partnerships: usize) -> Vec<Workload> {
    let one = records(connection);
    let list = pages(connection, "/v1/partnerships?", partnerships);
    let count = pages(connection, "/v1/partnerships?count=exact&", partnerships);
    let key = format!("authorization: Bearer {}\r\n", subject.key);
    let patching = format!("content-type: application/merge-patch+json\r\nif-match: *\r\n{key}");
    vec![
        Workload::reading("get one", "/id", &one),
        Workload::reading("list 20", "/items/0/id", &list),
        Workload::reading("list 20 with count", "/page/total", &count),
        Workload::reading("search", "/items/0/id", &searches(SEARCH, generate::word)),
        creating(&subject.key, partnerships),
        Workload::new("update", 200, "/version", move |n| {
            let body = json!({"summary": {"fr": format!("Bilan n° {n} des échanges.")}}).to_string();
            request("PATCH", &one[n % one.len()], &patching, &body)
        }),
    ]
}

/// Returns reads whose cost could grow with the registry, to be measured over one connection.
pub(crate) fn single_reads(connection: &mut Connection, partnerships: usize) -> Vec<Workload> {
    let two_characters = |n| generate::word(2 * n + 1).chars().take(2).collect();
    let count = pages(connection, "/v1/partnerships?count=exact&", partnerships);
    let mut workloads = vec![
        Workload::reading("get one", "/id", &records(connection)),
        Workload::reading("search, a name", "/items/0/id", &searches(SEARCH, generate::word)),
        Workload::reading("search, two characters", "/items/0/id", &searches(SEARCH, two_characters)),
        Workload::reading("list 20 with count", "/page/total", &count),
    ];
    for (first, last, list) in [
        ("list, first pages", "list, last pages", "/v1/partnerships?"),
        ("by -since, first pages", "by -since, last pages", "/v1/partnerships?sort=-since&"),
        (
            "category by -since, first",
            "category by -since, last",
            "/v1/partnerships?category=twinning&sort=-since&",
        ),
        ("by label.fr, first pages", "by label.fr, last pages", "/v1/partnerships?sort=label.fr&"),
        ("by -updated_at, first", "by -updated_at, last", "/v1/partnerships?sort=-updated_at&"),
    ] {
        let pages = pages(connection, list, partnerships);
        let part = pages.len().div_ceil(8);
        workloads.push(Workload::reading(first, "/items", &pages[..part]));
        workloads.push(Workload::reading(last, "/items", &pages[pages.len() - part..]));
    }
    workloads.extend(completions());
    workloads
}

/// Returns completions of prefixes of one to four characters of names in three scripts: of the whole
/// gazetteer, and of the authorities in the registry.
fn completions() -> impl Iterator<Item = Workload> {
    const ADDRESSES: [(&str, bool, [&str; 3]); 2] = [
        ("/v1/gazetteer?", true, ["gazetteer, Latin", "gazetteer, kana", "gazetteer, kanji"]),
        ("/v1/search/suggest?", false, ["suggest, Latin", "suggest, kana", "suggest, kanji"]),
    ];
    ADDRESSES.into_iter().flat_map(|(address, whole, names)| {
        names.into_iter().zip(["fr", "ja-Hira", "ja"]).map(move |(name, language)| {
            let all = generate::names(language, whole, VARIANTS);
            let prefix = |n: usize| all[n].chars().take(1 + n % 4).collect();
            Workload::reading(name, "/items", &searches(address, prefix))
        })
    })
}
