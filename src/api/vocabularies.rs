//! `GET /v1/vocabularies` and `/v1/vocabularies/{name}`: the controlled vocabularies with their terms.

use crate::analytics::references::label_json;
use crate::domain::errors::codes::ErrorCode;
use crate::domain::errors::problem::{Problem, Result};
use crate::domain::vocabularies::list::VOCABULARIES;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::vocabulary::VocabularyEntry;
use crate::http::query_params::QueryParams;
use crate::http::responses;
use crate::util::hash;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

/// Responds with every vocabulary with its terms, as one page.
pub async fn list(request: HttpRequest) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let items: Vec<Value> = VOCABULARIES.iter().map(vocabulary_json).collect();
    Ok(cacheable_response(&json!({"items": items, "page": {"limit": items.len()}})))
}

/// Responds with one vocabulary.
///
/// # Errors
/// `NotFound` when there is none of that name.
pub async fn get(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse> {
    QueryParams::from_request(&request).finish()?;
    let entry = VOCABULARIES.iter().find(|entry| entry.name == name.as_str());
    let entry = entry.ok_or_else(|| Problem::new(ErrorCode::NotFound))?;
    Ok(cacheable_response(&vocabulary_json(entry)))
}

fn cacheable_response(body: &Value) -> HttpResponse {
    let body = body.to_string();
    responses::json_with_etag(&format!("\"{}\"", hash::xxh3_hex(body.as_bytes())), body)
}

fn vocabulary_json(entry: &VocabularyEntry) -> Value {
    let terms: Vec<Value> = entry.terms.iter().map(term_json).collect();
    json!({"name": entry.name, "label": label_json(entry.title), "terms": terms})
}

fn term_json(term: &VocabularyTerm) -> Value {
    let mut members = Map::new();
    members.insert("code".into(), term.code.into());
    members.insert("label".into(), label_json(term.label));
    members.extend(term.broader.map(|broader| ("broader".to_owned(), broader.into())));
    if !term.sdg.is_empty() {
        members.insert("sdg".into(), term.sdg.into());
    }
    members.into()
}
