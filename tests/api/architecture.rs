//! The layout of `src/`: which folder may name which, no import circles, what a `mod.rs` holds, where a word may stand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// `crate::X` may stand in a file of folder F only if X is F or stands in a lower row.
/// Folders of one row do not know each other.
const LAYERS: &[&[&str]] = &[
    &["cli"],
    &["server"],
    &["api"],
    &["http", "webhooks", "change_feed", "transfer", "analytics", "search"],
    &["records", "formats"],
    &["kinds"],
    &["store", "auth", "gazetteer"],
    &["db"],
    &["domain"],
    &["util"],
];

/// The longest source file in lines, the tables and the error codes apart.
const MAX_LINES: usize = 400;

struct Source {
    /// Below `src/`.
    path: String,
    text: String,
    /// The text without comments and without `#[cfg(test)]` modules.
    code: String,
}

impl Source {
    fn folder(&self) -> &str {
        self.path.split_once('/').map_or("", |(folder, _)| folder)
    }

    /// The path of the file as a module: `records/write/save.rs` is `[records, write, save]`.
    fn module(&self) -> Vec<&str> {
        let mut parts: Vec<_> = self.path.trim_end_matches(".rs").split('/').collect();
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        parts
    }

    fn is_mod(&self) -> bool {
        self.path.ends_with("/mod.rs")
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&root).unwrap().display().to_string();
        Source { code: without_tests_and_comments(&path, &text), path, text }
    };
    files.into_iter().map(read).collect()
}

fn without_tests_and_comments(path: &str, text: &str) -> String {
    if path.ends_with("/tests.rs") {
        return String::new();
    }
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod ")) {
            let inline = lines.next().is_some_and(|next| next.ends_with('{'));
            while inline && lines.next().is_some_and(|next| next != "}") {}
            continue;
        }
        if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// The segments of every path in `code` that begins with `crate` or `super`, groups of `use` taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            read_path(&code[at..], Vec::new(), &mut found);
        }
    }
    found
}

/// Reads one path, or each path of a `{…}` group, and gives what follows it.
fn read_path<'a>(mut rest: &'a str, mut segments: Vec<String>, found: &mut Vec<Vec<String>>) -> &'a str {
    loop {
        rest = rest.trim_start();
        if let Some(group) = rest.strip_prefix('{') {
            rest = group;
            loop {
                rest = read_path(rest, segments.clone(), found).trim_start();
                match rest.strip_prefix(',') {
                    Some(next) => rest = next,
                    None => return rest.strip_prefix('}').unwrap_or(rest),
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(rest.len());
        if end == 0 {
            return rest;
        }
        segments.push(rest[..end].to_owned());
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(next)
                if next.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '{' || c == '*') =>
            {
                rest = next;
            }
            _ => break,
        }
    }
    found.push(segments);
    rest.strip_prefix(" as ")
        .map_or(rest, |alias| alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The same path from the root of the crate.
fn absolute(source: &Source, path: &[String]) -> Vec<String> {
    let mut base: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let mut rest = path;
    if rest[0] == "crate" {
        return rest[1..].to_vec();
    }
    while rest.first().is_some_and(|segment| segment == "super") {
        base.pop();
        rest = &rest[1..];
    }
    base.extend_from_slice(rest);
    base
}

#[test]
fn a_folder_names_only_lower_folders() {
    let row = |folder: &str| LAYERS.iter().position(|row| row.contains(&folder));
    for source in sources().iter().filter(|source| !source.folder().is_empty()) {
        let (path, folder) = (&source.path, source.folder());
        let from = row(folder).unwrap_or_else(|| panic!("src/{folder} is not in LAYERS"));
        for segments in paths(&source.code) {
            let target = absolute(source, &segments).into_iter().next().unwrap_or_default();
            if target == folder {
                continue;
            }
            let to =
                row(&target).unwrap_or_else(|| panic!("src/{path} names crate::{target}, not in LAYERS"));
            assert!(to > from, "src/{path} names crate::{target}, which is not below it");
            let reserved = (target == "http" && !["api", "server"].contains(&folder))
                || (target == "api" && folder != "server");
            assert!(!reserved, "src/{path} names crate::{target}");
        }
    }
}

/// Follows the imports of a file; panics with the circle that leads back to one on the trail.
fn visit<'a>(
    file: &'a str,
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    trail: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) {
    if let Some(start) = trail.iter().position(|passed| *passed == file) {
        panic!("an import circle: {} -> {file}", trail[start..].join(" -> "));
    }
    if !done.contains(file) {
        trail.push(file);
        for next in imports.get(file).into_iter().flatten() {
            visit(next, imports, trail, done);
        }
        trail.pop();
        done.insert(file);
    }
}

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    let sources = sources();
    let files: BTreeMap<Vec<&str>, &Source> =
        sources.iter().map(|source| (source.module(), source)).collect();
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        for segments in paths(&source.code) {
            let target = absolute(source, &segments);
            let target: Vec<&str> = target.iter().map(String::as_str).collect();
            let file = (1..=target.len()).rev().find_map(|count| files.get(&target[..count]));
            let Some(file) = file.filter(|file| file.path != source.path) else { continue };
            let own = source.module();
            let is_own_mod = file.is_mod() && own.starts_with(&file.module());
            // `use super::sibling;` names the sibling, found above; anything else would be the folder itself.
            assert!(!is_own_mod || source.is_mod(), "src/{} imports through src/{}", source.path, file.path);
            if file.folder() == source.folder() && !source.is_mod() && !file.is_mod() {
                imports.entry(&source.path).or_default().insert(&file.path);
            }
        }
    }
    let mut done = BTreeSet::new();
    for file in imports.keys() {
        visit(file, &imports, &mut Vec::new(), &mut done);
    }
}

