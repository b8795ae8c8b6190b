//! OpenAPI operations and schemas of search and completion.

use super::handlers::COMPLETION_LIMITS;
use crate::api::filter_params::kind_names;
use crate::api::tags::INSIGHT_TAG;
use crate::domain::vocabularies::authority::Country;
use crate::domain::vocabularies::term::VocabularyTerm;
use crate::domain::vocabularies::theme::Theme;
use crate::domain::vocabularies::vocabulary::Vocabulary as _;
use crate::http::openapi::{
    Components, array_schema, content, integer_schema, parameter_ref, query_parameter, responses, schema_ref,
    string_schema,
};
use serde_json::{Map, Value, json};

const SEARCH_DESCRIPTION: &str = "Records of every kind in whose texts all words are, the best first. Accents, case, ligatures, width, \
kana, long vowels and the shape of apostrophes do not matter; articles before an apostrophe do not count; plural and \
feminine forms of French find one another, and so do the spellings of Japanese in Latin letters. A word is found inside \
longer words too; a phrase in quotation marks (`\"…\"`, `«…»`, `「…」`) as it stands. An identifier finds its bearer. Where \
nothing is found, words that are nowhere are exchanged for the nearest word of a name: `corrected` says which.\n\nScores: \
600 an identifier, 500 a name, 400 the beginning of a name, 300 whole words of names, 200 parts of words of names, 100 \
other texts; plus the number of words found in names. Equal scores are ordered by kind, number of references, id. At \
most 10,000 records in which the words are get a rank: first those that the filters admit, those with the words in their \
names before others. `is_capped` says that some are left out, which `facets` and a `total` of 10,000 do not count; a \
smaller `total` is that of all. Without `q` every record is a hit of score 0.";
const SUGGEST_DESCRIPTION: &str = "Names of records of every kind that go on from what was typed: names that begin so, then names of which \
a word begins so; for completion as somebody types. Spellings in kana and Latin letters count, as do former names.";
const EXAMPLE_ID: &str = "0192d0a4-7c00-7000-8000-000000000001";

fn list_parameter(name: &str, items: &Value, description: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "schema": {"type": "array", "items": items}, "example": [example],
        "description": format!("{description} Repeated or separated by commas: any of them.")
    })
}

fn codes_schema(terms: &[VocabularyTerm]) -> Value {
    json!({"type": "string", "enum": terms.iter().map(|term| term.code).collect::<Vec<_>>()})
}

fn kind_parameter() -> Value {
    list_parameter("kind", &json!({"type": "string", "enum": kind_names()}), "Of this kind.", "person")
}

fn operation(
    id: &str,
    summary: &str,
    description: &str,
    parameters: &[Value],
    answer: &str,
    headers: &Value,
) -> Value {
    let page = json!({"description": "The answer", "headers": headers, "content": content("application/json", answer)});
    json!({
        "operationId": id, "tags": [INSIGHT_TAG.0], "summary": summary, "description": description, "parameters": parameters,
        "responses": responses(vec![("200", page)], &["400", "503"])
    })
}

/// Returns the operations by path.
#[must_use]
pub fn paths() -> Map<String, Value> {
    let text = json!({"type": "string"});
    let header = |name: &str| json!({"$ref": format!("#/components/headers/{name}")});
    let words = "The words, at most 16. Without a letter or digit it is a 400.";
    let country = "Of this country: authorities and bodies of it, and what refers to an authority of it.";
    let year = "Possibly begun or taken place in this year, or another EDTF date or interval: the date of what happened, of \
                signature, foundation or publication, the beginning of what lasts.";
    let search = vec![
        query_parameter("q", &text, words, &"omura".into()),
        kind_parameter(),
        list_parameter("country", &codes_schema(Country::TERMS), country, "JP"),
        list_parameter("theme", &codes_schema(Theme::TERMS), "With this theme or one below it.", "economy"),
        list_parameter("year", &text, year, "2010/2019"),
        parameter_ref("limit"),
        parameter_ref("cursor"),
        parameter_ref("lang"),
    ];
    let (max, default) = COMPLETION_LIMITS;
    let limit = json!({"type": "integer", "minimum": 1, "maximum": max, "default": default});
    let suggest = vec![
        query_parameter(
            "q",
            &text,
            "What was typed so far. Without it there is nothing to complete.",
            &"shizu".into(),
        ),
        kind_parameter(),
        query_parameter("limit", &limit, "The most suggestions.", &5.into()),
        parameter_ref("lang"),
    ];
    let (tag, link) = (header("ETag"), header("Link"));
    let (list_headers, headers) = (json!({"ETag": tag, "Link": link}), json!({"ETag": tag}));
    let mut paths = Map::new();
    let get = operation(
        "get_search",
        "Search records of every kind",
        SEARCH_DESCRIPTION,
        &search,
        "SearchPage",
        &list_headers,
    );
    paths.insert("/v1/search".into(), json!({"get": get}));
    let get = operation(
        "get_search_suggestions",
        "Complete a name",
        SUGGEST_DESCRIPTION,
        &suggest,
        "Completions",
        &headers,
    );
    paths.insert("/v1/search/suggest".into(), json!({"get": get}));
    paths
}

