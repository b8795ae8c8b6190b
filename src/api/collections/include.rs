//! `include`: the records that refer to the one that is asked for, answered with it.

use crate::domain::kind::Kind;
use crate::domain::nearest;
use crate::http::pagination;
use crate::http::query_params::QueryParams;
use crate::records::read::include::{IncludedPage, MAX_INCLUDED};
use crate::util::cursor::CursorSigner;
use serde_json::{Map, Value, json};

/// The kinds of the collections that `include` asks for, each once.
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

/// The member `included`: a page of each collection. It goes on where a filter of that list finds just the same.
pub(super) fn included_pages(included: Vec<IncludedPage>, sealer: &CursorSigner) -> Value {
    let page = |IncludedPage { kind, target: of, page, filter }: IncludedPage| {
        let mut about = Map::new();
        about.insert("limit".into(), MAX_INCLUDED.into());
        if let (Some(filter), Some(position)) = (filter, &page.next) {
            let list = format!("/v1/{}?{filter}={of}", kind.path());
            about.insert(
                "next".into(),
                pagination::next_page_link(&list, sealer, position, MAX_INCLUDED).into(),
            );
        }
        about.extend(page.total.map(|total| ("total".to_owned(), total.into())));
        (kind.path().to_owned(), json!({"items": page.items, "page": about}))
    };
    Value::Object(included.into_iter().map(page).collect())
}
