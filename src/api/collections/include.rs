//! The `include` parameter: records that refer to the requested one, sent with it.

use crate::domain::kind::Kind;
use crate::domain::nearest;
use crate::http::pagination;
use crate::http::query_params::QueryParams;
use crate::records::read::include::{IncludedPage, MAX_INCLUDED};
use crate::util::cursor::CursorSigner;
use serde_json::{Map, Value, json};

/// Reads `include`, a list of collections, as kinds, each once.
pub(super) fn read_include(params: &mut QueryParams) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for path in params.list("include") {
        match Kind::ALL.iter().find(|kind| kind.path() == path) {
            Some(kind) if kinds.contains(kind) => {}
            Some(kind) => kinds.push(*kind),
            None => {
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
                params.invalid("include", &path, &nearest::expected_one_of(&path, &known));
            }
        }
    }
    kinds
}

/// Returns the member `included`: a page of each collection, with a link to the next page where a filter of
/// that collection finds the same records.
pub(super) fn included_pages(included: Vec<IncludedPage>, signer: &CursorSigner) -> Value {
    let page = |IncludedPage { kind, target, page, filter }: IncludedPage| {
        let mut page_info = Map::new();
        page_info.insert("limit".into(), MAX_INCLUDED.into());
        if let (Some(filter), Some(position)) = (filter, &page.next) {
            let list = format!("/v1/{}?{filter}={target}", kind.path());
            page_info.insert(
                "next".into(),
                pagination::next_page_link(&list, signer, position, MAX_INCLUDED).into(),
            );
        }
        page_info.extend(page.total.map(|total| ("total".to_owned(), total.into())));
        (kind.path().to_owned(), json!({"items": page.items, "page": page_info}))
    };
    Value::Object(included.into_iter().map(page).collect())
}