fn object_schema(description: &str, required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "description": description, "required": required, "properties": properties})
}

/// Returns the schemas by name.
#[must_use]
pub fn schemas() -> Components {
    let kind = json!({"type": "string", "enum": kind_names(), "description": "The kind of the record.", "examples": ["person"]});
    let id = json!({"type": "string", "format": "uuid", "description": "The id of the record.", "examples": [EXAMPLE_ID]});
    let href = string_schema("Where the record is read.", "/v1/people/0192d0a4-7c00-7000-8000-000000000001");
    let label = schema_ref("Label");
    let lang = string_schema("The language of the text (BCP 47); absent where it has none.", "fr");
    let whole = json!({"type": "boolean", "description": "Whether records were left out of the ranking, and so of `facets`; of the hits only if `total` is at least 10,000.", "examples": [false]});
    let places = ["name", "text", "identifier"];
    let place = json!({"type": "string", "enum": places, "description": "A place.", "examples": ["name"]});
    let highlight = object_schema(
        "A place in the text of a snippet, in Unicode code points.",
        &["start", "end"],
        &json!({"start": integer_schema("Its first, from 0.", 3), "end": integer_schema("The one behind its last.", 8)}),
    );
    let snippet = object_schema(
        "A piece of a text of the record, of about 160 characters, without markup.",
        &["pointer", "text", "highlights"],
        &json!({
            "pointer": string_schema("The text's place in the record, as a JSON Pointer (RFC 6901).", "/name/fr"), "lang": lang,
            "text": string_schema("The piece.", "M. Ōmura, gouverneur d’Aichi"),
            "highlights": array_schema("Where the words are, in order, apart from one another.", &schema_ref("Highlight"))
        }),
    );
    let hit = object_schema(
        "A record that has the words.",
        &["kind", "id", "href", "label", "score", "matched", "snippets"],
        &json!({
            "kind": kind, "id": id, "href": href, "label": label, "score": integer_schema("How well it fits; comparable within one answer.", 501),
            "matched": array_schema("Where the words are: in names, some only in other texts, or the query is an identifier.", &place),
            "snippets": array_schema("Pieces that show every word, three at most.", &schema_ref("Snippet"))
        }),
    );
    let facet = object_schema(
        "A value of a filter.",
        &["code", "count"],
        &json!({"code": string_schema("The value; of a decade its first year.", "visit"), "count": integer_schema("How many hits have it.", 12)}),
    );
    let values = |description: &str| array_schema(description, &schema_ref("Facet"));
    let facets = object_schema(
        "How many hits have each value, the most frequent first; each filter's values are counted under the other filters.",
        &["kind", "country", "theme", "decade"],
        &json!({
            "kind": values("By kind."), "country": values("By country; a record may have both."),
            "theme": values("By theme; a theme counts for those above it too."),
            "decade": values("By the decades in which it may have begun or taken place; ask for one with `year=1990/1999`.")
        }),
    );
    let correction = object_schema(
        "A word that is nowhere, and the one that was looked for instead.",
        &["from", "to"],
        &json!({"from": string_schema("The word, as it was typed.", "shizuoak"), "to": string_schema("The nearest word of a name, in small letters.", "shizuoka")}),
    );
    let page = object_schema(
        "A page of hits.",
        &["items", "page", "total", "is_capped", "corrected", "facets"],
        &json!({
            "items": array_schema("The hits, best first.", &schema_ref("Hit")), "page": schema_ref("Page"),
            "total": integer_schema("How many hits there are; from 10,000 on, how many were ranked, if `is_capped`.", 12), "is_capped": whole,
            "corrected": array_schema("The words that were exchanged, because nothing was found with them.", &schema_ref("Correction")),
            "facets": schema_ref("Facets")
        }),
    );
    let suggestion = object_schema(
        "A name.",
        &["text", "kind", "id", "href", "label"],
        &json!({"text": string_schema("The name.", "Shizuoka"), "lang": lang, "kind": kind, "id": id, "href": href, "label": label}),
    );
    let suggestions = object_schema(
        "Names that go on from what was typed.",
        &["items"],
        &json!({"items": array_schema("The names, best first, one of each record.", &schema_ref("Completion"))}),
    );
    let all = [
        ("Highlight", highlight),
        ("Snippet", snippet),
        ("Hit", hit),
        ("Facet", facet),
        ("Facets", facets),
        ("Correction", correction),
        ("SearchPage", page),
        ("Completion", suggestion),
        ("Completions", suggestions),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
