//! `GET /v1/vocabularies` and `/v1/vocabularies/{name}`.

use crate::error::{Code, Problem, Result};
use crate::http::params::Params;
use crate::http::replies;
use crate::vocabulary::codes::{Term, VOCABULARIES, VocabularyEntry};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

/// Every vocabulary, with its terms.
///
/// # Errors
/// 400 for an unknown parameter.
pub async fn list(request: HttpRequest) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let items: Vec<Value> = VOCABULARIES.iter().map(vocabulary).collect();
    Ok(reply(&json!({"items": items, "page": {"limit": items.len()}})))
}

/// One vocabulary.
///
/// # Errors
/// 404 when there is none of that name.
pub async fn get(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse> {
    Params::of(&request).finish()?;
    let found = VOCABULARIES.iter().find(|entry| entry.name == name.as_str());
    let entry = found.ok_or_else(|| Problem::new(Code::NotFound))?;
    Ok(reply(&vocabulary(entry)))
}

fn reply(body: &Value) -> HttpResponse {
    let body = body.to_string();
    replies::cacheable(&format!("\"{}\"", replies::digest(body.as_bytes())), body)
}

fn label([fr, ja, en]: [&str; 3]) -> Value {
    json!({"fr": fr, "ja": ja, "en": en})
}

fn vocabulary(entry: &VocabularyEntry) -> Value {
    let terms: Vec<Value> = entry.terms.iter().map(term).collect();
    json!({"name": entry.name, "label": label(entry.title), "terms": terms})
}

fn term(term: &Term) -> Value {
    let mut members = Map::new();
    members.insert("code".into(), term.code.into());
    members.insert("label".into(), label(term.label));
    members.extend(term.broader.map(|broader| ("broader".to_owned(), broader.into())));
    if !term.sdg.is_empty() {
        members.insert("sdg".into(), term.sdg.into());
    }
    members.into()
}
