-- What sources say, one row per citation. `severity`: how far it is from what the record holds (0: it agrees).
-- `content` is the citation as stored, in JSON.
CREATE TABLE citations (
    record_id BLOB    NOT NULL REFERENCES records (id),
    position  INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    pointer   TEXT    NOT NULL,
    source_id BLOB    NOT NULL,
    rank      TEXT    NOT NULL,
    certainty TEXT    NOT NULL,
    reason    TEXT,
    severity  INTEGER NOT NULL,
    explained INTEGER NOT NULL,
    content   TEXT    NOT NULL,
    PRIMARY KEY (record_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX citations_by_source ON citations (source_id, record_id, position);
CREATE INDEX citations_by_pointer ON citations (pointer, record_id, position);
CREATE INDEX citations_apart ON citations (record_id, pointer) WHERE severity > 0;

-- Every date of every record, by member; `position` tells those of a list apart.
CREATE TABLE dates (
    record_id BLOB    NOT NULL REFERENCES records (id),
    pointer   TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    edtf      TEXT    NOT NULL,
    earliest  TEXT,
    latest    TEXT,
    PRIMARY KEY (record_id, pointer, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX dates_by_day ON dates (COALESCE(earliest, '~'), COALESCE(latest, '~'), kind, record_id, pointer, position);
CREATE INDEX dates_by_day_down ON dates (COALESCE(earliest, '') DESC, COALESCE(latest, '') DESC, kind, record_id, pointer, position);
CREATE INDEX dates_by_member ON dates (kind, pointer, earliest);

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT OR IGNORE INTO settings (name, value) SELECT 'reindex', 'citations' WHERE EXISTS (SELECT 1 FROM records);
