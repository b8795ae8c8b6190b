//! Search over all kinds: the hits in the order of their rank, with highlighted snippets and facets; completion of names
//! as they are typed.
//!
//! **Which records are hits.** Every term of the query must be in the record's texts, folded as `vocabulary/folding.rs`
//! says: a word as part of a word too, or in another form of French (`forms.rs`) or of romanised Japanese (`vocabulary/romaji.rs`);
//! a quoted phrase as it stands, from word to word. A query that is an identifier (`Q185125`, `dantai:221007`) finds its
//! bearer. Where nothing is found, words that no record has give way to the nearest word of a name (`nearest.rs`).
//!
//! **The score** is `100 × tier + words found in names`. The tiers: 6 an identifier, 5 a name, 4 the beginning of a name,
//! 3 whole words of names, 2 parts or other forms of words of names, 1 texts (some word is in no name). Equal scores
//! are ordered by kind, as in `Kind::ALL` but sources last; by the number of references to the record, largest first;
//! by id. All of it is arithmetic on whole numbers outside of the database, so that both databases rank alike.
//!
//! **What it costs.** The trigram index gives the records in which the terms are; at most 10,000 of them, the
//! oldest ones, are read (names, countries, themes, date, number of references) and ranked. Where there are more, a second
//! statement chooses by the filters too: those that all admit come first, then those that one refuses, which only its
//! facet counts; among them those whose names have the words. The answer says `is_capped` when some are left out. Words
//! of one or two letters (one Chinese character) read the whole table of texts. Only the records of the page are read
//! whole, for their snippets.

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
