-- When each mandate, presidency and membership may have held: its first and last possible day (null where unbounded or
-- unknown), so that lists can ask what held on a day.
CREATE TABLE tenures (
    record_id UUID   NOT NULL REFERENCES records (id),
    pointer   TEXT   COLLATE "C" NOT NULL,
    position  BIGINT NOT NULL,
    earliest  TEXT   COLLATE "C",
    latest    TEXT   COLLATE "C",
    PRIMARY KEY (record_id, position)
);

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT INTO settings (name, value) SELECT 'reindex', 'tenures' WHERE EXISTS (SELECT 1 FROM records) ON CONFLICT DO NOTHING;
