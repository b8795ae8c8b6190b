-- What the history says beside who and when: the writer's words, and whose members it took over on purpose.
ALTER TABLE changes ADD COLUMN comment TEXT COLLATE "C";
ALTER TABLE changes ADD COLUMN overrode TEXT COLLATE "C";
CREATE INDEX changes_by_kind ON changes (kind, seq);

-- The number before the first change: a restored registry counts on from far above the old one.
ALTER TABLE feed_head ADD COLUMN base BIGINT NOT NULL DEFAULT 0;

-- Answers to requests with an `Idempotency-Key`, kept for a week and given again.
CREATE TABLE answers (
    key_id      TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    token       TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    status      BIGINT NOT NULL,
    headers     TEXT COLLATE "C" NOT NULL,
    body        TEXT COLLATE "C" NOT NULL,
    record_id   UUID   REFERENCES records (id),
    at          BIGINT NOT NULL,
    PRIMARY KEY (key_id, token)
);
CREATE INDEX answers_by_age ON answers (at);
CREATE INDEX answers_by_record ON answers (record_id);

-- How far each key has read the feed.
CREATE TABLE readers (
    key_id TEXT COLLATE "C" PRIMARY KEY REFERENCES keys (id),
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL
);

-- Writes refused because another origin wrote the same; gone when the key writes the record.
CREATE TABLE conflicts (
    key_id    TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    record_id UUID   NOT NULL REFERENCES records (id),
    code      TEXT COLLATE "C" NOT NULL,
    pointers  TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (key_id, record_id)
);
