-- What sources say, one row per citation. `severity`: how far it is from what the record holds (0: it agrees).
-- `content` is the citation as stored, in JSON.
CREATE TABLE citations (
    record_id UUID    NOT NULL REFERENCES records (id),
    position  BIGINT  NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    pointer   TEXT COLLATE "C" NOT NULL,
    source_id UUID    NOT NULL,
    rank      TEXT COLLATE "C" NOT NULL,
    certainty TEXT COLLATE "C" NOT NULL,
    reason    TEXT COLLATE "C",
    severity  BIGINT  NOT NULL,
    explained BIGINT  NOT NULL,
    content   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (record_id, position)
);
CREATE INDEX citations_by_source ON citations (source_id, record_id, position);
CREATE INDEX citations_by_pointer ON citations (pointer, record_id, position);
CREATE INDEX citations_apart ON citations (record_id, pointer) WHERE severity > 0;

-- Every date of every record, by member; `position` tells those of a list apart.
CREATE TABLE dates (
    record_id UUID    NOT NULL REFERENCES records (id),
    pointer   TEXT COLLATE "C" NOT NULL,
    position  BIGINT  NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    edtf      TEXT COLLATE "C" NOT NULL,
    earliest  TEXT COLLATE "C",
    latest    TEXT COLLATE "C",
    PRIMARY KEY (record_id, pointer, position)
);
CREATE INDEX dates_by_day ON dates (COALESCE(earliest, '~'), COALESCE(latest, '~'), kind, record_id, pointer, position);
CREATE INDEX dates_by_day_down ON dates (COALESCE(earliest, '') DESC, COALESCE(latest, '') DESC, kind, record_id, pointer, position);
CREATE INDEX dates_by_member ON dates (kind, pointer, earliest);

-- What is derived from the records that are there already is derived again when the service next starts.
INSERT INTO settings (name, value) SELECT 'reindex', 'citations' WHERE EXISTS (SELECT 1 FROM records) ON CONFLICT DO NOTHING;