#[test]
fn a_mod_file_holds_modules_and_re_exports_only() {
    for source in sources().iter().filter(|source| source.is_mod()) {
        let mut inside_use = false;
        for line in source.text.lines() {
            let starts = ["//", "mod ", "pub mod ", "pub(super) mod ", "#["];
            let is_use = line.starts_with("pub use ") || line.starts_with("pub(crate) use ");
            let allowed =
                line.is_empty() || inside_use || is_use || starts.iter().any(|start| line.starts_with(start));
            assert!(allowed, "src/{}: {line}", source.path);
            inside_use = (is_use || inside_use) && !line.ends_with(';');
        }
    }
}

fn only_in(word: &str, allowed: impl Fn(&str) -> bool) {
    for source in sources() {
        let found = source.code.replace("utoipa_actix_web", "").contains(word);
        assert!(!found || allowed(&source.path), "src/{} speaks of `{word}`", source.path);
    }
}

fn is_in(path: &str, folders: &[&str]) -> bool {
    folders.iter().any(|folder| path.starts_with(folder))
}

#[test]
fn only_folders_with_queries_use_diesel() {
    let folders = [
        "db/",
        "store/",
        "auth/",
        "kinds/",
        "records/",
        "webhooks/",
        "change_feed/",
        "transfer/",
        "analytics/",
        "search/",
        "http/idempotency/store.rs",
    ];
    only_in("diesel::", |path| is_in(path, &folders));
}

#[test]
fn endpoints_hold_no_sql() {
    for word in ["SqlFragment::new", ".sql("] {
        only_in(word, |path| !path.starts_with("api/"));
    }
}

#[test]
fn only_http_api_and_server_use_actix() {
    only_in("actix_web", |path| is_in(path, &["http/", "api/", "server/", "main.rs"]));
}

#[test]
fn only_the_database_folder_names_a_database() {
    for word in ["Sqlite", "Postgres"] {
        only_in(word, |path| path.starts_with("db/"));
    }
}

#[test]
fn shared_folders_name_no_kind() {
    let shared = ["util/", "db/", "store/", "auth/", "http/", "records/", "formats/"];
    for source in sources().iter().filter(|source| is_in(&source.path, &shared)) {
        let kind = source.code.match_indices("Kind::").find(|(at, word)| {
            let named = source.code[at + word.len()..].starts_with(|c: char| c.is_ascii_uppercase());
            let constant = source.code[at + word.len()..].starts_with("ALL");
            let whole = !source.code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            named && whole && !constant
        });
        assert!(kind.is_none(), "src/{} names a kind", source.path);
    }
}

#[test]
fn a_model_imports_only_the_domain() {
    for source in sources().iter().filter(|source| source.path.ends_with("/model.rs")) {
        for line in source.code.lines().filter(|line| line.starts_with("use ")) {
            assert!(line.starts_with("use crate::domain"), "src/{}: {line}", source.path);
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for source in sources() {
        let (path, text) = (&source.path, &source.text);
        assert!(text.starts_with("//!"), "src/{path} does not say what it is");
        let exempt = ["db/schema.rs", "domain/errors/codes.rs"].contains(&path.as_str());
        assert!(exempt || text.lines().count() <= MAX_LINES, "src/{path} has more than {MAX_LINES} lines");
    }
}

#[test]
fn every_kind_has_its_tests() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    for kind in kakehashi::domain::kind::Kind::ALL {
        let file = tests.join(format!("{}.rs", kind.path().replace('-', "_")));
        assert!(file.is_file(), "{} is missing", file.display());
    }
}

#[test]
fn every_error_code_is_used() {
    let all: String = sources()
        .into_iter()
        .filter(|source| source.path != "domain/errors/codes.rs")
        .map(|source| source.text)
        .collect();
    for code in kakehashi::domain::errors::codes::ErrorCode::ALL {
        assert!(all.contains(&format!("ErrorCode::{code:?}")), "{code:?} is never used");
    }
}

#[test]
fn the_two_sets_of_migrations_have_the_same_names() {
    let names = |database: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
