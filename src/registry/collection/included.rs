//! `include`: the records that refer to the one that is asked for, answered with it.

use super::query;
use crate::http::cursor::Sealer;
use crate::http::params::Params;
use crate::registry::engine::{Included, MOST_INCLUDED};
use crate::vocabulary::{Kind, nearest};
use serde_json::{Map, Value, json};

/// The kinds of the collections that `include` asks for, each once.
pub(super) fn asked(params: &mut Params) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for path in params.many("include") {
        match Kind::ALL.iter().find(|kind| kind.path() == path) {
            Some(kind) if kinds.contains(kind) => {}
            Some(kind) => kinds.push(*kind),
            None => {
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.path()).collect();
                params.misfit("include", &path, &nearest::one_of(&path, &known));
            }
        }
    }
    kinds
}

/// The member `included`: a page of each collection. It goes on where a filter of that list finds just the same.
pub(super) fn pages(included: Vec<Included>, sealer: &Sealer) -> Value {
    let page = |Included { kind, of, page, filter }: Included| {
        let mut about = Map::new();
        about.insert("limit".into(), MOST_INCLUDED.into());
        if let (Some(filter), Some(position)) = (filter, &page.next) {
            let list = format!("/v1/{}?{filter}={of}", kind.path());
            about.insert("next".into(), query::following(&list, sealer, position, MOST_INCLUDED).into());
        }
        about.extend(page.total.map(|total| ("total".to_owned(), total.into())));
        (kind.path().to_owned(), json!({"items": page.items, "page": about}))
    };
    Value::Object(included.into_iter().map(page).collect())
}
