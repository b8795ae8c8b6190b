-- When each mandate, presidency and membership may have held: its first and last possible day (null where unbounded or
-- unknown), so that lists can ask what held on a day.
CREATE TABLE tenures (
    record_id BLOB    NOT NULL REFERENCES records (id),
    pointer   TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    earliest  TEXT,
    latest    TEXT,
    PRIMARY KEY (record_id, position)
) STRICT, WITHOUT ROWID;

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT OR IGNORE INTO settings (name, value) SELECT 'reindex', 'tenures' WHERE EXISTS (SELECT 1 FROM records);
