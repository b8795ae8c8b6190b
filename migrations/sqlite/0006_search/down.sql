DROP INDEX identifiers_by_value;
DROP TABLE words;
CREATE TABLE kept AS SELECT rowid AS number, text FROM search;
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (text, tokenize = 'trigram');
INSERT INTO search (rowid, text) SELECT number, text FROM kept;
DROP TABLE kept;
