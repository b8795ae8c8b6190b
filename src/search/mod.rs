//! Full-text search over all kinds: matching, ranking, facets, snippets, and completion of names.
//!
//! **Matching.** A record is a hit if its texts contain every term of the query, after folding
//! (`domain/folding.rs`). A word also matches inside a longer word, as another French inflection
//! (`inflections.rs`) or in another romanisation of Japanese (`domain/romanisation.rs`); a quoted phrase
//! matches whole words only. A query that is an identifier (`Q185125`, `dantai:221007`) finds the record that
//! has it. If nothing is found, words that are in no record are replaced by the nearest word of a name
//! (`spelling.rs`).
//!
//! **Score.** `100 × tier + number of terms found in names`. Tiers: 6 identifier, 5 whole name, 4 beginning
//! of a name, 3 whole words of names, 2 parts or inflections of words of names, 1 texts (some term is in no
//! name). Equal scores are ordered by kind (as in `Kind::ALL`, sources last), then by number of references to
//! the record (descending), then by id. All of it is integer arithmetic outside the database, so that both
//! databases rank alike.
//!
//! **Cost.** The trigram index yields the matching records; at most 10,000 of them, oldest first, are read
//! (names, countries, themes, date, number of references) and ranked. If more match, a second statement lets
//! the filters take part in the choice: records that pass all filters come first, then those that fail
//! exactly one (only the facet of that filter counts them), within each group those with the words in their
//! names. The response then says `is_capped`. Words of one or two letters (one Chinese character) scan the
//! whole table of texts. Contents are read for the records of the page only, for their snippets.
//!
//! HTTP parameters and OpenAPI are in `api/search/`, never here.

mod candidate;
pub mod completion;
mod facets;
mod filter_sql;
pub mod filters;
pub mod hits;
mod inflections;
pub mod queries;
pub mod query;
mod snippets;
mod spelling;
