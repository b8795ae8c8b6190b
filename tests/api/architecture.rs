//! The house keeps its rules: where a word may stand, how long a file may be, what every file begins with.

use std::path::{Path, PathBuf};

/// The longest source file, the tables and the catalogue of codes apart.
const LONGEST: usize = 400;

fn sources() -> Vec<(String, String)> {
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
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        (name, std::fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// The file's code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

fn only_in(word: &str, allowed: impl Fn(&str) -> bool) {
    for (name, text) in sources() {
        let found = code(&text).any(|line| line.replace("utoipa_actix_web", "").contains(word));
        assert!(!found || allowed(&name), "src/{name} speaks of `{word}`");
    }
}

fn is_called(name: &str, file: &str) -> bool {
    name.rsplit('/').next() == Some(file)
}

#[test]
fn only_the_database_folder_and_the_stores_speak_sql() {
    // Beside its store, a kind looks at other records in its rules and in what answers add.
    let files = ["store.rs", "rules.rs", "derived.rs"];
    let shared = ["db/", "feed/", "registry/engine/", "registry/store/"];
    let speaks = |name: &str| {
        shared.iter().any(|folder| name.starts_with(folder)) || files.iter().any(|file| is_called(name, file))
    };
    only_in("diesel::", speaks);
}

#[test]
fn only_the_edges_speak_http() {
    let edges = ["http/", "registry/collection/"];
    let at_edge = |name: &str| {
        edges.iter().any(|edge| name.starts_with(edge))
            || ["server.rs", "main.rs", "insight/mod.rs"].contains(&name)
    };
    only_in("actix_web", |name| at_edge(name) || is_called(name, "handlers.rs"));
}

#[test]
fn only_the_database_folder_names_a_database() {
    for word in ["Sqlite", "Postgres"] {
        only_in(word, |name| name.starts_with("db/"));
    }
}

#[test]
fn shared_folders_name_no_kind() {
    for (name, text) in
        sources().into_iter().filter(|(name, _)| name.starts_with("http/") || name.starts_with("db/"))
    {
        let kind = code(&text).find(|line| line.contains(" Kind::"));
        assert!(kind.is_none(), "src/{name}: {kind:?}");
    }
}

#[test]
fn a_model_imports_only_the_vocabulary() {
    for (name, text) in sources().into_iter().filter(|(name, _)| name.ends_with("/model.rs")) {
        for line in code(&text).filter(|line| line.starts_with("use ")) {
            assert!(line.starts_with("use crate::vocabulary"), "src/{name}: {line}");
        }
    }
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (name, text) in sources() {
        assert!(text.starts_with("//!"), "src/{name} does not say what it is");
        let exempt = ["db/schema.rs", "error/catalogue.rs"].contains(&name.as_str());
        assert!(exempt || text.lines().count() <= LONGEST, "src/{name} has more than {LONGEST} lines");
    }
}

#[test]
fn every_kind_has_its_tests() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    for kind in kakehashi::vocabulary::Kind::ALL {
        let file = tests.join(format!("{}.rs", kind.path().replace('-', "_")));
        assert!(file.is_file(), "{} is missing", file.display());
    }
}

#[test]
fn every_code_of_the_catalogue_is_used() {
    let all: String = sources()
        .into_iter()
        .filter(|(name, _)| name != "error/catalogue.rs")
        .map(|(_, text)| text)
        .collect();
    for code in kakehashi::error::ErrorCode::ALL {
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
