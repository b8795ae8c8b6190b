//! The quotations of the founding dataset: short, and each literally in its document.

use kakehashi::transfer::seed;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// The citations of the dataset, with the slug of their source.
fn quotations() -> Vec<(String, String)> {
    let slug =
        |citation: &Value| text(citation, "/source/id").unwrap().trim_start_matches("slug:").to_owned();
    let records = seed::seed_records();
    let citations = records.iter().filter_map(|record| record["citations"].as_array()).flatten();
    citations.map(|citation| (slug(citation), text(citation, "/quote").unwrap().to_owned())).collect()
}

#[test]
fn quotations_are_short() {
    let quotations = quotations();
    assert!(quotations.len() > 300, "{}", quotations.len());
    for (source, quote) in quotations {
        assert!((1..=200).contains(&quote.chars().count()), "{source}: {quote}");
    }
}

#[test]
fn every_quotation_stands_literally_in_its_document() {
    let Ok(folder) = std::env::var("KAKEHASHI_SOURCES") else {
        // Not `eprintln!`, which the test harness captures.
        let told =
            "\nQUOTATIONS ARE NOT COMPARED: KAKEHASHI_SOURCES does not name the folder of the documents\n";
        writeln!(std::io::stderr(), "{told}").unwrap();
        return;
    };
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    let mut documents = HashMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        documents.insert(hex(&Sha256::digest(&bytes)), String::from_utf8(bytes).unwrap());
    }
    let records = seed::seed_records();
    let sources = records.iter().filter(|record| record["kind"] == "source");
    let sources: HashMap<&str, &String> = sources
        .map(|source| {
            let document = documents.get(text(source, "/sha256").unwrap());
            let slug = text(source, "/identifiers/0/value").unwrap();
            (slug, document.unwrap_or_else(|| panic!("the document of {slug} is not there")))
        })
        .collect();
    assert_eq!(sources.len(), 5);
    for (source, quote) in quotations() {
        assert!(sources[source.as_str()].contains(&quote), "{source} does not say « {quote} »");
    }
}
