-- What a record is called, beside all its texts: both folded, each text between line ends. The first start after this
-- migration fills both tables from the records.
TRUNCATE search;
ALTER TABLE search ADD COLUMN name TEXT NOT NULL;

-- Every word of the names, with what follows it: for completion, and for the nearest word to one that is misspelt.
-- `opens` is 1 where the word is the first of a name.
CREATE TABLE words (
    word      TEXT COLLATE "C" NOT NULL,
    rest      TEXT COLLATE "C" NOT NULL,
    record_id UUID             NOT NULL REFERENCES records (id),
    opens     BIGINT           NOT NULL,
    PRIMARY KEY (word, rest, record_id)
);
CREATE INDEX words_by_record ON words (record_id);

-- An identifier without its scheme.
CREATE INDEX identifiers_by_value ON identifiers (value);

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT INTO settings (name, value) SELECT 'reindex', 'search' WHERE EXISTS (SELECT 1 FROM records) ON CONFLICT DO NOTHING;
